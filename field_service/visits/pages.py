"""The technician's phone: today's visits in order, and one visit with one big button for its next step."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request, Response

from aftersales import clock
from aftersales.cases.rules import about
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, joined, several, short_day
from aftersales.module import Action
from aftersales.status import documents
from aftersales.status.documents import DocumentView
from aftersales.web.desk.entries import entries, photos_of
from aftersales.web.legal import Failed, offers, ui_action, unplaced
from aftersales.web.panels import panels
from aftersales.web.render import base_shell, desk_language, page
from aftersales.work import Work
from field_service.visits import repository, rules
from field_service.visits.machine import VISIT
from field_service.visits.repository import DayVisit

router = staff_router()
AHEAD = timedelta(days=7)


@router.get("/phone", include_in_schema=False)
async def day(work: WorkDep, request: Request) -> Response:
    """The day of whoever is signed in; the first that is not over is the current one."""
    who = request.state.who
    today = clock.business_date(work.now, who.timezone)
    found = await repository.today(work.session, work.scope, who.staff_id, today, ahead=AHEAD)
    # One that failed stays open until the service centre books another: the technician goes on to the next.
    current = next((visit for visit in found if not visit.ended and visit.category != "trouble"), None)
    others = [visit for visit in found if visit is not current]
    due = sum(not _later(visit, today) for visit in found)
    context = _frame(request) | {
        "heading": several("Today · {count} visit", "Today · {count} visits", due),
        "current": await _current(work, current) if current is not None else None,
        "visits": [_line(work, visit) for visit in others if not _later(visit, today)],
        "coming": [_line(work, visit) for visit in others if _later(visit, today)],
        "empty": {
            "title": N_("No visit today"),
            "text": N_("A visit appears here as soon as the service centre gives you one."),
        },
    }
    return page(request, "phone/visits.html", context)


@router.get("/phone/visits/{visit_id}", include_in_schema=False)
async def visit_page(work: WorkDep, request: Request, visit_id: UUID) -> Response:
    """One visit."""
    document = await documents.get(work.session, work.scope, visit_id, VISIT.name)
    return await show_visit(request, work, document)


async def show_visit(request: Request, work: Work, document: DocumentView, *, failed: Failed | None = None) -> Response:
    """The page of a visit; with `failed`, its form again as it was sent."""
    zone = request.state.who.timezone
    visit = await repository.day_visit(work.session, work.scope, document.id)
    offered, blocked = await offers(work, document)
    first = offered[0] if offered and offered[0].usual(document.status) else None
    shown, _ = await entries(work, document.stream_id, zone, None)
    step = await ui_action(work, document, first, failed=failed) if first is not None else None
    others = [await ui_action(work, document, one, failed=failed) for one in _others(offered, first)]
    context = _frame(request) | {
        "visit": _line(work, visit) | _who(visit) | {"number": visit.number, "list_url": "/phone"},
        "facts": [],
        "bring": None,
        "warn": None,
        "step": step,
        "done_text": N_("{label}. Nothing is left for you to do here.").format(
            label=VISIT.by_state[visit.status].label
        ),
        "others": others,
        "blocked": blocked,
        "photos": list((await photos_of(work, document.stream_id)).values()),
        "entries": shown[:12],
        "cards": await panels(request, work, "phone.visit", "main", document.id),
        "problem": unplaced(failed, [*([step] if step else []), *others]),
        "live_url": f"/desk/cases/{document.stream_id}/live?since={max(entry['version'] for entry in shown)}",
        "self_url": f"/phone/visits/{document.id}",
    }
    return page(request, "phone/visit.html", context, status=failed.problem.status if failed is not None else 200)


def _others(offered: list[Action], first: Action | None) -> list[Action]:
    return [one for one in offered if one is not first]


def _frame(request: Request) -> dict[str, Any]:
    who = request.state.who
    shell = base_shell(request, desk_language(request), staff=True) | {
        "home_url": "/phone",
        "person_name": who.name,
        "sign_out_url": "/sign-out",
    }
    return {"shell": shell, "csrf": who.csrf_token, "flash": "", "problem": None}


async def _current(work: Work, visit: DayVisit) -> dict[str, Any]:
    """The large card; a step that asks for nothing can be taken from here."""
    document = await documents.get(work.session, work.scope, visit.id, VISIT.name)
    offered, _ = await offers(work, document)
    step = await ui_action(work, document, offered[0]) if offered and offered[0].usual(document.status) else None
    asks = step is not None and bool(step["fields"])
    return (
        _line(work, visit)
        | _who(visit)
        | {
            "bring": None,
            "history_url": f"/phone/visits/{visit.id}#history",
            "action": None if step is None or asks else step,
            "step_url": f"/phone/visits/{visit.id}#step" if asks else None,
            "step_label": step["label"] if step is not None else "",
        }
    )


def _window(work: Work, visit: DayVisit) -> str:
    """`11:00–13:00` on the service centre's clock, with its day unless that is today."""
    if visit.window_start is None or visit.window_end is None:
        return N_("Time not fixed yet")
    zone = ZoneInfo(visit.timezone)
    start, end = visit.window_start.astimezone(zone), visit.window_end.astimezone(zone)
    day = "" if start.date() == work.now.astimezone(zone).date() else short_day(start.date(), weekday=True)
    return joined([day, f"{start:%H:%M}–{end:%H:%M}"])


def _later(visit: DayVisit, today: date) -> bool:
    start = visit.window_start
    return start is not None and start.astimezone(ZoneInfo(visit.timezone)).date() > today


def _line(work: Work, visit: DayVisit) -> dict[str, Any]:
    # What the desk calls "with a technician" is new to the technician.
    label = N_("New for you") if visit.status == "dispatched" else VISIT.by_state[visit.status].label
    what = joined([rules.KINDS[visit.kind], visit.category_name.lower() if visit.category_name else N_("unit")], " · ")
    return {
        "url": f"/phone/visits/{visit.id}",
        "time_text": _window(work, visit),
        "what": what,
        "where": f"{visit.locality}, {visit.postcode}",
        "note": about(visit.complaint),
        "category": visit.category,
        "status_label": label,
        "done": visit.ended,
    }


def _who(visit: DayVisit) -> dict[str, Any]:
    """Who opens the door, where, and how to get there."""
    place = ", ".join(part for part in (visit.line1, visit.floor, visit.locality, visit.postcode) if part)
    known = visit.latitude is not None
    spot = f"geo:{visit.latitude},{visit.longitude}" if known else f"geo:0,0?q={quote(f'{place}, {visit.city}')}"
    return {
        "who": visit.name_local or visit.name or "",
        "who_lang": visit.language if visit.name_local else "en",
        "where": place,
        "map_url": spot,
        "call_url": f"tel:{visit.phone}" if visit.phone else None,
    }
