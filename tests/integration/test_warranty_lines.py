"""A1, A9: claims decided line by line, a word beforehand above the limit, appeals to others, limits that count."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from aftersales.errors import Conflict, Invalid
from tests.factories.auth import add_branch, add_staff
from tests.factories.claims import CHECKED, NOTHING, answer, denied, proposal
from tests.factories.entitlement import Household
from warranty import panels, records, repository
from warranty.schemas import AddLine, Appeal, DecideLine, RegisterUnit
from warranty.service import claims, denials, lines, registrations

BOUGHT = date(2024, 12, 1)
LATER = datetime(2029, 2, 1, 6, 30, tzinfo=UTC)


async def _part_covered(home: Household) -> tuple[UUID, UUID]:
    """A claim in review whose visits are covered no more."""
    await home.change_unit(home.washer, purchased_on=BOUGHT, delivered_on=BOUGHT)
    case_id = await home.case()
    claim_id = (await home.claim(case_id)).id
    async with home.work(home.staff(home.anil)) as work:
        await claims.review(work, claim_id, NOTHING)
    return case_id, claim_id


def _line(cost: str = "parts", amount: int = 500_000, **more: object) -> AddLine:
    return AddLine.model_validate({"cost": cost, "description": "Motor", "amount_minor": amount, **more})


async def test_each_line_is_decided_and_then_the_whole(home: Household) -> None:
    case_id, claim_id = await _part_covered(home)
    async with home.work(home.staff(home.anil)) as work:
        await lines.add(work, claim_id, _line())
        await lines.add(work, claim_id, _line("visit", 30_000, payer="brand", ticket="LG-77"))
        await lines.add(work, claim_id, _line("labour", 80_000))
        with pytest.raises(Conflict, match=r"warranty\.lines_open"):
            await denials.approve_partly(work, claim_id, NOTHING)
        with pytest.raises(Invalid, match=r"warranty\.line_not_covered"):
            await lines.decide(work, claim_id, DecideLine(line=2))
        with pytest.raises(Invalid, match=r"warranty\.line_needs_two"):
            await lines.decide(work, claim_id, DecideLine(line=1, outcome="denied", clause="4.1", words="No."))
        await lines.decide(work, claim_id, DecideLine(line=1))
        ended = "The cover of visits has ended."
        await lines.decide(work, claim_id, DecideLine(line=2, outcome="denied", clause="1.1", words=ended))
        await lines.decide(work, claim_id, DecideLine(line=3, outcome="sent_back", words="How many hours?"))
        with pytest.raises(Conflict, match=r"warranty\.lines_open"):
            await denials.approve_partly(work, claim_id, NOTHING)
        await lines.add(work, claim_id, _line("labour", 60_000, instead_of=3))
        lower = DecideLine(line=4, outcome="lowered", amount_minor=50_000, words="The list allows one hour.")
        await lines.decide(work, claim_id, lower)
        with pytest.raises(Invalid, match=r"warranty\.no_such_line"):
            await lines.decide(work, claim_id, DecideLine(line=4))
        await denials.approve_partly(work, claim_id, NOTHING)
    async with home.work() as work:
        held = await records.lines(work.session, work.scope, claim_id)
        card = await panels.coverage(work, case_id)
    assert [(one.standing, one.granted_minor) for one in held] == [
        ("approved", 500_000),
        ("denied", 0),
        ("replaced", 0),
        ("lowered", 50_000),
    ]
    assert card is not None
    assert [str(one["granted"]) for one in card["answer"]["lines"]][::3] == ["₹5,000.00", "₹500.00"]


async def test_above_the_limit_somebody_allows_it_beforehand(home: Household) -> None:
    case_id = await home.case(home.mixer)
    claim_id = (await home.claim(case_id)).id
    async with home.work(home.staff(home.anil)) as work:
        await lines.add(work, claim_id, _line(amount=1_600_000))
        await claims.review(work, claim_id, NOTHING)
        await lines.decide(work, claim_id, DecideLine(line=1))
        with pytest.raises(Conflict, match=r"warranty\.ask_first"):
            await claims.approve(work, claim_id, NOTHING)
        await claims.pre_authorise(work, claim_id, NOTHING)
        await claims.approve(work, claim_id, NOTHING)
    assert (await home.claim(case_id)).status == "approved"


async def test_a_clean_claim_above_the_limit_is_not_approved_by_itself(home: Household) -> None:
    case_id = await home.case(home.mixer)
    claim_id = (await home.claim(case_id)).id
    async with home.work(home.staff(home.anil)) as work:
        await lines.add(work, claim_id, _line(amount=1_600_000))
    await home.diagnosed(await home.workshop(case_id), "MF")
    assert (await home.claim(case_id)).status == "in_review"
    small = await home.case(fault="11-A")
    async with home.work(home.staff(home.anil)) as work:
        await lines.add(work, (await home.claim(small)).id, _line())
    await home.diagnosed(await home.workshop(small), "MF")
    async with home.work() as work:
        [one] = await records.lines(work.session, work.scope, (await home.claim(small)).id)
    assert (one.standing, one.granted_minor) == ("approved", 500_000)


async def test_an_appeal_goes_to_somebody_who_has_not_decided_on_it(home: Household) -> None:
    case_id, claim_id = await denied(home)
    async with home.work(home.customer(case_id, home.padma)) as work:
        await claims.appeal(work, claim_id, Appeal(note="We have no rats."))
    for person in (home.anil, home.srinivas):
        async with home.work(home.staff(person)) as work:
            with pytest.raises(Conflict, match=r"warranty\.decided_before"):
                await claims.review(work, claim_id, NOTHING)
            await work.session.rollback()
    async with home.database.unit_of_work() as session:
        branch = await add_branch(session)
        lakshmi = (await add_staff(session, branch, name="Lakshmi")).id
    async with home.work(home.staff(lakshmi)) as work:
        await claims.review(work, claim_id, NOTHING)
    for person in (home.anil, home.srinivas):
        async with home.work(home.staff(person)) as work:
            with pytest.raises(Conflict, match=r"warranty\.decided_before"):
                await denials.propose(work, claim_id, proposal())
            await work.session.rollback()
    async with home.work(home.staff(lakshmi)) as work:
        await claims.approve(work, claim_id, NOTHING)
    assert (await home.claim(case_id)).status == "approved"


async def test_what_a_plan_has_given_counts_against_its_limits(home: Household) -> None:
    await home.change_unit(home.washer, purchased_on=date(2024, 6, 1), delivered_on=None)
    first = await home.case(fault="11-A")
    body = RegisterUnit(purchased_on=date(2024, 6, 1), plan="comfort", plan_from=date(2026, 5, 30))
    async with home.work(now=LATER) as work:
        made = await registrations.register(work, first, body)
        await registrations.activate(work, made, CHECKED)
    await home.settle()
    case_id = await home.case()
    claim_id = (await home.claim(case_id)).id
    async with home.work(home.staff(home.anil)) as work:
        await lines.add(work, claim_id, _line(amount=1_000_000))
        await claims.review(work, claim_id, NOTHING)
        await lines.decide(work, claim_id, DecideLine(line=1))
        await denials.approve_partly(work, claim_id, NOTHING)
    third = await home.case(fault="15-C")
    assert (await answer(home, third)).parts == "partly"
    async with home.work() as work:
        card = await panels.coverage(work, third)
        assert await repository.newest_verdict(work.session, work.scope, third) is not None
    assert card is not None
    shown = card["answer"]
    assert str(shown["covered"][0]) == "parts 80% up to ₹2,000.00"
    assert [str(one) for one in shown["caps"]] == ["repairs left: 3", "₹17,000.00 left"]
