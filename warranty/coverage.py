"""The ports of warranty: what others ask it, and what they tell it."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from aftersales import clock
from aftersales.ports.coverage import Answer, Cover
from aftersales.products import repository as products
from aftersales.work import Work
from warranty import goodwills, repository
from warranty.rules import CostClass, Verdict
from warranty.service import carrying, entitlement, goodwill
from warranty.service.advice import ZONE

OPEN = frozenset({"draft", "submitted", "in_review", "info_requested", "pre_authorised", "appealed"})


class WarrantyCoverage:
    """Answers from the claim of a case, or from what the terms said when there was nothing to claim."""

    async def current(self, work: Work, stream_id: UUID) -> Answer:
        """Unknown where no terms apply; decided once nothing is left to decide. Reads whatever the caller may see."""
        system = work.as_system()
        held = await repository.claims_on(system.session, system.scope, stream_id)
        claim = held[0] if held else None
        answer = claim.verdict if claim else await repository.newest_verdict(system.session, system.scope, stream_id)
        if answer is None:
            return Answer(Cover.UNKNOWN, Cover.UNKNOWN, decided=True)
        verdict = entitlement.verdict_of(answer)
        if verdict.suspected:
            # Nobody is charged on a suspicion: until two people have decided, the terms hold as if nothing was found.
            facts = replace(entitlement.facts_held(answer), cause=None)
            verdict = entitlement.judge_again(answer, facts).verdict
        lacking = claim.id if claim is not None and not verdict.in_full else None
        given = short = frozenset[str]()
        if lacking is not None:
            given = await goodwills.classes_on(system.session, system.scope, lacking)
            short = (await goodwill.rest(system, lacking, verdict, answer)).classes if given else short
        decided = claim is None or claim.status not in OPEN
        return _answer(verdict, decided=decided, claim_id=claim.id if claim else None, given=given, short=short)

    async def of_unit(self, work: Work, unit_id: UUID) -> Answer:
        """Unknown where no terms apply."""
        system = work.as_system()
        unit = await products.unit(system.session, system.scope, unit_id)
        known = await entitlement.gather(system, unit, clock.business_date(work.now, ZONE), None)
        found = await entitlement.assess(system, unit, known)
        if found is None:
            return Answer(Cover.UNKNOWN, Cover.UNKNOWN, decided=True)
        return _answer(found.verdict, decided=False)


def _answer(
    verdict: Verdict,
    *,
    decided: bool,
    claim_id: UUID | None = None,
    given: frozenset[str] = frozenset(),
    short: frozenset[str] = frozenset(),
) -> Answer:
    says = {cost: Cover(verdict.findings[cost].value) for cost in (CostClass.PARTS, CostClass.LABOUR, CostClass.VISIT)}
    # What the claim came to list beyond the amount that was given is not free: that is for somebody to give, or to ask.
    paid = {cost: Cover.PARTLY if cost in short else Cover.COVERED for cost in says if cost in given}
    says |= {cost: one for cost, one in paid.items() if says[cost] is not Cover.COVERED}
    # What somebody gives needs no decision of the claim any more: nobody will be charged for it.
    freely = bool(given) and says[CostClass.PARTS] is says[CostClass.LABOUR] is Cover.COVERED
    return Answer(
        parts=says[CostClass.PARTS],
        labour=says[CostClass.LABOUR],
        visit=says[CostClass.VISIT],
        decided=decided or freely,
        claim_id=claim_id,
    )


class WarrantyCarrying:
    """Hands covers and registrations on, as the system: whoever swaps units may not see either's papers."""

    async def over(self, work: Work, stream_id: UUID, unit_id: UUID, new_unit_id: UUID, on: date) -> None:
        """The new unit's cover ends no earlier than the old one's would have."""
        await carrying.over(work.as_system(), stream_id, unit_id, new_unit_id, on)
