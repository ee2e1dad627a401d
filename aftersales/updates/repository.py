"""Every question about the records. They are written in `records.py`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from aftersales.customers.models import Person
from aftersales.errors import NotFound
from aftersales.scope import ActorKind, Scope
from aftersales.status.documents import visible
from aftersales.status.life import Life
from aftersales.status.models import Document
from aftersales.updates.machine import UpdateState
from aftersales.updates.models import CustomerUpdate
from aftersales.updates.permissions import VIEW

COUNT_CAP = 1000
STREAM_PAGE = 200


@dataclass(frozen=True, slots=True)
class UpdateView:
    """A record as staff and customers read it. `words` hold no link and no code; `number` is the case's.

    It is about the present channel; with a `turn` above 0 others were tried before: `attempts.before` answers them.
    """

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
    urgent: bool
    turn: int
    not_before: datetime | None
    doubled: int
    merged_into: UUID | None


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
    before: UUID | None = None,
    limit: int = 50,
) -> list[UpdateView]:
    """A page of all updates that the caller may see, newest first; the next one begins `before` its last id.

    Of these states alone, where any are named.
    """
    query = _views(scope)
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
        u.urgent,
        u.turn,
        u.not_before,
        u.doubled,
        u.merged_into,
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
