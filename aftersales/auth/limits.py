"""Rate limits in PostgreSQL, so that they hold across processes. One statement, one timestamp per subject.

It is the generic cell rate algorithm: `due_at` is when the subject's allowance will be full again. Each attempt moves
it on by `every`; an attempt that would move it further than the burst allows is refused and moves nothing.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ARRAY, Interval, String, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.db.direct import Direct


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst` attempts at once, then one for each `every`."""

    name: str
    burst: int
    every: timedelta

    def key(self, subject: str) -> str:
        """Names neither person nor address."""
        return f"{self.name}:{hashlib.sha256(subject.encode('utf-8', 'replace')).hexdigest()[:40]}"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a limit after an attempt: `left` at once, all of it again in `full_in` seconds.

    `wait` says for an attempt that was refused in how many seconds there is room for one.
    """

    limit: Limit
    left: int
    full_in: int
    wait: int | None = None

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """`RateLimit` and `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers."""
        name, limit = self.limit.name, self.limit
        window = math.ceil((limit.every * limit.burst).total_seconds())
        return [
            (b"ratelimit-policy", f'"{name}";q={limit.burst};w={window}'.encode()),
            (b"ratelimit", f'"{name}";r={self.left};t={self.full_in}'.encode()),
        ]


def per_minute(name: str, requests: int) -> Limit:
    """So many at once, and as many a minute in the long run."""
    return Limit(name, requests, timedelta(minutes=1) / requests)


def allowance(limit: Limit, due_at: datetime, now: datetime, *, taken: bool) -> Allowance:
    """The allowance of a subject whose `due_at` is this after an attempt."""
    ahead = max(due_at - now, timedelta(0))
    room = limit.every * limit.burst
    return Allowance(
        limit,
        max(0, (room - ahead) // limit.every),
        math.ceil(ahead.total_seconds()),
        None if taken else max(1, math.ceil((ahead + limit.every - room).total_seconds())),
    )


_TAKE = Direct(
    """
    INSERT INTO rate_limit AS r (key, due_at)
    SELECT key, CAST(:now AS timestamptz) + every
    FROM unnest(CAST(:keys AS text[]), CAST(:every AS interval[])) AS i (key, every) ORDER BY key
    ON CONFLICT (key) DO UPDATE SET due_at = CASE
        WHEN greatest(r.due_at, :now) + (excluded.due_at - :now) - :now
            <= (CAST(:room AS interval[]))[array_position(CAST(:keys AS text[]), r.key)]
        THEN greatest(r.due_at, :now) + (excluded.due_at - :now) ELSE r.due_at END
    RETURNING new.key, old.due_at IS NULL OR new.due_at <> old.due_at AS taken, new.due_at
    """
)

_GIVE_BACK = text(
    """
    UPDATE rate_limit r SET due_at = r.due_at - i.every
    FROM unnest(CAST(:keys AS text[]), CAST(:every AS interval[])) AS i (key, every) WHERE r.key = i.key
    """
).bindparams(bindparam("keys", type_=ARRAY(String())), bindparam("every", type_=ARRAY(Interval())))


async def take(session: AsyncSession, attempts: Sequence[tuple[Limit, str]], now: datetime) -> int | None:
    """Count one attempt by each subject: None if all may go on, else the seconds after which to come again.

    The counts are part of the caller's transaction, and concurrent attempts by one subject wait for it: let it be
    short, and commit it even when the attempt fails.
    """
    return max((one.wait for one in await taken(session, attempts, now) if one.wait is not None), default=None)


async def taken(session: AsyncSession, attempts: Sequence[tuple[Limit, str]], now: datetime) -> list[Allowance]:
    """As `take`, and what each subject has left."""
    limits = {limit.key(subject): limit for limit, subject in attempts}
    parameters = {
        "now": now,
        "keys": list(limits),
        "every": [limit.every for limit in limits.values()],
        "room": [limit.every * limit.burst for limit in limits.values()],
    }
    rows = await _TAKE.rows(session, parameters)
    return [allowance(limits[row.key], row.due_at, now, taken=row.taken) for row in rows]


async def give_back(session: AsyncSession, attempts: Sequence[tuple[Limit, str]]) -> None:
    """Undo one `take` of these subjects, in the same transaction: what succeeded costs nothing."""
    limits = {limit.key(subject): limit for limit, subject in attempts}
    await session.execute(_GIVE_BACK, {"keys": list(limits), "every": [limit.every for limit in limits.values()]})
