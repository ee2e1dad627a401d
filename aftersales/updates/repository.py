"""Every query about the records. What their words are made of is read in `matters.py`."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, func, select, update
from sqlalchemy import case as case_when
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from aftersales import metrics
from aftersales.auth.models import Branch
from aftersales.customers.models import Person
from aftersales.errors import NotFound
from aftersales.scope import ActorKind, Scope
from aftersales.status.documents import visible
from aftersales.status.life import Life
from aftersales.status.models import Document
from aftersales.updates.channels import Receipt
from aftersales.updates.machine import UpdateState, after, sources
from aftersales.updates.models import CustomerUpdate
from aftersales.updates.permissions import VIEW

COUNT_CAP = 1000
_MESSAGE_ID = re.compile(r"<?update\.([0-9a-f]{32})(?:@|$)")
STREAM_PAGE = 200


@dataclass(frozen=True, slots=True)
class UpdateView:
    """A record as staff and customers read it. `words` hold no link and no code; `number` is the case's."""

    id: UUID
    stream_id: UUID
    version: int | None
    document_id: UUID
    number: str
    person_id: UUID
    name: str
    name_local: str | None
    email: str | None
    purpose: str
    text: str
    language: str
    channel: str
    state: UpdateState
    reason: str | None
    detail: str | None
    subject: str | None
    words: str | None
    code_id: UUID | None
    attempts: int
    repeats: int
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A record that this attempt, the `attempts`-th, may send."""

    id: UUID
    stream_id: UUID
    person_id: UUID
    language: str
    subject: str
    words: str
    code_id: UUID | None
    message_id: str
    attempts: int
    branch: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. `repeated`: the other side may have taken it although it did not say so."""

    state: UpdateState
    reason: str | None = None
    detail: str | None = None
    provider_id: str | None = None
    repeated: bool = False


# Into the table, not the class: of these rows the ORM need know nothing.
_TABLE = cast(Table, CustomerUpdate.__table__)
_ADD = insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id)


async def add(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> list[UUID]:
    """Keep new records; those that exist already stay as they are. Returns the ids of the new ones."""
    new = list((await session.scalars(_ADD, list(rows))).all())
    for row in rows:
        if row["id"] in new:
            _reached(session, row["channel"], row["state"])
    return new


def _reached(session: AsyncSession, channel: str, state: UpdateState) -> None:
    metrics.on_commit(session.info, metrics.UPDATES.labels(channel, state))


async def claim(session: AsyncSession, update_id: UUID) -> Claimed | None:
    """Take the record for one attempt; None if there is nothing (more) to send.

    Found in `sending`, it was left by an attempt that was cut off: the customer may have it, which is counted.
    """
    u = CustomerUpdate
    taken = (
        update(u)
        .where(u.id == update_id, u.state.in_(sources(UpdateState.SENDING)))
        .where(Document.id == u.document_id, Branch.id == Document.branch_id)
        .values(
            state=UpdateState.SENDING,
            attempts=u.attempts + 1,
            repeats=u.repeats + case_when((u.state == UpdateState.SENDING, 1), else_=0),
        )
        .returning(
            u.id,
            u.stream_id,
            u.person_id,
            u.language,
            u.subject,
            u.words,
            u.code_id,
            u.message_id,
            u.attempts,
            Branch.name.label("branch"),
        )
        .execution_options(synchronize_session=False)
    )
    row = (await session.execute(taken)).one_or_none()
    return None if row is None else Claimed(**row._asdict())


async def finish(
    session: AsyncSession, update_id: UUID, attempts: int, channel: str, outcome: Outcome, now: datetime
) -> None:
    """Note how the `attempts`-th attempt ended. If a later one has begun meanwhile, that one's end counts."""
    u = CustomerUpdate
    ended = await session.execute(
        update(u)
        .where(u.id == update_id, u.state == UpdateState.SENDING, u.attempts == attempts)
        .values(
            state=outcome.state,
            reason=outcome.reason,
            detail=outcome.detail,
            channel=channel,
            provider_id=outcome.provider_id,
            repeats=u.repeats + int(outcome.repeated),
            sent_at=now if outcome.state is UpdateState.SENT else None,
        )
        .returning(u.id)
        .execution_options(synchronize_session=False)
    )
    if ended.one_or_none() is not None:
        _reached(session, channel, outcome.state)


async def receipt(session: AsyncSession, said: Receipt) -> bool | None:
    """Note what became of a letter; whether that was news, None if there is no such letter."""
    u = CustomerUpdate
    ours = _MESSAGE_ID.match(said.message_id or said.provider_id)
    known = (u.id == UUID(ours[1])) if ours else (u.provider_id == said.provider_id)
    query = select(u).where(known).with_for_update()
    found = (await session.scalars(query, execution_options={"populate_existing": True})).first()
    if found is None:
        return None
    state = after(UpdateState(found.state), UpdateState(said.became))
    if state == found.state:
        return False
    found.state = state
    if state in (UpdateState.DELIVERED, UpdateState.READ):
        found.delivered_at = found.delivered_at or said.at
    if state is UpdateState.READ:
        found.read_at = said.at
    if state is UpdateState.BOUNCED:
        found.detail = said.detail or None
    _reached(session, found.channel, state)
    return True


async def requeue(session: AsyncSession, update_id: UUID) -> bool:
    """Bring a record that went wrong back into the queue; False if somebody was faster."""
    u = CustomerUpdate
    statement = (
        update(u)
        .where(u.id == update_id, u.state.in_(sources(UpdateState.QUEUED)))
        .values(state=UpdateState.QUEUED, reason=None, detail=None)
        .returning(u.id)
        .execution_options(synchronize_session=False)
    )
    return (await session.execute(statement)).one_or_none() is not None


async def for_stream(
    session: AsyncSession,
    scope: Scope,
    stream_id: UUID,
    *,
    versions: Collection[int] | None = None,
    before: UUID | None = None,
    limit: int = STREAM_PAGE,
) -> list[UpdateView]:
    """The updates of a case or unit, newest first; of these versions only, where they are named.

    Customers read what they were sent themselves, without codes and without what was held back.
    """
    query = _views(scope).where(CustomerUpdate.stream_id == stream_id)
    if versions is not None:
        query = query.where(CustomerUpdate.version.in_(sorted(versions)))
    return await _page(session, query, before, limit)


async def mailbox(
    session: AsyncSession,
    scope: Scope,
    *,
    states: Collection[UpdateState] = (),
    streams: Collection[UUID] = (),
    before: UUID | None = None,
    limit: int = 50,
) -> list[UpdateView]:
    """A page of all updates that the caller may see, newest first; the next one begins `before` its last id.

    Of these states and of these cases alone, where any are named.
    """
    query = _views(scope)
    if streams:
        query = query.where(CustomerUpdate.stream_id.in_(streams))
    if states:
        query = query.where(CustomerUpdate.state.in_(sorted(states)))
    return await _page(session, query, before, limit)


async def in_life(session: AsyncSession, scope: Scope, life: Life) -> list[UpdateView]:
    """What was written about a customer's matters, or about a unit."""
    query = life.cut(_views(scope).where(life.about), CustomerUpdate.created_at, CustomerUpdate.id)
    rows = await session.execute(query)
    return [_view(tuple(row)) for row in rows]


async def one(session: AsyncSession, scope: Scope, update_id: UUID, permission: str = VIEW) -> UpdateView:
    """One update in a branch where `permission` is held. Raises NotFound (`updates.unknown`)."""
    found = await _page(session, _views(scope, permission).where(CustomerUpdate.id == update_id), None, 1)
    if not found:
        raise NotFound("updates.unknown", "There is no such message, or you may not see it.")
    return found[0]


async def counts(session: AsyncSession, scope: Scope) -> dict[UpdateState, int]:
    """How many updates are in each state; counting stops at 1,000 in all."""
    inner = (
        select(CustomerUpdate.state)
        .join(Document, Document.id == CustomerUpdate.document_id)
        .where(_readable(scope))
        .order_by(CustomerUpdate.id.desc())
        .limit(COUNT_CAP)
        .subquery()
    )
    query = select(inner.c.state, func.count()).group_by(inner.c.state)
    return {UpdateState(state): count for state, count in await session.execute(query)}


def _readable(scope: Scope, permission: str = VIEW) -> ColumnElement[bool]:
    condition = visible(scope, permission)
    if scope.actor.kind is not ActorKind.CUSTOMER:
        return condition
    told = CustomerUpdate.state.not_in([UpdateState.WITHHELD, UpdateState.MERGED])
    return condition & (CustomerUpdate.person_id == scope.person_id) & told & CustomerUpdate.code_key.is_(None)


def _views(scope: Scope, permission: str = VIEW) -> Select[Any]:
    case = aliased(Document)
    u = CustomerUpdate
    columns: tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...] = (
        u.id,
        u.stream_id,
        u.version,
        u.document_id,
        func.coalesce(case.number, Document.number),
        u.person_id,
        Person.name,
        Person.name_local,
        Person.email,
        u.purpose,
        u.text,
        u.language,
        u.channel,
        u.state,
        u.reason,
        u.detail,
        u.subject,
        u.words,
        u.code_id,
        u.attempts,
        u.repeats,
        u.created_at,
        u.sent_at,
        u.delivered_at,
        u.read_at,
    )
    return (
        select(*columns)
        .join(Document, Document.id == u.document_id)
        .outerjoin(case, (case.id == u.stream_id) & (case.machine == "case"))
        .join(Person, Person.id == u.person_id)
        .where(_readable(scope, permission))
    )


async def _page(session: AsyncSession, query: Select[Any], before: UUID | None, limit: int) -> list[UpdateView]:
    if before is not None:
        query = query.where(CustomerUpdate.id < before)
    rows = await session.execute(query.order_by(CustomerUpdate.id.desc()).limit(limit))
    return [_view(tuple(row)) for row in rows]


_FIELDS = tuple(UpdateView.__dataclass_fields__)


def _view(row: tuple[Any, ...]) -> UpdateView:
    values = dict(zip(_FIELDS, row, strict=True))
    return UpdateView(**values | {"state": UpdateState(values["state"])})
