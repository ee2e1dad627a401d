"""Who is on record already of those that a file names: looked up for all of its rows at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.customers.models import Address, Customer, Person, PersonPhone
from aftersales.db.arrays import among
from aftersales.imports import repository as imports
from aftersales.scope import Scope
from aftersales.search.rules import normal_name


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Somebody on record, as far as a file can say something of them. `values` by the names of its columns."""

    id: UUID
    values: dict[str, Any]
    phones: list[str]

    @property
    def names(self) -> set[str]:
        """Their names as they are compared."""
        return {normal_name(self.values[one]) for one in ("name", "name_local") if self.values[one]}


@dataclass(slots=True)
class KnownCustomer:
    """A customer on record, the first person first. `untouched`: nobody has changed them since an import."""

    id: UUID
    organisation: str | None
    own_number: str | None
    since: date
    notes: str
    version: int
    untouched: bool = False
    people: list[KnownPerson] = field(default_factory=list)
    address_id: UUID | None = None
    address: dict[str, Any] = field(default_factory=dict)


class Known:
    """Customers by their own number, and by phone and name."""

    def __init__(self, customers: Iterable[KnownCustomer]) -> None:
        self.by_number: dict[str, KnownCustomer] = {}
        self.by_phone: dict[str, list[KnownCustomer]] = defaultdict(list)
        for one in customers:
            if one.own_number:
                self.by_number[one.own_number] = one
            for phone in dict.fromkeys(phone for person in one.people for phone in person.phones):
                self.by_phone[phone].append(one)

    def named(self, phones: Iterable[str], names: Collection[str]) -> list[KnownCustomer]:
        """Those in whom somebody of one of these (compared) names has one of the phones."""
        found = {
            one.id: one
            for phone in phones
            for one in self.by_phone.get(phone, ())
            if any(phone in person.phones and not person.names.isdisjoint(names) for person in one.people)
        }
        return list(found.values())


PERSON_COLUMNS = ("name", "name_local", "language", "courtesy", "prefers", "email")
ADDRESS_COLUMNS = ("line1", "landmark", "floor", "gate", "locality", "city", "postcode")


async def known(session: AsyncSession, scope: Scope, numbers: Collection[str], phones: Collection[str]) -> Known:
    """The customers with one of these numbers, or one of these phones; five statements, however many there are."""
    holders = (
        select(Person.customer_id)
        .join(PersonPhone, PersonPhone.person_id == Person.id)
        .where(among(PersonPhone.e164, phones))
    )
    number = among(Customer.own_number, numbers)
    query = select(
        Customer.id, Customer.name, Customer.own_number, Customer.since, Customer.notes, Customer.version
    ).where(or_(number, Customer.id.in_(holders)))
    found = {row[0]: KnownCustomer(*row) for row in await session.execute(query)}
    left = await imports.versions(session, scope, found.keys())
    for one in found.values():
        one.untouched = left.get(one.id) == one.version
    people = await _people(session, found)
    for row in await session.execute(
        select(PersonPhone.person_id, PersonPhone.e164)
        .where(among(PersonPhone.person_id, people))
        .order_by(PersonPhone.position, PersonPhone.e164)
    ):
        people[row.person_id].phones.append(row.e164)
    await _addresses(session, found)
    return Known(found.values())


async def _people(session: AsyncSession, found: dict[UUID, KnownCustomer]) -> dict[UUID, KnownPerson]:
    columns = [getattr(Person, name) for name in PERSON_COLUMNS]
    query = select(Person.customer_id, Person.id, *columns).where(among(Person.customer_id, found))
    people: dict[UUID, KnownPerson] = {}
    for row in await session.execute(query.order_by(Person.position, Person.id)):
        person = KnownPerson(row.id, {name: getattr(row, name) for name in PERSON_COLUMNS}, [])
        people[person.id] = person
        found[row.customer_id].people.append(person)
    return people


async def _addresses(session: AsyncSession, found: dict[UUID, KnownCustomer]) -> None:
    columns = [getattr(Address, name) for name in ADDRESS_COLUMNS]
    query = select(Address.customer_id, Address.id, *columns).where(among(Address.customer_id, found))
    for row in await session.execute(query.order_by(Address.position.desc(), Address.id.desc())):
        one = found[row.customer_id]
        one.address_id, one.address = row.id, {name: getattr(row, name) for name in ADDRESS_COLUMNS}
