"""Every query about the ledger of promises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, delete, exists, insert, literal_column, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from aftersales.auth.models import Branch
from aftersales.cases.machine import CASE
from aftersales.products.models import Unit
from aftersales.promises.ledger import Kind, Promise
from aftersales.promises.models import CaseForecast, OpenPromise, PromiseStep
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.models import Document

MAX_SHOWN = 100
_END = aliased(PromiseStep)


@dataclass(frozen=True, slots=True)
class PromiseView:
    """A promise and how it ended, if it has. `ended_at` is when that was written down, `fact_at` when what was
    promised came."""

    id: UUID
    case_id: UUID
    document_id: UUID
    kind: Kind
    starts_at: datetime | None
    due_at: datetime
    said_at: datetime
    version: int
    text: str
    language: str
    basis: str
    update_id: UUID
    end: str | None
    ended_at: datetime | None
    fact_at: datetime | None
    replaced_by: UUID | None
    zone: str

    @property
    def promise(self) -> Promise:
        """As its rules see it."""
        return Promise(self.kind, self.document_id, self.starts_at, self.due_at, self.version)


_FIELDS = tuple(PromiseView.__dataclass_fields__)


_COLUMNS: tuple[Any, ...] = (
    *(getattr(PromiseStep, name) for name in ("promise_id", "case_id", "document_id", "kind", "starts_at", "due_at")),
    *(getattr(PromiseStep, name) for name in ("at", "version", "text", "language", "basis", "update_id")),
    *(_END.step, _END.at, _END.fact_at, _END.replaced_by, Branch.timezone),
)


# In the words of the indexes over what begins a promise and what ends one.
_MADE = PromiseStep.step == literal_column("'made'")
_ENDS = and_(_END.promise_id == PromiseStep.promise_id, _END.step != literal_column("'made'"))


def _views(scope: Scope) -> Select[Any]:
    """Promises, each by the step that made it: whose id is the promise's, which no index knows by that name."""
    return (
        select(*_COLUMNS)
        .select_from(PromiseStep)
        .outerjoin(_END, _ENDS)
        .join(Document, Document.id == PromiseStep.case_id)
        .join(Branch, Branch.id == Document.branch_id)
        .where(_MADE, visible(scope))
    )


def _view(row: Sequence[Any]) -> PromiseView:
    return PromiseView(**dict(zip(_FIELDS, row, strict=True)) | {"kind": Kind(row[3])})


async def of_case(session: AsyncSession, scope: Scope, case_id: UUID) -> list[PromiseView]:
    """The newest hundred promises of a case, the last said first."""
    query = _views(scope).where(PromiseStep.case_id == case_id)
    rows = await session.execute(query.order_by(PromiseStep.at.desc(), PromiseStep.id.desc()).limit(MAX_SHOWN))
    return [_view(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What was foreseen of a case, as `CaseForecast` says."""

    basis: str
    p50_at: datetime | None
    p90_at: datetime | None
    cases: int
    counted: int
    signs: Mapping[str, int]


async def shown(
    session: AsyncSession, scope: Scope, case_id: UUID
) -> tuple[str, Foreseen | None, list[PromiseView]] | None:
    """A case's zone, what is foreseen of it, and its newest hundred promises, the last said first; one statement."""
    f = CaseForecast
    query = (
        select(Branch.timezone, f.basis, f.p50_at, f.p90_at, f.cases, f.counted, f.signs, *_COLUMNS)
        .select_from(Document)
        .join(Branch, Branch.id == Document.branch_id)
        .outerjoin(f, and_(f.case_id == Document.id, Document.category != "done"))
        .outerjoin(PromiseStep, and_(PromiseStep.case_id == Document.id, _MADE))
        .outerjoin(_END, _ENDS)
        .where(Document.id == case_id, visible(scope))
        .order_by(PromiseStep.at.desc(), PromiseStep.id.desc())
        .limit(MAX_SHOWN)
    )
    rows = (await session.execute(query)).all()
    if not rows:
        return None
    zone, *foreseen = rows[0][:7]
    found = Foreseen(*foreseen) if foreseen[0] is not None else None
    return zone, found, [_view(row[7:]) for row in rows if row[7] is not None]


async def standing(session: AsyncSession, scope: Scope, case_id: UUID, *, lock: bool = False) -> list[PromiseView]:
    """The promises of a case that have not ended, what is due first; with `lock` nobody else ends them meanwhile."""
    query = select(OpenPromise.promise_id).where(OpenPromise.case_id == case_id).order_by(OpenPromise.promise_id)
    ids = list(await session.scalars(query.with_for_update() if lock else query))
    if not ids:
        return []
    rows = await session.execute(_views(scope).where(PromiseStep.id.in_(ids)).order_by(PromiseStep.due_at))
    return [_view(row) for row in rows]


async def stands(session: AsyncSession, _scope: Scope, case_id: UUID, kind: Kind) -> bool:
    """Whether a promise of the kind has not ended on the case."""
    found = exists().where(
        OpenPromise.case_id == case_id, PromiseStep.id == OpenPromise.promise_id, PromiseStep.kind == str(kind)
    )
    return bool(await session.scalar(select(found)))


async def made_by(session: AsyncSession, scope: Scope, case_id: UUID, version: int, kind: str) -> PromiseView | None:
    """The promise of this kind that the message about this entry of the timeline made; the last, where it was put off
    until its time was over, and made another."""
    query = _views(scope).where(
        PromiseStep.case_id == case_id, PromiseStep.version == version, PromiseStep.kind == kind
    )
    row = (await session.execute(query.order_by(PromiseStep.due_at.desc()).limit(1))).one_or_none()
    return None if row is None else _view(row)


async def replaced_with(session: AsyncSession, scope: Scope, one: PromiseView) -> PromiseView | None:
    """The promise that this one took the place of."""
    query = _views(scope).where(PromiseStep.case_id == one.case_id, _END.replaced_by == one.id).limit(1)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _view(row)


async def zone_of(session: AsyncSession, scope: Scope, case_id: UUID) -> str:
    """The zone of the case's centre."""
    query = select(Branch.timezone).join(Document, Document.branch_id == Branch.id)
    return (await session.scalars(query.where(Document.id == case_id, visible(scope)))).one()


async def in_place_of(session: AsyncSession, scope: Scope, one: PromiseView) -> PromiseView:
    """The promise itself, or the one that by now stands in its place."""
    for _ in range(MAX_SHOWN):
        if one.replaced_by is None:
            break
        row = (await session.execute(_views(scope).where(PromiseStep.id == one.replaced_by))).one()
        one = _view(row)
    return one


async def later(session: AsyncSession, _scope: Scope, one: PromiseView) -> bool:
    """Whether something of the kind has been promised on the case since."""
    since = and_(PromiseStep.case_id == one.case_id, PromiseStep.kind == str(one.kind), PromiseStep.step == "made")
    return bool(await session.scalar(select(exists().where(since, PromiseStep.version > one.version))))


async def foreseen(session: AsyncSession, scope: Scope, case_id: UUID) -> Foreseen | None:
    """What was foreseen of a case when it was last looked at."""
    f = CaseForecast
    query = select(f.basis, f.p50_at, f.p90_at, f.cases, f.counted, f.signs)
    query = query.join(Document, Document.id == f.case_id).where(f.case_id == case_id, visible(scope))
    row = (await session.execute(query)).one_or_none()
    return None if row is None else Foreseen(*row)


async def in_the_way(
    session: AsyncSession, scope: Scope, unit_ids: Sequence[UUID]
) -> dict[UUID, tuple[int, Mapping[str, int]]]:
    """What may get in the way of work on these units: the most cases of the model that were ever counted at once, so
    whatever the fault, and the shares; units of whose model nothing was foreseen are missing. One statement."""
    if not unit_ids:
        return {}
    f, mine, alike = CaseForecast, aliased(Unit), aliased(Unit)
    query = (
        select(mine.id, f.counted, f.signs)
        .join(alike, alike.product_id == mine.product_id)
        .join(Document, and_(Document.unit_id == alike.id, Document.machine == CASE.name))
        .join(f, f.case_id == Document.id)
        .where(mine.id.in_(unit_ids), visible(scope))
        .ext(distinct_on(mine.id))
        .order_by(mine.id, f.counted.desc(), f.at.desc())
    )
    return {row[0]: (row[1], row[2]) for row in await session.execute(query)}


async def ever(session: AsyncSession, _scope: Scope, case_id: UUID, kind: Kind) -> bool:
    """Whether anything of this kind was ever promised on the case."""
    found = exists().where(PromiseStep.case_id == case_id, PromiseStep.kind == str(kind))
    return bool(await session.scalar(select(found)))


async def add(session: AsyncSession, _scope: Scope, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write steps: those that begin a promise open it, every other ends one."""
    if not rows:
        return
    await session.execute(insert(PromiseStep), [dict(row) for row in rows])
    ended = [row["promise_id"] for row in rows if row["step"] != "made"]
    begun = [
        {"promise_id": row["id"], "case_id": row["case_id"], "due_at": row["due_at"]}
        for row in rows
        if row["step"] == "made" and row["id"] not in ended
    ]
    if begun:
        await session.execute(insert(OpenPromise), begun)
    if ended:
        await session.execute(delete(OpenPromise).where(OpenPromise.promise_id.in_(ended)))
