"""The demonstration's replacement offer: a product that has come in for the third time with one fault."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import aliased

from aftersales import clock
from aftersales.cases.demo import opening, write
from aftersales.cases.machine import CASE
from aftersales.cases.models import Case
from aftersales.cases.service import follow_documents
from aftersales.ids import new_id
from aftersales.products import repository as products
from aftersales.status.changes import move
from aftersales.status.models import Document
from aftersales.work import Work
from warranty import offerings
from warranty.service import aftercare, entitlement, replacing

ZONE = "Asia/Kolkata"
FAULTS = {
    "washing_machine": ("22-B", "Does not spin"),
    "refrigerator": ("31-A", "Not cooling"),
    "air_conditioner": ("31-A", "Cools very little"),
    "phone": ("62-A", "Does not charge"),
    "mixer": ("11-A", "Does not start"),
    "television": ("51-A", "No picture, only sound"),
}
_BEFORE = (timedelta(days=52), timedelta(days=24))
"""How long before the present case the two of before were opened."""
_OWNED = timedelta(days=80)
_LIVING = ("submitted", "in_review", "pre_authorised", "approved", "partially_approved")
_FIRST = "KKP"
"""The service centre of whoever most people sign in as."""


async def fill(work: Work, world: dict[str, Any]) -> None:
    """One open offer, made by the rules: two repairs of before are remembered, and the third finds the same fault."""
    waiting = await _waiting(work, world["branches"][_FIRST])
    bought = {unit["unit_id"]: unit["purchased_on"] for unit in world["units"]}
    cases = {case["case_id"]: case for case in world["cases"]}
    for case in (cases[one] for one in waiting if one in cases):
        fault = FAULTS.get(case["category"])
        if fault is None or bought[case["unit_id"]] > (case["opened_at"] - _OWNED).date():
            continue
        async with work.session.begin_nested() as tried:
            await _failed_alike(work, case, *fault)
            await replacing.diagnosed(work, case["case_id"])
            if await offerings.on_case(work.session, work.scope, case["case_id"]):
                await follow_documents(work, case["case_id"])
                return
            await tried.rollback()


async def _waiting(work: Work, first: UUID) -> Sequence[UUID]:
    """Cases with a claim whose repair is not done: those of one centre before others, and the furthest first."""
    claim, order = aliased(Document), aliased(Document)
    query = (
        select(Document.id)
        .join(claim, (claim.stream_id == Document.id) & (claim.machine == "warranty_claim"))
        .outerjoin(order, (order.stream_id == Document.id) & (order.machine == "repair_order"))
        .where(
            Document.machine == "case",
            Document.category != "done",
            claim.status.in_(_LIVING),
            func.coalesce(order.category, "") != "done",
        )
        .order_by((Document.branch_id == first).desc(), func.coalesce(order.version, 0).desc(), Document.id)
    )
    return (await work.session.scalars(query)).all()


async def _failed_alike(work: Work, case: dict[str, Any], fault: str, complaint: str) -> None:
    said = "They are happy with how it was handled."
    code, year = case["number"].split("-")[0], work.now.year
    past = [
        case
        | {
            "case_id": new_id(),
            "number": await work.numbers.next(code, year),
            "opened_at": case["opened_at"] - before,
            "complaint": complaint,
        }
        for before in _BEFORE
    ]
    for one in past:
        done = one["opened_at"] + timedelta(days=2)
        await work.post(
            *opening(one),
            move(CASE, one["case_id"], "resolve", at=done),
            move(CASE, one["case_id"], "close", data={"reached": "phone"}, note=said, at=done + timedelta(days=1)),
        )
    await write(work, past)
    alike = [case["case_id"], *(one["case_id"] for one in past)]
    values = {"fault_code": fault, "complaint": complaint}
    await work.session.execute(update(Case).where(Case.id.in_(alike)).values(**values))
    unit = await products.unit(work.session, work.scope, case["unit_id"])
    for one in past:
        known = await entitlement.gather(work, unit, clock.business_date(one["opened_at"], ZONE), fault)
        found = await entitlement.assess(work, unit, known)
        if found is not None:
            work.session.add(entitlement.row_of(replace(work, now=one["opened_at"]), one["case_id"], found))
        await aftercare.repaired(work, one["case_id"], one["opened_at"] + timedelta(days=2))
