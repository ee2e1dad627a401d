"""What a unit is covered for, asked without a case: nothing is stored, nothing is opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from aftersales import clock
from aftersales.errors import NotFound
from aftersales.products import repository as products
from aftersales.work import Work
from warranty.service import entitlement
from warranty.service.entitlement import FACTS

ZONE = "Asia/Kolkata"


@dataclass(frozen=True, slots=True)
class Advice:
    """An answer that is kept nowhere."""

    unit_id: UUID
    policy_id: UUID
    policy_version: int
    evaluator_version: int
    facts: Mapping[str, Any]
    verdict: Mapping[str, Any]


async def cover(work: Work, unit_id: UUID, on: date | None, fault: str | None) -> Advice:
    """The answer for a unit that the caller may see. Raises NotFound (`products.unknown_unit`, `warranty.no_terms`)."""
    unit = await products.unit(work.session, work.scope, unit_id)
    system = work.as_system()
    known = await entitlement.gather(system, unit, on or clock.business_date(work.now, ZONE), fault)
    found = await entitlement.assess(system, unit, known)
    if found is None:
        raise NotFound("warranty.no_terms", "No terms are published for this product.")
    facts = FACTS.dump_python(found.facts, mode="json")
    verdict = found.verdict
    return Advice(
        unit_id, found.policy_id, found.policy_version, verdict.evaluator_version, facts, entitlement.stored(verdict)
    )
