"""Money of claims with several lines adds up: limits shared by lines and by claims, decisions that were made anew."""

import asyncio
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from aftersales import clock
from aftersales.errors import Conflict, Invalid
from aftersales.figures import ReportFilters
from aftersales.listing import rows
from aftersales.money import Money
from tests.factories.claims import CHECKED, NOTHING, proposal, shown
from tests.factories.entitlement import Household
from tests.integration.test_warranty_recovery import part, supplier
from warranty import records, reports
from warranty.recovery import repository as recoveries
from warranty.recovery.service import closing
from warranty.schemas import AddLine, Appeal, DecideLine, PartReturned, RegisterUnit
from warranty.service import claims, denials, lines, registrations

BEGUN = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
FALL = {"cause_code": "FA-1", "clause": "4.1", "words": "It fell off the lorry."}


def line(cost: str = "parts", amount: int = 500_000, **more: object) -> AddLine:
    return AddLine.model_validate({"cost": cost, "description": "Motor", "amount_minor": amount, **more})


async def on_a_plan(home: Household) -> None:
    """The washing machine has nothing but a plan: 80 % of parts up to ₹10,000, all of it up to ₹25,000."""
    await home.change_unit(home.washer, purchased_on=date(2024, 6, 1), delivered_on=None)
    first = await home.case(fault="11-A")
    body = RegisterUnit(purchased_on=date(2024, 6, 1), plan="comfort", plan_from=date(2026, 5, 10))
    async with home.work() as work:
        await registrations.activate(work, await registrations.register(work, first, body), CHECKED)
    await home.settle()


async def in_review(home: Household, fault: str, *asked: AddLine, unit: UUID | None = None) -> UUID:
    """A claim in review that asks for these lines."""
    claim_id = (await home.claim(await home.case(unit, fault=fault))).id
    async with home.work(home.staff(home.anil)) as work:
        for one in asked:
            await lines.add(work, claim_id, one)
        await claims.review(work, claim_id, NOTHING)
    return claim_id


async def decided(home: Household, claim_id: UUID, *positions: int) -> None:
    """These lines are approved, as far as the terms give."""
    async with home.work(home.staff(home.anil)) as work:
        for position in positions:
            await lines.decide(work, claim_id, DecideLine(line=position))


async def granted(home: Household, claim_id: UUID) -> list[tuple[str, int | None]]:
    async with home.work() as work:
        held = await records.lines(work.session, work.scope, claim_id)
    return [(one.standing, one.granted_minor) for one in held]


async def test_a_cap_over_everything_is_shared_by_lines_of_every_kind(home: Household) -> None:
    await on_a_plan(home)
    claim_id = await in_review(home, "22-B", line("labour", 2_000_000), line("visit", 400_000), line("parts", 400_001))
    await decided(home, claim_id, 1, 2, 3)
    # Of the parts 80 per cent would be ₹3,200.01; ₹1,000.00 is left of ₹25,000.
    assert await granted(home, claim_id) == [("approved", 2_000_000), ("approved", 400_000), ("approved", 100_000)]


async def test_a_cap_of_accidents_is_shared_by_the_classes_that_the_accident_took(home: Household) -> None:
    await on_a_plan(home)
    case_id = await home.case()
    claim_id = (await home.claim(case_id)).id
    repair_id = await home.workshop(case_id)
    async with home.work(home.staff(home.anil)) as work:
        await lines.add(work, claim_id, line("labour", 800_000))
        await lines.add(work, claim_id, line("parts", 800_000))
    await home.diagnosed(repair_id, "FA-1")
    await home.photo(case_id, repair_id)
    async with home.work(home.staff(home.anil)) as work:
        await denials.propose(work, claim_id, proposal(**FALL))
    async with home.work(home.staff(home.srinivas)) as work:
        await lines.decide(work, claim_id, DecideLine(line=1))
        await lines.decide(work, claim_id, DecideLine(line=2))
    assert sum(given or 0 for _, given in await granted(home, claim_id)) <= 500_000


async def test_claims_open_at_once_share_the_limit(home: Household) -> None:
    await on_a_plan(home)
    first = await in_review(home, "22-B", line("parts", 1_000_000))
    second = await in_review(home, "15-C", line("parts", 1_000_000))
    await decided(home, first, 1)
    async with home.work(home.staff(home.anil)) as work:
        await denials.approve_partly(work, first, NOTHING)
    await decided(home, second, 1)
    assert await granted(home, second) == [("approved", 200_000)]


async def test_lines_that_were_given_more_than_is_left_are_decided_anew(home: Household) -> None:
    await on_a_plan(home)
    first = await in_review(home, "22-B", line("parts", 1_000_000))
    second = await in_review(home, "15-C", line("parts", 1_000_000))
    await decided(home, first, 1)
    await decided(home, second, 1)
    async with home.work(home.staff(home.anil)) as work:
        await denials.approve_partly(work, first, NOTHING)
    async with home.work(home.staff(home.anil)) as work:
        with pytest.raises(Conflict, match=r"warranty\.line_exceeds"):
            await denials.approve_partly(work, second, NOTHING)
        await work.session.rollback()
    async with home.work(home.staff(home.anil)) as work:
        await lines.decide(work, second, DecideLine(line=1, outcome="sent_back", words="The limit is used up."))
        await lines.add(work, second, line("parts", 1_000_000, instead_of=1))
        await lines.decide(work, second, DecideLine(line=2))
        await denials.approve_partly(work, second, NOTHING)
    assert await granted(home, second) == [("replaced", 0), ("approved", 200_000)]


async def test_a_line_for_which_nothing_is_left_can_be_denied(home: Household) -> None:
    await on_a_plan(home)
    claim_id = await in_review(home, "22-B", line("parts", 1_250_000), line("parts", 100_000))
    await decided(home, claim_id, 1)
    used = DecideLine(line=2, outcome="denied", clause="6.1", words="The yearly amount for parts is used up.")
    async with home.work(home.staff(home.anil)) as work:
        with pytest.raises(Invalid, match=r"warranty\.line_not_covered"):
            await lines.decide(work, claim_id, DecideLine(line=2))
        await lines.decide(work, claim_id, used)
        await denials.approve_partly(work, claim_id, NOTHING)
    assert await granted(home, claim_id) == [("approved", 1_000_000), ("denied", 0)]


async def test_what_was_allowed_beforehand_does_not_grow_afterwards(home: Household) -> None:
    claim_id = await in_review(home, "22-B", line("parts", 1_600_000), unit=home.mixer)
    async with home.work(home.staff(home.anil)) as work:
        await claims.pre_authorise(work, claim_id, NOTHING)
        await lines.add(work, claim_id, line("labour", 5_000_000))
    async with home.work(home.staff(home.anil)) as work:
        await lines.decide(work, claim_id, DecideLine(line=1))
        await lines.decide(work, claim_id, DecideLine(line=2))
        with pytest.raises(Conflict, match=r"warranty\.ask_first"):
            await claims.approve(work, claim_id, NOTHING)
        await claims.pre_authorise(work, claim_id, NOTHING)
        # What takes the place of a line and asks for less needs no new word.
        await lines.decide(work, claim_id, DecideLine(line=2, outcome="sent_back", words="How many hours?"))
        await lines.add(work, claim_id, line("labour", 4_000_000, instead_of=2))
        await lines.decide(work, claim_id, DecideLine(line=3))
        await claims.approve(work, claim_id, NOTHING)


async def test_what_was_allowed_beforehand_is_granted_at_hand_over(home: Household) -> None:
    case_id = await home.case(home.mixer)
    claim_id = (await home.claim(case_id)).id
    repair_id = await home.workshop(case_id)
    async with home.work(home.staff(home.anil)) as work:
        await lines.add(work, claim_id, line("parts", 1_600_000))
        await claims.pre_authorise(work, claim_id, NOTHING)
    await home.handed_over(repair_id)
    assert (await home.claim(case_id)).status == "fulfilled"
    assert await granted(home, claim_id) == [("approved", 1_600_000)]


async def test_nothing_is_granted_by_itself_that_the_terms_do_not_pay(home: Household) -> None:
    case_id = await home.case()
    claim_id = (await home.claim(case_id)).id
    repair_id = await home.workshop(case_id)
    async with home.work(home.staff(home.anil)) as work:
        await lines.add(work, claim_id, line("parts"))
        await lines.add(work, claim_id, line("consumables", 9_000))
    await home.diagnosed(repair_id, "MF")
    # Eight months after the purchase the three months of filters are over.
    assert (await home.claim(case_id)).status == "in_review"
    assert await granted(home, claim_id) == [("open", None), ("open", None)]


async def test_a_claim_that_is_withdrawn_at_hand_over_has_granted_nothing(home: Household) -> None:
    await home.change_unit(home.washer, purchased_on=date(2024, 12, 1), delivered_on=date(2024, 12, 1))
    case_id = await home.case()
    claim_id = (await home.claim(case_id)).id
    repair_id = await home.workshop(case_id)
    async with home.work(home.staff(home.anil)) as work:
        await lines.add(work, claim_id, line("visit", 30_000))
    await home.handed_over(repair_id)
    assert (await home.claim(case_id)).status == "closed"
    assert await granted(home, claim_id) == [("open", None)]


async def test_what_the_terms_pay_in_part_is_still_decided_after_the_hand_over(home: Household) -> None:
    await home.change_unit(home.washer, purchased_on=date(2024, 12, 1), delivered_on=date(2024, 12, 1))
    code = f"HO-{home.washer.hex[-6:]}".upper()
    await supplier(home, code, "100")
    case_id = await home.case()
    claim_id = (await home.claim(case_id)).id
    repair_id = await home.workshop(case_id)
    ended = DecideLine(line=2, outcome="denied", clause="1.1", words="The cover of visits has ended.")
    async with home.work(home.staff(home.anil)) as work:
        await lines.add(work, claim_id, part(code, 90_000))
        await lines.add(work, claim_id, line("visit", 30_000))
    await home.handed_over(repair_id)
    assert (await home.claim(case_id)).status == "in_review"
    async with home.work(home.staff(home.anil)) as work:
        await lines.decide(work, claim_id, DecideLine(line=1))
        await lines.decide(work, claim_id, ended)
        await denials.approve_partly(work, claim_id, NOTHING)
        held = await recoveries.of_claim(work.session, work.as_system().scope, claim_id)
    assert [one.due_minor for one, _ in held] == [90_000]


async def suspected(home: Household, cause: str, *asked: AddLine) -> tuple[UUID, UUID, UUID]:
    """Case, claim and repair order where the cause might be excluded."""
    case_id = await home.case()
    claim_id = (await home.claim(case_id)).id
    repair_id = await home.workshop(case_id)
    async with home.work(home.staff(home.anil)) as work:
        for one in asked:
            await lines.add(work, claim_id, one)
    await home.diagnosed(repair_id, cause)
    await home.photo(case_id, repair_id)
    return case_id, claim_id, repair_id


async def test_lines_of_a_suspected_cause_are_approved_by_whoever_sets_it_aside(home: Household) -> None:
    _, claim_id, _ = await suspected(home, "RD-2", line("parts", 90_000), line("labour", 50_000))
    async with home.work(home.staff(home.anil)) as work:
        await lines.decide(work, claim_id, DecideLine(line=1))
        lower = DecideLine(line=2, outcome="lowered", amount_minor=40_000, words="One hour.")
        await lines.decide(work, claim_id, lower)
        with pytest.raises(Conflict, match=r"warranty\.not_in_full"):
            await claims.approve(work, claim_id, NOTHING)
        await denials.approve_partly(work, claim_id, NOTHING)
    assert await granted(home, claim_id) == [("approved", 90_000), ("lowered", 40_000)]


async def test_an_appeal_against_a_denial_may_be_granted_line_by_line(home: Household) -> None:
    case_id, claim_id, _ = await suspected(home, "RD-2", line("parts", 90_000))
    async with home.work(home.staff(home.anil)) as work:
        await denials.propose(work, claim_id, proposal())
    async with home.work(home.staff(home.srinivas)) as work:
        await denials.deny(work, claim_id, NOTHING)
    async with home.work(home.customer(case_id, home.padma)) as work:
        await claims.appeal(work, claim_id, Appeal(note="We have no rats."))
    async with home.work() as work:
        await claims.review(work, claim_id, NOTHING)
        await lines.decide(work, claim_id, DecideLine(line=1))
        await claims.approve(work, claim_id, NOTHING)
    assert await granted(home, claim_id) == [("approved", 90_000)]


async def test_what_two_people_exclude_is_denied_line_by_line(home: Household) -> None:
    code = "WE-75"
    await supplier(home, code)
    _, claim_id, _ = await suspected(home, "WE-1", part(code, 90_000), line("labour", 50_000))
    await decided(home, claim_id, 1, 2)
    worn = proposal(cause_code="WE-1", clause="4.5", words="The brushes are worn.")
    async with home.work(home.staff(home.anil)) as work:
        await denials.propose(work, claim_id, worn)
    async with home.work(home.staff(home.srinivas)) as work:
        await denials.approve_partly(work, claim_id, NOTHING)
        assert await recoveries.of_claim(work.session, work.as_system().scope, claim_id) == []
    assert await granted(home, claim_id) == [("denied", 0), ("approved", 50_000)]
    async with home.work() as work:
        [first, _] = await records.lines(work.session, work.scope, claim_id)
    assert (first.clause, first.words, first.payer) == ("4.5", "The brushes are worn.", "customer")


async def test_a_claim_with_a_denied_line_is_not_approved_in_full(home: Household) -> None:
    claim_id = await in_review(home, "22-B", line("consumables", 9_000))
    ended = DecideLine(line=1, outcome="denied", clause="1.1", words="Filters are covered for three months.")
    async with home.work(home.staff(home.anil)) as work:
        await lines.decide(work, claim_id, ended)
        with pytest.raises(Conflict, match=r"warranty\.not_in_full"):
            await claims.approve(work, claim_id, NOTHING)
        await denials.approve_partly(work, claim_id, NOTHING)


async def test_two_who_approve_at_once_do_not_give_the_limit_twice(home: Household) -> None:
    await on_a_plan(home)
    both = [await in_review(home, fault, line("parts", 1_000_000)) for fault in ("22-B", "15-C")]
    for claim_id in both:
        await decided(home, claim_id, 1)

    async def approved(claim_id: UUID, person: UUID) -> str:
        try:
            async with home.work(home.staff(person)) as work:
                await denials.approve_partly(work, claim_id, NOTHING)
                await asyncio.sleep(0.3)
        except Conflict as refused:
            return refused.code
        return "approved"

    done = await asyncio.gather(*map(approved, both, (home.anil, home.srinivas)))
    assert sorted(done) == ["approved", "warranty.line_exceeds"]


async def test_a_word_beforehand_is_kept_when_the_cause_is_found(home: Household) -> None:
    case_id = await home.case(home.mixer)
    claim_id = (await home.claim(case_id)).id
    repair_id = await home.workshop(case_id)
    async with home.work(home.staff(home.anil)) as work:
        await lines.add(work, claim_id, line("parts", 1_600_000))
        await claims.pre_authorise(work, claim_id, NOTHING)
    await home.diagnosed(repair_id, "MF")
    assert (await home.claim(case_id)).status == "approved"
    assert await granted(home, claim_id) == [("approved", 1_600_000)]


async def test_what_was_decided_on_a_claim_that_was_denied_was_given_to_nobody(home: Household) -> None:
    case_id, claim_id, _ = await suspected(home, "RD-2", line("parts", 90_000))
    await decided(home, claim_id, 1)

    async def told() -> tuple[object, object]:
        async with home.work(now=clock.now()) as work:
            filters = ReportFilters(branch_id=home.branch_id)
            [row] = await rows(work, by_verdict, filters, limit=10)
        return (await shown(home, case_id))["lines"], row["granted"]

    [by_verdict] = [one for one in reports.LISTINGS if one.name == "claims_by_verdict"]
    assert await told() == ([], Money("INR", 0)), "not while it may be sent back"
    async with home.work(home.staff(home.anil)) as work:
        await denials.propose(work, claim_id, proposal())
    async with home.work(home.staff(home.srinivas)) as work:
        await denials.deny(work, claim_id, NOTHING)
    assert await told() == ([], Money("INR", 0))
    async with home.work(home.customer(case_id, home.padma)) as work:
        await claims.appeal(work, claim_id, Appeal(note="We have no rats."))
    async with home.work() as work:
        await claims.review(work, claim_id, NOTHING)
        await claims.approve(work, claim_id, NOTHING)
    lines_now, given_now = await told()
    assert (len(lines_now), given_now) == (1, Money("INR", 90_000))  # type: ignore[arg-type]


async def test_a_part_that_came_back_is_that_of_the_line_that_takes_its_place(home: Household) -> None:
    code = f"PB-{home.washer.hex[-6:]}".upper()
    await supplier(home, code, "100")
    claim_id = await in_review(home, "22-B", part(code, 90_001))
    await decided(home, claim_id, 1)
    async with home.work(home.staff(home.anil)) as work:
        await claims.approve(work, claim_id, NOTHING)
        await closing.part_returned(work, claim_id, PartReturned(line=1, label=code))
        await claims.review(work, claim_id, NOTHING)
        await lines.decide(work, claim_id, DecideLine(line=1, outcome="sent_back", words="The price is last year's."))
        await lines.add(work, claim_id, part(code, 80_001, instead_of=1))
        await lines.decide(work, claim_id, DecideLine(line=2))
        await claims.approve(work, claim_id, NOTHING)
        await claims.fulfil(work, claim_id, NOTHING)
    await home.settle()
    async with home.work() as work:
        [(one, status)] = await recoveries.of_claim(work.session, work.scope, claim_id)
    assert (one.due_minor, status, one.ripe_at is not None) == (80_001, "eligible", True)
