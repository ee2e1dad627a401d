"""A return at the desk: what came, in which condition it is, what was decided and what can be done, on one page."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import Request, Response

from aftersales import clock
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, calendar_day
from aftersales.products import repository as products
from aftersales.status import documents
from aftersales.status.documents import DocumentView
from aftersales.web.desk.entries import photos_of
from aftersales.web.desk.homes import home_page
from aftersales.web.legal import Failed
from aftersales.work import Work
from rma import panels, repository
from rma.goods import kept
from rma.machine import RETURN
from rma.models import ReturnFinding, ReturnLine, ReturnMovement
from rma.permissions import VIEW

router = staff_router("/desk/returns", tags=["returns"])
PLACES = {
    "customer": N_("with the customer"),
    "courier": N_("on its way"),
    "hub": N_("received"),
    "kept": N_("here, to be handed back"),
    "bench": N_("on the bench"),
    "vendor": N_("at the vendor"),
    "stock": N_("in stock"),
    "scrap": N_("scrapped"),
}
PARTS = {
    "box": N_("box"),
    "charger": N_("charger"),
    "cable": N_("cable"),
    "remote": N_("remote control"),
    "manual": N_("manual"),
    "stand": N_("stand"),
    "other": N_("something else"),
}
FOUND = {"no_fault": N_("No fault found"), "wrong_item": N_("Not the product that was agreed")}


@router.get("/{return_id}", include_in_schema=False)
async def one(work: WorkDep, request: Request, return_id: UUID) -> Response:
    """The page of one return."""
    work.scope.require(VIEW)
    return await show(request, work, await documents.get(work.session, work.scope, return_id, RETURN.name))


async def show(request: Request, work: Work, document: DocumentView, *, failed: Failed | None = None) -> Response:
    """The same; with `failed`, its form again as it was sent."""
    held = await repository.one(work.session, work.scope, document.id)
    card = await panels.on_page(work, held)
    about = {
        "case_url": f"/desk/cases/{held.stream_id}#returns",
        "lines": await _lines(work, document.id, request.state.who.timezone),
        "photos": list((await photos_of(work, held.stream_id)).values()),
    }
    return await home_page(request, work, document, "rma/return.html", "returns", failed=failed, r=card, about=about)


async def _lines(work: Work, return_id: UUID, zone: str) -> list[dict[str, Any]]:
    lines = await repository.lines(work.session, work.scope, {return_id})
    steps = await repository.standing(work.session, work.scope, {return_id})
    found: dict[UUID, list[ReturnFinding]] = defaultdict(list)
    for one in await repository.findings(work.session, work.scope, [line.id for line in lines]):
        found[one.line_id].append(one)
    system = work.as_system()
    called = await products.names(system.session, system.scope, {line.product_id for line in lines})
    units = {line.unit_id for line in lines if line.unit_id is not None}
    known = await products.units(system.session, system.scope, units) if units else {}
    return [
        {
            "position": line.position,
            "product": called[line.product_id],
            "serial": known[line.unit_id].serial if line.unit_id in known else "",
            "quantity": line.quantity,
            "received": line.received,
            "places": _places(line, steps),
            "findings": [_finding(one, zone) for one in found[line.id]],
        }
        for line in lines
    ]


def _places(line: ReturnLine, steps: Sequence[ReturnMovement]) -> list[tuple[int, str]]:
    count: dict[str, int] = defaultdict(int)
    for step in steps:
        if step.line_id == line.id:
            count["kept" if kept(step.place, step.disposition) else step.place] += 1
    return [(many, PLACES[place]) for place, many in count.items()]


def _finding(one: ReturnFinding, zone: str) -> dict[str, Any]:
    words = [label for name, label in FOUND.items() if getattr(one, name)]
    return {
        "quantity": one.quantity,
        "grade": one.grade,
        "words": words,
        "missing": [PARTS[part] for part in one.missing],
        "on": calendar_day(clock.business_date(one.found_at, zone)),
    }
