"""Households, their people, phones and addresses on a real database."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.config import Settings
from aftersales.customers import repository, service
from aftersales.customers.schemas import AddressIn, CustomerIn, CustomerPatch, PersonIn, PersonPatch
from aftersales.errors import Forbidden, Invalid, NotFound, Stale
from aftersales.ids import new_id
from aftersales.scope import SYSTEM, Actor, ActorKind, Scope
from aftersales.search import query
from aftersales.status.changes import NewDocument, open_document
from aftersales.work import Work
from tests.factories.auth import add_branch, add_staff
from tests.factories.customers import add_household, staff_scope, work_for
from tests.factories.posting import JOB

PADMA = "+917000022338"


@pytest.fixture
def work(session: AsyncSession, settings: Settings) -> Work:
    return work_for(session, settings)


async def found(work: Work, text: str) -> list[UUID]:
    return [hit.entity_id for hit in await query.find(work.session, SYSTEM, text)]


async def test_a_household_is_called_by_its_first_person(work: Work) -> None:
    body = CustomerIn(
        people=[
            PersonIn(name="Padma Venkateswarlu", name_local="పద్మ వెంకటేశ్వర్లు", courtesy="గారు", phones=["70000 22338"]),
            PersonIn(name="Venkateswarlu", prefers="voice", phones=["070000 22339", "+91 70000 22338"]),
        ],
        addresses=[AddressIn(line1="Flat 302", landmark="the Ramalayam", locality="KPHB Colony", postcode="500085")],
    )
    customer = await service.create(work, body)
    assert (customer.name, customer.version, customer.since) == ("Padma Venkateswarlu", 1, date(2026, 3, 14))
    padma, husband = await repository.people(work.session, SYSTEM, customer.id)
    assert padma.phones == (PADMA,)
    assert padma.phone == PADMA
    assert (padma.name_in("te"), padma.name_in("en")) == ("పద్మ వెంకటేశ్వర్లు", "Padma Venkateswarlu")
    assert husband.phones == ("+917000022339", PADMA)
    assert husband.prefers == "voice"
    (home,) = await repository.addresses(work.session, SYSTEM, customer.id)
    assert home.lines == ("Flat 302", "Near the Ramalayam", "KPHB Colony", "Hyderabad 500085")
    for typed in ("padma garu", "పద్మ", "venkateswarlu", "22339", "7000022338"):
        assert await found(work, typed) == [customer.id]


async def test_an_organisation_has_its_own_name(work: Work) -> None:
    body = CustomerIn(kind="organisation", name="Hotel Minerva", people=[PersonIn(name="Meera")])
    hotel = await service.create(work, body)
    assert hotel.name == "Hotel Minerva"
    assert await found(work, "minerva") == [hotel.id]
    assert (await service.change(work, hotel.id, CustomerPatch(name="Hotel Taj Mahal"))).name == "Hotel Taj Mahal"
    assert await found(work, "minerva") == []


async def test_several_households_share_a_phone(work: Work) -> None:
    parents = await add_household(work, "Yadagiri", PADMA)
    son = await add_household(work, "Srikanth", "70000 22338", "70000 99999")
    await add_household(work, "Somebody", "70000 99998")
    assert [c.id for c in await service.find_by_phone(work, "0 70000-22338")] == sorted([parents.id, son.id])
    assert await service.find_by_phone(work, "70000 11111") == []
    (first,) = await service.find_by_phone(work, PADMA, limit=1)
    (second,) = await service.find_by_phone(work, PADMA, limit=1, after=first.id)
    assert {first.id, second.id} == {parents.id, son.id}
    with pytest.raises(Invalid) as refused:
        await service.find_by_phone(work, "12")
    assert refused.value.code == "customers.phone"


async def test_every_wrong_value_is_named_and_nothing_is_kept(work: Work) -> None:
    body = CustomerIn(
        timezone="Mars/Olympus",
        since=date(2027, 1, 1),
        people=[PersonIn(name="A", phones=["70000 22338", "123"]), PersonIn(name="B", email="nowhere")],
    )
    with pytest.raises(Invalid) as refused:
        await service.create(work, body)
    fields = [error["field"] for error in refused.value.extra["errors"]]  # type: ignore[attr-defined]
    assert fields == ["timezone", "since", "people.0.phones.1", "people.1.email"]
    assert await repository.customers(work.session, SYSTEM) == []


async def test_the_version_covers_people_and_addresses(work: Work) -> None:
    customer = await add_household(work, "Padma", PADMA)
    at_one = replace(work, if_version=1)
    after, husband_id = await service.add_person(at_one, customer.id, PersonIn(name="Venkateswarlu"))
    assert after.version == 2
    with pytest.raises(Stale) as refused:
        await service.change_person(at_one, customer.id, husband_id, PersonPatch(prefers="voice"))
    assert refused.value.code == "customers.stale"
    after = await service.change_person(
        replace(work, if_version=2), customer.id, husband_id, PersonPatch(phones=["70000 22339"], prefers="voice")
    )
    assert after.version == 3
    assert await found(work, "70000 22339") == [customer.id]
    after, address_id = await service.add_address(
        work, customer.id, AddressIn(line1="Shop 4", locality="Uppal", postcode="500039")
    )
    assert after.version == 4
    moved = AddressIn(line1="Shop 5", locality="Uppal", postcode="500039", latitude=17.4, longitude=78.5)
    assert (await service.change_address(work, customer.id, address_id, moved)).version == 5
    address = await repository.address(work.session, SYSTEM, address_id)
    assert (address.line1, address.latitude) == ("Shop 5", 17.4)


async def test_what_is_absent_stays_and_null_forgets_what_may_be_forgotten(work: Work) -> None:
    customer = await add_household(work, "Padma", PADMA, name_local="పద్మ")
    (padma,) = await repository.people(work.session, SYSTEM, customer.id)
    await service.change_person(work, customer.id, padma.id, PersonPatch(email="p@example.com"))
    after = await repository.person(work.session, SYSTEM, padma.id)
    assert (after.name, after.name_local, after.email, after.phones) == ("Padma", "పద్మ", "p@example.com", (PADMA,))
    await service.change_person(work, customer.id, padma.id, PersonPatch(name=None, name_local=None, phones=[]))
    after = await repository.person(work.session, SYSTEM, padma.id)
    assert (after.name, after.name_local, after.phone) == ("Padma", None, None)
    assert after.name_in("te") == "Padma"
    assert await found(work, "పద్మ") == []
    assert await found(work, PADMA) == []


async def test_wrong_changes_change_nothing(work: Work) -> None:
    customer = await add_household(work, "Padma", PADMA)
    other = await add_household(work, "Other")
    (padma,) = await repository.people(work.session, SYSTEM, customer.id)
    (home,) = await repository.addresses(work.session, SYSTEM, customer.id)
    with pytest.raises(Invalid):
        await service.change(work, customer.id, CustomerPatch(name="A household has none", timezone="Nowhere"))
    with pytest.raises(Invalid):
        await service.change_person(work, customer.id, padma.id, PersonPatch(phones=["123"]))
    with pytest.raises(NotFound):
        await service.change_person(work, other.id, padma.id, PersonPatch(name="X"))
    address = AddressIn(line1="X", locality="X", postcode="500001")
    with pytest.raises(NotFound):
        await service.change_address(work, other.id, home.id, address)
    with pytest.raises(NotFound):
        await service.change(work, new_id(), CustomerPatch(notes="x"))
    assert (await repository.customer(work.session, SYSTEM, customer.id)).version == 1
    assert (
        await service.change(work, customer.id, CustomerPatch(notes="Two dogs", timezone="Asia/Dubai"))
    ).version == 2


async def test_a_household_has_an_end(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    customer = await add_household(work, "Padma")
    monkeypatch.setattr(repository, "MAX_PEOPLE", 1)
    monkeypatch.setattr(repository, "MAX_ADDRESSES", 1)
    with pytest.raises(Invalid):
        await service.add_person(work, customer.id, PersonIn(name="One more"))
    with pytest.raises(Invalid):
        await service.add_address(work, customer.id, AddressIn(line1="X", locality="X", postcode="500001"))


async def test_pages_follow_each_other(work: Work) -> None:
    made = [(await add_household(work, f"Person {n}")).id for n in range(5)]
    first = await repository.customers(work.session, SYSTEM, limit=3)
    rest = await repository.customers(work.session, SYSTEM, limit=3, after=first[-1].id)
    assert [c.id for c in [*first, *rest]] == sorted(made)
    assert (await repository.several(work.session, SYSTEM, made[:2])).keys() == set(made[:2])


async def test_permissions_and_scope(work: Work) -> None:
    branch = await add_branch(work.session)
    technician = await add_staff(work.session, branch)
    mine, other = await add_household(work, "Padma", PADMA), await add_household(work, "Other")
    document = new_id()
    await work.post(
        open_document(
            JOB,
            document,
            "receive",
            NewDocument(document, branch.id, "T-26-000001", customer_id=mine.id, new_stream=True),
            assignee_id=technician.id,
        )
    )
    assigned = staff_scope(technician.id, "job.work", branch=branch.id, assigned_only=True)
    link = Scope(Actor(ActorKind.CUSTOMER, new_id()), stream_id=document)
    viewer = staff_scope(new_id(), "customer.view")
    for scope, seen in ((assigned, {mine.id}), (link, {mine.id}), (viewer, {mine.id, other.id})):
        assert {c.id for c in await repository.customers(work.session, scope)} == seen
        people = [*await repository.people(work.session, scope, mine.id)]
        people += await repository.people(work.session, scope, other.id)
        assert {p.customer_id for p in people} == seen
        for customer_id in {mine.id, other.id} - seen:
            assert await repository.addresses(work.session, scope, customer_id) == []
            with pytest.raises(NotFound):
                await repository.customer(work.session, scope, customer_id)
    stranger = staff_scope(new_id(), "job.work", branch=new_id())
    assert await repository.customers(work.session, stranger) == []
    for scope in (viewer, assigned, link):
        with pytest.raises(Forbidden):
            await service.change(replace(work, scope=scope), mine.id, CustomerPatch(notes="x"))
        with pytest.raises(Forbidden):
            await service.create(replace(work, scope=scope), CustomerIn(people=[PersonIn(name="X")]))


async def test_a_link_shows_the_person_it_was_made_for(work: Work) -> None:
    neighbour, other = await add_household(work, "Neighbour"), await add_household(work, "Other")
    (person,) = await repository.people(work.session, SYSTEM, neighbour.id)
    (stranger,) = await repository.people(work.session, SYSTEM, other.id)
    link = Scope(Actor(ActorKind.CUSTOMER, person.id), stream_id=new_id(), person_id=person.id)
    assert (await repository.person(work.session, link, person.id)).name == "Neighbour"
    with pytest.raises(NotFound):
        await repository.person(work.session, link, stranger.id)
    with pytest.raises(NotFound):
        await repository.address(work.session, link, new_id())
    assert [p.id for p in await repository.persons(work.session, link, [person.id, stranger.id])] == [person.id]
