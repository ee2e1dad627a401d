"""Every query on webhooks. People see those whose centres are theirs, wherever they may manage webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, any_, delete, exists, func, literal, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from aftersales.auth.models import Staff
from aftersales.db.direct import Direct
from aftersales.errors import NotFound
from aftersales.scope import ActorKind, Scope
from aftersales.webhooks.models import Webhook, WebhookAttempt, WebhookMessage
from aftersales.webhooks.permissions import MANAGE

PAGE = 30
EACH = 20
ENDED = "ended"


@dataclass(frozen=True, slots=True)
class WebhookView:
    """A subscription with the name of who made it."""

    id: UUID
    name: str
    url: str
    events: list[str]
    branch_ids: list[UUID] | None
    owner: str
    state: str
    generation: int
    both_until: datetime | None
    failing_since: datetime | None
    quiet_until: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AttemptView:
    """How one attempt ended."""

    at: datetime
    took_ms: int
    status: int | None
    problem: str
    answer: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message with its last attempts, the newest first."""

    id: UUID
    event: str
    stream_id: UUID
    version: int
    state: str
    attempts: int
    created_at: datetime
    body: str
    last: list[AttemptView]


_COLUMNS = [
    Staff.name.label(name) if name == "owner" else getattr(Webhook, name) for name in WebhookView.__dataclass_fields__
]


def _seen(scope: Scope) -> ColumnElement[bool]:
    if scope.actor.kind is ActorKind.SYSTEM:
        return true()
    scope.require(MANAGE)
    mine = scope.branches(MANAGE)
    return true() if mine is None else Webhook.branch_ids.contained_by(sorted(mine, key=str))


def _views(scope: Scope) -> Select[Any]:
    return select(*_COLUMNS).join(Staff, Staff.id == Webhook.staff_id).where(_seen(scope), Webhook.state != ENDED)


async def webhooks(session: AsyncSession, scope: Scope) -> list[WebhookView]:
    """All that have not ended, the newest first. Raises Forbidden."""
    rows = await session.execute(_views(scope).order_by(Webhook.id.desc()).limit(200))
    return [WebhookView(*row) for row in rows]


async def webhook(session: AsyncSession, scope: Scope, webhook_id: UUID) -> WebhookView:
    """One of them. Raises NotFound (`webhook.unknown`)."""
    row = (await session.execute(_views(scope).where(Webhook.id == webhook_id))).one_or_none()
    if row is None:
        raise _unknown()
    return WebhookView(*row)


async def to_change(session: AsyncSession, scope: Scope, webhook_id: UUID) -> Webhook:
    """Its row, locked. Raises NotFound."""
    query = select(Webhook).where(_seen(scope), Webhook.id == webhook_id, Webhook.state != ENDED).with_for_update()
    found = (await session.scalars(query, execution_options={"populate_existing": True})).one_or_none()
    if found is None:
        raise _unknown()
    return found


# Asked at each look at the outbox.
_ANY_ACTIVE = Direct("SELECT 1 FROM webhook WHERE state = 'active' LIMIT 1")


async def any_active(session: AsyncSession) -> bool:
    """Whether anybody listens: without, nothing is fanned out. It is asked by the worker for the whole system."""
    return bool(await _ANY_ACTIVE.rows(session, {}))


async def active(session: AsyncSession, scope: Scope, branch_id: UUID) -> list[tuple[UUID, list[str]]]:
    """Who listens to a centre's events: ids and patterns."""
    here = Webhook.branch_ids.is_(None) | (literal(branch_id, Uuid()) == any_(Webhook.branch_ids))
    query = select(Webhook.id, Webhook.events).where(_seen(scope), Webhook.state == "active", here)
    return [(row.id, row.events) for row in await session.execute(query)]


def stopped(scope: Scope) -> Select[Any]:
    """The statement that counts those which stand still although nobody asked them to. Raises Forbidden."""
    return select(func.count()).select_from(Webhook).where(_seen(scope), Webhook.state.in_(("failed", "gone")))


async def messages(
    session: AsyncSession, scope: Scope, webhook_id: UUID, *, after: UUID | None = None, limit: int = PAGE
) -> list[MessageView]:
    """A page of its messages, the newest first, each with its last attempts. Two statements."""
    await webhook(session, scope, webhook_id)
    query = select(WebhookMessage).where(WebhookMessage.webhook_id == webhook_id)
    if after is not None:
        query = query.where(WebhookMessage.id < after)
    found = (await session.scalars(query.order_by(WebhookMessage.id.desc()).limit(limit))).all()
    last = await _last(session, [one.id for one in found])
    return [
        MessageView(
            m.id, m.event, m.stream_id, m.version, m.state, m.attempts, m.created_at, m.body, last.get(m.id, [])
        )
        for m in found
    ]


async def _last(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[AttemptView]]:
    place = func.row_number().over(partition_by=WebhookAttempt.message_id, order_by=WebhookAttempt.id.desc())
    inner = select(WebhookAttempt, place.label("place")).where(WebhookAttempt.message_id.in_(ids)).subquery()
    row = aliased(WebhookAttempt, inner)
    found: dict[UUID, list[AttemptView]] = {}
    for one in await session.scalars(select(row).where(inner.c.place <= EACH).order_by(row.id.desc())):
        found.setdefault(one.message_id, []).append(
            AttemptView(one.at, one.took_ms, one.status, one.problem, one.answer)
        )
    return found


async def message(session: AsyncSession, scope: Scope, message_id: UUID) -> tuple[WebhookMessage, Webhook] | None:
    """A message and its subscription, both locked; None when it is gone."""
    query = (
        select(WebhookMessage, Webhook)
        .join(Webhook, Webhook.id == WebhookMessage.webhook_id)
        .where(_seen(scope), WebhookMessage.id == message_id)
        .with_for_update()
    )
    row = (await session.execute(query, execution_options={"populate_existing": True})).one_or_none()
    return (row[0], row[1]) if row is not None else None


async def to_send_again(
    session: AsyncSession,
    scope: Scope,
    webhook_id: UUID,
    *,
    only: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    pending: bool = False,
    limit: int,
) -> list[WebhookMessage]:
    """Messages of the subscription, the oldest first, locked: one, those of a time, or those that wait."""
    query = select(WebhookMessage).where(WebhookMessage.webhook_id == webhook_id)
    if only is not None:
        query = query.where(WebhookMessage.id == only)
    if since is not None:
        query = query.where(WebhookMessage.created_at >= since)
    if until is not None:
        query = query.where(WebhookMessage.created_at < until)
    if pending:
        query = query.where(WebhookMessage.state == "pending")
    await webhook(session, scope, webhook_id)
    return list((await session.scalars(query.order_by(WebhookMessage.id).limit(limit).with_for_update())).all())


async def forget(session: AsyncSession, scope: Scope, before: datetime) -> None:
    """Delete messages made before then, with their attempts, and subscriptions that ended and have none left."""
    scope.require(MANAGE)
    await session.execute(delete(WebhookMessage).where(WebhookMessage.created_at < before))
    left = exists().where(WebhookMessage.webhook_id == Webhook.id)
    await session.execute(delete(Webhook).where(Webhook.state == ENDED, Webhook.changed_at < before, ~left))


async def silence(session: AsyncSession, scope: Scope, webhook_id: UUID) -> None:
    """What waits for an ended subscription is given up."""
    scope.require(MANAGE)
    waiting = (WebhookMessage.webhook_id == webhook_id) & (WebhookMessage.state == "pending")
    await session.execute(update(WebhookMessage).where(waiting).values(state="dead"))


def _unknown() -> NotFound:
    return NotFound("webhook.unknown", "There is no such webhook, or you may not see it.")
