"""The statements on deliveries: fan out, claim, finish, fail, release. All times are the database's.

A delivery may be claimed when it is due, not dead, not leased (or its lease has run out), and no earlier version for
the same subscriber and stream is still there, unless that one is dead.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CursorResult,
    Integer,
    Interval,
    String,
    Uuid,
    bindparam,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aftersales.db.direct import Direct, Row
from aftersales.ids import new_id
from aftersales.module import Posted, Subscriber
from aftersales.outbox.retry import LostLease
from aftersales.scope import Actor, ActorKind
from aftersales.status.machine import Audience

FAN_OUT_LOCK: Final = 0x6F7574626F78
Session = AsyncSession | AsyncConnection


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker holds until its lease ends. `posted` is what the timeline holds, if anything.

    `expired`: somebody else held it, whose lease has run out. Such an attempt is not among the `attempts`, which say
    what went wrong: the next one takes its place. `died` counts how often it was begun after one.
    """

    id: UUID
    lease: UUID
    subscriber: str
    stream_id: UUID | None
    version: int | None
    key: str | None
    data: Mapping[str, Any]
    attempts: int
    posted: Posted | None
    expired: bool = False
    died: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """How many deliveries of one receiver may be claimed now."""

    name: str
    free: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Up to `total` deliveries for these rooms, the first rooms first, each leased for as long."""

    rooms: Sequence[Room]
    total: int
    lease: timedelta


_COLUMNS = ("names", "machines", "apart_from", "statuses", "events", "origins")
# All messages of the chosen streams in one snapshot: a later version never overtakes an earlier one. Work for a
# subscriber that is waiting to retry an earlier version starts out due no sooner, so that claims need not look at it.
# Nor need anybody wait for the disk: what is written here is undone as a whole by a crash, or kept by the next commit.
_FAN_OUT = Direct(
    text("""
WITH alone AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(:key) AS ours, set_config('synchronous_commit', 'off', true)
), chosen AS MATERIALIZED (
    SELECT DISTINCT oldest.stream_id
    FROM alone CROSS JOIN LATERAL (
        SELECT stream_id FROM outbox_message WHERE alone.ours ORDER BY created_at LIMIT :batch
    ) AS oldest
), taken AS (
    DELETE FROM outbox_message m USING chosen c WHERE m.stream_id = c.stream_id RETURNING m.stream_id, m.version
), told AS (
    INSERT INTO delivery (subscriber, stream_id, version, due_at)
    SELECT s.name, t.stream_id, t.version, greatest(now(), waiting.due_at)
    FROM taken t
    JOIN timeline_entry e ON e.stream_id = t.stream_id AND e.version = t.version
    JOIN unnest(:names, :machines, :apart_from, :statuses, :events, :origins)
            AS s(name, machine, apart_from, statuses, events, origins)
        ON e.origin = ANY(string_to_array(s.origins, ','))
        AND e.machine <> ALL(string_to_array(s.apart_from, ','))
        AND (s.machine IS NULL OR s.machine = e.machine)
        AND CASE
            WHEN s.statuses = '' AND s.events = '' THEN true
            WHEN e.kind = 'status' THEN e.to_status = ANY(string_to_array(s.statuses, ','))
            ELSE e.name = ANY(string_to_array(s.events, ','))
        END
    LEFT JOIN LATERAL (
        SELECT max(d.due_at) AS due_at FROM delivery d
        WHERE d.subscriber = s.name AND d.stream_id = t.stream_id AND d.version < t.version AND d.state <> 'dead'
    ) AS waiting ON true
    ORDER BY t.stream_id, t.version, s.name
    ON CONFLICT DO NOTHING
)
SELECT alone.ours, (SELECT count(*) FROM taken) AS taken FROM alone
""").bindparams(
        bindparam("key", type_=BigInteger()),
        bindparam("batch", type_=Integer()),
        *(bindparam(name, type_=ARRAY(String())) for name in _COLUMNS),
    )
)

# `state` stays as it is: it stands in indexes, all of which would be written for a lease of a tenth of a second.
_CLAIM = Direct(
    text("""
WITH due AS MATERIALIZED (
    SELECT d.id, receiver.place, receiver.lasts,
        row_number() OVER (PARTITION BY receiver.place ORDER BY receiver.ord) <= receiver.total AS fits
    FROM unnest(:names, :rooms, :places, :totals, :lasting) WITH ORDINALITY
        AS receiver(name, room, place, total, lasts, ord)
    CROSS JOIN LATERAL (
        SELECT w.id FROM delivery w
        WHERE w.subscriber = receiver.name AND w.state <> 'dead' AND w.due_at <= now()
            AND (w.leased_until IS NULL OR w.leased_until <= now())
            AND NOT EXISTS (
                SELECT 1 FROM delivery before
                WHERE before.subscriber = w.subscriber AND before.stream_id = w.stream_id
                    AND before.version < w.version AND before.state <> 'dead'
            )
        ORDER BY w.due_at, w.id LIMIT receiver.room FOR UPDATE SKIP LOCKED
    ) AS d
), claimed AS (
    UPDATE delivery d SET lease = :lease, leased_until = now() + due.lasts,
        attempts = d.attempts + (d.lease IS NULL)::int
    FROM due WHERE d.id = due.id AND due.fits RETURNING d.*, due.place, old.lease IS NOT NULL AS expired
)
SELECT c.place, c.id, c.subscriber, c.stream_id, c.version, c.key, c.data, c.attempts, c.expired, c.died,
    e.document_id, e.document_version, e.machine, e.kind, e.name, e.from_status, e.to_status, e.at, e.actor_kind,
    e.actor_id, e.origin, e.audience, e.data AS entry_data
FROM claimed c LEFT JOIN timeline_entry e ON e.stream_id = c.stream_id AND e.version = c.version
ORDER BY c.due_at, c.id
""").bindparams(
        bindparam("names", type_=ARRAY(String())),
        *(bindparam(name, type_=ARRAY(Integer())) for name in ("rooms", "places", "totals")),
        bindparam("lasting", type_=ARRAY(Interval())),
        bindparam("lease", type_=Uuid()),
    )
)

_HELD = "WHERE id = :id AND lease = :lease"
_FINISH = Direct(
    text("""
DELETE FROM delivery d USING unnest(:ids, :leases) AS held(id, lease) WHERE d.id = held.id AND d.lease = held.lease
RETURNING d.id
""").bindparams(*(bindparam(name, type_=ARRAY(Uuid())) for name in ("leases", "ids")))
)
_HOLD = Direct(
    text("""
SELECT d.id FROM delivery d JOIN unnest(:ids, :leases) AS held(id, lease) ON d.id = held.id AND d.lease = held.lease
FOR NO KEY UPDATE OF d
""").bindparams(*(bindparam(name, type_=ARRAY(Uuid())) for name in ("leases", "ids")))
)
_RENEW = text(f"UPDATE delivery SET leased_until = now() + :duration {_HELD}").bindparams(  # noqa: S608
    bindparam("duration", type_=Interval())
)
_BEGIN_AGAIN = text(f"UPDATE delivery SET died = died + 1 {_HELD}")  # noqa: S608 - both parts stand above
_BURY = text(
    "UPDATE delivery SET state = 'dead', lease = NULL, leased_until = NULL, error = :error "  # noqa: S608
    f"{_HELD}"
)
# What waits behind it is put off as well: claims then need not step over it again and again.
_RETRY = text(f"""
WITH failed AS (
    UPDATE delivery SET state = 'retrying', lease = NULL, leased_until = NULL, error = :error, due_at = now() + :after
    {_HELD} RETURNING subscriber, stream_id, version, due_at
), behind AS (
    UPDATE delivery d SET due_at = f.due_at FROM failed f
    WHERE d.subscriber = f.subscriber AND d.stream_id = f.stream_id AND d.version > f.version AND d.due_at < f.due_at
)
SELECT count(*) FROM failed
""").bindparams(bindparam("after", type_=Interval()))  # noqa: S608
_RELEASE = text("""
UPDATE delivery SET state = CASE WHEN attempts > 1 THEN 'retrying' ELSE 'pending' END, attempts = attempts - 1,
    lease = NULL, leased_until = NULL
WHERE lease = ANY(:leases) AND id = ANY(:ids)
""").bindparams(*(bindparam(name, type_=ARRAY(Uuid())) for name in ("leases", "ids")))


async def fan_out(session: AsyncSession, subscribers: Iterable[Subscriber], batch: int) -> int | None:
    """Turn the messages of the streams that have waited longest into deliveries; how many messages it took.

    One at a time in the whole system: None when another worker is at it.
    """
    listening = list(subscribers)
    [(ours, taken)] = await _FAN_OUT.rows(
        session,
        {
            "key": FAN_OUT_LOCK,
            "batch": batch,
            "names": [s.name for s in listening],
            "machines": [s.machine for s in listening],
            "apart_from": [",".join(sorted(s.apart_from)) for s in listening],
            "statuses": [",".join(sorted(s.to)) for s in listening],
            "events": [",".join(sorted(s.events)) for s in listening],
            "origins": [",".join(sorted(s.origins)) for s in listening],
        },
    )
    return taken if ours else None


async def claim(session: AsyncSession, wanted: Sequence[Wanted]) -> list[list[Claimed]]:
    """Lease the longest due of each receiver, no more of one than it has room for; for each that is wanted its own."""
    found: list[list[Claimed]] = [[] for _ in wanted]
    rooms = [(room, place, one) for place, one in enumerate(wanted) if one.total > 0 for room in one.rooms]
    if not rooms:
        return found
    token = new_id()
    given = {
        "names": [room.name for room, _, _ in rooms],
        "rooms": [room.free for room, _, _ in rooms],
        "places": [place for _, place, _ in rooms],
        "totals": [one.total for _, _, one in rooms],
        "lasting": [one.lease for _, _, one in rooms],
        "lease": token,
    }
    for row in await _CLAIM.rows(session, given):
        found[row.place].append(_claimed(row, token))
    return found


async def finish(session: AsyncSession, claimed: Claimed) -> None:
    """Done: the delivery goes in this transaction, with whatever the transaction writes. Raises LostLease."""
    if not await finish_all(session, [claimed]):
        raise LostLease


async def finish_all(session: AsyncSession, held: Sequence[Claimed]) -> set[UUID]:
    """The same for several; the ids of those that were still held. The others are somebody else's matter."""
    return {row.id for row in await _FINISH.rows(session, _leases(held))} if held else set()


async def hold_all(session: AsyncSession, held: Sequence[Claimed]) -> set[UUID]:
    """The ids of those that are still held, which nobody else can take before the transaction ends."""
    return {row.id for row in await _HOLD.rows(session, _leases(held))} if held else set()


def _leases(held: Sequence[Claimed]) -> dict[str, object]:
    return {"ids": [one.id for one in held], "leases": [one.lease for one in held]}


async def renew(session: Session, claimed: Claimed, lease: timedelta) -> None:
    """Hold it for as long again, from now. Raises LostLease."""
    given = {"id": claimed.id, "lease": claimed.lease, "duration": lease}
    if cast("CursorResult[Any]", await session.execute(_RENEW, given)).rowcount != 1:
        raise LostLease


async def retry(session: Session, claimed: Claimed, after: timedelta, error: str) -> None:
    """Failed: again after a while. Nothing happens if the lease is lost: it is somebody else's matter now."""
    await session.execute(_RETRY, {"id": claimed.id, "lease": claimed.lease, "after": after, "error": error})


async def begin_again(session: Session, claimed: Claimed) -> None:
    """Whoever held it may have died of it: so it stands written that it was begun before it is. Of what a worker that
    is killed had only claimed nothing is counted, for it claims far more than it has begun."""
    await session.execute(_BEGIN_AGAIN, {"id": claimed.id, "lease": claimed.lease})


async def bury(session: Session, claimed: Claimed, error: str) -> None:
    """Failed for good, until somebody retries it by hand; what waits behind it goes on."""
    await session.execute(_BURY, {"id": claimed.id, "lease": claimed.lease, "error": error})


async def release(session: Session, held: Sequence[Claimed]) -> None:
    """Give back what was not finished, as if it had never been claimed."""
    await session.execute(_RELEASE, {"ids": [c.id for c in held], "leases": list({c.lease for c in held})})


def _claimed(row: Row, lease: UUID) -> Claimed:
    # By position: asking a row for two dozen columns by name takes longer than the driver took to read it.
    (
        _place,
        delivery_id,
        subscriber,
        stream_id,
        version,
        key,
        data,
        attempts,
        expired,
        died,
        document_id,
        document_version,
        machine,
        kind,
        name,
        from_status,
        to_status,
        at,
        actor_kind,
        actor_id,
        origin,
        audience,
        entry_data,
    ) = row
    posted = None
    if machine is not None:
        posted = Posted(
            stream_id=stream_id,
            version=version,
            document_id=document_id,
            document_version=document_version,
            machine=machine,
            kind=kind,
            name=name,
            from_status=from_status,
            to_status=to_status,
            at=at,
            actor=Actor(ActorKind(actor_kind), actor_id),
            origin=origin,
            audience=Audience(audience),
            data=entry_data,
        )
    return Claimed(delivery_id, lease, subscriber, stream_id, version, key, data, attempts, posted, expired, died)
