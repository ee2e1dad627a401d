"""Customers as lists show them: one line each, in one statement."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ScalarSelect, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.customers.models import Address, Customer, Person, PersonPhone
from aftersales.customers.repository import visible
from aftersales.products.models import Unit
from aftersales.scope import Scope
from aftersales.status.models import Document

MAX_OWNERS = 20


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """A customer in a list, called by the first person; counts are of units and of cases not yet done."""

    id: UUID
    name: str
    name_local: str | None
    language: str
    phone: str | None
    locality: str | None
    units: int
    open_cases: int


@dataclass(frozen=True, slots=True)
class Owner:
    """A household that has owned a unit, from the first to the last matter with us while it did."""

    id: UUID
    name: str
    name_local: str | None
    language: str
    first_at: datetime | None
    last_at: datetime | None


async def owners(session: AsyncSession, scope: Scope, unit_id: UUID) -> list[Owner]:
    """Whose matters a unit has been in, the latest first, and whoever it belongs to now; at most `MAX_OWNERS`.

    Units change hands without telling us: the times are those of the first and the last matter, whatever branch it was
    in, since customers and units are everybody's in the company.
    """
    seen = (
        select(
            Document.customer_id.label("customer_id"),
            func.min(Document.opened_at).label("first_at"),
            func.max(Document.changed_at).label("last_at"),
        )
        .where(Document.unit_id == unit_id, Document.customer_id.is_not(None))
        .group_by(Document.customer_id)
        .subquery()
    )
    now = select(Unit.customer_id).where(Unit.id == unit_id).scalar_subquery()
    query = (
        select(
            Customer.id,
            func.coalesce(Customer.name, Person.name, ""),
            Person.name_local,
            func.coalesce(Person.language, "en"),
            seen.c.first_at,
            seen.c.last_at,
        )
        .outerjoin(Person, Person.id == _first_person())
        .outerjoin(seen, seen.c.customer_id == Customer.id)
        .where(visible(scope), or_(Customer.id == now, seen.c.customer_id.is_not(None)))
        .order_by((Customer.id == now).desc(), seen.c.last_at.desc())
        .limit(MAX_OWNERS)
    )
    return [Owner(*row) for row in await session.execute(query)]


def _first_person() -> ScalarSelect[UUID]:
    return (
        select(Person.id)
        .where(Person.customer_id == Customer.id)
        .order_by(Person.position, Person.id)
        .limit(1)
        .correlate(Customer)
        .scalar_subquery()
    )


async def lines(
    session: AsyncSession,
    scope: Scope,
    *,
    ids: Collection[UUID] | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> list[CustomerLine]:
    """A page of customers, the first added first; with `ids` only those."""
    phone = (
        select(PersonPhone.e164)
        .where(PersonPhone.person_id == Person.id)
        .order_by(PersonPhone.position)
        .limit(1)
        .scalar_subquery()
    )
    locality = (
        select(Address.locality)
        .where(Address.customer_id == Customer.id)
        .order_by(Address.position, Address.id)
        .limit(1)
        .scalar_subquery()
    )
    units = select(func.count()).where(Unit.customer_id == Customer.id).scalar_subquery()
    cases = (
        select(func.count())
        .where(Document.customer_id == Customer.id, Document.machine == "case", Document.category != "done")
        .scalar_subquery()
    )
    query = (
        select(
            Customer.id,
            func.coalesce(Customer.name, Person.name, ""),
            Person.name_local,
            func.coalesce(Person.language, "en"),
            phone,
            locality,
            units,
            cases,
        )
        .outerjoin(Person, Person.id == _first_person())
        .where(visible(scope))
        .order_by(Customer.id)
        .limit(limit)
    )
    if ids is not None:
        query = query.where(Customer.id.in_(ids))
    if after is not None:
        query = query.where(Customer.id > after)
    return [CustomerLine(*row) for row in await session.execute(query)]
