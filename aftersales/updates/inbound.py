"""What people sent us by a channel: kept once, then handed on to whoever takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.ids import new_id
from aftersales.outbox.schedule import schedule
from aftersales.updates.channels import Inbound
from aftersales.updates.models import InboundFile, InboundMessage
from aftersales.work import Work

TAKE = "inbound.take"
"""The job that takes a message up, declared by the inbox; its data is `inbound_id`."""
LET_GO = "inbound.let_go"
"""The timer at which the files that came with a message are let go, wherever it stands; its data is `inbound_id`."""
HELD = timedelta(days=7)
MAX_TEXT, MAX_NAME, MAX_ID, MAX_MEDIA = 10_000, 200, 500, 20


async def keep(work: Work, messages: Sequence[Inbound]) -> list[UUID]:
    """Keep what is new and have each taken up once; answers the ids of the new ones. What is overlong is cut.

    A missed call says nothing that could be taken up: whoever keeps it has the caller called back.
    """
    if not messages:
        return []
    unique = {(one.channel, one.provider_id[:MAX_ID]): one for one in messages}
    rows = [_row(work, one) for one in unique.values()]
    files = {row["id"]: row.pop("files") for row in rows}
    statement = insert(InboundMessage).on_conflict_do_nothing().returning(InboundMessage.id)
    new = list((await work.session.scalars(statement, rows)).all())
    kept = [{"inbound_id": inbound_id, **one} for inbound_id in new for one in files[inbound_id]]
    if kept:
        await work.session.execute(insert(InboundFile), kept)
    for inbound_id in {one["inbound_id"] for one in kept}:
        data = {"inbound_id": str(inbound_id)}
        await schedule(work.session, LET_GO, inbound_id.hex, due_at=work.now + HELD, data=data)
    silent = {row["id"] for row in rows if row["missed_call"]}
    for inbound_id in set(new) - silent:
        await schedule(work.session, TAKE, inbound_id.hex, due_at=work.now, data={"inbound_id": str(inbound_id)})
    return new


async def files(session: AsyncSession, inbound_id: UUID) -> Mapping[str, bytes]:
    """What came along with a message, by its reference. For the worker alone: it has no caller."""
    query = select(InboundFile.id, InboundFile.data).where(InboundFile.inbound_id == inbound_id)
    return {str(file_id): data for file_id, data in await session.execute(query)}


async def let_go(work: Work, data: Mapping[str, Any]) -> None:
    """The files of a message that has its place, or none after a week. Done again it finds nothing."""
    await work.session.execute(delete(InboundFile).where(InboundFile.inbound_id == UUID(data["inbound_id"])))


async def last_heard(session: AsyncSession, channel: str, address: str) -> datetime | None:
    """When somebody last wrote to us from this address by the channel. For the worker alone: it has no caller."""
    query = select(InboundMessage.at).where(InboundMessage.channel == channel, InboundMessage.sender == address)
    return await session.scalar(query.order_by(InboundMessage.received_at.desc()).limit(1))


def _row(work: Work, message: Inbound) -> dict[str, Any]:
    files = [{"id": new_id(), "data": one.content} for one in message.files]
    brought = [
        *(asdict(one) for one in message.media[:MAX_MEDIA]),
        *({"reference": str(kept["id"]), "kind": one.kind} for kept, one in zip(files, message.files, strict=True)),
        *({"reference": "", "kind": "", "refused": str(why)} for why in message.refused),
    ]
    return {
        "id": new_id(),
        "channel": message.channel,
        "provider_id": message.provider_id[:MAX_ID],
        "sender": _clean(message.sender)[:MAX_NAME],
        "sender_name": _clean(message.sender_name)[:MAX_NAME],
        "text": _clean(message.text)[:MAX_TEXT],
        "media": brought,
        "files": files,
        "answers": message.answers and message.answers[:MAX_ID],
        "missed_call": message.missed_call,
        "at": message.at,
        "received_at": work.now,
    }


def _clean(text: str) -> str:
    """No column holds the null character."""
    return text.replace("\x00", "")
