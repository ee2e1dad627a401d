"""Arm and cancel timers and jobs: work that is due at a time, once per key. In the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.db.direct import Direct
from aftersales.db.session import POSTED
from aftersales.outbox.models import Delivery

_IDENTITY = ("subscriber", "stream_id", "version", "key")
_SCHEDULE = Direct(
    """
    INSERT INTO delivery (subscriber, key, due_at, data, stream_id, version)
    SELECT :timer, key, due_at, data, stream_id, version
    FROM json_populate_recordset(CAST(NULL AS delivery), CAST(:runs AS json))
    ON CONFLICT (subscriber, stream_id, version, key) DO NOTHING
    """
)


@dataclass(frozen=True, slots=True)
class Due:
    """One run of a timer or job. See `schedule`."""

    key: str
    due_at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    stream_id: UUID | None = None
    version: int | None = None


async def schedule(
    session: AsyncSession,
    timer: str,
    key: str,
    *,
    due_at: datetime,
    data: Mapping[str, Any] | None = None,
    stream_id: UUID | None = None,
    version: int | None = None,
) -> None:
    """Run the TimerHandler or Job `timer` once `due_at` has come. The same key again, while waiting, changes nothing.

    With `stream_id` and `version` it is done in that order among the same timer's work on the stream. A handler may
    arm its own timer again, under the same key too. `data` holds ids, codes and amounts only.
    """
    await schedule_all(session, timer, [Due(key, due_at, data or {}, stream_id, version)])


async def schedule_all(session: AsyncSession, timer: str, runs: Sequence[Due]) -> None:
    """The same for several runs of one timer or job."""
    if not runs:
        return
    given = [
        {
            "key": one.key,
            "due_at": one.due_at,
            "data": dict(one.data),
            "stream_id": one.stream_id,
            "version": one.version,
        }
        for one in runs
    ]
    await _SCHEDULE.rows(session, {"timer": timer, "runs": orjson.dumps(given, default=str).decode()})
    session.info[POSTED] = True


async def rearm(
    session: AsyncSession, timer: str, key: str, *, due_at: datetime, data: Mapping[str, Any] | None = None
) -> None:
    """Like `schedule` without a stream, but a timer that waits under this key gets the new time and data.

    Once committed, the old time is void, even if a worker had just taken it up; a dead one lives again.
    """
    values = {"subscriber": timer, "key": key, "due_at": due_at, "data": dict(data or {})}
    fresh = {"state": "pending", "attempts": 0, "died": 0, "error": None, "lease": None, "leased_until": None}
    changed = {"due_at": due_at, "data": dict(data or {}), **fresh}
    statement = insert(Delivery).values(values).on_conflict_do_update(index_elements=_IDENTITY, set_=changed)
    await session.execute(statement)
    session.info[POSTED] = True


async def cancel(session: AsyncSession, timer: str, key: str) -> bool:
    """Disarm; whether anything waited under the key.

    A timer's handler has then either run to its end or never will. A job that is already under way is not stopped:
    what it writes at its end is refused.
    """
    result = await session.execute(
        delete(Delivery).where(Delivery.subscriber == timer, Delivery.key == key).returning(Delivery.id)
    )
    return bool(result.all())
