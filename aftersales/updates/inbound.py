"""What people sent us by a channel: kept once, then handed on to whoever takes it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.ids import new_id
from aftersales.outbox.schedule import schedule
from aftersales.updates.channels import Inbound
from aftersales.updates.models import InboundMessage
from aftersales.work import Work

TAKE = "inbound.take"
"""The job that takes a message up, declared by the inbox; its data is `inbound_id`."""
MAX_TEXT, MAX_NAME, MAX_ID, MAX_MEDIA = 10_000, 200, 500, 20


async def keep(work: Work, messages: Sequence[Inbound]) -> list[UUID]:
    """Keep what is new and have each taken up once; answers the ids of the new ones. What is overlong is cut.

    A missed call says nothing that could be taken up: whoever keeps it has the caller called back.
    """
    if not messages:
        return []
    unique = {(one.channel, one.provider_id[:MAX_ID]): one for one in messages}
    rows = [_row(work, one) for one in unique.values()]
    statement = insert(InboundMessage).on_conflict_do_nothing().returning(InboundMessage.id)
    new = list((await work.session.scalars(statement, rows)).all())
    silent = {row["id"] for row in rows if row["missed_call"]}
    for inbound_id in set(new) - silent:
        await schedule(work.session, TAKE, inbound_id.hex, due_at=work.now, data={"inbound_id": str(inbound_id)})
    return new


async def last_heard(session: AsyncSession, channel: str, address: str) -> datetime | None:
    """When somebody last wrote to us from this address by the channel. For the worker alone: it has no caller."""
    query = select(InboundMessage.at).where(InboundMessage.channel == channel, InboundMessage.sender == address)
    return await session.scalar(query.order_by(InboundMessage.received_at.desc()).limit(1))


def _row(work: Work, message: Inbound) -> dict[str, Any]:
    return {
        "id": new_id(),
        "channel": message.channel,
        "provider_id": message.provider_id[:MAX_ID],
        "sender": _clean(message.sender)[:MAX_NAME],
        "sender_name": _clean(message.sender_name)[:MAX_NAME],
        "text": _clean(message.text)[:MAX_TEXT],
        "media": [asdict(one) for one in message.media[:MAX_MEDIA]],
        "answers": message.answers and message.answers[:MAX_ID],
        "missed_call": message.missed_call,
        "at": message.at,
        "received_at": work.now,
    }


def _clean(text: str) -> str:
    """No column holds the null character."""
    return text.replace("\x00", "")
