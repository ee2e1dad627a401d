"""Reactions of visits."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aftersales.cases.schemas import Reason
from aftersales.module import Posted
from aftersales.status.changes import move
from aftersales.work import Work
from field_service.visits import repository, rules
from field_service.visits.machine import VISIT
from field_service.visits.service import overdue, planning


async def conclude(work: Work, posted: Posted) -> None:
    """A visit whose work was done at the home ends with it; a pickup or drop is only a leg of the way."""
    visit = await repository.visit(work.session, work.scope, posted.document_id)
    if visit.status == "completed" and visit.kind in rules.ON_SITE:
        await work.post(move(VISIT, visit.id, "conclude"))


async def not_given_back(work: Work, posted: Posted) -> None:
    """A return for which a pickup was booked is cancelled: nobody drives."""
    if posted.from_status != "pickup_scheduled":
        return
    for visit in await repository.of_case(work.session, work.scope, posted.stream_id):
        if visit.kind == rules.PICKUP and visit.status in VISIT.by_verb["cancel"].sources:
            await planning.cancel(work, visit.id, Reason(note=rules.RETURN_CANCELLED))


async def on_window(work: Work, data: Mapping[str, Any]) -> None:
    """The window of the visit `data["visit_id"]` ends, or has ended."""
    await overdue.look(work, UUID(data["visit_id"]))
