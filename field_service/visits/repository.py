"""Every query about visits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, Subquery, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth.models import Branch, OneTimeCode
from aftersales.cases.models import Case, MatterPerson
from aftersales.customers.models import Address, Person, PersonPhone
from aftersales.errors import NotFound
from aftersales.products.models import Category as ProductCategory
from aftersales.products.models import Product, Unit
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.life import Life
from aftersales.status.machine import Category
from aftersales.status.models import Document
from field_service.visits.machine import VISIT
from field_service.visits.models import Visit

MAX_DAY = 100


@dataclass(frozen=True, slots=True)
class VisitView:
    """One visit with its status. `timezone` is the branch's; `case_id` is the stream."""

    id: UUID
    number: str
    case_id: UUID
    unit_id: UUID | None
    customer_id: UUID
    branch_id: UUID
    technician_id: UUID | None
    status: str
    category: str
    version: int
    opened_at: datetime
    changed_at: datetime
    kind: str
    address_id: UUID
    window_start: datetime | None
    window_end: datetime | None
    condition: str | None
    accessories: list[str]
    seal_number: str | None
    custody: str | None
    follows_id: UUID | None
    timezone: str


@dataclass(frozen=True, slots=True)
class DayVisit:
    """A visit as a technician's day shows it: who, what, where. Times are instants; `timezone` is the branch's.

    `name` is the person at home, else the owner, as they write it; `name_local` in their own script. `heavy` units need
    two people. `ended` ones stand last.
    """

    id: UUID
    number: str
    case_id: UUID
    kind: str
    status: str
    category: str
    version: int
    window_start: datetime | None
    window_end: datetime | None
    timezone: str
    case_number: str
    complaint: str
    product: str | None
    category_name: str | None
    heavy: bool
    name: str | None
    name_local: str | None
    language: str | None
    phone: str | None
    line1: str
    floor: str
    landmark: str
    locality: str
    city: str
    postcode: str
    has_lift: bool | None
    latitude: float | None
    longitude: float | None

    @property
    def ended(self) -> bool:
        """Nothing is left to do on it."""
        return self.category == Category.DONE


_VISIT: tuple[Any, ...] = (
    Document.id,
    Document.number,
    Document.stream_id,
    Document.unit_id,
    Document.customer_id,
    Document.branch_id,
    Document.assignee_id,
    Document.status,
    Document.category,
    Document.version,
    Document.opened_at,
    Document.changed_at,
    Visit.kind,
    Visit.address_id,
    Visit.window_start,
    Visit.window_end,
    Visit.condition,
    Visit.accessories,
    Visit.seal_number,
    Visit.custody,
    Visit.follows_id,
    Branch.timezone,
)


async def visit(session: AsyncSession, scope: Scope, visit_id: UUID) -> VisitView:
    """One visit. Raises NotFound (`visit.unknown`) also when it is out of scope."""
    row = (await session.execute(_visits(scope).where(Document.id == visit_id))).one_or_none()
    if row is None:
        raise NotFound("visit.unknown", "There is no such visit, or you may not see it.")
    return VisitView(*row)


async def of_case(session: AsyncSession, scope: Scope, case_id: UUID) -> list[VisitView]:
    """The visits of a case, the first booked first."""
    query = _visits(scope).where(Document.stream_id == case_id).order_by(Document.id).limit(MAX_DAY)
    return [VisitView(*row) for row in await session.execute(query)]


async def listed(
    session: AsyncSession,
    scope: Scope,
    *,
    statuses: Sequence[str] = (),
    kind: str | None = None,
    technician_id: UUID | None = None,
    limit: int,
    after: UUID | None = None,
) -> list[VisitView]:
    """The newest visits first, `limit` of them, older than the one with the id `after`."""
    query = _visits(scope).order_by(Document.id.desc()).limit(limit)
    if statuses:
        query = query.where(Document.status.in_(sorted(statuses)))
    if kind is not None:
        query = query.where(Visit.kind == kind)
    if technician_id is not None:
        query = query.where(Document.assignee_id == technician_id)
    if after is not None:
        query = query.where(Document.id < after)
    return [VisitView(*row) for row in await session.execute(query)]


async def in_life(session: AsyncSession, scope: Scope, life: Life) -> list[VisitView]:
    """The visits to a customer or for a unit."""
    return [VisitView(*row) for row in await session.execute(life.page(_visits(scope)))]


async def today(
    session: AsyncSession, scope: Scope, staff_id: UUID, day: date, *, ahead: timedelta | None = None
) -> list[DayVisit]:
    """A technician's visits on `day` (on the branch's wall clock) in the order of the day; what has ended, last.

    With `ahead` also those of earlier days that are not done, and of the days until then.
    """
    here = func.date(func.timezone(Branch.timezone, Visit.window_start))
    when = here == day
    if ahead is not None:
        when |= (Document.category != Category.DONE) & (here <= day + ahead)
    query = (
        _day(scope)
        .where(Document.assignee_id == staff_id, when)
        .order_by(
            case((Document.category == Category.DONE, 1), else_=0),
            Visit.window_start,
            Document.id,
        )
        .limit(MAX_DAY)
    )
    return [DayVisit(*row) for row in await session.execute(query)]


async def day_visit(session: AsyncSession, scope: Scope, visit_id: UUID) -> DayVisit:
    """One visit as `today` shows it. Raises NotFound (`visit.unknown`)."""
    row = (await session.execute(_day(scope).where(Document.id == visit_id))).one_or_none()
    if row is None:
        raise NotFound("visit.unknown", "There is no such visit, or you may not see it.")
    return DayVisit(*row)


async def change(session: AsyncSession, _scope: Scope, visit_id: UUID, **values: object) -> None:
    """Set columns of a visit whose change the caller has posted in this transaction."""
    await session.execute(update(Visit).where(Visit.id == visit_id).values(**values))


async def live_codes(session: AsyncSession, _scope: Scope, visit_id: UUID, now: datetime) -> dict[str, OneTimeCode]:
    """The visit's codes that would still be accepted, by purpose. Only for the words to the customer."""
    query = select(OneTimeCode).where(
        OneTimeCode.subject_id == visit_id, OneTimeCode.consumed_at.is_(None), OneTimeCode.expires_at > now
    )
    return {code.purpose: code for code in await session.scalars(query)}


def _visits(scope: Scope) -> Select[Any]:
    query: Select[Any] = (
        select(*_VISIT)
        .join(Visit, Visit.id == Document.id)
        .join(Branch, Branch.id == Document.branch_id)
        .where(Document.machine == VISIT.name, visible(scope, "visit.view"))
    )
    return query


def _day_columns(matter: Subquery, phone: ScalarSelect[str]) -> tuple[Any, ...]:
    return (
        Document.id,
        Document.number,
        Document.stream_id,
        Visit.kind,
        Document.status,
        Document.category,
        Document.version,
        Visit.window_start,
        Visit.window_end,
        Branch.timezone,
        matter.c.number,
        Case.complaint,
        Product.name,
        ProductCategory.name,
        func.coalesce(ProductCategory.heavy, False),
        Person.name,
        Person.name_local,
        Person.language,
        phone,
        Address.line1,
        Address.floor,
        Address.landmark,
        Address.locality,
        Address.city,
        Address.postcode,
        Address.has_lift,
        Address.latitude,
        Address.longitude,
    )


def _day(scope: Scope) -> Select[Any]:
    at_door = (
        select(MatterPerson.person_id)
        .where(MatterPerson.case_id == Document.stream_id, MatterPerson.role.in_(["at_home", "owner"]))
        .order_by(MatterPerson.role, MatterPerson.person_id)
        .limit(1)
        .correlate(Document)
        .scalar_subquery()
    )
    phone = (
        select(PersonPhone.e164)
        .where(PersonPhone.person_id == Person.id)
        .order_by(PersonPhone.position)
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )
    matter = select(Document.id, Document.number).where(Document.machine == "case").subquery()
    query: Select[Any] = (
        select(*_day_columns(matter, phone))
        .join(Visit, Visit.id == Document.id)
        .join(Branch, Branch.id == Document.branch_id)
        .join(Address, Address.id == Visit.address_id)
        .join(Case, Case.id == Document.stream_id)
        .join(matter, matter.c.id == Document.stream_id)
        .outerjoin(Unit, Unit.id == Document.unit_id)
        .outerjoin(Product, Product.id == Unit.product_id)
        .outerjoin(ProductCategory, ProductCategory.id == Product.category_id)
        .outerjoin(Person, Person.id == at_door)
        .where(Document.machine == VISIT.name, visible(scope, "visit.view"))
    )
    return query
