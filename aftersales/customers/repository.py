"""Every query about customers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, func, or_, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.customers.models import Address, Customer, Person, PersonPhone
from aftersales.errors import NotFound
from aftersales.scope import ActorKind, Scope
from aftersales.status import documents
from aftersales.status.models import Document

MAX_PEOPLE = 50
MAX_ADDRESSES = 50


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A customer. `name` is the organisation's, or the household's first person's."""

    id: UUID
    kind: str
    name: str
    timezone: str
    since: date
    notes: str
    version: int
    own_number: str | None = None


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person with their phones, the preferred one first."""

    id: UUID
    customer_id: UUID
    name: str
    name_local: str | None
    language: str
    courtesy: str
    prefers: str
    email: str | None
    phones: tuple[str, ...]

    @property
    def phone(self) -> str | None:
        """The phone to use first."""
        return self.phones[0] if self.phones else None

    def name_in(self, language: str) -> str:
        """The name for a text in `language`: in their own script where the text is in theirs."""
        return self.name_local or self.name if language == self.language and language != "en" else self.name


@dataclass(frozen=True, slots=True)
class AddressView:
    """Where a unit stands and how to get to it."""

    id: UUID
    customer_id: UUID
    line1: str
    landmark: str
    floor: str
    gate: str
    has_lift: bool | None
    locality: str
    city: str
    postcode: str
    latitude: float | None
    longitude: float | None

    @property
    def lines(self) -> tuple[str, ...]:
        """The address as it is written on paper, empty lines left out."""
        near = f"Near {self.landmark}" if self.landmark else ""
        floor = f"{self.line1}, {self.floor}" if self.floor else self.line1
        return tuple(line for line in (floor, near, self.locality, f"{self.city} {self.postcode}") if line)


_FIRST_NAME = (
    select(Person.name)
    .where(Person.customer_id == Customer.id)
    .order_by(Person.position, Person.id)
    .limit(1)
    .correlate(Customer)
    .scalar_subquery()
)
_CUSTOMER: tuple[Any, ...] = (
    Customer.id,
    Customer.kind,
    func.coalesce(Customer.name, _FIRST_NAME, ""),
    Customer.timezone,
    Customer.since,
    Customer.notes,
    Customer.version,
    Customer.own_number,
)
_PHONES = (
    select(func.array_agg(aggregate_order_by(PersonPhone.e164, PersonPhone.position, PersonPhone.e164)))
    .where(PersonPhone.person_id == Person.id)
    .correlate(Person)
    .scalar_subquery()
)
_PERSON: tuple[Any, ...] = (
    Person.id,
    Person.customer_id,
    Person.name,
    Person.name_local,
    Person.language,
    Person.courtesy,
    Person.prefers,
    Person.email,
    _PHONES,
)
_ADDRESS = tuple(getattr(Address, name) for name in AddressView.__dataclass_fields__)


def visible(scope: Scope) -> ColumnElement[bool]:
    """The condition on Customer: all for whoever holds `customer.view`, else those of documents they may see."""
    if scope.actor.kind is ActorKind.SYSTEM or scope.can("customer.view"):
        return true()
    return exists().where(Document.customer_id == Customer.id, documents.visible(scope))


async def customer(session: AsyncSession, scope: Scope, customer_id: UUID) -> CustomerView:
    """One customer. Raises NotFound (`customers.unknown`)."""
    row = (await session.execute(_customers(scope).where(Customer.id == customer_id))).one_or_none()
    if row is None:
        raise _unknown()
    return CustomerView(*row)


async def customers(
    session: AsyncSession, scope: Scope, *, after: UUID | None = None, limit: int = 50
) -> list[CustomerView]:
    """A page of customers, the first added first, after the id `after`."""
    query = _customers(scope).order_by(Customer.id).limit(limit)
    rows = await session.execute(query if after is None else query.where(Customer.id > after))
    return [CustomerView(*row) for row in rows]


async def several(session: AsyncSession, scope: Scope, customer_ids: Collection[UUID]) -> dict[UUID, CustomerView]:
    """Several customers at once, those that may be seen, by id."""
    rows = await session.execute(_customers(scope).where(Customer.id.in_(customer_ids)))
    return {row[0]: CustomerView(*row) for row in rows}


async def by_phone(
    session: AsyncSession, scope: Scope, e164: str, *, after: UUID | None = None, limit: int = 50
) -> list[CustomerView]:
    """The customers in which somebody can be reached on the phone; several households may share one."""
    holders = select(Person.customer_id).join(PersonPhone, PersonPhone.person_id == Person.id)
    query = _customers(scope).where(Customer.id.in_(holders.where(PersonPhone.e164 == e164)))
    query = query.order_by(Customer.id).limit(limit)
    rows = await session.execute(query if after is None else query.where(Customer.id > after))
    return [CustomerView(*row) for row in rows]


async def person(session: AsyncSession, scope: Scope, person_id: UUID) -> PersonView:
    """One person; a customer also sees the one of their link. Raises NotFound (`customers.unknown_person`)."""
    row = (await session.execute(_people(scope).where(Person.id == person_id))).one_or_none()
    if row is None:
        raise NotFound("customers.unknown_person", "There is no such person, or you may not see them.")
    return _person(row)


async def persons(session: AsyncSession, scope: Scope, person_ids: Collection[UUID]) -> list[PersonView]:
    """Several people at once, of any households, those that may be seen."""
    return [_person(row) for row in await session.execute(_people(scope).where(Person.id.in_(person_ids)))]


async def people(session: AsyncSession, scope: Scope, customer_id: UUID) -> list[PersonView]:
    """The people of a household, the one it is called by first."""
    query = _people(scope).where(Person.customer_id == customer_id)
    rows = await session.execute(query.order_by(Person.position, Person.id).limit(MAX_PEOPLE))
    return [_person(row) for row in rows]


async def addresses(session: AsyncSession, scope: Scope, customer_id: UUID) -> list[AddressView]:
    """The addresses of a household, the usual one first."""
    query = _addresses(scope).where(Address.customer_id == customer_id)
    rows = await session.execute(query.order_by(Address.position, Address.id).limit(MAX_ADDRESSES))
    return [AddressView(*row) for row in rows]


async def address(session: AsyncSession, scope: Scope, address_id: UUID) -> AddressView:
    """One address. Raises NotFound (`customers.unknown_address`)."""
    row = (await session.execute(_addresses(scope).where(Address.id == address_id))).one_or_none()
    if row is None:
        raise NotFound("customers.unknown_address", "There is no such address, or you may not see it.")
    return AddressView(*row)


async def locked(session: AsyncSession, scope: Scope, customer_id: UUID) -> Customer:
    """The row, held until the transaction ends. Raises NotFound (`customers.unknown`)."""
    query = select(Customer).where(Customer.id == customer_id, visible(scope))
    row = await session.scalar(
        query.with_for_update(key_share=True, of=Customer).execution_options(populate_existing=True)
    )
    if row is None:
        raise _unknown()
    return row


async def person_row(session: AsyncSession, _scope: Scope, customer_id: UUID, person_id: UUID) -> Person:
    """The row of somebody in a household that the caller holds. Raises NotFound."""
    row = await session.scalar(select(Person).where(Person.id == person_id, Person.customer_id == customer_id))
    if row is None:
        raise NotFound("customers.unknown_person", "There is no such person in this household.")
    return row


async def address_row(session: AsyncSession, _scope: Scope, customer_id: UUID, address_id: UUID) -> Address:
    """The row of an address of a household that the caller holds. Raises NotFound."""
    row = await session.scalar(select(Address).where(Address.id == address_id, Address.customer_id == customer_id))
    if row is None:
        raise NotFound("customers.unknown_address", "There is no such address in this household.")
    return row


async def replace_phones(session: AsyncSession, _scope: Scope, person_id: UUID, e164: Sequence[str]) -> None:
    """Give the person (of a household that the caller holds) these phones and no others, in this order."""
    await session.execute(delete(PersonPhone).where(PersonPhone.person_id == person_id))
    session.add_all(PersonPhone(person_id=person_id, e164=one, position=place) for place, one in enumerate(e164))
    await session.flush()


def _customers(scope: Scope) -> Select[Any]:
    return select(*_CUSTOMER).where(visible(scope))


def _people(scope: Scope) -> Select[Any]:
    query = select(*_PERSON).join(Customer, Customer.id == Person.customer_id)
    return query.where(or_(visible(scope), Person.id == scope.person_id) if scope.person_id else visible(scope))


def _addresses(scope: Scope) -> Select[Any]:
    return select(*_ADDRESS).join(Customer, Customer.id == Address.customer_id).where(visible(scope))


def _person(row: Any) -> PersonView:
    return PersonView(*(*row[:-1], tuple(row[-1] or ())))


def _unknown() -> NotFound:
    return NotFound("customers.unknown", "There is no such customer, or you may not see them.")
