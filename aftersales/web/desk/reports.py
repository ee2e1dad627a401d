"""Reports that modules contribute: which there are, and each with its days, its centre and its file."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import BaseModel

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.desk_ways import Report
from aftersales.errors import NotFound, Problem
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, amount, calendar_day
from aftersales.listing import address, rows
from aftersales.module import Listing
from aftersales.money import Money
from aftersales.promises.permissions import VIEW as PROMISES
from aftersales.promises.report import ReportFilters
from aftersales.web.desk.shell import desk
from aftersales.web.forms import validated
from aftersales.web.legal import ui_problem
from aftersales.web.render import page
from aftersales.work import Work

router = staff_router()
HOME = "/desk/reports"
MOST = 500
Given = Annotated[str, Query(max_length=40)]


@router.get(HOME, include_in_schema=False)
async def index(work: WorkDep, request: Request) -> Response:
    """The reports that the caller may see."""
    found = [
        {"title": listing.title, "about": report.about, "url": f"{HOME}/{name}"}
        for name, report in work.registry.reports.items()
        if work.scope.can((listing := work.registry.listings[name]).permission)
    ]
    if work.scope.can(PROMISES):
        about = N_("Kept or not, how long it took, and whether once was enough.")
        found.append({"title": N_("Report of promises"), "about": about, "url": "/desk/promises/report"})
    return page(request, "desk/reports.html", await desk(request, work, "reports", reports=found))


@router.get(HOME + "/{report_name}", include_in_schema=False)
async def show(
    work: WorkDep, request: Request, report_name: str, since: Given = "", until: Given = "", branch_id: Given = ""
) -> Response:
    """One of them; one statement for its figures, whatever the span. A span that cannot be is said in place."""
    name = report_name
    report = work.registry.reports.get(name)
    if report is None:
        raise NotFound("report.unknown", "There is no such report.")
    listing = work.registry.listings[name]
    work.scope.require(listing.permission)
    asked = {"since": since, "until": until, "branch_id": branch_id}
    given = {key: value for key, value in asked.items() if value and key in listing.filters.model_fields}
    problem: Problem | None = None
    try:
        filters = validated(listing.filters, given)
    except Problem as refused:
        problem, filters = refused, listing.filters()
    filters, span = _spanned(filters, request, work)
    found = await rows(work, listing, filters, limit=MOST + 1)
    kept = {key: str(value) for key, value in filters.model_dump(exclude_none=True).items()}
    context = await desk(
        request,
        work,
        "reports",
        title=listing.title,
        about=report.about,
        span=span,
        problem=ui_problem(problem) if problem else None,
        filters={"url": f"{HOME}/{name}", "fields": await _fields(work, listing, kept | given)},
        heads=[(label, column.endswith("percent")) for column, label in report.heads.items()],
        rows=[_cells(report, row) for row in found[:MOST]],
        most=MOST if len(found) > MOST else None,
        csv_url=address(name, kept),
    )
    return page(request, "desk/report.html", context, status=problem.status if problem else 200)


def _spanned(filters: BaseModel, request: Request, work: Work) -> tuple[BaseModel, str]:
    """The filters with their days written out, and these in words."""
    if not isinstance(filters, ReportFilters):
        return filters, ""
    first, last = filters.span(clock.business_date(work.now, request.state.who.timezone))
    words = N_("From {first} to {last}.").format(first=calendar_day(first), last=calendar_day(last))
    return filters.model_copy(update={"since": first, "until": last}), words


async def _fields(work: Work, listing: Listing, values: Mapping[str, str]) -> list[dict[str, Any]]:
    known = listing.filters.model_fields
    days = [("since", N_("From")), ("until", N_("To"))]
    found: list[dict[str, Any]] = [
        {"name": name, "label": label, "kind": "date", "required": True, "value": values.get(name, "")}
        for name, label in days
        if name in known
    ]
    if "branch_id" in known:
        places = await auth.branches(work.session, work.scope)
        options = [
            {"value": str(one.id), "label": one.name} for one in places if work.scope.can(listing.permission, one.id)
        ]
        centre = {"name": "branch_id", "label": N_("Service centre"), "kind": "select", "options": options}
        found.append(centre | {"value": values.get("branch_id", "")})
    return found


def _cells(report: Report, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [_cell(report, name, row[name]) for name in report.heads]


def _cell(report: Report, name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, Money):
        return {"text": amount(value)}
    if value is None:
        return {"text": ""}
    if name.endswith("percent"):
        return {"text": f"{value} %", "bar": int(value)}
    return {"text": report.said.get(str(value), value)}
