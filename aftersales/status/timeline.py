"""Reading the timeline of a case or unit, by audience and inside the caller's Scope."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, exists, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.errors import NotFound
from aftersales.scope import Actor, ActorKind, Scope
from aftersales.status.documents import visible
from aftersales.status.machine import Audience
from aftersales.status.models import Document, StatusNote, Stream, TimelineEntry

PAGE = 100


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry. `note` holds the free words, None if there were none or they have been erased."""

    stream_id: UUID
    version: int
    document_id: UUID
    document_version: int
    machine: str
    kind: str
    name: str
    from_status: str | None
    to_status: str | None
    at: datetime
    posted_at: datetime
    actor: Actor
    origin: str
    audience: Audience
    data: Mapping[str, Any]
    note: str | None


_COLUMNS = tuple(column for column in TimelineEntry.__table__.columns)


async def read(
    session: AsyncSession,
    scope: Scope,
    stream_id: UUID,
    audience: Audience,
    after: int = 0,
    *,
    limit: int = PAGE,
) -> list[EntryView]:
    """A page of the timeline, oldest first, of the entries after version `after`.

    For customers only what customers may read, whatever `audience` says; who may read an entry may read its note.
    Raises NotFound (`status.unknown_stream`) for a stream outside the scope.
    """
    query = _entries(scope, stream_id, audience).where(TimelineEntry.version > after)
    return await _page(session, scope, stream_id, query.order_by(TimelineEntry.version).limit(limit))


async def latest(
    session: AsyncSession,
    scope: Scope,
    stream_id: UUID,
    audience: Audience,
    before: int | None = None,
    *,
    limit: int = PAGE,
) -> list[EntryView]:
    """The same from its end: newest first, the entries before version `before` (None: the very newest)."""
    query = _entries(scope, stream_id, audience)
    if before is not None:
        query = query.where(TimelineEntry.version < before)
    return await _page(session, scope, stream_id, query.order_by(TimelineEntry.version.desc()).limit(limit))


async def version(session: AsyncSession, scope: Scope, stream_id: UUID) -> int:
    """How far the stream has come: the id of its last live event. Raises NotFound (`status.unknown_stream`)."""
    query = select(Stream.version).where(Stream.id == stream_id, _stream_visible(scope, stream_id))
    found = (await session.execute(query)).scalar_one_or_none()
    if found is None:
        raise _unknown()
    return found


def _stream_visible(scope: Scope, stream_id: UUID) -> ColumnElement[bool]:
    """Whoever sees one document of a stream sees its timeline; a stream without documents holds nothing to hide."""
    if scope.actor.kind is ActorKind.SYSTEM:
        return true()
    if scope.actor.kind is ActorKind.CUSTOMER:
        return Stream.id == scope.stream_id
    here = select(Document.id).where(Document.stream_id == stream_id)
    return exists(here.where(visible(scope))) | ~exists(here)


def _entries(scope: Scope, stream_id: UUID, audience: Audience) -> Select[Any]:
    query = (
        select(*_COLUMNS, StatusNote.text.label("note"))
        .join(Stream, Stream.id == TimelineEntry.stream_id)
        .outerjoin(
            StatusNote,
            and_(StatusNote.stream_id == TimelineEntry.stream_id, StatusNote.version == TimelineEntry.version),
        )
        .where(TimelineEntry.stream_id == stream_id, _stream_visible(scope, stream_id))
    )
    if audience is Audience.CUSTOMER or scope.actor.kind is ActorKind.CUSTOMER:
        query = query.where(TimelineEntry.audience == str(Audience.CUSTOMER))
    return query


async def _page(session: AsyncSession, scope: Scope, stream_id: UUID, query: Select[Any]) -> list[EntryView]:
    rows = (await session.execute(query)).all()
    if not rows:
        await version(session, scope, stream_id)
    return [_view(row) for row in rows]


def _view(row: Row[Any]) -> EntryView:
    values = row._asdict()
    values["actor"] = Actor(ActorKind(values.pop("actor_kind")), values.pop("actor_id"))
    values["audience"] = Audience(values["audience"])
    return EntryView(**values)


def _unknown() -> NotFound:
    return NotFound("status.unknown_stream", "There is no such case or unit, or you may not see it.")
