"""Every query about the records. What their words are made of is read in `matters.py`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    TIMESTAMP,
    ColumnElement,
    Integer,
    Select,
    String,
    Table,
    Uuid,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy import case as case_when
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from aftersales import metrics
from aftersales.auth.models import Branch
from aftersales.customers.models import Person
from aftersales.errors import NotFound
from aftersales.scope import ActorKind, Scope
from aftersales.status.documents import visible
from aftersales.status.life import Life
from aftersales.status.models import Document
from aftersales.updates.machine import UpdateState, sources
from aftersales.updates.models import CustomerUpdate, PushSubscription
from aftersales.updates.permissions import VIEW

COUNT_CAP = 1000
STREAM_PAGE = 200


@dataclass(frozen=True, slots=True)
class UpdateView:
    """A record as staff and customers read it. `words` hold no link and no code; `number` is the case's.

    It is about the present channel; with a `turn` above 0 others were tried before: `attempts.before` answers them.
    """

    id: UUID
    stream_id: UUID
    version: int | None
    document_id: UUID
    number: str
    person_id: UUID
    name: str
    name_local: str | None
    email: str | None
    purpose: str
    text: str
    language: str
    channel: str
    state: UpdateState
    reason: str | None
    detail: str | None
    subject: str | None
    words: str | None
    code_id: UUID | None
    attempts: int
    repeats: int
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    urgent: bool
    turn: int
    not_before: datetime | None
    doubled: int
    merged_into: UUID | None


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
    """A record that this attempt, the `attempts`-th, may send."""

    language: str
    subject: str
    words: str
    code_id: UUID | None
    message_id: str
    attempts: int
    channel: str
    route: Sequence[str]
    text: str
    arguments: Sequence[str]
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


# Into the table, not the class: of these rows the ORM need know nothing.
_TABLE = cast(Table, CustomerUpdate.__table__)
_ADD = insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id)


async def add(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Keep new records; those that exist already stay as they are. Returns the ids of the new ones."""
    new = set((await session.scalars(_ADD, list(rows))).all())
    for row in rows:
        if row["id"] in new:
            reached(session, row["channel"], row["state"])
    return new


def reached(session: AsyncSession, channel: str, state: UpdateState) -> None:
    """Count it, once it is committed."""
    metrics.on_commit(session.info, metrics.UPDATES.labels(channel, state))


async def claim(session: AsyncSession, update_id: UUID) -> Claimed | None:
    """Take the record for one attempt; None if there is nothing (more) to send.

    Found in `sending`, it was left by an attempt that was cut off: the customer may have it, which is counted.
    """
    u = CustomerUpdate
    taken = (
        update(u)
        .where(u.id == update_id, u.state.in_(sources(UpdateState.SENDING)))
        .where(Document.id == u.document_id, Branch.id == Document.branch_id)
        .values(
            state=UpdateState.SENDING,
            attempts=u.attempts + 1,
            repeats=u.repeats + case_when((u.state == UpdateState.SENDING, 1), else_=0),
        )
        .returning(
            u.id,
            u.stream_id,
            u.person_id,
            u.version,
            u.urgent,
            u.turn,
            u.language,
            u.subject,
            u.words,
            u.code_id,
            u.message_id,
            u.attempts,
            u.channel,
            u.route,
            u.text,
            u.arguments,
            Branch.name.label("branch"),
        )
        .execution_options(synchronize_session=False)
    )
    row = (await session.execute(taken)).one_or_none()
    return None if row is None else Claimed(**row._asdict())


async def finish(session: AsyncSession, claimed: Claimed, channel: str, outcome: Outcome, now: datetime) -> bool:
    """Note how this attempt ended; False if a later one has begun meanwhile, whose end counts."""
    u = CustomerUpdate
    ended = await session.execute(
        update(u)
        .where(u.id == claimed.id, u.state == UpdateState.SENDING)
        .where(u.attempts == claimed.attempts, u.turn == claimed.turn)
        .values(
            state=outcome.state,
            reason=outcome.reason,
            detail=outcome.detail,
            channel=channel,
            provider_id=outcome.provider_id,
            repeats=u.repeats + int(outcome.repeated),
            sent_at=now if outcome.state is UpdateState.SENT else None,
            not_before=outcome.not_before,
        )
        .returning(u.id)
        .execution_options(synchronize_session=False)
    )
    noted = ended.one_or_none() is not None
    if noted:
        reached(session, channel, outcome.state)
    return noted


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


async def forget_browsers(session: AsyncSession, endpoints: Collection[str]) -> None:
    """Browsers that were told to forget us are not written to again."""
    await session.execute(delete(PushSubscription).where(PushSubscription.endpoint.in_(endpoints)))


_WAIT = update(_TABLE).where(_TABLE.c.id == bindparam("record")).values(not_before=bindparam("at"))


async def wait(session: AsyncSession, due: Mapping[UUID, datetime]) -> None:
    """Note when these leave instead."""
    if due:
        await session.execute(_WAIT, [{"record": update_id, "at": at} for update_id, at in due.items()])


async def for_stream(
    session: AsyncSession,
    scope: Scope,
    stream_id: UUID,
    *,
    versions: Collection[int] | None = None,
    before: UUID | None = None,
    limit: int = STREAM_PAGE,
) -> list[UpdateView]:
    """The updates of a case or unit, newest first; of these versions only, where they are named.

    Customers read what they were sent themselves, without codes and without what was held back.
    """
    query = _views(scope).where(CustomerUpdate.stream_id == stream_id)
    if versions is not None:
        query = query.where(CustomerUpdate.version.in_(sorted(versions)))
    return await _page(session, query, before, limit)


async def mailbox(
    session: AsyncSession,
    scope: Scope,
    *,
    states: Collection[UpdateState] = (),
    before: UUID | None = None,
    limit: int = 50,
) -> list[UpdateView]:
    """A page of all updates that the caller may see, newest first; the next one begins `before` its last id.

    Of these states alone, where any are named.
    """
    query = _views(scope)
    if states:
        query = query.where(CustomerUpdate.state.in_(sorted(states)))
    return await _page(session, query, before, limit)


async def in_life(session: AsyncSession, scope: Scope, life: Life) -> list[UpdateView]:
    """What was written about a customer's matters, or about a unit."""
    query = life.cut(_views(scope).where(life.about), CustomerUpdate.created_at, CustomerUpdate.id)
    rows = await session.execute(query)
    return [_view(tuple(row)) for row in rows]


async def one(session: AsyncSession, scope: Scope, update_id: UUID, permission: str = VIEW) -> UpdateView:
    """One update in a branch where `permission` is held. Raises NotFound (`updates.unknown`)."""
    found = await _page(session, _views(scope, permission).where(CustomerUpdate.id == update_id), None, 1)
    if not found:
        raise NotFound("updates.unknown", "There is no such message, or you may not see it.")
    return found[0]


async def counts(session: AsyncSession, scope: Scope) -> dict[UpdateState, int]:
    """How many updates are in each state; counting stops at 1,000 in all."""
    inner = (
        select(CustomerUpdate.state)
        .join(Document, Document.id == CustomerUpdate.document_id)
        .where(_readable(scope))
        .order_by(CustomerUpdate.id.desc())
        .limit(COUNT_CAP)
        .subquery()
    )
    query = select(inner.c.state, func.count()).group_by(inner.c.state)
    return {UpdateState(state): count for state, count in await session.execute(query)}


def _readable(scope: Scope, permission: str = VIEW) -> ColumnElement[bool]:
    condition = visible(scope, permission)
    if scope.actor.kind is not ActorKind.CUSTOMER:
        return condition
    told = CustomerUpdate.state.not_in([UpdateState.WITHHELD, UpdateState.MERGED])
    return condition & (CustomerUpdate.person_id == scope.person_id) & told & CustomerUpdate.code_key.is_(None)


def _views(scope: Scope, permission: str = VIEW) -> Select[Any]:
    case = aliased(Document)
    u = CustomerUpdate
    columns: tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...] = (
        u.id,
        u.stream_id,
        u.version,
        u.document_id,
        func.coalesce(case.number, Document.number),
        u.person_id,
        Person.name,
        Person.name_local,
        Person.email,
        u.purpose,
        u.text,
        u.language,
        u.channel,
        u.state,
        u.reason,
        u.detail,
        u.subject,
        u.words,
        u.code_id,
        u.attempts,
        u.repeats,
        u.created_at,
        u.sent_at,
        u.delivered_at,
        u.read_at,
        u.urgent,
        u.turn,
        u.not_before,
        u.doubled,
        u.merged_into,
    )
    return (
        select(*columns)
        .join(Document, Document.id == u.document_id)
        .outerjoin(case, (case.id == u.stream_id) & (case.machine == "case"))
        .join(Person, Person.id == u.person_id)
        .where(_readable(scope, permission))
    )


async def _page(session: AsyncSession, query: Select[Any], before: UUID | None, limit: int) -> list[UpdateView]:
    if before is not None:
        query = query.where(CustomerUpdate.id < before)
    rows = await session.execute(query.order_by(CustomerUpdate.id.desc()).limit(limit))
    return [_view(tuple(row)) for row in rows]


_FIELDS = tuple(UpdateView.__dataclass_fields__)


def _view(row: tuple[Any, ...]) -> UpdateView:
    values = dict(zip(_FIELDS, row, strict=True))
    return UpdateView(**values | {"state": UpdateState(values["state"])})
