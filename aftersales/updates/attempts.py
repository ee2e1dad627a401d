"""The turns of an update: each channel it went by, what became of it there, and what providers say of it later."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.updates.channels import Receipt
from aftersales.updates.machine import UpdateState, after
from aftersales.updates.models import CustomerUpdate, UpdateAttempt
from aftersales.updates.policy import Reason
from aftersales.updates.records import reached

_MESSAGE_ID = re.compile(r"<?update\.([0-9a-f]{32})(?:\.(\d{1,6}))?(?:@|$)")
_KEPT = ("channel", "state", "reason", "detail", "subject", "words", "provider_id", "attempts")
_TIMES = ("sent_at", "delivered_at", "read_at")
_TABLE = cast(Table, UpdateAttempt.__table__)
_ARRIVED = frozenset({UpdateState.DELIVERED, UpdateState.READ})


@dataclass(frozen=True, slots=True)
class Noted:
    """What a receipt changed: `update` is the record, `present` whether it was about the channel of its turn."""

    update: CustomerUpdate
    state: UpdateState
    changed: bool
    present: bool


class NotYet(Enum):
    """Why nothing was noted: there is no such letter, or what became of our handing it over is not written down yet."""

    UNKNOWN = "unknown"
    UNDER_WAY = "under_way"


@dataclass(frozen=True, slots=True)
class Said:
    """What is said by one channel. `arguments` fill the template that is registered with its provider, in order."""

    subject: str
    words: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Before:
    """A channel that was tried before the present one."""

    channel: str
    state: UpdateState
    reason: str | None
    detail: str | None
    words: str | None
    ended_at: datetime


def message_id(update_id: UUID, turn: int, sender: str) -> str:
    """The Message-ID of an update's turn, and the key by which a provider knows it again; the same in every attempt."""
    domain = sender.rpartition("@")[2] or "localhost"
    return f"<update.{update_id.hex}.{turn}@{domain}>" if turn else f"<update.{update_id.hex}@{domain}>"


async def locked(session: AsyncSession, update_id: UUID) -> CustomerUpdate | None:
    """The record, for whoever changes its turn. None where it is gone."""
    query = select(CustomerUpdate).where(CustomerUpdate.id == update_id).with_for_update()
    return (await session.scalars(query, execution_options={"populate_existing": True})).one_or_none()


async def turn_to(
    session: AsyncSession, update: CustomerUpdate, route: Sequence[str], words: Said, key: str, now: datetime
) -> None:
    """Keep what the present turn came to, and begin the next by the first of the route."""
    kept = {name: getattr(update, name) for name in (*_KEPT, *_TIMES)}
    row = kept | {"update_id": update.id, "turn": update.turn, "ended_at": now}
    await session.execute(insert(_TABLE).values(row))
    update.turn += 1
    update.channel, update.route = route[0], list(route[1:])
    update.state, update.attempts, update.message_id = UpdateState.QUEUED, 0, key
    update.subject, update.words, update.arguments = words.subject, words.words, list(words.arguments)
    update.reason = update.detail = update.provider_id = update.not_before = None
    update.sent_at = update.delivered_at = update.read_at = None
    reached(session, update.channel, UpdateState.QUEUED)


async def receipt(session: AsyncSession, said: Receipt) -> Noted | NotYet:
    """Note what became of a letter that had been taken.

    `doubled` counts again or less by what is known now: what came back was not read, what was read after all was.
    """
    ours = _MESSAGE_ID.match(said.message_id or said.provider_id)
    if ours:
        update, former = await _by_key(session, UUID(ours[1]), int(ours[2] or 0))
    else:
        update, former = await _by_provider(session, said.provider_id)
    if update is None:
        return NotYet.UNKNOWN
    about = former or update
    if about.state in (UpdateState.QUEUED, UpdateState.SENDING, UpdateState.RETRYING):
        return NotYet.UNDER_WAY
    old = UpdateState(about.state)
    state = after(old, UpdateState(said.became))
    if state is not old:
        _note(about, state, said)
        reached(session, about.channel, state)
        if former is not None:
            update.doubled = max(0, update.doubled + _twice(former, old, state))
        # Read anew by the next receipt of the same request.
        await session.flush()
    return Noted(update, state, state is not old, former is None)


def _twice(former: UpdateAttempt, old: UpdateState, state: UpdateState) -> int:
    """By how many more channels they may have read it, now that this turn has become `state`."""
    if old is UpdateState.BOUNCED and state in _ARRIVED:
        return 1
    return -1 if state is UpdateState.BOUNCED and former.reason == Reason.NO_RECEIPT else 0


def _note(about: CustomerUpdate | UpdateAttempt, state: UpdateState, said: Receipt) -> None:
    about.state = state
    if state in _ARRIVED:
        about.delivered_at = about.delivered_at or said.at
    if state is UpdateState.READ:
        about.read_at = said.at
    if state is UpdateState.BOUNCED:
        about.detail = said.detail or None


Found = tuple[CustomerUpdate | None, UpdateAttempt | None]


async def _by_key(session: AsyncSession, update_id: UUID, turn: int) -> Found:
    update = await locked(session, update_id)
    if update is None or update.turn == turn:
        return update, None
    former = await session.get(UpdateAttempt, (update_id, turn), populate_existing=True)
    return (update, former) if former is not None else (None, None)


async def _by_provider(session: AsyncSession, provider_id: str) -> Found:
    if not provider_id:
        return None, None
    present = select(CustomerUpdate.id).where(CustomerUpdate.provider_id == provider_id)
    former = select(UpdateAttempt.update_id, UpdateAttempt.turn).where(UpdateAttempt.provider_id == provider_id)
    # The record is locked first, and then read again: its turn may have come to an end meanwhile.
    for query in (present, former):
        row = (await session.execute(query.limit(1))).first()
        update = await locked(session, row[0]) if row is not None else None
        if update is not None and update.provider_id == provider_id:
            return update, None
        if update is not None:
            statement = former.where(UpdateAttempt.update_id == update.id).limit(1)
            key = (await session.execute(statement)).first()
            kept = await session.get(UpdateAttempt, tuple(key), populate_existing=True) if key is not None else None
            return (update, kept) if kept is not None else (None, None)
    return None, None


async def before(session: AsyncSession, update_ids: Collection[UUID]) -> Mapping[UUID, list[Before]]:
    """The former turns of these records, in their order. Their caller may see the records."""
    found: dict[UUID, list[Before]] = defaultdict(list)
    if not update_ids:
        return found
    a = UpdateAttempt
    columns: tuple[Any, ...] = (a.update_id, a.channel, a.state, a.reason, a.detail, a.words, a.ended_at)
    query = select(*columns).where(a.update_id.in_(update_ids)).order_by(a.update_id, a.turn)
    for update_id, channel, state, *rest in await session.execute(query):
        found[update_id].append(Before(channel, UpdateState(state), *rest))
    return found
