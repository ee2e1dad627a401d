"""The demonstration's replacement offer: a product that has come in for the third time with one fault."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import aliased

from aftersales.cases.models import Case
from aftersales.cases.service import follow_documents
from aftersales.status.models import Document
from aftersales.work import Work
from warranty import offerings
from warranty.models import WarrantyClaim
from warranty.service import aftercare, replacing

FAULTS = {
    "washing_machine": ("22-B", "Does not spin"),
    "refrigerator": ("31-A", "Not cooling"),
    "air_conditioner": ("31-A", "Cools very little"),
    "phone": ("62-A", "Does not charge"),
    "mixer": ("11-A", "Does not start"),
    "television": ("51-A", "No picture, only sound"),
}
_BEFORE = 2
_LIVING = ("submitted", "in_review", "pre_authorised", "approved", "partially_approved")
_TRIED = 8


async def fill(work: Work, world: dict[str, Any]) -> None:
    """One open offer, made by the rules: two repairs of before are remembered, and the third finds the same fault."""
    categories = {unit["unit_id"]: unit["category"] for unit in world["units"]}
    for case_id, unit_id in await _again(work):
        fault = FAULTS.get(categories[unit_id])
        if fault is None:
            continue
        async with work.session.begin_nested() as tried:
            await _failed_alike(work, case_id, unit_id, fault)
            await replacing.diagnosed(work, case_id)
            if await offerings.on_case(work.session, work.scope, case_id):
                await follow_documents(work, case_id)
                return
            await tried.rollback()


async def _again(work: Work) -> list[tuple[UUID, UUID]]:
    """Cases with a claim, whose repair is not done, of units that were here twice before: the furthest first."""
    order, past, repaired = aliased(Document), aliased(Document), aliased(Document)
    often = select(func.count()).where(
        past.unit_id == Document.unit_id, past.machine == "case", past.category == "done", past.id != Document.id
    )
    claimed = select(WarrantyClaim.id).join(order, order.id == WarrantyClaim.id)
    query = (
        select(Document.id, Document.unit_id)
        .outerjoin(repaired, (repaired.stream_id == Document.id) & (repaired.machine == "repair_order"))
        .where(
            Document.machine == "case",
            Document.category != "done",
            func.coalesce(repaired.category, "") != "done",
            often.scalar_subquery() >= _BEFORE,
            claimed.where(order.stream_id == Document.id, order.status.in_(_LIVING)).exists(),
        )
        .order_by(func.coalesce(repaired.version, 0).desc(), Document.id)
        .limit(_TRIED)
    )
    return [(row.id, row.unit_id) for row in await work.session.execute(query)]


async def _failed_alike(work: Work, case_id: UUID, unit_id: UUID, fault: tuple[str, str]) -> None:
    query = (
        select(Document.id, Document.changed_at)
        .where(Document.unit_id == unit_id, Document.machine == "case", Document.category == "done")
        .order_by(Document.id.desc())
        .limit(_BEFORE)
    )
    before = (await work.session.execute(query)).all()
    alike = [case_id, *(row.id for row in before)]
    await work.session.execute(update(Case).where(Case.id.in_(alike)).values(fault_code=fault[0], complaint=fault[1]))
    for row in before:
        await aftercare.repaired(work, row.id, row.changed_at)
