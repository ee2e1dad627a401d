"""Keeping the keys: whoever makes an entity puts what it may be found by, in the same transaction."""

from collections.abc import Iterable, Sequence
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.search.models import SearchKey
from aftersales.search.rules import Kind, normal_key

# asyncpg allows 32,767 parameters to a statement; a key takes six.
_BATCH = 5000


class Entry(TypedDict):
    """One key: `text` as written (phones in E.164), of the entity `customer`, `unit` or `document`."""

    kind: str
    text: str
    entity: str
    entity_id: UUID
    customer_id: UUID | None


async def put(
    session: AsyncSession, *, kind: str, text: str, entity: str, entity_id: UUID, customer_id: UUID | None
) -> None:
    """Make the entity findable by the text. The same again changes nothing."""
    await put_many(
        session,
        [{"kind": kind, "text": text, "entity": entity, "entity_id": entity_id, "customer_id": customer_id}],
    )


async def put_many(session: AsyncSession, entries: Iterable[Entry]) -> None:
    """Like `put`, for many: one statement for five thousand keys."""
    rows = [row for entry in entries if (row := _row(entry)) is not None]
    for start in range(0, len(rows), _BATCH):
        statement = insert(SearchKey).on_conflict_do_nothing()
        await session.execute(statement.values(rows[start : start + _BATCH]))


async def remove(session: AsyncSession, entity: str, entity_id: UUID, kind: str | None = None) -> None:
    """Forget the entity's keys, of one kind if it is given."""
    statement = delete(SearchKey).where(SearchKey.entity == entity, SearchKey.entity_id == entity_id)
    await session.execute(statement if kind is None else statement.where(SearchKey.kind == kind))


async def remove_many(session: AsyncSession, entity: str, entity_ids: Sequence[UUID]) -> None:
    """Forget all keys of several entities: one statement."""
    await session.execute(delete(SearchKey).where(SearchKey.entity == entity, SearchKey.entity_id.in_(entity_ids)))


async def remove_customer(session: AsyncSession, customer_id: UUID) -> None:
    """Forget every key of the customer's own and of their units and documents: for erasure."""
    await session.execute(delete(SearchKey).where(SearchKey.customer_id == customer_id))


def _row(entry: Entry) -> dict[str, Any] | None:
    key = normal_key(entry["kind"], entry["text"])
    if not key:
        return None
    by_end = entry["kind"] in (Kind.PHONE, Kind.NUMBER)
    return {
        "kind": entry["kind"],
        "key": key,
        "reversed": key[::-1] if by_end else None,
        "entity": entry["entity"],
        "entity_id": entry["entity_id"],
        "customer_id": entry["customer_id"],
    }
