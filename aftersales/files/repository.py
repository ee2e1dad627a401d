"""Every query about files."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, String, and_, bindparam, exists, func, or_, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.errors import NotFound
from aftersales.files.models import File
from aftersales.scope import ActorKind, Scope
from aftersales.status import documents
from aftersales.status.life import Life
from aftersales.status.machine import Audience
from aftersales.status.models import Document

PAGE = 100


@dataclass(frozen=True, slots=True)
class FileView:
    """A file as it is kept. `thumbnail_sha256` is there for pictures only."""

    id: UUID
    kind: str
    mime: str
    size: int
    width: int | None
    height: int | None
    sha256: str
    thumbnail_sha256: str | None
    filename: str
    audience: str
    stream_id: UUID
    document_id: UUID | None
    created_at: datetime

    @property
    def is_picture(self) -> bool:
        """Whether it can be shown small."""
        return self.thumbnail_sha256 is not None


_COLUMNS = tuple(getattr(File, name) for name in FileView.__dataclass_fields__)
_SHARED = text(
    "SELECT pg_advisory_xact_lock_shared(hashtextextended(name, 0)) FROM unnest(:names) AS n(name) ORDER BY name"
).bindparams(bindparam("names", type_=ARRAY(String())))
_EXCLUSIVE = text(
    "SELECT name FROM unnest(:names) AS n(name) WHERE pg_try_advisory_xact_lock(hashtextextended(name, 0))"
).bindparams(bindparam("names", type_=ARRAY(String())))


def visible(scope: Scope) -> ColumnElement[bool]:
    """The condition on File: staff see those on streams that they see, customers those meant for them and their own;
    everyone sees what they have uploaded."""
    if scope.actor.kind is ActorKind.SYSTEM:
        return true()
    own = and_(File.uploaded_by_kind == str(scope.actor.kind), File.uploaded_by_id == scope.actor.id)
    if scope.actor.kind is ActorKind.CUSTOMER:
        return and_(File.stream_id == scope.stream_id, or_(File.audience == str(Audience.CUSTOMER), own))
    # What shows how old a unit is lies on the unit's own stream, and is for whoever sees a document about the unit.
    on_stream = exists().where(Document.stream_id == File.stream_id, documents.visible(scope))
    return or_(own, on_stream, exists().where(Document.unit_id == File.stream_id, documents.visible(scope)))


async def get(session: AsyncSession, scope: Scope, file_id: UUID) -> FileView:
    """One file. Raises NotFound (`files.unknown`)."""
    row = (await session.execute(_views(scope).where(File.id == file_id))).one_or_none()
    if row is None:
        raise NotFound("files.unknown", "There is no such file, or you may not see it.")
    return FileView(*row)


async def count(session: AsyncSession, scope: Scope, document_id: UUID, kind: str) -> int:
    """How many files of the kind a document has, of those that the caller may see."""
    query = select(func.count()).select_from(File).where(File.document_id == document_id, File.kind == kind)
    return await session.scalar(query.where(visible(scope))) or 0


async def for_document(session: AsyncSession, scope: Scope, document_id: UUID) -> list[FileView]:
    """The files of a document, the first stored first."""
    return await _read(session, _views(scope).where(File.document_id == document_id), None)


async def for_stream(
    session: AsyncSession, scope: Scope, stream_id: UUID, *, kind: str | None = None, after: UUID | None = None
) -> list[FileView]:
    """A page of the files on a case or unit, the first stored first, after the id `after`."""
    query = _views(scope).where(File.stream_id == stream_id)
    return await _read(session, query if kind is None else query.where(File.kind == kind), after)


async def in_life(session: AsyncSession, scope: Scope, life: Life) -> list[FileView]:
    """The files on a customer's matters, or on a unit and all that was done to it; those that the caller may see.

    What lies on a unit without a document is the unit's, whoever owned it then.
    """
    theirs = select(Document.id).where(life.about)
    on = or_(File.stream_id.in_(theirs), File.document_id.in_(theirs))
    query = _views(scope).where(on if life.unit_id is None else or_(on, File.stream_id == life.unit_id))
    return [FileView(*row) for row in await session.execute(life.cut(query, File.created_at, File.id))]


async def names_on(session: AsyncSession, scope: Scope, stream_ids: Collection[UUID]) -> list[str]:
    """The names of all bytes that files on these cases and units use."""
    query = select(File.sha256, File.thumbnail_sha256).where(File.stream_id.in_(stream_ids), visible(scope))
    return sorted({name for row in await session.execute(query) for name in row if name is not None})


async def hold_names(session: AsyncSession, _scope: Scope, names: Collection[str]) -> None:
    """Until the transaction ends, no sweep takes these names for orphans. Waits for a sweep that looks at them now."""
    await session.execute(_SHARED, {"names": sorted(names)})


async def unused(session: AsyncSession, _scope: Scope, names: Collection[str]) -> tuple[list[str], list[str]]:
    """Of these names: those that rows use, and those that none does; names being stored right now are in neither."""
    free: Sequence[str] = (await session.scalars(_EXCLUSIVE, {"names": sorted(names)})).all()
    # A statement of its own: it must see what was committed while the locks were waited for.
    by_sha = select(File.sha256).where(File.sha256.in_(free))
    by_thumbnail = select(File.thumbnail_sha256).where(File.thumbnail_sha256.in_(free))
    used = set(await session.scalars(by_sha.union(by_thumbnail)))
    return [name for name in free if name in used], [name for name in free if name not in used]


def _views(scope: Scope) -> Select[Any]:
    return select(*_COLUMNS).where(visible(scope))


async def _read(session: AsyncSession, query: Select[Any], after: UUID | None) -> list[FileView]:
    if after is not None:
        query = query.where(File.id > after)
    return [FileView(*row) for row in await session.execute(query.order_by(File.id).limit(PAGE))]
