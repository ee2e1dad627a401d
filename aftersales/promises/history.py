"""Every query about the shop's own history: what cases of what kind have lasted, and what came in their way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth.models import Branch
from aftersales.cases.machine import CASE
from aftersales.cases.models import Case
from aftersales.products.models import Category, Product, Unit
from aftersales.promises.models import CaseClock, CaseForecast
from aftersales.promises.repository import NEWEST_HOURS
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.machine import Machine, WaitsOn
from aftersales.status.models import Document, TimelineEntry

HISTORY = 5000
"""The newest cases that are looked at, open and closed."""
UNECONOMICAL = "uneconomical"


@dataclass(frozen=True, slots=True)
class Lived:
    """One case of the past, or one that lives: `resolved` is when it came to its end at last."""

    opened: datetime
    resolved: datetime | None
    withdrawn: bool
    category: str
    model: str
    fault: str
    visits: int
    parts: bool
    beyond: bool


@dataclass(frozen=True, slots=True)
class Open:
    """A case that has not ended: what it is about, its target, its centre's hours as JSON text, and what was said of it
    last."""

    case_id: UUID
    opened: datetime
    category: str
    model: str
    fault: str
    due_at: datetime | None
    hours: str | None
    said: Mapping[str, Any] | None


def _in(pairs: Iterable[tuple[str, str]]) -> ColumnElement[bool]:
    return func.concat(TimelineEntry.machine, ".", TimelineEntry.to_status).in_(sorted(".".join(p) for p in pairs))


def _states(machines: Iterable[Machine], milestone: str = "", waits_on: WaitsOn | None = None) -> set[tuple[str, str]]:
    return {
        (machine.name, state.name)
        for machine in machines
        for state in machine.states
        if (milestone and milestone in state.milestones) or (waits_on is not None and state.waits_on is waits_on)
    }


async def lived(session: AsyncSession, scope: Scope, machines: Sequence[Machine]) -> list[Lived]:
    """The newest `HISTORY` cases with what their states declare; one statement."""
    recent = (
        select(Document.id, Document.opened_at, Document.unit_id)
        .where(Document.machine == CASE.name, visible(scope))
        .order_by(Document.id.desc())
        .limit(HISTORY)
        .subquery()
    )
    own = TimelineEntry.document_id == recent.c.id
    ended = _states([CASE], "resolved") | {(CASE.name, "closed")}
    arrived = _states(machines, "arrived")
    columns: tuple[Any, ...] = (
        recent.c.opened_at,
        func.max(TimelineEntry.at).filter(and_(own, _in(ended))),
        func.coalesce(func.bool_or(and_(own, _in(_states([CASE], "withdrawn")))), False),
        func.coalesce(func.min(Category.code), ""),
        func.coalesce(func.min(Product.model), ""),
        func.coalesce(func.min(Case.fault_code), ""),
        func.count(TimelineEntry.document_id.distinct()).filter(_in(arrived)),
        func.coalesce(func.bool_or(_in(_states(machines, waits_on=WaitsOn.PARTS))), False),
        func.coalesce(func.bool_or(_in(_states(machines, UNECONOMICAL))), False),
    )
    query = (
        select(*columns)
        .select_from(recent)
        .join(Case, Case.id == recent.c.id)
        .join(TimelineEntry, TimelineEntry.stream_id == recent.c.id)
        .outerjoin(Unit, Unit.id == recent.c.unit_id)
        .outerjoin(Product, Product.id == Unit.product_id)
        .outerjoin(Category, Category.id == Product.category_id)
        .group_by(recent.c.id, recent.c.opened_at)
    )
    return [Lived(*row) for row in await session.execute(query)]


async def open_page(
    session: AsyncSession, scope: Scope, after: UUID | None, limit: int, *, new: bool = False
) -> list[Open]:
    """Cases that have not ended, page by page; of the `new` ones nothing has been foreseen yet."""
    completion = and_(CaseClock.case_id == Document.id, CaseClock.clock == "completion", CaseClock.ended_at.is_(None))
    f = CaseForecast
    columns: tuple[Any, ...] = (
        Document.id,
        Document.opened_at,
        func.coalesce(Category.code, ""),
        func.coalesce(Product.model, ""),
        func.coalesce(Case.fault_code, ""),
        CaseClock.due_at,
        NEWEST_HOURS,
        *(f.basis, f.p50_at, f.p90_at, f.cases, f.counted, f.signs),
    )
    query = (
        select(*columns)
        .join(Case, Case.id == Document.id)
        .join(Branch, Branch.id == Document.branch_id)
        .outerjoin(Unit, Unit.id == Document.unit_id)
        .outerjoin(Product, Product.id == Unit.product_id)
        .outerjoin(Category, Category.id == Product.category_id)
        .outerjoin(CaseClock, completion)
        .outerjoin(f, f.case_id == Document.id)
        .where(Document.machine == CASE.name, Document.category != "done", visible(scope))
        .order_by(Document.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Document.id > after)
    if new:
        query = query.where(f.case_id.is_(None))
    names = ("basis", "p50_at", "p90_at", "cases", "counted", "signs")
    return [_open(tuple(row), names) for row in await session.execute(query)]


def _open(row: tuple[Any, ...], names: Sequence[str]) -> Open:
    case_id, opened, category, model, fault, due_at, hours, *said = row
    last = dict(zip(names, said, strict=True)) if said[0] is not None else None
    return Open(case_id, opened, category, model, fault, due_at, hours, last)


async def keep(session: AsyncSession, _scope: Scope, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write down what is foreseen, in place of what was."""
    if not rows:
        return
    statement = insert(CaseForecast)
    changed = {c.name: statement.excluded[c.name] for c in CaseForecast.__table__.columns if not c.primary_key}
    await session.execute(
        statement.on_conflict_do_update(index_elements=["case_id"], set_=changed), [dict(row) for row in rows]
    )
