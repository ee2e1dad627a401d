"""What is written to the records of updates: new ones, attempts and their ends, what is merged."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    TIMESTAMP,
    Integer,
    String,
    Uuid,
    bindparam,
    delete,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import metrics
from aftersales.db.direct import Direct
from aftersales.updates.machine import UpdateState, sources
from aftersales.updates.models import PushSubscription


@dataclass(frozen=True, slots=True)
class Due:
    """Which turn of which record is to be sent, and after which others."""

    id: UUID
    stream_id: UUID
    person_id: UUID
    version: int | None
    urgent: bool
    turn: int


@dataclass(frozen=True, slots=True)
class Claimed(Due):
    """A record that may be sent. `state` and `attempts` are the record's as long as this attempt lasts; `begun` says
    that the attempt is counted among them."""

    language: str
    subject: str
    words: str
    code_id: UUID | None
    message_id: str
    attempts: int
    channel: str
    route: Sequence[str]
    text: str
    purpose: str
    arguments: Sequence[str]
    state: str
    document_id: UUID
    created_at: datetime
    not_before: datetime | None
    begun: bool
    branch: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. `repeated`: the other side may have taken it although it did not say so.

    `not_before` is when it is tried again, where that was asked for.
    """

    state: UpdateState
    reason: str | None = None
    detail: str | None = None
    provider_id: str | None = None
    repeated: bool = False
    not_before: datetime | None = None


# As JSON, which the driver takes for any number of rows in one statement, and in half of SQLAlchemy's time.
_NEW = (
    *("id", "stream_id", "version", "document_id", "person_id", "purpose", "text", "language", "channel", "route"),
    *("state", "reason", "not_before", "subject", "words", "arguments", "message_id", "created_at", "sent_at"),
    *("urgent", "alone", "code_id", "code_key"),
)
_ADD = Direct(
    f"""
    INSERT INTO customer_update ({", ".join(_NEW)})
    SELECT {", ".join(_NEW)} FROM json_populate_recordset(CAST(NULL AS customer_update), CAST(:rows AS json))
    ON CONFLICT DO NOTHING RETURNING id
    """  # noqa: S608 - names of columns
)


async def add(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Keep new records, each with all of `_NEW`; those that exist already stay as they are. Returns the ids of the new
    ones."""
    new = {row.id for row in await _ADD.rows(session, {"rows": orjson.dumps(list(rows), default=str).decode()})}
    _count(session, ((row["channel"], row["state"]) for row in rows if row["id"] in new))
    return new


def reached(session: AsyncSession, channel: str, state: UpdateState) -> None:
    """Count it, once it is committed."""
    _count(session, [(channel, state)])


def _count(session: AsyncSession, reached: Iterable[tuple[str, UpdateState]]) -> None:
    for (channel, state), number in Counter(reached).items():
        metrics.on_commit(session.info, metrics.UPDATES.labels(channel, state), number)


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt on a record ended, by which channel."""

    claimed: Claimed
    channel: str
    outcome: Outcome


_CLAIMED = ", ".join(f"u.{name}" for name in Claimed.__dataclass_fields__ if name not in {"begun", "branch"})
_CLAIM = Direct(
    f"""
    UPDATE customer_update u SET state = 'sending', attempts = u.attempts + 1,
        repeats = u.repeats + CASE WHEN u.state = 'sending' THEN 1 ELSE 0 END
    FROM document d JOIN branch b ON b.id = d.branch_id
    WHERE u.id = ANY(:records) AND u.state = ANY(:before) AND d.id = u.document_id
    RETURNING {_CLAIMED}, true, b.name
    """  # noqa: S608 - names of columns
)
_LOOK = Direct(
    f"""
    SELECT {_CLAIMED}, false, b.name
    FROM customer_update u JOIN document d ON d.id = u.document_id JOIN branch b ON b.id = d.branch_id
    WHERE u.id = ANY(:records) AND u.state = ANY(:before)
    """,  # noqa: S608 - names of columns
    reads=True,
)
_FINISH = Direct(
    text(
        """
    UPDATE customer_update u SET state = n.state, reason = n.reason, detail = n.detail, channel = n.channel,
        provider_id = n.provider_id, attempts = u.attempts + n.tried, repeats = u.repeats + n.repeated,
        sent_at = n.sent_at, not_before = n.not_before
    FROM unnest(
        :ids, :attempts, :turns, :before, :tried, :repeated, :states, :reasons, :details, :channels, :provider_ids,
        :sent, :not_before
    ) AS n (
        id, attempts, turn, before, tried, repeated, state, reason, detail, channel, provider_id, sent_at, not_before
    )
    WHERE u.id = n.id AND u.state = n.before AND u.attempts = n.attempts AND u.turn = n.turn
    RETURNING u.id
    """
    ).bindparams(
        bindparam("ids", type_=ARRAY(Uuid())),
        *(bindparam(name, type_=ARRAY(Integer())) for name in ("attempts", "turns", "tried", "repeated")),
        *(
            bindparam(name, type_=ARRAY(String()))
            for name in ("before", "states", "reasons", "details", "channels", "provider_ids")
        ),
        *(bindparam(name, type_=ARRAY(TIMESTAMP(timezone=True))) for name in ("sent", "not_before")),
    )
)


async def claim(session: AsyncSession, update_ids: Collection[UUID]) -> dict[UUID, Claimed]:
    """Take records for one attempt each; those that are not among them have nothing (more) to send.

    Found in `sending`, one was left by an attempt that was cut off: the customer may have it, which is counted.
    """
    return await _claimed(session, _CLAIM, update_ids)


async def look(session: AsyncSession, update_ids: Collection[UUID]) -> dict[UUID, Claimed]:
    """The same without a trace: for letters of which it does not matter whether an attempt was cut off."""
    return await _claimed(session, _LOOK, update_ids)


async def _claimed(session: AsyncSession, statement: Direct, update_ids: Collection[UUID]) -> dict[UUID, Claimed]:
    given = {"records": list(update_ids), "before": sorted(sources(UpdateState.SENDING))}
    return {row.id: Claimed(*row) for row in await statement.rows(session, given)}


async def finish(session: AsyncSession, ended: Sequence[Ended], now: datetime) -> set[UUID]:
    """Note how these attempts ended, which are the caller's (see `hold_all`); which were noted. Of the others a later
    one has begun, whose end counts."""
    if not ended:
        return set()
    outcomes = [one.outcome for one in ended]
    given = {
        "ids": [one.claimed.id for one in ended],
        "attempts": [one.claimed.attempts for one in ended],
        "turns": [one.claimed.turn for one in ended],
        "before": [one.claimed.state for one in ended],
        "tried": [int(not one.claimed.begun) for one in ended],
        "repeated": [int(one.outcome.repeated) + _cut_off(one.claimed) for one in ended],
        "states": [one.state for one in outcomes],
        "reasons": [one.reason for one in outcomes],
        "details": [one.detail for one in outcomes],
        "channels": [one.channel for one in ended],
        "provider_ids": [one.provider_id for one in outcomes],
        "sent": [now if one.state is UpdateState.SENT else None for one in outcomes],
        "not_before": [one.not_before for one in outcomes],
    }
    noted = {row.id for row in await _FINISH.rows(session, given)}
    _count(session, ((one.channel, one.outcome.state) for one in ended if one.claimed.id in noted))
    return noted


def _cut_off(claimed: Claimed) -> int:
    return int(not claimed.begun and claimed.state == UpdateState.SENDING)


_MERGE = (
    text(
        """
        UPDATE customer_update u SET state = 'merged', merged_into = n.id
        FROM unnest(
            CAST(:ids AS uuid[]), CAST(:streams AS uuid[]), CAST(:versions AS int[]), CAST(:people AS uuid[]),
            CAST(:purposes AS text[])
        ) AS n (id, stream, version, person, purpose)
        WHERE u.stream_id = n.stream AND u.version < n.version AND u.person_id = n.person AND u.purpose = n.purpose
            AND u.state = 'queued' AND u.not_before > :now AND NOT (u.urgent OR u.alone)
        RETURNING u.merged_into, old.not_before, u.channel
        """
    )
    .bindparams(
        *(bindparam(name, type_=ARRAY(Uuid())) for name in ("ids", "streams", "people")),
        bindparam("versions", type_=ARRAY(Integer())),
        bindparam("purposes", type_=ARRAY(String())),
        bindparam("now", type_=TIMESTAMP(timezone=True)),
    )
    .columns(merged_into=Uuid(), not_before=TIMESTAMP(timezone=True))
)


async def merge(session: AsyncSession, rows: Sequence[Mapping[str, Any]], now: datetime) -> dict[UUID, datetime]:
    """Whatever older still waits of the same stream, person and purpose is said by these rows.

    Answers when the first of what each of them took over would have left.
    """
    parameters = {
        "ids": [row["id"] for row in rows],
        "streams": [row["stream_id"] for row in rows],
        "versions": [row["version"] for row in rows],
        "people": [row["person_id"] for row in rows],
        "purposes": [row["purpose"] for row in rows],
        "now": now,
    }
    due: dict[UUID, datetime] = {}
    for row in await session.execute(_MERGE, parameters):
        due[row.merged_into] = min(row.not_before, due.get(row.merged_into, row.not_before))
        reached(session, row.channel, UpdateState.MERGED)
    return due


_NEEDLESS = Direct(
    """
    UPDATE customer_update u SET state = 'merged', merged_into = w.id FROM customer_update w
    WHERE u.id = ANY(CAST(:ids AS uuid[])) AND w.stream_id = u.stream_id AND w.version < u.version
        AND w.person_id = u.person_id AND w.purpose = u.purpose
        AND w.state IN ('queued', 'retrying') AND w.not_before > CAST(:now AS timestamptz)
    RETURNING u.id, u.channel
    """
)


async def needless(session: AsyncSession, update_ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Which of these, that only say that nothing is new, are merged into something older that still waits."""
    if not update_ids:
        return set()
    found = await _NEEDLESS.rows(session, {"ids": list(update_ids), "now": now})
    _count(session, ((row.channel, UpdateState.MERGED) for row in found))
    return {row.id for row in found}


async def forget_browsers(session: AsyncSession, endpoints: Collection[str]) -> None:
    """Browsers that were told to forget us are not written to again."""
    await session.execute(delete(PushSubscription).where(PushSubscription.endpoint.in_(endpoints)))


_WAIT = Direct(
    """
    UPDATE customer_update u SET not_before = n.at, reason = NULL
    FROM unnest(CAST(:ids AS uuid[]), CAST(:at AS timestamptz[])) AS n (id, at) WHERE u.id = n.id
    """
)


async def wait(session: AsyncSession, due: Mapping[UUID, datetime]) -> None:
    """Note when these leave instead, outside of quiet hours."""
    if due:
        await _WAIT.rows(session, {"ids": list(due), "at": list(due.values())})
