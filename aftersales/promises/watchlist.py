"""What is about to break, what is broken, and what is promised: clocks that run and promises that stand in one list, by
the time they are due, page by page.

Read along the index of running clocks and the watch of promises, so that it costs by what is due and not by what is
open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Self
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, Text, Uuid, and_, cast, func, null, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from aftersales.auth.models import Branch, Staff
from aftersales.cases.models import Case, MatterPerson
from aftersales.customers.models import Person
from aftersales.errors import Invalid
from aftersales.products.models import Product, Unit
from aftersales.promises.course import Stand, turn
from aftersales.promises.models import CaseClock, ClockNotice, OpenPromise, PromiseStep
from aftersales.promises.permissions import VIEW
from aftersales.promises.targets import Clock
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.machine import WaitsOn
from aftersales.status.models import Document
from aftersales.work import Work

AHEAD = timedelta(hours=4)
CAP = 1000
Which = Literal["soon", "late", "promised"]
_OWNER = (
    select(func.min(Person.name))
    .join(MatterPerson, MatterPerson.person_id == Person.id)
    .where(MatterPerson.case_id == Document.id, MatterPerson.role == "owner")
    .correlate(Document)
    .scalar_subquery()
)
_ABOUT: tuple[Any, ...] = (
    Document.number,
    Case.complaint,
    _OWNER.label("name"),
    Product.name.label("product"),
    Branch.name.label("branch"),
    Staff.name.label("owner"),
)
_CLOCK: tuple[Any, ...] = (CaseClock.shape, CaseClock.amount, CaseClock.state, CaseClock.level)
_SAID: tuple[Any, ...] = (PromiseStep.kind, PromiseStep.at, PromiseStep.language, PromiseStep.basis)
_STANDS = ("", 0, "open", 0)
"""What a promise has in place of those of a clock."""
_RANK = {"warning": 0, "breach": 1, "escalation": 2}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the last row's time, its case, and its mark: the clock, or the id of the promise."""

    due: datetime
    case_id: UUID
    mark: str

    def __str__(self) -> str:
        return f"{self.due.isoformat()}~{self.case_id}~{self.mark}"

    @classmethod
    def read(cls, given: str) -> Self:
        """Back from its text. Raises Invalid (`promises.place`) for anything that no page ended with."""
        try:
            due, case_id, mark = given.split("~")
            at = datetime.fromisoformat(due)
            if at.tzinfo is None:
                raise ValueError(due)
            return cls(at, UUID(case_id), mark if mark in {*Clock} else str(UUID(mark)))
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
    """One clock that is due, or one promise with when it was said, in which language and on what basis; `clock` is then
    its kind. `name` is the matter's owner as they write it, `owner` the member of staff, if any."""

    case_id: UUID
    number: str
    complaint: str
    name: str | None
    product: str | None
    branch: str
    owner: str | None
    due_at: datetime
    mark: str
    clock: str
    shape: str
    amount: int
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
        return Place(self.due_at, self.case_id, self.mark)


async def due(
    work: Work, which: Which, *, branch_id: UUID | None = None, after: Place | None = None, limit: int = 50
) -> list[DueRow]:
    """A page of them, what is due first; three statements, however long it is. What is `promised` is promises alone,
    whenever they are due."""
    found: Sequence[Any] = (
        await work.session.execute(_listed(work.scope, work.now, which, branch_id, after, limit))
    ).all()
    ids = sorted({row.case_id for row in found})
    whose = await turns(work, ids)
    notices = await _notices(work.session, work.scope, ids)
    return [_row(tuple(row), whose.get(row.case_id, WaitsOn.US), notices) for row in found]


def _row(row: tuple[Any, ...], whose: WaitsOn, notices: Mapping[tuple[UUID, str], tuple[Notice, ...]]) -> DueRow:
    mark, kind = row[8], row[13]
    if kind is not None:
        return DueRow(*(*row[:9], kind, *_STANDS, whose, (), *row[14:]))
    return DueRow(*(*row[:9], mark, *row[9:13], whose, notices.get((row[0], mark), ())))


def count(scope: Scope, now: datetime, which: Which | None = None, branch_id: UUID | None = None) -> Select[Any]:
    """How many there are, counted to `CAP`; without `which` of what is due soon or late."""
    kinds = [query.limit(CAP) for query in _kinds(scope, now, which, branch_id)]
    return select(func.least(func.count(), CAP)).select_from(_together(kinds))


async def counts(work: Work, branch_id: UUID | None = None) -> dict[Which, int]:
    """How many of each kind, counted to `CAP`; one statement."""
    every: tuple[Which, ...] = ("soon", "late", "promised")
    sums = (count(work.scope, work.now, which, branch_id).scalar_subquery() for which in every)
    row = (await work.session.execute(select(*sums))).one()
    return dict(zip(every, row, strict=True))


def _when(due_at: InstrumentedAttribute[Any], now: datetime, which: Which | None) -> ColumnElement[bool]:
    if which == "late":
        return due_at <= now
    ahead = due_at <= now + AHEAD
    return ahead if which is None else and_(due_at > now, ahead)


def _kinds(scope: Scope, now: datetime, which: Which | None, branch_id: UUID | None) -> list[Select[Any]]:
    """The keys of the clocks and of the promises that are wanted: time, case, mark, and the promise if it is one."""
    none = cast(null(), Uuid).label("promise_id")
    clocks: Select[Any] = select(CaseClock.due_at, CaseClock.case_id, CaseClock.clock.label("mark"), none)
    clocks = clocks.join(Document, Document.id == CaseClock.case_id)
    clocks = clocks.where(CaseClock.ended_at.is_(None), CaseClock.due_at.is_not(None))
    mark = cast(OpenPromise.promise_id, Text).label("mark")
    keys: Any = (OpenPromise.due_at, OpenPromise.case_id, mark, OpenPromise.promise_id)
    promises: Select[Any] = select(*keys)
    promises = promises.join(Document, Document.id == OpenPromise.case_id)
    if which != "promised":
        promises = promises.where(_when(OpenPromise.due_at, now, which))
    found = [promises, clocks.where(_when(CaseClock.due_at, now, which))][: 1 if which == "promised" else 2]
    here = (visible(scope, VIEW), *(() if branch_id is None else (Document.branch_id == branch_id,)))
    return [query.where(*here) for query in found]


def _together(kinds: Sequence[Select[Any]]) -> Subquery:
    return kinds[0].subquery() if len(kinds) == 1 else union_all(*kinds).subquery()


def _listed(
    scope: Scope, now: datetime, which: Which, branch_id: UUID | None, after: Place | None, limit: int
) -> Select[Any]:
    """Each kind gives a page at most along its own index, and the page is what comes first of both."""
    kinds = []
    for kind in _kinds(scope, now, which, branch_id):
        due_at, case_id, mark, _ = kind.selected_columns
        on = kind
        if after is not None:
            key = (after.due, after.case_id, after.mark)
            on = kind.where(due_at >= after.due, tuple_(due_at, case_id, mark) > key)
        kinds.append(on.order_by(due_at, case_id, mark).limit(limit))
    every = _together(kinds)
    first = (every.c.due_at, every.c.case_id, every.c.mark)
    page = select(every).order_by(*first).limit(limit).subquery()
    of_clock = and_(CaseClock.case_id == page.c.case_id, CaseClock.clock == page.c.mark, page.c.promise_id.is_(None))
    return (
        select(page.c.case_id, *_ABOUT, page.c.due_at, page.c.mark, *_CLOCK, *_SAID)
        .join(Document, Document.id == page.c.case_id)
        .join(Case, Case.id == Document.id)
        .join(Branch, Branch.id == Document.branch_id)
        .outerjoin(CaseClock, of_clock)
        .outerjoin(PromiseStep, PromiseStep.id == page.c.promise_id)
        .outerjoin(Staff, Staff.id == Document.assignee_id)
        .outerjoin(Unit, Unit.id == Document.unit_id)
        .outerjoin(Product, Product.id == Unit.product_id)
        .order_by(page.c.due_at, page.c.case_id, page.c.mark)
    )


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
