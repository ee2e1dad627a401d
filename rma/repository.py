"""Every query about returns."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, Table, exists, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from aftersales.errors import NotFound
from aftersales.policies.models import Policy
from aftersales.products.models import Product, UnitIdentifier
from aftersales.scope import Scope
from aftersales.status import documents
from aftersales.status.documents import visible
from aftersales.status.life import Life
from aftersales.status.models import Document
from rma.goods import Disposition, Pieces, Place, waits
from rma.machine import OVER, RETURN
from rma.models import Return, ReturnFinding, ReturnLine, ReturnMovement, ReturnWish, ReturnWords
from rma.permissions import VIEW


@dataclass(frozen=True, slots=True)
class ReturnView:
    """A return with its status, its words and the verdict of the rule."""

    id: UUID
    number: str
    status: str
    category: str
    version: int
    stream_id: UUID
    branch_id: UUID
    unit_id: UUID
    reason_code: str
    goodwill_code: str | None
    evaluator_version: int
    facts: Mapping[str, Any]
    verdict: Mapping[str, Any] | None
    asked_at: datetime
    return_by: datetime | None
    settle_by: datetime | None
    wish: str | None
    coming: str | None
    pickup_id: UUID | None
    policy_version: int | None
    terms: Mapping[str, Any] | None
    clauses: Mapping[str, str] | None
    asked: str | None
    answered: str | None
    goodwill: str | None


_COLUMNS = (
    Document.id,
    Document.number,
    Document.status,
    Document.category,
    Document.version,
    Document.stream_id,
    Document.branch_id,
    Return.unit_id,
    Return.reason_code,
    Return.goodwill_code,
    Return.evaluator_version,
    Return.facts,
    Return.verdict,
    Return.asked_at,
    Return.return_by,
    Return.settle_by,
    ReturnWish.wish,
    ReturnWish.coming,
    ReturnWish.pickup_id,
    Policy.version,
    Policy.terms,
    Policy.words,
    ReturnWords.asked,
    ReturnWords.answered,
    ReturnWords.goodwill,
)


async def one(session: AsyncSession, scope: Scope, return_id: UUID) -> ReturnView:
    """One return. Raises NotFound (`return.unknown`)."""
    row = (await session.execute(_views(scope).where(Document.id == return_id))).one_or_none()
    if row is None:
        raise NotFound("return.unknown", "There is no such return, or you may not see it.")
    return _view(row)


async def several(session: AsyncSession, scope: Scope, return_ids: Collection[UUID]) -> dict[UUID, ReturnView]:
    """Those of the returns that the caller may see, by id."""
    query = _views(scope).where(Document.id.in_(return_ids))
    return {row[0]: _view(row) for row in await session.execute(query)}


async def on_stream(session: AsyncSession, scope: Scope, stream_id: UUID) -> list[ReturnView]:
    """The returns asked for in a case, the last asked first."""
    query = _views(scope).where(Document.stream_id == stream_id).order_by(Document.id.desc()).limit(50)
    return [_view(row) for row in await session.execute(query)]


async def listed(
    session: AsyncSession,
    scope: Scope,
    *,
    statuses: Collection[str] = (),
    kept: bool = False,
    limit: int,
    before: UUID | None = None,
) -> list[ReturnView]:
    """A page of returns that the caller may view, the last asked first, older than the one with the key `before`; with
    `kept` also those in other statuses of which a piece waits to be handed back."""
    query = _views(scope, VIEW).order_by(Document.id.desc()).limit(limit)
    if statuses:
        there = Document.status.in_(sorted(statuses))
        query = query.where(there | Document.id.in_(_kept()) if kept else there)
    if before is not None:
        query = query.where(Document.id < before)
    return [_view(row) for row in await session.execute(query)]


async def waiting(session: AsyncSession, scope: Scope) -> dict[str, int]:
    """How many returns stand in each status that is not done, as `documents.counts` counts them; with those that are
    going back also those of which a piece waits to be handed back."""
    counts = await documents.counts(session, scope, (RETURN.name,), permission=VIEW)
    over = select(Document.id).where(Document.id.in_(_kept()), Document.status.in_(OVER), visible(scope, VIEW))
    kept = await session.scalar(select(func.count()).select_from(over.limit(documents.COUNT_CAP).subquery()))
    counts["returning"] = counts.get("returning", 0) + (kept or 0)
    return counts


async def in_life(session: AsyncSession, scope: Scope, life: Life) -> list[ReturnView]:
    """The returns of a customer or a unit."""
    return [_view(row) for row in await session.execute(life.page(_views(scope, VIEW)))]


async def rows(session: AsyncSession, scope: Scope, return_id: UUID) -> tuple[Return, ReturnWords]:
    """A return's own rows, to be changed; words that were erased are begun anew. Raises NotFound (`return.unknown`)."""
    query = (
        select(Return, ReturnWords)
        .join(Document, Document.id == Return.id)
        .outerjoin(ReturnWords, ReturnWords.return_id == Return.id)
        .where(Return.id == return_id, visible(scope))
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        raise NotFound("return.unknown", "There is no such return, or you may not see it.")
    words: ReturnWords | None = found[1]
    if words is None:
        words = ReturnWords(return_id=return_id, asked="")
        session.add(words)
    return found[0], words


async def lines(session: AsyncSession, scope: Scope, return_ids: Collection[UUID]) -> list[ReturnLine]:
    """The lines of these returns in their order, as they are now, to be changed."""
    query = (
        select(ReturnLine)
        .join(Document, Document.id == ReturnLine.return_id)
        .where(ReturnLine.return_id.in_(return_ids), visible(scope))
        .order_by(ReturnLine.return_id, ReturnLine.position)
        .execution_options(populate_existing=True)
    )
    return list(await session.scalars(query))


async def fetched_by(session: AsyncSession, scope: Scope, visit_id: UUID) -> UUID | None:
    """The return that a visit fetches."""
    query = (
        select(ReturnWish.return_id)
        .join(Document, Document.id == ReturnWish.return_id)
        .where(ReturnWish.pickup_id == visit_id, visible(scope))
    )
    found: UUID | None = await session.scalar(query)
    return found


async def wished(session: AsyncSession, _scope: Scope, return_id: UUID) -> ReturnWish:
    """What is wished for a return that the caller has read, to be changed; begun where nothing was."""
    row = await session.get(ReturnWish, return_id, populate_existing=True)
    if row is None:
        row = ReturnWish(return_id=return_id)
        session.add(row)
    return row


async def open_for(session: AsyncSession, scope: Scope, unit_id: UUID) -> bool:
    """Whether a line for this unit is on a return that is not over."""
    query = (
        select(ReturnLine.id)
        .join(Document, Document.id == ReturnLine.return_id)
        .where(ReturnLine.unit_id == unit_id, Document.category != "done", visible(scope))
        .limit(1)
    )
    return await session.scalar(query) is not None


async def product_of_model(session: AsyncSession, _scope: Scope, model: str) -> UUID | None:
    """The one product of this model; None if there is none, or several brands have one."""
    found = (await session.scalars(select(Product.id).where(func.lower(Product.model) == model.lower()).limit(2))).all()
    return found[0] if len(found) == 1 else None


async def labelled(
    session: AsyncSession, scope: Scope, permission: str, labels: Collection[str]
) -> dict[str, tuple[UUID, UUID, UUID | None]]:
    """What is on labels: by label the return, its stream and, for the number of a unit, the line. A return's own number
    stands for all of it. Of several returns of a unit the last that was asked for counts."""
    theirs = (Document.id, Document.stream_id)
    units = (
        select(UnitIdentifier.normal, *theirs, ReturnLine.id)
        .join(ReturnLine, ReturnLine.unit_id == UnitIdentifier.unit_id)
        .join(Document, Document.id == ReturnLine.return_id)
        .where(UnitIdentifier.normal.in_(labels), UnitIdentifier.valid_until.is_(None), visible(scope, permission))
        .order_by(Document.id)
    )
    numbers = (
        select(Document.number, *theirs)
        .join(Return, Return.id == Document.id)
        .where(Document.number.in_(labels), visible(scope, permission))
    )
    found: dict[str, tuple[UUID, UUID, UUID | None]] = {
        label: (return_id, stream_id, line_id) for label, return_id, stream_id, line_id in await session.execute(units)
    }
    found.update({row[0]: (row[1], row[2], None) for row in await session.execute(numbers)})
    return found


async def last_steps(
    session: AsyncSession, _scope: Scope, items: Collection[str], return_ids: Collection[UUID]
) -> dict[str, ReturnMovement]:
    """The last step of each of these pieces that ever moved, and of the pieces without a number of these returns."""
    counted = ReturnMovement.return_id.in_(return_ids) & ReturnMovement.item.startswith("line:")
    query = (
        select(ReturnMovement)
        .ext(distinct_on(ReturnMovement.item))
        .where(ReturnMovement.item.in_(items) | counted)
        .order_by(ReturnMovement.item, ReturnMovement.step.desc())
    )
    return {row.item: row for row in await session.scalars(query)}


async def standing(session: AsyncSession, scope: Scope, return_ids: Collection[UUID]) -> list[ReturnMovement]:
    """Where each piece that came with these returns is; without those that have come back with a later one."""
    items = select(ReturnMovement.item).where(ReturnMovement.return_id.in_(return_ids))
    query = (
        select(ReturnMovement)
        .ext(distinct_on(ReturnMovement.item))
        .join(Document, Document.id == ReturnMovement.return_id)
        .where(ReturnMovement.item.in_(items), visible(scope))
        .order_by(ReturnMovement.item, ReturnMovement.step.desc())
    )
    return [row for row in await session.scalars(query) if row.return_id in return_ids]


async def pieces(
    session: AsyncSession, scope: Scope, held: Sequence[ReturnLine]
) -> tuple[dict[UUID, Pieces], list[ReturnMovement]]:
    """How far the pieces of these lines have come, by line, and where those are that came."""
    found = select(ReturnFinding.line_id, func.sum(ReturnFinding.quantity)).group_by(ReturnFinding.line_id)
    looked = {
        row[0]: int(row[1])
        for row in await session.execute(found.where(ReturnFinding.line_id.in_([line.id for line in held])))
    }
    steps = await standing(session, scope, {line.return_id for line in held})
    used = Counter(step.line_id for step in steps if not waits(step.disposition) and not of_one_over(step))
    # What was refused whole goes back without a finding of its own.
    seen = {line.id: max(looked.get(line.id, 0), used[line.id]) for line in held}
    return {line.id: Pieces(line.quantity, line.received, seen[line.id], used[line.id]) for line in held}, steps


def of_one_over(step: ReturnMovement) -> bool:
    """Whether it is a step of what came though its return was over: it was not received."""
    return step.disposition == Disposition.HAND_BACK


def _kept() -> Select[Any]:
    """The returns of which a piece waits to be handed back."""
    after = aliased(ReturnMovement)
    later = exists().where(after.item == ReturnMovement.item, after.step > ReturnMovement.step)
    return select(ReturnMovement.return_id).where(
        ReturnMovement.place == Place.HUB, ReturnMovement.disposition == Disposition.HAND_BACK, ~later
    )


async def kept_of(session: AsyncSession, scope: Scope, return_ids: Collection[UUID]) -> set[UUID]:
    """Of which of these returns a piece waits to be handed back."""
    query = select(Document.id).where(Document.id.in_(return_ids), Document.id.in_(_kept()), visible(scope))
    return set(await session.scalars(query))


async def taken_from(session: AsyncSession, scope: Scope, return_id: UUID, at: datetime) -> list[UUID]:
    """The earlier returns with which pieces came that this one received at that moment, out of those that waited to be
    handed back."""
    before = aliased(ReturnMovement)
    query = (
        select(before.return_id)
        .distinct()
        .join(ReturnMovement, (ReturnMovement.item == before.item) & (ReturnMovement.prior_step == before.step))
        .join(Document, Document.id == before.return_id)
        .where(ReturnMovement.return_id == return_id, before.return_id != return_id, ReturnMovement.moved_at == at)
        .where(before.place == Place.HUB, before.disposition == Disposition.HAND_BACK, visible(scope))
        .order_by(before.return_id)
    )
    return list(await session.scalars(query))


async def findings(session: AsyncSession, _scope: Scope, line_ids: Collection[UUID]) -> list[ReturnFinding]:
    """What inspections found on lines that the caller has read, the first first."""
    query = select(ReturnFinding).where(ReturnFinding.line_id.in_(line_ids)).order_by(ReturnFinding.id)
    return list(await session.scalars(query))


# Made once, and each step a row of its own to the driver: to write 500 out in one text takes longer than the rest.
_MOVE = insert(cast(Table, ReturnMovement.__table__))


async def move(session: AsyncSession, _scope: Scope, steps: Iterable[Mapping[str, Any]]) -> None:
    """Write steps of pieces, at once. IntegrityError if one of them has moved on meanwhile."""
    connection = await session.connection()
    await connection.execute(_MOVE, sorted(steps, key=lambda step: str(step["item"])))


def _views(scope: Scope, permission: str | None = None) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .join(Return, Return.id == Document.id)
        .outerjoin(Policy, Policy.id == Return.policy_id)
        .outerjoin(ReturnWords, ReturnWords.return_id == Return.id)
        .outerjoin(ReturnWish, ReturnWish.return_id == Return.id)
        .where(visible(scope, permission))
    )


def _view(row: Any) -> ReturnView:
    return ReturnView(*tuple(row))
