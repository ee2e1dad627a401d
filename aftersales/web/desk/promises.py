"""What is about to break on the desk: promises and clocks of all cases in scope, by the time they are due."""

from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request, Response

from aftersales.auth import repository as auth
from aftersales.cases.rules import about
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, format_day_time, language_called
from aftersales.promises import watchlist
from aftersales.promises.ledger import Kind
from aftersales.promises.panels import BASES, KINDS, NAMES, OWNERS
from aftersales.promises.permissions import MANAGE, VIEW
from aftersales.promises.targets import Clock
from aftersales.promises.watchlist import DueRow, Notice, Place, Which
from aftersales.web.desk.shell import capped, desk
from aftersales.web.render import page

router = staff_router()
HOME = "/desk/promises"
PAGE = 50
TABS: tuple[tuple[Which, str, str], ...] = (
    ("soon", "Due within 4 hours", "waiting"),
    ("late", "Late", "trouble"),
    ("promised", "Promised to customers", "open"),
)
PROMISED, OURS = N_("Promised"), N_("Our target")
_CATEGORIES = {name: category for name, _, category in TABS}


@router.get(HOME, include_in_schema=False)
async def due_page(
    work: WorkDep,
    request: Request,
    show: Which = "soon",
    branch: Annotated[UUID | Literal[""], Query()] = "",
    after: Annotated[str, Query(max_length=120)] = "",
) -> Response:
    """The page, what is due first, `PAGE` at a time."""
    work.scope.require(VIEW)
    place = Place.read(after) if after else None
    found = await watchlist.due(work, show, branch_id=branch or None, after=place, limit=PAGE)
    counts = await watchlist.counts(work, branch or None)
    kept = {"branch": str(branch)} if branch else {}
    context = await desk(
        request,
        work,
        "promises",
        tabs=[
            {
                "label": label,
                "url": f"{HOME}?{urlencode({'show': name} | kept)}",
                "current": name == show,
                "count_text": capped(counts[name]),
                "category": category,
            }
            for name, label, category in TABS
        ],
        filters=await _filters(work, show, branch),
        rows=[_row(one, show, request.state.who.timezone) for one in found],
        show=show,
        hours_url="/desk/hours" if work.scope.can(MANAGE) else "",
        next_url=f"{HOME}?{urlencode({'show': show, 'after': str(found[-1].place)} | kept)}"
        if len(found) == PAGE
        else "",
    )
    return page(request, "desk/promises.html", context)


async def _filters(work: WorkDep, show: Which, branch: UUID | Literal[""]) -> dict[str, Any]:
    places = [b for b in await auth.branches(work.session, work.scope) if work.scope.can(VIEW, b.id)]
    fields: list[dict[str, Any]] = [
        {
            "name": "branch",
            "label": "Service centre",
            "kind": "select",
            "value": str(branch),
            "options": [{"value": str(b.id), "label": b.name} for b in places],
        },
        {"name": "show", "kind": "hidden", "value": show, "label": ""},
    ]
    clear = f"{HOME}?show={show}" if branch else ""
    return {"url": HOME, "fields": fields, "more_open": bool(branch), "clear_url": clear}


def _row(row: DueRow, show: Which, zone: str) -> dict[str, Any]:
    at = format_day_time(row.due_at, zone, "en")
    return {
        "url": f"/desk/cases/{row.case_id}",
        "number": row.number,
        "title": about(row.complaint),
        "who": row.name or "",
        "where": " · ".join(filter(None, (row.product, row.branch))),
        "category": _CATEGORIES[show],
        "kind": PROMISED if row.said_at is not None else OURS,
        "status_label": NAMES[Clock(row.clock)] if row.said_at is None else KINDS[Kind(row.clock)],
        "next_text": f"{'Was due' if show == 'late' else 'Due'} {at}",
        "next_category": "trouble" if show == "late" else None,
        "owner": row.owner or "Nobody yet",
        "turn": OWNERS[row.turn],
        "notices": [_notice(one) for one in row.notices[:2]] if row.said_at is None else _said(row, zone),
    }


def _said(row: DueRow, zone: str) -> list[str]:
    """What the customer was told, and where the time came from."""
    at = format_day_time(row.said_at, zone, "en") if row.said_at is not None else ""
    return [f"Told {at} in {language_called(row.language)}", BASES.get(row.basis, row.basis)]


def _notice(one: Notice) -> str:
    if one.kind == "warning":
        return f"Warned at {one.step} %"
    return "Breach raised" if one.kind == "breach" else f"Escalated to the {one.to}"
