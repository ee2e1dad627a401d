"""A1: a unit passes to a new owner with its warranty, once both have agreed; not transferable is not asked at all."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from aftersales.customers.models import Person, PersonPhone
from aftersales.errors import Conflict, Forbidden, Invalid
from aftersales.i18n import translator
from aftersales.ids import new_id
from aftersales.policies.models import Policy
from aftersales.scope import Actor, ActorKind, Scope
from aftersales.status import documents
from aftersales.updates.models import CustomerUpdate
from tests.factories.auth import add_person
from tests.factories.claims import CHECKED, NOTHING
from tests.factories.entitlement import Household
from warranty import passings
from warranty.life_tells import WHY_NOT
from warranty.models import WarrantyRegistration
from warranty.schemas import AskTransfer, Consent, Disagreed, Reason, RegisterUnit
from warranty.service import registrations, transferring


async def registered(home: Household, unit_id: UUID | None = None, **more: object) -> UUID:
    """An active registration of the washing machine, or a plan for it."""
    case_id = await home.case(unit_id)
    body = RegisterUnit.model_validate({"purchased_on": date(2026, 3, 18), **more})
    async with home.work(home.staff(home.anil)) as work:
        made = await registrations.register(work, case_id, body)
        await registrations.activate(work, made, CHECKED)
    return made


async def neighbour(home: Household, phone: str) -> Person:
    """Somebody of another household, who can be reached by this phone."""
    async with home.work() as work:
        person = await add_person(work.session, "Lalitha")
        work.session.add(PersonPhone(person_id=person.id, e164=phone, position=0))
        return person


async def asked(home: Household, registration_id: UUID, phone: str, *, name: str = "") -> UUID:
    """A transfer that waits for both."""
    async with home.work(home.staff(home.anil)) as work:
        await transferring.ask(work, registration_id, AskTransfer(phone=phone, name=name))
    async with home.work() as work:
        [found, *_] = await passings.of_registration(work.session, work.scope, registration_id)
    await home.settle()
    return found.id


def link(home: Household, person_id: UUID) -> Scope:
    """What somebody's link to the washing machine opens."""
    return Scope(Actor(ActorKind.CUSTOMER, person_id), stream_id=home.washer, person_id=person_id)


async def owner_of(home: Household) -> UUID:
    """To whom the washing machine belongs."""
    async with home.work() as work:
        found = await work.session.execute(text("SELECT customer_id FROM unit WHERE id = :id"), {"id": home.washer})
        owner: UUID = found.scalar_one()
        return owner


async def standing(home: Household, document_id: UUID) -> str:
    async with home.work() as work:
        return (await documents.get(work.session, work.scope, document_id)).status


async def told(home: Household, text_name: str) -> list[UUID]:
    """Whom a text was written to about the washing machine, or would have been had they not done it themselves."""
    return [person_id for person_id, _, _ in await written(home, text_name)]


async def written(home: Household, text_name: str) -> list[tuple[UUID, bool, str]]:
    """The same, whether it went to them, and its words."""
    async with home.work() as work:
        query = (
            select(CustomerUpdate.person_id, CustomerUpdate.state != "withheld", CustomerUpdate.words)
            .where(CustomerUpdate.stream_id == home.washer, CustomerUpdate.text == text_name)
            .order_by(CustomerUpdate.id)
        )
        return [(row[0], row[1], row[2] or "") for row in await work.session.execute(query)]


async def test_it_passes_on_with_the_second_yes_and_not_before(home: Household) -> None:
    registration = await registered(home)
    plan = await registered(home, plan="comfort", plan_from=date(2026, 4, 1))
    lalitha = await neighbour(home, "+919848033001")
    transfer = await asked(home, registration, "98480 33001")
    assert await told(home, "warranty.registered") == [home.padma, home.padma]
    assert (await told(home, "warranty.transfer_asked"), await told(home, "warranty.transfer_offered")) == (
        [home.padma],
        [lalitha.id],
    )
    async with home.work(home.staff(home.anil)) as work:
        with pytest.raises(Conflict, match="already_open"):
            await transferring.ask(work, plan, AskTransfer(phone="98480 33001"))
    async with home.work(link(home, home.ravi)) as work:
        with pytest.raises(Forbidden, match=r"warranty\.not_asked"):
            await transferring.agree(work, transfer, NOTHING)
    async with home.work(home.staff(home.anil)) as work:
        await transferring.consent(work, transfer, Consent(party="owner", source="counter"))
        with pytest.raises(Conflict, match=r"warranty\.agreed_already"):
            await transferring.consent(work, transfer, Consent(party="owner", source="phone"))
    assert (await owner_of(home), await standing(home, registration)) == (home.customer_id, "active")
    async with home.work(link(home, lalitha.id)) as work:
        await transferring.agree(work, transfer, NOTHING)
    await home.settle()
    assert await owner_of(home) == lalitha.customer_id
    assert [await standing(home, one) for one in (registration, plan, transfer)] == [
        "transferred",
        "transferred",
        "completed",
    ]
    async with home.work() as work:
        given = (await passings.consents(work.session, work.scope, [transfer]))[transfer]
        assert [(one.party, one.source, one.recorded_by, one.person_id) for one in given] == [
            ("owner", "counter", home.anil, None),
            ("new_owner", "page", None, lalitha.id),
        ]
        theirs = await passings.of_customer(work.session, work.scope, home.washer, lalitha.customer_id)
        assert {(status, row.plan_from) for _, _, status, row in theirs} == {
            ("active", None),
            ("active", date(2026, 4, 1)),
        }
        old = await work.session.get_one(WarrantyRegistration, registration)
        assert old.policy_id in {row.policy_id for *_, row in theirs}
    assert await told(home, "warranty.transferred") == [home.padma, home.padma]
    assert (await told(home, "warranty.registered")).count(lalitha.id) == 2


async def test_two_consents_at_once_carry_it_out_once(home: Household) -> None:
    registration = await registered(home)
    lalitha = await neighbour(home, "+919848033002")
    transfer = await asked(home, registration, "+919848033002")

    async def yes(scope: Scope) -> str:
        try:
            async with home.work(scope) as work:
                await transferring.agree(work, transfer, NOTHING)
        except Conflict as refused:
            return refused.code
        return "agreed"

    people = [link(home, home.padma), link(home, lalitha.id)] * 4
    said = await asyncio.gather(*(yes(scope) for scope in people))
    assert said.count("agreed") == 2
    assert set(said) <= {"agreed", "warranty.agreed_already", "status.illegal"}
    async with home.work() as work:
        theirs = await passings.of_customer(work.session, work.scope, home.washer, lalitha.customer_id)
    assert [status for _, _, status, _ in theirs] == ["active"]


async def test_no_leaves_everything_where_it_is_and_so_does_silence(home: Household) -> None:
    registration = await registered(home)
    lalitha = await neighbour(home, "+919848033003")
    first = await asked(home, registration, "+919848033003")
    async with home.work(home.staff(home.anil)) as work:
        await transferring.consent(work, first, Consent(party="new_owner", source="phone"))
    async with home.work(link(home, home.padma)) as work:
        await transferring.refuse(work, first, NOTHING)
    second = await asked(home, registration, "+919848033003")
    async with home.work(home.staff(home.anil)) as work:
        await transferring.withdraw(work, second, Reason(note="They changed their mind."))
    third = await asked(home, registration, "+919848033003")
    async with home.work(now=home.now + timedelta(days=30)) as work:
        for _ in range(2):
            await transferring.lapse(work, {"transfer_id": str(third)})
        with pytest.raises(Conflict, match=r"status\.illegal"):
            await transferring.decline(work, third, Disagreed(party="owner"))
    assert [await standing(home, one) for one in (first, second, third)] == ["declined", "withdrawn", "lapsed"]
    assert (await owner_of(home), await standing(home, registration)) == (home.customer_id, "active")
    await home.settle()
    # Whoever said no on their own page knows it; the other hears of it, and both of whatever else ended it.
    telugu = translator("te").gettext
    for how, why in WHY_NOT.items():
        [(person, went, words)] = await written(home, f"warranty.transfer_{how}")
        assert (person, went, telugu(why) in words) == (lalitha.id, True, True)
    owner = await written(home, "warranty.transfer_ended")
    assert [(person, went) for person, went, _ in owner] == [
        (home.padma, False),
        (home.padma, True),
        (home.padma, True),
    ]
    assert telugu(WHY_NOT["lapsed"]) in owner[-1][2]


async def test_who_cannot_take_it_is_said_at_once(home: Household) -> None:
    registration = await registered(home)
    await neighbour(home, "+919848033004")
    await neighbour(home, "+919848033004")
    async with home.work() as work:
        work.session.add(PersonPhone(person_id=home.padma, e164="+919848033005", position=0))
    for phone, problem, code in (
        ("98480 33999", Invalid, "unknown_new_owner"),
        ("nobody", Invalid, "unknown_new_owner"),
        ("98480 33004", Invalid, "several_new_owners"),
        ("98480 33005", Conflict, "same_owner"),
    ):
        async with home.work(home.staff(home.anil)) as work:
            with pytest.raises(problem, match=code):
                await transferring.ask(work, registration, AskTransfer(phone=phone))


async def test_what_its_terms_keep_with_the_first_owner_is_not_asked_for_and_ends_there(home: Household) -> None:
    registration = await registered(home)
    plan = await registered(home, plan="comfort", plan_from=date(2026, 4, 1))
    lalitha = await neighbour(home, "+919848033006")
    async with home.database.unit_of_work() as session:
        [kept] = await session.scalars(
            select(Policy)
            .join(WarrantyRegistration, WarrantyRegistration.policy_id == Policy.id)
            .where(WarrantyRegistration.id == plan)
        )
        own_id = new_id()
        terms = {**kept.terms, "transferable": False}
        session.add(
            Policy(
                id=own_id,
                kind=kept.kind,
                code=f"plan:own_{own_id.hex}",
                version=1,
                effective_from=kept.effective_from,
                published_at=kept.published_at,
                terms=terms,
                words=kept.words,
            )
        )
        await session.flush()
        row = await session.get_one(WarrantyRegistration, plan)
        row.policy_id = own_id
    async with home.work(home.staff(home.anil)) as work:
        with pytest.raises(Conflict, match=r"warranty\.not_transferable"):
            await transferring.ask(work, plan, AskTransfer(phone="+919848033006"))
    transfer = await asked(home, registration, "+919848033006")
    async with home.work(home.staff(home.anil)) as work:
        await transferring.consent(work, transfer, Consent(party="owner", source="letter"))
        await transferring.consent(work, transfer, Consent(party="new_owner", source="counter"))
    assert (await standing(home, registration), await standing(home, plan)) == ("transferred", "cancelled")
    assert await owner_of(home) == lalitha.customer_id
