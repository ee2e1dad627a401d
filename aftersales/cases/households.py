"""Customers as lists show them: one line each, in one statement."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.customers.models import Address, Customer, Person, PersonPhone
from aftersales.customers.repository import visible
from aftersales.products.models import Unit
from aftersales.scope import Scope
from aftersales.status.models import Document


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


async def lines(
    session: AsyncSession,
    scope: Scope,
    *,
    ids: Collection[UUID] | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> list[CustomerLine]:
    """A page of customers, the first added first; with `ids` only those."""
    first = (
        select(Person.id)
        .where(Person.customer_id == Customer.id)
        .order_by(Person.position, Person.id)
        .limit(1)
        .correlate(Customer)
        .scalar_subquery()
    )
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
        .outerjoin(Person, Person.id == first)
        .where(visible(scope))
        .order_by(Customer.id)
        .limit(limit)
    )
    if ids is not None:
        query = query.where(Customer.id.in_(ids))
    if after is not None:
        query = query.where(Customer.id > after)
    return [CustomerLine(*row) for row in await session.execute(query)]
