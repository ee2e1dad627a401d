"""What is about to break, and what is broken: the clocks that run, by the time they are due, page by page.

Read along the partial index of running clocks, so that it costs by what is due and not by what is open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Self
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from aftersales.auth.models import Branch, Staff
from aftersales.cases.models import Case, MatterPerson
from aftersales.customers.models import Person
from aftersales.errors import Invalid
from aftersales.products.models import Product, Unit
from aftersales.promises.course import Stand, turn
from aftersales.promises.ledger import Kind
from aftersales.promises.models import CaseClock, ClockNotice
from aftersales.promises.permissions import VIEW
from aftersales.promises.targets import Clock
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.machine import WaitsOn
from aftersales.status.models import Document
from aftersales.work import Work

AHEAD = timedelta(hours=4)
CAP = 1000
Which = Literal["soon", "late"]
_OWNER = (
    select(func.min(Person.name))
    .join(MatterPerson, MatterPerson.person_id == Person.id)
    .where(MatterPerson.case_id == Document.id, MatterPerson.role == "owner")
    .correlate(Document)
    .scalar_subquery()
)
ABOUT: tuple[Any, ...] = (
    Document.number,
    Case.complaint,
    _OWNER.label("name"),
    Product.name.label("product"),
    Branch.name.label("branch"),
    Staff.name.label("owner"),
)
"""What a row says of its case, in a query that `of_case` has joined to it."""
_RANK = {"warning": 0, "breach": 1, "escalation": 2}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the last row's time, case and clock."""

    due: datetime
    case_id: UUID
    clock: str

    def __str__(self) -> str:
        return f"{self.due.isoformat()}~{self.case_id}~{self.clock}"

    @classmethod
    def read(cls, given: str) -> Self:
        """Back from its text. Raises Invalid (`promises.place`) for anything that no page ended with."""
        try:
            due, case_id, clock = given.split("~")
            at = datetime.fromisoformat(due)
            if at.tzinfo is None:
                raise ValueError(due)
            if clock not in {*Clock, *Kind}:
                raise ValueError(clock)
            return cls(at, UUID(case_id), clock)
        except ValueError as error:
            raise Invalid("promises.place", "`after` takes the `next` of the page before, as it was given.") from error


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that stands: its kind, the percentage or tier, and whom it went to."""

    kind: str
    step: int
    to: str


@dataclass(frozen=True, slots=True)
class DueRow:
    """One clock that is due, or one promise with when it was said, in which language and on what basis. `name` is the
    matter's owner as they write it, `owner` the member of staff, if any."""

    case_id: UUID
    number: str
    complaint: str
    name: str | None
    product: str | None
    branch: str
    owner: str | None
    clock: str
    shape: str
    amount: int
    due_at: datetime
    state: str
    level: int
    turn: WaitsOn
    notices: tuple[Notice, ...]
    said_at: datetime | None = None
    language: str = ""
    basis: str = ""

    @property
    def place(self) -> Place:
        """Where a page that ends with this row ended."""
        return Place(self.due_at, self.case_id, self.clock)


async def due(
    work: Work, which: Which, *, branch_id: UUID | None = None, after: Place | None = None, limit: int = 50
) -> list[DueRow]:
    """A page of them, what is due first; three statements, however long it is."""
    found: Sequence[Any] = (
        await work.session.execute(_listed(work.scope, work.now, which, branch_id, after, limit))
    ).all()
    ids = sorted({row.case_id for row in found})
    whose = await turns(work, ids)
    notices = await _notices(work.session, work.scope, ids)
    return [
        DueRow(*(*row, whose.get(row.case_id, WaitsOn.US), notices.get((row.case_id, row.clock), ()))) for row in found
    ]


def count(scope: Scope, now: datetime, which: Which | None = None, branch_id: UUID | None = None) -> Select[Any]:
    """How many there are, counted to `CAP`; without `which` of both kinds."""
    inner = _narrowed(select(CaseClock.case_id), scope, branch_id).where(_when(now, which)).limit(CAP).subquery()
    return select(func.count()).select_from(inner)


async def counts(work: Work, branch_id: UUID | None = None) -> dict[Which, int]:
    """How many of each kind, counted to `CAP`; one statement."""
    soon, late = (count(work.scope, work.now, which, branch_id).scalar_subquery() for which in ("soon", "late"))
    row = (await work.session.execute(select(soon, late))).one()
    return {"soon": row[0], "late": row[1]}


def _when(now: datetime, which: Which | None) -> ColumnElement[bool]:
    if which == "late":
        return CaseClock.due_at <= now
    ahead = CaseClock.due_at <= now + AHEAD
    return ahead if which is None else and_(CaseClock.due_at > now, ahead)


def _narrowed(query: Select[Any], scope: Scope, branch_id: UUID | None) -> Select[Any]:
    query = query.join(Document, Document.id == CaseClock.case_id)
    query = query.where(CaseClock.ended_at.is_(None), CaseClock.due_at.is_not(None), visible(scope, VIEW))
    return query if branch_id is None else query.where(Document.branch_id == branch_id)


def of_case(query: Select[Any], case_id: InstrumentedAttribute[UUID]) -> Select[Any]:
    """The query, joined to whatever `ABOUT` says of the case."""
    return (
        query.join(Document, Document.id == case_id)
        .join(Case, Case.id == Document.id)
        .join(Branch, Branch.id == Document.branch_id)
        .outerjoin(Staff, Staff.id == Document.assignee_id)
        .outerjoin(Unit, Unit.id == Document.unit_id)
        .outerjoin(Product, Product.id == Unit.product_id)
    )


def _listed(
    scope: Scope, now: datetime, which: Which, branch_id: UUID | None, after: Place | None, limit: int
) -> Select[Any]:
    key = (CaseClock.due_at, CaseClock.case_id, CaseClock.clock)
    keys: Any = select(CaseClock.case_id, CaseClock.clock)
    page = _narrowed(keys, scope, branch_id).where(_when(now, which))
    if after is not None:
        page = page.where(tuple_(*key) > (after.due, after.case_id, after.clock))
    on_page = page.order_by(*key).limit(limit).subquery()
    clock = (CaseClock.clock, CaseClock.shape, CaseClock.amount, CaseClock.due_at, CaseClock.state, CaseClock.level)
    query = select(CaseClock.case_id, *ABOUT, *clock)
    found = query.join(on_page, and_(on_page.c.case_id == CaseClock.case_id, on_page.c.clock == CaseClock.clock))
    return of_case(found, CaseClock.case_id).order_by(*key)


async def turns(work: Work, ids: Sequence[UUID]) -> dict[UUID, WaitsOn]:
    """Whose turn it is on each of these cases, from what has not ended on it; ours where nothing is under way."""
    if not ids:
        return {}
    system = work.as_system()
    query = (
        select(Document.stream_id, Document.machine, Document.status)
        .where(Document.stream_id.in_(ids), Document.category != "done", Document.machine != "case")
        .where(visible(system.scope))
        .distinct()
    )
    stands: dict[UUID, list[Stand]] = {}
    for case_id, name, status in await work.session.execute(query):
        machine = work.registry.machines.get(name)
        state = machine.by_state.get(status) if machine is not None else None
        if state is not None:
            stands.setdefault(case_id, []).append(Stand(state.category, state.waits_on, state.milestones))
    return {case_id: turn(found) for case_id, found in stands.items()}


async def _notices(
    session: AsyncSession, scope: Scope, ids: Sequence[UUID]
) -> Mapping[tuple[UUID, str], tuple[Notice, ...]]:
    """What was raised of each clock and stands, the gravest first."""
    if not ids:
        return {}
    query = (
        select(ClockNotice.case_id, ClockNotice.clock, ClockNotice.kind, ClockNotice.step, ClockNotice.to)
        .join(Document, Document.id == ClockNotice.case_id)
        .where(ClockNotice.case_id.in_(ids), ClockNotice.withdrawn_at.is_(None), visible(scope, VIEW))
    )
    found: dict[tuple[UUID, str], list[Notice]] = {}
    for case_id, clock, kind, step, to in await session.execute(query):
        found.setdefault((case_id, clock), []).append(Notice(kind, step, to))
    return {
        key: tuple(sorted(some, key=lambda one: (_RANK[one.kind], one.step), reverse=True))
        for key, some in found.items()
    }
