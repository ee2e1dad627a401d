"""Every query about files on their way in, and about what imports have left behind."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from aftersales.db.arrays import among
from aftersales.errors import NotFound
from aftersales.imports.models import Imported, ImportRun
from aftersales.scope import ActorKind, Scope

BATCH = 500
LISTED = 20
_LOCK = 0x696D706F7274


async def hold(session: AsyncSession, _scope: Scope) -> None:
    """Until the transaction ends no other import writes: two of the same file would both find nothing on record."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def versions(session: AsyncSession, _scope: Scope, entity_ids: Collection[UUID]) -> dict[UUID, int]:
    """The version in which an import left each of these records, of those that came by one."""
    query = select(Imported.entity_id, Imported.version).where(among(Imported.entity_id, entity_ids))
    return {row.entity_id: row.version for row in await session.execute(query)}


async def mark(session: AsyncSession, _scope: Scope, left: Mapping[UUID, int]) -> None:
    """Remember the versions in which these records are left now."""
    for start in range(0, len(left), BATCH):
        rows = [{"entity_id": key, "version": version} for key, version in list(left.items())[start : start + BATCH]]
        statement = insert(Imported).values(rows)
        await session.execute(
            statement.on_conflict_do_update(index_elements=["entity_id"], set_={"version": statement.excluded.version})
        )


async def run(session: AsyncSession, scope: Scope, run_id: UUID, *, locked: bool = False) -> ImportRun:
    """One file, of the caller's own. Raises NotFound (`import.unknown`)."""
    query = select(ImportRun).where(ImportRun.id == run_id, *_own(scope))
    found = await session.scalar(query.with_for_update() if locked else query)
    if found is None:
        raise NotFound("import.unknown", "There is no such file any more: they are kept for a week.")
    return found


async def runs(session: AsyncSession, scope: Scope) -> Sequence[ImportRun]:
    """The caller's newest files, without their contents."""
    query = select(ImportRun).where(*_own(scope)).options(defer(ImportRun.content), defer(ImportRun.rejects))
    return (await session.scalars(query.order_by(ImportRun.created_at.desc()).limit(LISTED))).all()


async def progress(session: AsyncSession, _scope: Scope, run_id: UUID, done: int, total: int) -> None:
    """How far it is."""
    await session.execute(update(ImportRun).where(ImportRun.id == run_id).values(done=done, total=total))


async def ended(session: AsyncSession, _scope: Scope, run_id: UUID, **values: Any) -> None:
    """What came of it."""
    await session.execute(update(ImportRun).where(ImportRun.id == run_id).values(**values))


async def forget(session: AsyncSession, _scope: Scope, before: datetime) -> None:
    """Remove what is older."""
    await session.execute(delete(ImportRun).where(ImportRun.created_at < before))


def _own(scope: Scope) -> Iterable[Any]:
    return () if scope.actor.kind is ActorKind.SYSTEM else (ImportRun.staff_id == scope.actor.id,)
