"""The report of promises on the desk: kept or not, how long it took, and whether once was enough."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request, Response

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.errors import Problem
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import format_calendar
from aftersales.listing import address
from aftersales.promises import report
from aftersales.promises.panels import NAMES
from aftersales.promises.permissions import VIEW
from aftersales.promises.report import By, Figures, ReportFilters
from aftersales.promises.targets import Clock
from aftersales.web.desk.shell import desk
from aftersales.web.forms import validated
from aftersales.web.legal import ui_problem
from aftersales.web.render import page
from aftersales.work import Work

router = staff_router()
HOME = "/desk/promises/report"
GROUPS: dict[By, str] = {
    "centre": "Service centre",
    "category": "Kind of product",
    "product": "Product",
    "technician": "Technician",
}
Given = Annotated[str, Query(max_length=40)]


@router.get(HOME, include_in_schema=False)
async def report_page(
    work: WorkDep, request: Request, by: By = "centre", since: Given = "", until: Given = "", branch_id: Given = ""
) -> Response:
    """The page; two statements for the figures, whatever the span. A span that cannot be is said in place."""
    work.scope.require(VIEW)
    given = {name: value for name, value in (("since", since), ("until", until), ("branch_id", branch_id)) if value}
    problem: Problem | None = None
    try:
        filters: ReportFilters = validated(ReportFilters, given)
    except Problem as refused:
        problem, filters = refused, ReportFilters()
    first, last = filters.span(clock.business_date(work.now, request.state.who.timezone))
    filters = filters.model_copy(update={"since": first, "until": last})
    whole = await report.figures(work, "all", filters)
    parts = [] if by == "all" else await report.figures(work, by, filters)
    span = {"since": first.isoformat(), "until": last.isoformat(), "branch_id": str(filters.branch_id or "")}
    context = await desk(
        request,
        work,
        "promises",
        problem=ui_problem(problem) if problem else None,
        standing=f"What ended from {format_calendar(first, 'en')} to {format_calendar(last, 'en')}.",
        tabs=[
            {"label": label, "url": f"{HOME}?{urlencode(_kept(span) | {'by': name})}", "current": name == by}
            for name, label in GROUPS.items()
        ],
        filters={"url": HOME, "fields": await _fields(work, by, span | given)},
        clocks=_clocks(whole, parts),
        once=[_once(one) for one in (*whole, *parts) if one.resolved],
        csv_url="" if by == "all" else address(f"promises_by_{by}", _kept(span)),
    )
    return page(request, "desk/promises_report.html", context, status=problem.status if problem else 200)


def _kept(span: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in span.items() if value}


async def _fields(work: Work, by: By, values: dict[str, str]) -> list[dict[str, Any]]:
    places = [one for one in await auth.branches(work.session, work.scope) if work.scope.can(VIEW, one.id)]
    return [
        {"name": "since", "label": "From", "kind": "date", "required": True, "value": values["since"]},
        {"name": "until", "label": "To", "kind": "date", "required": True, "value": values["until"]},
        {
            "name": "branch_id",
            "label": "Service centre",
            "kind": "select",
            "value": values["branch_id"],
            "options": [{"value": str(one.id), "label": one.name} for one in places],
        },
        {"name": "by", "label": "", "kind": "hidden", "value": by},
    ]


def _clocks(whole: list[Figures], parts: list[Figures]) -> list[dict[str, Any]]:
    """A table for each clock, all together first; lengths are drawn to the longest of the same clock."""
    found = []
    for which in Clock:
        mine = [one for one in (*whole, *parts) if one.clock == which]
        longest = max((one.p90 for one in mine), default=0) or 1
        if mine:
            found.append({"name": NAMES[which], "rows": [_row(one, longest) for one in mine]})
    return found


def _row(one: Figures, longest: int) -> dict[str, Any]:
    return {
        "group": one.group,
        "ended": one.ended,
        "kept": one.kept_percent,
        "p50": spoken(one.p50),
        "p90": spoken(one.p90),
        "at50": round(98 * one.p50 / longest),
        "at90": round(98 * one.p90 / longest),
    }


def _once(one: Figures) -> dict[str, Any]:
    return {
        "group": one.group,
        "resolved": one.resolved,
        "once": one.once,
        "percent": one.once_percent,
        "early": one.early,
    }


def spoken(minutes: int) -> str:
    """Working time: `40 min`, `2 h 05 min`, from a hundred hours on `104 h`."""
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes < 6000 else f"{minutes // 60} h"
