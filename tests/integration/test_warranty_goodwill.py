"""C2: staff give beyond the terms inside their own allowance; the answer stays, and no race passes a limit."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from aftersales.auth import repository as auth
from aftersales.errors import Conflict, Forbidden, Invalid
from aftersales.ports.coverage import Cover
from tests.factories.claims import NOTHING, answer, denied
from tests.factories.entitlement import Household
from warranty import goodwills, line_cards, panels, repository
from warranty.rules import CostClass, Finding
from warranty.schemas import AddLine, GiveGoodwill
from warranty.service import claims, entitlement, goodwill, lines


def _gift(amount: int = 150_000, **more: object) -> GiveGoodwill:
    named = {"parts": True, "labour": True} | more
    return GiveGoodwill.model_validate(named | {"amount_minor": amount, "words": "A customer of ten years."})


async def _verdict(home: Household, claim_id: UUID) -> object:
    async with home.work() as work:
        return (await repository.claim(work.session, work.scope, claim_id)).verdict


async def test_what_is_given_is_paid_and_the_answer_of_the_terms_stays(home: Household) -> None:
    case_id, claim_id = await denied(home)
    assert (await answer(home, case_id)).parts is Cover.NOT_COVERED
    before = await _verdict(home, claim_id)
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        await goodwill.give(work, claim_id, _gift())
    found = await answer(home, case_id)
    assert (found.in_full, found.visit, found.decided) == (True, Cover.NOT_COVERED, True)
    assert await _verdict(home, claim_id) == before
    async with home.work() as work:
        [given] = await goodwills.on_claim(work.session, work.scope, claim_id)
        assert (given.by, given.words) == ("Anil Deshmukh", "A customer of ten years.")
        assert (given.amount_minor, given.currency, given.classes) == (150_000, "INR", ["parts", "labour"])
        assert given.verdict_id == (await repository.claim(work.session, work.scope, claim_id)).verdict.id
        assert await entitlement.replay_all(work.session, work.scope) == []
    async with home.work(home.customer(case_id, home.padma)) as work:
        card = await panels.track(work, case_id)
    assert card is not None
    assert [(one["words"], one["by"]) for one in card["answer"]["goodwill"]] == [("", "")]


async def test_beyond_the_own_allowance_it_is_refused_and_says_so(home: Household) -> None:
    case_id, claim_id = await denied(home)
    everyday = home.staff(home.anil, "coordinator")
    for scope, body, problem, code in (
        (everyday, _gift(200_001), Conflict, r"warranty\.goodwill_limit"),
        (everyday, _gift(parts=False, labour=False), Invalid, r"warranty\.goodwill_classes"),
        (home.staff(home.anil, "technician"), _gift(), Forbidden, r"warranty\.goodwill_none"),
    ):
        async with home.work(scope) as work:
            with pytest.raises(problem, match=code):
                await goodwill.give(work, claim_id, body)
    async with home.work(everyday) as work:
        await goodwill.give(work, claim_id, _gift(200_000))
        with pytest.raises(Conflict, match=r"warranty\.goodwill_limit"):
            await goodwill.give(work, claim_id, _gift(1, parts=False, labour=False, visit=True))
    async with home.work(home.staff(home.srinivas, "manager")) as work:
        with pytest.raises(Conflict, match=r"warranty\.goodwill_given: Given on this claim already: labour\."):
            await goodwill.give(work, claim_id, _gift(1, parts=False, visit=True))
        await goodwill.give(work, claim_id, _gift(800_000, parts=False, labour=False, visit=True))
    assert (await answer(home, case_id)).in_full


async def test_the_days_are_those_of_the_service_centre(home: Household) -> None:
    # Half past one at night in Hyderabad; in London it is the day before.
    given_at = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
    scope = home.staff(home.anil, "coordinator")
    _, first = await denied(home)
    async with home.work(scope, now=given_at) as work:
        await goodwill.give(work, first, _gift(100_000))
    for hours, lately in ((22, 100_000), (23, 0)):
        async with home.work(scope, now=given_at + timedelta(days=29, hours=hours)) as work:
            claim = await repository.claim(work.session, work.scope, first)
            branch = await auth.branch(work.session, work.scope, home.branch_id)
            since = goodwill.begun(work, branch)
            assert (await goodwills.sums(work.session, work.scope, home.anil, "INR", claim.id, since=since)) == (
                100_000,
                lately,
            )


async def test_another_currency_than_that_of_the_allowance_is_refused(home: Household) -> None:
    _, claim_id = await denied(home)
    async with home.work() as work:
        await work.session.execute(text("UPDATE branch SET currency = 'GBP' WHERE id = :id"), {"id": home.branch_id})
    async with home.work(home.staff(home.srinivas, "manager")) as work:
        with pytest.raises(Conflict, match=r"warranty\.goodwill_currency: This claim counts in GBP, .* in INR alone"):
            await goodwill.give(work, claim_id, _gift())


async def test_lines_of_the_claim_must_fit_into_it_and_what_is_covered_needs_none(home: Household) -> None:
    covered = await home.case()
    claim_id = (await home.claim(covered)).id
    async with home.work(home.staff(home.anil)) as work:
        await claims.review(work, claim_id, NOTHING)
        with pytest.raises(Conflict, match=r"warranty\.covered_already"):
            await goodwill.give(work, claim_id, _gift())
    await home.change_unit(home.mixer, purchased_on=home.now.date() - timedelta(days=900), delivered_on=None)
    case_id = await home.case(home.mixer)
    async with home.work(home.staff(home.anil)) as work:
        other = await claims.open_claim(work, case_id)
        line = AddLine(cost="parts", description="Motor", amount_minor=180_000)
        await lines.add(work, other, line)
        with pytest.raises(Invalid, match=r"warranty\.goodwill_too_small"):
            await goodwill.give(work, other, _gift(179_999))
        await goodwill.give(work, other, _gift(180_000))


async def test_what_is_listed_later_is_not_free_until_somebody_gives_it_too(home: Household) -> None:
    await home.change_unit(home.mixer, purchased_on=home.now.date() - timedelta(days=900), delivered_on=None)
    case_id = await home.case(home.mixer, "17-A")
    everyday = home.staff(home.anil, "coordinator")

    async def listed(cost: str, amount: int) -> tuple[Cover, Cover, str]:
        async with home.work(home.staff(home.anil)) as work:
            body = AddLine.model_validate({"cost": cost, "description": "Motor", "amount_minor": amount})
            await lines.add(work, claim_id, body)
            held = (await repository.claim(work.session, work.scope, claim_id)).verdict
            lacks = await line_cards.lacking(work, claim_id, held)
        async with home.work(home.customer(case_id, home.padma)) as work:
            assert await line_cards.lacking(work, claim_id, held) == "", "that is for staff"
        found = await answer(home, case_id)
        assert found.in_full is (lacks == "")
        return found.parts, found.labour, lacks

    async with home.work(home.staff(home.anil)) as work:
        claim_id = await claims.open_claim(work, case_id)
    async with home.work(everyday) as work:
        await goodwill.give(work, claim_id, _gift(100_000))
    free, part = Cover.COVERED, Cover.PARTLY
    assert await listed("parts", 60_000) == (free, free, "")
    assert await listed("labour", 40_000) == (free, free, ""), "it is all given"
    assert await listed("parts", 30_000) == (part, part, "₹300.00")
    assert await listed("parts", 50_000) == (part, free, "₹800.00"), "the parts alone come to more"
    async with home.work(everyday) as work:
        with pytest.raises(Invalid, match=r"warranty\.goodwill_too_small") as refused:
            await goodwill.give(work, claim_id, _gift(79_999, labour=False))
        assert "₹800.00" in str(refused.value.extra["errors"])
        with pytest.raises(Conflict, match=r"warranty\.goodwill_limit"):
            await goodwill.give(work, claim_id, _gift(100_001, labour=False))
        await goodwill.give(work, claim_id, _gift(80_000, labour=False))
        with pytest.raises(Conflict, match=r"warranty\.goodwill_given"):
            await goodwill.give(work, claim_id, _gift(1, labour=False))
    assert (await answer(home, case_id)).in_full


@pytest.mark.slow
async def test_many_at_once_never_pass_what_one_may_give_in_thirty_days(home: Household) -> None:
    scope = home.staff(home.anil, "coordinator")
    await home.change_unit(home.mixer, purchased_on=home.now.date() - timedelta(days=900), delivered_on=None)
    held = []
    for fault in ("11-A", "12-A", "13-A", "14-A", "15-A", "16-A"):
        case_id = await home.case(home.mixer, fault)
        async with home.work(home.staff(home.anil)) as work:
            held.append(await claims.open_claim(work, case_id))

    async def gives(claim_id: UUID) -> str:
        try:
            async with home.work(scope) as work:
                await goodwill.give(work, claim_id, _gift(200_000))
        except Conflict as refused:
            return refused.code
        return "given"

    said = await asyncio.gather(*(gives(claim_id) for claim_id in held))
    assert sorted(said) == ["given"] * 5 + ["warranty.goodwill_used_up"]
    async with home.work() as work:
        total = await work.session.scalar(
            text("SELECT sum(amount_minor) FROM warranty_goodwill WHERE staff_id = :id"), {"id": home.anil}
        )
    assert total == 1_000_000


async def test_what_the_terms_pay_of_a_line_needs_no_goodwill(home: Household) -> None:
    await home.change_unit(home.washer, purchased_on=home.now.date() - timedelta(days=500), delivered_on=None)
    case_id = await home.case(fault="18-A")
    claim_id = (await home.claim(case_id)).id
    async with home.work(home.staff(home.srinivas, "manager")) as work:
        held = (await repository.claim(work.session, work.scope, claim_id)).verdict
        verdict = entitlement.verdict_of(held)
        assert (verdict.findings[CostClass.PARTS], verdict.in_full) == (Finding.COVERED, False)
        await lines.add(work, claim_id, AddLine(cost="parts", description="Motor", amount_minor=300_000))
        await lines.add(work, claim_id, AddLine(cost="visit", description="Visit", amount_minor=30_000))
        with pytest.raises(Invalid, match=r"warranty\.goodwill_too_small"):
            await goodwill.give(work, claim_id, _gift(29_999, visit=True))
        await goodwill.give(work, claim_id, _gift(30_000, visit=True))
        assert await line_cards.lacking(work, claim_id, held) == "", "the motor is paid by the terms"
