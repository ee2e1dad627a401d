"""Every query about cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.cases.machine import CASE
from aftersales.cases.models import Case, MatterPerson
from aftersales.customers.models import Person
from aftersales.errors import NotFound
from aftersales.products.models import Category as ProductCategory
from aftersales.products.models import Product, Unit
from aftersales.scope import ActorKind, Scope
from aftersales.status import documents
from aftersales.status.documents import NOT_DONE, visible
from aftersales.status.life import Life
from aftersales.status.machine import Category
from aftersales.status.models import Document

_BY_CATEGORY = {c.value: frozenset(s.name for s in CASE.states if s.category is c) for c in Category}
_RUNNING = frozenset(state.name for state in CASE.states if state.category is not Category.DONE)


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case with its status, and the kind of product it is about, a message id."""

    id: UUID
    number: str
    status: str
    category: str
    version: int
    customer_id: UUID
    unit_id: UUID | None
    branch_id: UUID
    owner_id: UUID | None
    complaint: str
    fault_code: str | None
    channel: str
    opened_at: datetime
    changed_at: datetime
    category_name: str | None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A line of the case list. `name` is the matter's owner, as they write it."""

    id: UUID
    number: str
    status: str
    category: str
    complaint: str
    product: str | None
    name: str | None
    owner_id: UUID | None
    branch_id: UUID
    opened_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PersonOnMatter:
    """One person's part in one case."""

    person_id: UUID
    role: str
    may_approve: bool
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a list is narrowed to; None leaves it open."""

    statuses: frozenset[str] | None = None
    category: str | None = None
    owner_id: UUID | None = None
    branch_id: UUID | None = None
    customer_id: UUID | None = None
    unit_id: UUID | None = None
    ids: Sequence[UUID] | None = None


async def case(session: AsyncSession, scope: Scope, case_id: UUID) -> CaseView:
    """One case. Raises NotFound (`case.unknown`) also when it is out of scope."""
    query = (
        select(
            Document.id,
            Document.number,
            Document.status,
            Document.category,
            Document.version,
            Document.customer_id,
            Document.unit_id,
            Document.branch_id,
            Document.assignee_id,
            Case.complaint,
            Case.fault_code,
            Case.channel,
            Document.opened_at,
            Document.changed_at,
            ProductCategory.name,
        )
        .join(Case, Case.id == Document.id)
        .outerjoin(Unit, Unit.id == Document.unit_id)
        .outerjoin(Product, Product.id == Unit.product_id)
        .outerjoin(ProductCategory, ProductCategory.id == Product.category_id)
        .where(Document.id == case_id, visible(scope, "case.view"))
    )
    row: Any = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound("case.unknown", "No such case, or it is not yours to see.")
    return CaseView(*row)


async def people(session: AsyncSession, scope: Scope, case_id: UUID) -> list[PersonOnMatter]:
    """Everyone on the matter, owner first, if the case is in scope; else nobody."""
    query = (
        select(MatterPerson.person_id, MatterPerson.role, MatterPerson.may_approve, Person.name, Person.language)
        .join(Person, Person.id == MatterPerson.person_id)
        .join(Document, Document.id == MatterPerson.case_id)
        .where(MatterPerson.case_id == case_id, visible(scope))
        .order_by(func.array_position(["owner", "payer", "caller", "at_home"], MatterPerson.role), Person.id)
    )
    return [PersonOnMatter(*row) for row in await session.execute(query)]


async def may_answer(session: AsyncSession, scope: Scope, case_id: UUID) -> bool:
    """Whether this customer may decide for the household: its owner, its payer, or who was named for it.

    Whoever merely called, perhaps a neighbour, reads where it stands and no more. Always true for staff.
    """
    if scope.actor.kind is not ActorKind.CUSTOMER:
        return True
    mine = [p for p in await people(session, scope, case_id) if p.person_id == scope.person_id]
    return any(p.may_approve or p.role in ("owner", "payer") for p in mine)


async def listed(
    session: AsyncSession, scope: Scope, wanted: CaseFilter, *, limit: int, after: UUID | None = None
) -> list[CaseRow]:
    """The newest cases first, `limit` of them, older than the one with the key `after`."""
    owner = and_(MatterPerson.case_id == Document.id, MatterPerson.role == "owner")
    name = select(func.min(Person.name)).join(MatterPerson, MatterPerson.person_id == Person.id).where(owner)
    # The page first and then what stands on its rows, else names are looked up for every case that might be on it.
    shown = narrowed(select(Document.id), scope, wanted).order_by(Document.id.desc()).limit(limit)
    if after is not None:
        shown = shown.where(Document.id < after)
    on_page = shown.subquery()
    query = (
        select(
            Document.id,
            Document.number,
            Document.status,
            Document.category,
            Case.complaint,
            Product.name,
            name.scalar_subquery(),
            Document.assignee_id,
            Document.branch_id,
            Document.opened_at,
            Document.changed_at,
        )
        .join(on_page, on_page.c.id == Document.id)
        .join(Case, Case.id == Document.id)
        .outerjoin(Unit, Unit.id == Document.unit_id)
        .outerjoin(Product, Product.id == Unit.product_id)
        .order_by(Document.id.desc())
    )
    rows: Sequence[Any] = (await session.execute(query)).all()
    return [CaseRow(*row) for row in rows]


async def in_life(session: AsyncSession, scope: Scope, life: Life) -> list[CaseRow]:
    """The cases of a customer or a unit; two statements."""
    page = life.page(select(Document.id).where(Document.machine == "case", visible(scope, "case.view")))
    ids = (await session.scalars(page)).all()
    found = await listed(session, scope, CaseFilter(ids=ids), limit=life.limit) if ids else []
    return sorted(found, key=lambda row: (row.opened_at, row.id), reverse=True)


async def counts(session: AsyncSession, scope: Scope, branch_id: UUID | None = None) -> dict[str, int]:
    """How many cases that are not done stand in each status, as `documents.counts` counts them."""
    return await documents.counts(session, scope, (CASE.name,), permission="case.view", branch_id=branch_id)


def narrowed(query: Select[Any], scope: Scope, wanted: CaseFilter) -> Select[Any]:
    """A statement over Document kept to the cases in scope that are wanted."""
    query = query.where(Document.machine == "case", visible(scope, "case.view"))
    states = _states(wanted)
    if states is None and wanted.category is not None:
        query = query.where(Document.category == wanted.category)
    if states is not None and states <= _RUNNING:
        query = query.where(NOT_DONE)
    # All that is running is read in the order of its index; with each status named, it would be read whole and sorted.
    if states is not None and states != _RUNNING:
        query = query.where(Document.status.in_(sorted(states)))
    for column, value in (
        (Document.assignee_id, wanted.owner_id),
        (Document.branch_id, wanted.branch_id),
        (Document.customer_id, wanted.customer_id),
        (Document.unit_id, wanted.unit_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.ids is not None:
        query = query.where(Document.id.in_(wanted.ids))
    return query


def _states(wanted: CaseFilter) -> frozenset[str] | None:
    """The statuses that are wanted, by name or by what they have in common; None: any, or any that is done."""
    if wanted.category is None or (wanted.category == Category.DONE and wanted.statuses is None):
        return wanted.statuses
    # The index over what runs knows statuses, not categories: each row would be fetched to look.
    alike = _BY_CATEGORY.get(wanted.category, frozenset())
    return alike if wanted.statuses is None else wanted.statuses & alike
