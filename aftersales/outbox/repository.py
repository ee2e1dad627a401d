"""Reading deliveries, for those who look after them. They belong to no branch; the permission decides."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.outbox.models import Delivery
from aftersales.outbox.permissions import RETRY, VIEW
from aftersales.scope import Scope

PAGE = 50


@dataclass(frozen=True, slots=True)
class DeadView:
    """A dead letter. `error` is a class and a code; `key` and the stream say what it was about."""

    id: UUID
    subscriber: str
    stream_id: UUID | None
    version: int | None
    key: str | None
    attempts: int
    error: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PendingView:
    """What waits for one receiver: `due` of it now, the oldest since `oldest`."""

    subscriber: str
    waiting: int
    due: int
    dead: int
    oldest: datetime | None


_COLUMNS = tuple(getattr(Delivery, name) for name in DeadView.__dataclass_fields__)


async def dead(session: AsyncSession, scope: Scope, *, after: UUID | None = None, limit: int = PAGE) -> list[DeadView]:
    """A page of dead letters, the oldest first, of those after the id `after`. Raises Forbidden."""
    scope.require(VIEW)
    query = select(*_COLUMNS).where(Delivery.state == "dead").order_by(Delivery.id).limit(limit)
    if after is not None:
        query = query.where(Delivery.id > after)
    return [DeadView(*row) for row in await session.execute(query)]


async def pending(session: AsyncSession, scope: Scope) -> list[PendingView]:
    """Counts by receiver, those with the most due first. Raises Forbidden."""
    scope.require(VIEW)
    alive = Delivery.state != "dead"
    due = alive & (Delivery.due_at <= func.now())
    query = (
        select(
            Delivery.subscriber,
            func.count().filter(alive),
            func.count().filter(due),
            func.count().filter(~alive),
            func.min(Delivery.created_at).filter(due),
        )
        .group_by(Delivery.subscriber)
        .order_by(func.count().filter(due).desc(), Delivery.subscriber)
    )
    return [PendingView(*row) for row in await session.execute(query)]


async def revive(session: AsyncSession, scope: Scope, delivery_id: UUID) -> bool:
    """Make a dead letter pending and due; whether there was one. Raises Forbidden."""
    scope.require(RETRY)
    result = await session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == "dead")
        .values(state="pending", attempts=0, died=0, due_at=func.now(), error=None)
        .returning(Delivery.id)
    )
    return result.one_or_none() is not None
