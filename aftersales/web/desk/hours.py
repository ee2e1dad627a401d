"""The working hours of a service centre on the desk: changed as a whole, kept as versions."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from starlette.responses import RedirectResponse

from aftersales.auth import repository as auth
from aftersales.errors import Invalid, Problem
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import format_day_time
from aftersales.promises import holidays_of, hours_form, repository
from aftersales.promises.permissions import MANAGE
from aftersales.promises.service import hours
from aftersales.web.desk.shell import desk
from aftersales.web.legal import ui_problem
from aftersales.web.render import page
from aftersales.work import Work

router = staff_router()
HOME = "/desk/hours"
DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
LONG = {
    "off": ("Weekdays off in a month", "One rule in each line: sat 2, 4 is the second and the fourth Saturday."),
    "holidays": ("Holidays", "One date in each line, such as 2027-01-26."),
    "overrides": (
        "Hours of single dates",
        "One in each line: 2026-11-08 10:00-14:00, or 2026-11-08 closed. They come before holidays and weekdays.",
    ),
}
LONGEST = 8000
Branch = Annotated[UUID | Literal[""], Query()]


@router.get(HOME, include_in_schema=False)
async def hours_page(work: WorkDep, request: Request, branch: Branch = "") -> Response:
    """The page: one's own service centre, or the one that was chosen."""
    work.scope.require(MANAGE)
    return await _show(request, work, branch or request.state.who.branch_id)


@router.post(HOME + "/{branch_id}/holidays", include_in_schema=False)
async def suggest_holidays(work: WorkDep, request: Request, branch_id: UUID) -> Response:
    """The form as it was typed, with the public holidays of a state added; nothing is kept until it is set."""
    work.scope.require(MANAGE, branch_id)
    form = await request.form()
    typed = {name: str(form.get(name, ""))[:LONGEST] for name in hours_form.FIELDS}
    asked = {name: str(form.get(name, "")) for name in ("state", "year")}
    years = [str(year) for year in _years(work)]
    if asked["state"] not in holidays_of.STATES or asked["year"] not in years:
        problem = Invalid("promises.holidays", "Choose a state and a year, then the holidays can be suggested.")
        return await _show(request, work, branch_id, typed=typed, problem=problem, asked=asked)
    days = holidays_of.suggested(asked["state"], int(asked["year"]))
    typed["holidays"] = holidays_of.added(typed["holidays"], days)
    return await _show(request, work, branch_id, typed=typed, asked=asked)


@router.post(HOME + "/{branch_id}", include_in_schema=False)
async def set_hours(work: WorkDep, request: Request, branch_id: UUID) -> Response:
    """Keeps what was typed as the next version; what cannot be is said beside its field."""
    work.scope.require(MANAGE, branch_id)
    form = await request.form()
    typed = {name: str(form.get(name, ""))[:LONGEST] for name in hours_form.FIELDS}
    centre = await auth.branch(work.session, work.scope, branch_id)
    last = await repository.hours_of(work.session, work.scope, branch_id)
    made, faults = hours_form.read(typed, _zone(last.hours if last else {}, centre.timezone))
    try:
        if faults:
            raise Invalid("promises.hours", "Look at what is marked below. Nothing has been changed.")
        async with work.session.begin_nested():
            await hours.set_hours(work, branch_id, made)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        return await _show(request, work, branch_id, typed=typed, faults=faults, problem=problem)
    return RedirectResponse(f"{HOME}?branch={branch_id}", 303)


async def _show(
    request: Request,
    work: Work,
    branch_id: UUID,
    *,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    problem: Problem | None = None,
    asked: Mapping[str, str] | None = None,
) -> Response:
    centres = [one for one in await auth.branches(work.session, work.scope) if work.scope.can(MANAGE, one.id)]
    centre = next((one for one in centres if one.id == branch_id), centres[0] if centres else None)
    if centre is None:
        work.scope.require(MANAGE, branch_id)
        raise Invalid("promises.hours", "There is no service centre yet.")
    versions = await repository.versions(work.session, work.scope, centre.id)
    values = typed or hours_form.written(versions[0].hours if versions else {})
    context = await desk(
        request,
        work,
        "promises",
        problem=ui_problem(problem) if problem else None,
        tabs=[{"label": one.name, "url": f"{HOME}?branch={one.id}", "current": one.id == centre.id} for one in centres],
        zone=_zone(versions[0].hours if versions else {}, centre.timezone),
        form={"url": f"{HOME}/{centre.id}", "fields": _fields(values, faults or {})},
        suggest={"url": f"{HOME}/{centre.id}/holidays", "fields": _choices(work, asked or {}), "made": bool(asked)},
        versions=[
            {
                "number": one.version,
                "at_text": format_day_time(one.made_at, centre.timezone, "en"),
                "by": one.made_by or "",
                "lines": _lines(hours_form.written(one.hours)),
            }
            for one in versions
        ],
    )
    return page(request, "desk/hours.html", context, status=problem.status if problem else 200)


def _years(work: Work) -> range:
    return range(work.now.year - 1, work.now.year + 3)


def _choices(work: Work, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """Which state's holidays, and of which year: the coming one towards the end of this."""
    coming = work.now.year + (work.now.month > 9)
    states = [{"value": code, "label": name} for code, name in holidays_of.STATES.items()]
    years = [{"value": str(year), "label": str(year)} for year in _years(work)]
    chosen = {"state": asked.get("state", ""), "year": asked.get("year", str(coming))}
    return [
        {"name": "state", "label": "State", "kind": "select", "options": states, "value": chosen["state"]},
        {"name": "year", "label": "Year", "kind": "select", "options": years, "value": chosen["year"]},
    ]


def _zone(kept: Mapping[str, Any], otherwise: str) -> str:
    """The zone that the hours are written in stays as it is."""
    return str(kept.get("tz") or otherwise)


def _fields(values: Mapping[str, str], faults: Mapping[str, str]) -> list[dict[str, Any]]:
    days = [(name, label, "text", None) for name, label in DAYS.items()]
    long = [(name, label, "textarea", text) for name, (label, text) in LONG.items()]
    return [
        {
            "name": name,
            "label": label,
            "kind": kind,
            "help": text,
            "rows": 2 if name == "off" else 6,
            "required": False,
            "maxlength": LONGEST,
            "value": values.get(name, ""),
            "error": faults.get(name),
        }
        for name, label, kind, text in (*days, *long)
    ]


def _lines(values: Mapping[str, str]) -> list[dict[str, str]]:
    labels = DAYS | {name: label for name, (label, _) in LONG.items()}
    return [
        {"label": label, "value": values[name].replace("\n", " · ") or ("closed" if name in DAYS else "none")}
        for name, label in labels.items()
    ]
