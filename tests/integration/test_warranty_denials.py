"""A8: nobody is denied without photos, a cause, a clause, words and a second person; the appeal."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from aftersales.errors import Conflict, Forbidden, Invalid, NotFound
from aftersales.ports.coverage import Answer, Cover
from aftersales.status import timeline
from aftersales.status.machine import Audience
from aftersales.updates.models import CustomerUpdate
from tests.factories.auth import add_branch, add_staff
from tests.factories.claims import NOTHING, RATS, answer, denied, gnawed, proposal, shown
from tests.factories.entitlement import Household
from warranty import panels, repository
from warranty.models import WarrantyConfirmation
from warranty.schemas import Appeal, Reason
from warranty.service import claims, denials


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"cause_code": None}, "warranty.no_cause"),
        ({"clause": ""}, "warranty.no_clause"),
        ({"clause": "4.1"}, "warranty.clause_does_not_apply"),
        ({"words": ""}, "warranty.no_words"),
        ({}, "warranty.no_photos"),
    ],
)
async def test_a_proposal_that_lacks_something(home: Household, changes: dict[str, str | None], code: str) -> None:
    _, claim_id, _ = await gnawed(home)
    async with home.work(home.staff(home.anil)) as work:
        with pytest.raises((Invalid, Conflict)) as caught:
            await denials.propose(work, claim_id, proposal(**changes))
    assert caught.value.code == code


async def test_two_people_with_photos_deny_and_the_customer_reads_why(home: Household) -> None:
    case_id, claim_id, repair_id = await gnawed(home)
    photo = await home.photo(case_id, repair_id)
    async with home.work(home.staff(home.anil)) as work:
        assert await denials.why_not_deny(work, claim_id) == ""
        await denials.propose(work, claim_id, proposal())
        assert await denials.why_not_deny(work, claim_id)
        with pytest.raises(Conflict, match=r"warranty\.same_person"):
            await denials.deny(work, claim_id, NOTHING)
    assert (await shown(home, case_id))["finding"] is None
    async with home.work(home.staff(home.srinivas)) as work:
        assert await denials.why_not_deny(work, claim_id) is None
        assert (await panels.coverage(work, case_id))["answer"]["finding"]["photos"] == 1  # type: ignore[index]
        await denials.deny(work, claim_id, NOTHING)
    claim = await home.claim(case_id)
    assert claim.status == "denied"
    assert await answer(home, case_id) == Answer(
        Cover.NOT_COVERED, Cover.NOT_COVERED, decided=True, claim_id=claim_id, visit=Cover.NOT_COVERED
    )
    card = await shown(home, case_id)
    assert card["finding"] == {"cause": "RD-2", "words": RATS, "photos": 1, "confirmed": True}
    assert (card["label"], card["clause"], card["policy"], card["status"]) == ("Not covered", "4.2", "v7", "denied")
    assert "rodents" in str(card["clause_words"])
    async with home.work() as work:
        stored = await work.session.scalar(
            select(WarrantyConfirmation).where(WarrantyConfirmation.claim_id == claim_id)
        )
        entries = await timeline.read(work.session, work.scope, case_id, Audience.CUSTOMER)
    assert stored is not None
    assert (stored.proposed_by, stored.confirmed_by, stored.photo_ids) == (home.anil, home.srinivas, [photo])
    assert entries[-1].data["clause"] == "4.2"
    assert entries[-1].note is None


async def test_the_customer_is_told_in_their_language_with_the_finding(home: Household) -> None:
    case_id, _ = await denied(home)
    async with home.work() as work:
        query = select(CustomerUpdate).where(
            CustomerUpdate.stream_id == case_id, CustomerUpdate.text == "warranty.denied"
        )
        [told] = (await work.session.scalars(query)).all()
    assert told.person_id == home.padma
    assert RATS in (told.words or "")
    assert "4.2" in (told.words or "")
    assert "[link]" in (told.words or "")


async def test_nobody_denies_what_nobody_proposed(home: Household) -> None:
    _, claim_id, _ = await gnawed(home)
    async with home.work(home.staff(home.srinivas)) as work:
        with pytest.raises(Invalid, match=r"warranty\.no_cause"):
            await denials.deny(work, claim_id, NOTHING)


async def test_photos_that_are_gone_stop_the_denial(home: Household) -> None:
    case_id, claim_id, repair_id = await gnawed(home)
    photo = await home.photo(case_id, repair_id)
    async with home.work(home.staff(home.anil)) as work:
        await denials.propose(work, claim_id, proposal())
    async with home.work() as work:
        await work.session.execute(text("DELETE FROM file WHERE id = :id"), {"id": photo})
    async with home.work(home.staff(home.srinivas)) as work:
        with pytest.raises(Conflict, match=r"warranty\.no_photos"):
            await denials.deny(work, claim_id, NOTHING)


async def test_only_photos_of_the_repair_order_count(home: Household) -> None:
    case_id, claim_id, _ = await gnawed(home)
    await home.photo(case_id, case_id)
    await home.photo(case_id, claim_id)
    async with home.work(home.staff(home.anil)) as work:
        with pytest.raises(Conflict, match=r"warranty\.no_photos"):
            await denials.propose(work, claim_id, proposal())


async def test_machines_deny_nobody(home: Household) -> None:
    _, claim_id, _ = await gnawed(home)
    async with home.work() as work:
        with pytest.raises(Forbidden, match=r"warranty\.people_only"):
            await denials.propose(work, claim_id, proposal())


@pytest.mark.parametrize(
    "broken",
    [
        {"photo_ids": "{}"},
        {"clause": ""},
        {"cause_code": ""},
        {"words": ""},
        {"confirmed_by": None, "confirmed_at": datetime(2026, 11, 20, tzinfo=UTC)},
    ],
)
async def test_a_denial_that_lacks_something_cannot_even_be_stored(home: Household, broken: dict[str, object]) -> None:
    _, claim_id = await denied(home)
    name = next(iter(broken))
    statement = text(f"UPDATE warranty_confirmation SET {name} = :value WHERE claim_id = :id")  # noqa: S608 - our names
    value = [] if name == "photo_ids" else broken[name]
    async with home.work() as work:
        with pytest.raises(IntegrityError):
            await work.session.execute(statement, {"value": value, "id": claim_id})
        await work.session.rollback()


async def test_one_person_cannot_be_stored_as_two(home: Household) -> None:
    _, claim_id = await denied(home)
    statement = text("UPDATE warranty_confirmation SET confirmed_by = proposed_by WHERE claim_id = :id")
    async with home.work() as work:
        with pytest.raises(IntegrityError):
            await work.session.execute(statement, {"id": claim_id})
        await work.session.rollback()


async def test_an_appeal_is_heard_and_may_be_granted(home: Household) -> None:
    case_id, claim_id = await denied(home)
    async with home.work(home.customer(case_id, home.padma)) as work:
        await claims.appeal(work, claim_id, Appeal(note="The house was treated against rats before."))
    assert (await shown(home, case_id))["label"] == "Denial appealed"
    found = await answer(home, case_id)
    assert (found.parts, found.decided) == (Cover.NOT_COVERED, False)
    async with home.database.unit_of_work() as session:
        lakshmi = (await add_staff(session, await add_branch(session), name="Lakshmi")).id
    async with home.work(home.staff(lakshmi)) as work:
        await claims.review(work, claim_id, NOTHING)
        await claims.approve(work, claim_id, NOTHING)
    found = await answer(home, case_id)
    assert (found.in_full, found.decided) == (True, True)
    card = await shown(home, case_id)
    assert (card["label"], card["finding"]) == ("Covered", None)


async def test_another_household_appeals_nothing(home: Household) -> None:
    _, claim_id = await denied(home)
    elsewhere = await home.case(home.mixer)
    async with home.work(home.customer(elsewhere, home.padma)) as work:
        with pytest.raises(NotFound):
            await claims.appeal(work, claim_id, Appeal(note="Not ours."))
        with pytest.raises(NotFound):
            await claims.provide_info(work, claim_id, Reason(note="Not ours."))


async def test_approving_withdraws_the_proposal(home: Household) -> None:
    case_id, claim_id, repair_id = await gnawed(home)
    await home.photo(case_id, repair_id)
    async with home.work(home.staff(home.anil)) as work:
        await denials.propose(work, claim_id, proposal())
        await denials.propose(work, claim_id, proposal(words="Rats, on second thoughts."))
        await claims.approve(work, claim_id, NOTHING)
    async with home.work() as work:
        assert await repository.open_proposal(work.session, work.scope, claim_id) is None
        assert await repository.last_finding(work.session, work.scope, claim_id) is None


async def test_a_part_that_wears_is_refused_and_its_labour_is_not(home: Household) -> None:
    case_id = await home.case()
    repair_id = await home.workshop(case_id)
    await home.diagnosed(repair_id, "WE-1")
    claim_id = (await home.claim(case_id)).id
    await home.photo(case_id, repair_id)
    async with home.work(home.staff(home.anil)) as work:
        with pytest.raises(Conflict, match=r"warranty\.not_in_part"):
            await denials.approve_partly(work, claim_id, NOTHING)
        await denials.propose(work, claim_id, proposal(cause_code="WE-1", clause="4.5"))
        with pytest.raises(Conflict, match=r"warranty\.same_person"):
            await denials.approve_partly(work, claim_id, NOTHING)
    async with home.work(home.staff(home.srinivas)) as work:
        with pytest.raises(Conflict, match=r"warranty\.only_partly"):
            await denials.deny(work, claim_id, NOTHING)
        await work.session.rollback()
    async with home.work(home.staff(home.srinivas)) as work:
        await denials.approve_partly(work, claim_id, NOTHING)
    await home.settle()
    found = await answer(home, case_id)
    assert (found.parts, found.labour, found.visit) == (Cover.NOT_COVERED, Cover.COVERED, Cover.COVERED)
    assert (await shown(home, case_id))["label"] == "Covered in part"
    await home.handed_over(repair_id)
    assert (await home.claim(case_id)).status == "fulfilled"


async def test_options_name_the_clauses(home: Household) -> None:
    _, claim_id, _ = await gnawed(home)
    async with home.work(home.staff(home.anil)) as work:
        options = await panels.clause_options(work, claim_id)
    assert [option.value for option in options["clause"]] == ["4.1", "4.2", "4.3", "4.4", "4.5"]
