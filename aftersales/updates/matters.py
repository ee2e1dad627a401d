"""What the words of an update are made of: the case or unit it is about, and the people on the matter."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from aftersales.auth.models import Branch, Staff
from aftersales.cases.models import MatterPerson
from aftersales.customers.models import Person
from aftersales.errors import NotFound
from aftersales.products.models import Brand, Category, Product, Unit
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.models import Document

_PARTS = ["owner", "payer", "caller", "at_home"]
_ADDRESSED = (Person.name, Person.name_local, Person.courtesy, Person.language, Person.email)


@dataclass(frozen=True, slots=True)
class Matter:
    """What the kernel's variables are made of. `number` is the case's, on a unit's own stream the document's."""

    is_case: bool
    number: str
    customer_id: UUID | None
    branch: str
    phone: str
    zone: str
    owner: str | None
    category: str | None
    brand: str | None
    product: str | None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person on the matter with all their parts, and how they want to be addressed."""

    id: UUID
    roles: tuple[str, ...]
    name: str
    name_local: str | None
    courtesy: str
    language: str
    email: str | None


def _matter() -> Select[Any]:
    case = aliased(Document)
    columns: tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...] = (
        case.id.is_not(None),
        func.coalesce(case.number, Document.number),
        func.coalesce(case.customer_id, Document.customer_id, Unit.customer_id),
        Branch.name,
        Branch.phone,
        Branch.timezone,
        Staff.name,
        Category.name,
        Brand.name,
        Product.name,
    )
    return (
        select(*columns)
        .select_from(Document)
        .outerjoin(case, (case.id == Document.stream_id) & (case.machine == "case"))
        .join(Branch, Branch.id == func.coalesce(case.branch_id, Document.branch_id))
        .outerjoin(Staff, Staff.id == case.assignee_id)
        .outerjoin(Unit, Unit.id == func.coalesce(case.unit_id, Document.unit_id))
        .outerjoin(Product, Product.id == Unit.product_id)
        .outerjoin(Category, Category.id == Product.category_id)
        .outerjoin(Brand, Brand.id == Product.brand_id)
        .where(Document.id == bindparam("document_id"))
    )


# Made once: making them takes longer than asking them.
_MATTER = _matter()
_PLACE = func.array_position(_PARTS, MatterPerson.role)
_PEOPLE = (
    select(
        Person.id,
        func.array_agg(aggregate_order_by(MatterPerson.role, _PLACE)),
        *_ADDRESSED,
    )
    .join(MatterPerson, MatterPerson.person_id == Person.id)
    .join(Document, Document.id == MatterPerson.case_id)
    .where(MatterPerson.case_id == bindparam("stream_id"))
    .group_by(Person.id)
    .order_by(func.min(_PLACE), Person.id)
)


async def matter(session: AsyncSession, scope: Scope, document_id: UUID) -> Matter:
    """The case or unit that a document belongs to, in one statement. Raises NotFound (`status.unknown_document`)."""
    query = _MATTER.where(visible(scope))
    row = (await session.execute(query, {"document_id": document_id})).one_or_none()
    if row is None:
        raise NotFound("status.unknown_document", "There is no such document, or you may not see it.")
    return Matter(*row)


async def people(session: AsyncSession, scope: Scope, stream_id: UUID, customer_id: UUID | None) -> list[PersonRow]:
    """Everyone on the matter, its owner first; on a unit's own stream the household's first person, as its owner."""
    rows = (await session.execute(_PEOPLE.where(visible(scope)), {"stream_id": stream_id})).all()
    if rows or customer_id is None:
        return [PersonRow(row[0], tuple(row[1]), *row[2:]) for row in rows]
    first = select(Person.id, *_ADDRESSED).where(Person.customer_id == customer_id).order_by(Person.position, Person.id)
    household = (await session.execute(first.limit(1))).all()
    return [PersonRow(row[0], ("owner",), *row[1:]) for row in household]


async def person(session: AsyncSession, person_id: UUID) -> PersonRow:
    """Somebody whom a record or code names, and who therefore exists. For the worker alone: it has no caller."""
    row = (await session.execute(select(Person.id, *_ADDRESSED).where(Person.id == person_id))).one()
    return PersonRow(row[0], (), *row[1:])
