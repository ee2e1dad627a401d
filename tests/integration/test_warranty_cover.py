"""A1: what a unit is entitled to after repairs, under plans, and under the version its registration keeps."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from aftersales.errors import Invalid
from aftersales.ports.carrying import NoCarrying
from aftersales.products import repository as products
from tests.factories.claims import CHECKED, answer
from tests.factories.entitlement import Household
from warranty import panels, records, repository
from warranty.models import WarrantyVerdict
from warranty.rules import EVALUATORS, Facts
from warranty.schemas import RegisterUnit
from warranty.service import entitlement, registrations
from warranty.service.entitlement import FACTS, TERMS, stored

LATER = datetime(2029, 2, 1, 6, 30, tzinfo=UTC)
OLD = date(2024, 6, 1)


async def _registered(home: Household, case_id: UUID, **body: object) -> UUID:
    async with home.work(now=LATER) as work:
        made = await registrations.register(work, case_id, RegisterUnit.model_validate(body))
        await registrations.activate(work, made, CHECKED)
    await home.settle()
    return made


async def test_a_repair_carries_a_warranty_of_its_own_and_what_goes_back_as_it_came_does_not(home: Household) -> None:
    await home.change_unit(home.mixer, purchased_on=date(2026, 5, 2), delivered_on=None)
    ended = home.at(datetime(2027, 6, 1, 6, 30, tzinfo=UTC))
    case_id = await ended.case(home.mixer)
    assert (await answer(ended, case_id)).parts == "not_covered"
    repair_id = await ended.workshop(case_id)
    await ended.repaired(repair_id)
    await ended.handed_over(repair_id)
    async with home.work() as work:
        [done] = await records.services_on(work.session, work.scope, case_id)
    assert (done.what, done.done_on, done.fault_code) == ("repair", date(2027, 6, 1), "22-B")
    within = home.at(datetime(2027, 8, 30, 6, 30, tzinfo=UTC))
    again = await within.case(home.mixer, now=within.now)
    assert (await answer(within, again)).in_full
    async with within.work() as work:
        card = await panels.coverage(work, again)
    assert card is not None
    steps = [step for step in card["answer"]["trace"] if step["rule"] == "after.repair"]
    assert [(step["clause"], str(step["kind"])) for step in steps] == [("5.1", "our repair")]
    other = await within.case(home.mixer, fault="11-A", now=within.now)
    assert (await answer(within, other)).parts == "not_covered"


async def test_given_back_as_it_was_nothing_new_begins(home: Household) -> None:
    case_id = await home.case()
    repair_id = await home.workshop(case_id)
    await home.given_back(repair_id)
    await home.handed_over(repair_id)
    async with home.work() as work:
        assert await records.services_on(work.session, work.scope, case_id) == []


async def test_a_plan_pays_its_share_when_the_warranty_has_ended(home: Household) -> None:
    await home.change_unit(home.washer, purchased_on=OLD, delivered_on=None)
    first = await home.case(fault="11-A")
    await _registered(home, first, purchased_on=OLD.isoformat(), plan="comfort", plan_from="2026-05-30")
    case_id = await home.case(now=datetime(2026, 11, 20, 7, 0, tzinfo=UTC))
    found = await answer(home, case_id)
    assert (found.parts, found.labour, found.decided) == ("partly", "partly", False)
    async with home.work() as work:
        card = await panels.coverage(work, case_id)
    assert card is not None
    shown = card["answer"]
    assert shown["label"] == "Covered in part"
    assert str(shown["covered"][0]) == "parts 80% up to ₹10,000.00"
    assert [str(one) for one in shown["caps"]] == ["repairs left: 4", "₹25,000.00 left"]


async def test_a_plan_that_nobody_sold_is_not_registered(home: Household) -> None:
    case_id = await home.case()
    async with home.work() as work:
        with pytest.raises(Invalid, match=r"warranty\.unknown_plan"):
            await registrations.register(work, case_id, RegisterUnit(purchased_on=OLD, plan="golden"))
        await work.session.rollback()


async def test_a_registration_keeps_the_version_it_was_made_under(home: Household) -> None:
    case_id = await home.case(fault="11-A")
    # By the invoice the version of January 2026 holds; the owner registered it as bought in 2023, under another.
    await _registered(home, case_id, purchased_on="2023-06-01")
    async with home.work() as work:
        held = await repository.newest_verdict(work.session, work.scope, case_id)
        [(_, row)] = (await repository.registrations_of(work.session, work.scope, [home.washer]))[home.washer]
    assert held is not None
    assert held.policy_id == row.policy_id
    assert held.policy_version == 5


async def test_verdicts_of_evaluator_1_are_read_and_replayed_as_they_were(home: Household) -> None:
    case_id = await home.case()
    async with home.work() as work:
        held = await repository.newest_verdict(work.session, work.scope, case_id)
        assert held is not None
        facts = Facts(on=date(2026, 11, 21), purchased_on=date(2026, 3, 18), proofs=entitlement.facts_held(held).proofs)
        verdict = EVALUATORS[1](TERMS.validate_python(held.terms), held.words, facts)
        kept = {key: value for key, value in FACTS.dump_python(facts, mode="json").items() if key in _FACTS_1}
        work.session.add(
            WarrantyVerdict(
                id=UUID(int=held.id.int + 1),
                stream_id=case_id,
                unit_id=home.washer,
                policy_id=held.policy_id,
                evaluator_version=1,
                facts=kept,
                verdict=stored(verdict),
                at=LATER,
            )
        )
    async with home.work() as work:
        old = await repository.newest_verdict(work.session, work.scope, case_id)
        assert old is not None
        assert old.evaluator_version == 1
        assert set(old.verdict) == {"findings", "lasts", "clause", "proof", "trace", "suspected", "evaluator_version"}
        assert entitlement.replay(old) == old.verdict
        assert await entitlement.replay_all(work.session, work.scope) == []
        assert entitlement.judge_again(old, facts).verdict.evaluator_version == 2


_FACTS_1 = {"on", "delivered_on", "installed_on", "purchased_on", "proofs", "fault", "cause", "established"}


async def test_what_takes_a_products_place_keeps_its_cover_and_its_registrations(home: Household) -> None:
    case_id = await home.case(fault="11-A")
    await _registered(home, case_id, purchased_on="2026-03-18")
    async with home.work() as work:
        before = await repository.newest_verdict(work.session, work.scope, case_id)
        assert before is not None
        ends = entitlement.verdict_of(before).lasts
    await home.change_unit(home.mixer, purchased_on=date(2024, 1, 1), delivered_on=None)
    for _ in range(2):
        async with home.work(home.staff(home.anil)) as work:
            await work.ports.carrying.over(work, case_id, home.washer, home.mixer, date(2026, 11, 25))
    async with home.work() as work:
        registered = await repository.registrations_of(work.session, work.scope, [home.washer, home.mixer])
        unit = await products.unit(work.session, work.scope, home.mixer)
        known = await entitlement.gather(work, unit, date(2026, 11, 26), None)
        found = await entitlement.assess(work, unit, known)
    assert list(registered) == [home.mixer]
    assert len(registered[home.mixer]) == 1
    assert found is not None
    assert all(found.verdict.lasts[cost] >= day for cost, day in ends.items())
    assert "carried" in [step.rule for step in found.verdict.trace]


async def test_without_warranty_nothing_is_carried() -> None:
    await NoCarrying().over(None, UUID(int=1), UUID(int=2), UUID(int=3), date(2026, 11, 25))  # type: ignore[arg-type]
