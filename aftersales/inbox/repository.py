"""Every query about what people write to us."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    ScalarSelect,
    Table,
    Uuid,
    any_,
    bindparam,
    delete,
    func,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.cases.models import Case, MatterPerson
from aftersales.customers.models import Person, PersonPhone
from aftersales.errors import NotFound
from aftersales.inbox.machine import OPEN_DRAFTS, DraftState, TaskState
from aftersales.inbox.models import InboxDraft, InboxPhoto, InboxQuestion, InboxReply, InboxTask
from aftersales.inbox.permissions import ANSWER, DECIDE
from aftersales.products.models import Category, Product, Unit
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.models import Document
from aftersales.updates.models import CustomerUpdate, InboundMessage

PAGE = 100
MAX_CASES = 10
COUNT_CAP = 1000
_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:sender, 0))")


@dataclass(frozen=True, slots=True)
class Sender:
    """Somebody on record with the address that a message came from."""

    person_id: UUID
    customer_id: UUID
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An open case that one of the senders has a part in, the person being who they are in it."""

    id: UUID
    number: str
    person_id: UUID
    customer_id: UUID
    category: str | None
    product: str | None
    complaint: str


@dataclass(frozen=True, slots=True)
class TaskRow:
    """Somebody who waits for an answer about a case."""

    id: UUID
    case_id: UUID
    number: str
    complaint: str
    version: int
    channel: str
    asked: str
    language: str
    name: str
    owner_id: UUID | None
    created_at: datetime
    due_at: datetime


async def hold(session: AsyncSession, _scope: Scope, channel: str, sender: str) -> None:
    """One message of a sender at a time, until the transaction ends."""
    await session.execute(_HOLD, {"sender": f"inbox:{channel}:{sender}"})


async def message(session: AsyncSession, _scope: Scope, inbound_id: UUID) -> InboundMessage | None:
    """What was sent; None where it has been erased meanwhile."""
    return await session.get(InboundMessage, inbound_id)


async def senders(session: AsyncSession, _scope: Scope, address: str) -> list[Sender]:
    """Everybody on record with this phone or e-mail address."""
    if "@" in address:
        held: ColumnElement[bool] = func.lower(Person.email) == address.lower()
    else:
        held = Person.id.in_(select(PersonPhone.person_id).where(PersonPhone.e164 == address))
    query = select(Person.id, Person.customer_id, Person.name, Person.language).where(held)
    return [Sender(*row) for row in await session.execute(query.order_by(Person.position, Person.id).limit(50))]


async def open_cases(session: AsyncSession, _scope: Scope, people: Collection[UUID]) -> list[OpenCase]:
    """The open cases in which these people have a part, the newest first; each once."""
    query = (
        select(
            Document.id,
            Document.number,
            MatterPerson.person_id,
            Document.customer_id,
            Category.name,
            Product.name,
            Case.complaint,
        )
        .ext(distinct_on(Document.id))
        .join(MatterPerson, MatterPerson.case_id == Document.id)
        .join(Case, Case.id == Document.id)
        .outerjoin(Unit, Unit.id == Document.unit_id)
        .outerjoin(Product, Product.id == Unit.product_id)
        .outerjoin(Category, Category.id == Product.category_id)
        .where(MatterPerson.person_id.in_(people), Document.machine == "case", Document.category != "done")
        .order_by(
            Document.id.desc(),
            func.array_position(["owner", "payer", "caller", "at_home"], MatterPerson.role),
            MatterPerson.person_id,
        )
        .limit(MAX_CASES)
    )
    rows: Sequence[Any] = (await session.execute(query)).all()
    return [OpenCase(*row) for row in rows]


async def answered_case(session: AsyncSession, _scope: Scope, channel: str, letter: str) -> tuple[UUID, UUID] | None:
    """The stream and person of the letter of ours that the other side calls `letter`."""
    u, r = CustomerUpdate, InboxReply
    told = select(u.stream_id, u.person_id).where(
        or_((u.channel == channel) & (u.provider_id == letter), u.message_id == letter)
    )
    row: Any = (await session.execute(told.limit(1))).one_or_none()
    if row is None:
        ours = select(r.stream_id, r.person_id).where(r.channel == channel, r.provider_id == letter)
        row = (await session.execute(ours.where(r.stream_id.is_not(None), r.person_id.is_not(None)).limit(1))).first()
    return (row[0], row[1]) if row is not None else None


async def question(session: AsyncSession, _scope: Scope, channel: str, sender: str) -> InboxQuestion | None:
    """What we have asked this sender, if anything."""
    return await session.get(InboxQuestion, (channel, sender))


async def last_address(
    session: AsyncSession, _scope: Scope, channel: str, person_id: UUID
) -> tuple[str, datetime] | None:
    """The address that this person last wrote from by the channel, and when."""
    phones = select(PersonPhone.e164).where(PersonPhone.person_id == person_id)
    mail = select(Person.email).where(Person.id == person_id, Person.email.is_not(None))
    query = (
        select(InboundMessage.sender, InboundMessage.received_at)
        .where(
            InboundMessage.channel == channel,
            or_(InboundMessage.sender.in_(phones), InboundMessage.sender.in_(mail)),
        )
        .order_by(InboundMessage.received_at.desc())
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row is not None else None


async def open_task(session: AsyncSession, _scope: Scope, values: Mapping[str, Any]) -> Any:
    """Keep the task, or the one that waits on the case already; the time promised first holds. Answers that time."""
    found: datetime | None = await session.scalar(
        insert(InboxTask)
        .values(**values, state=TaskState.OPEN)
        .on_conflict_do_update(
            index_elements=[InboxTask.case_id],
            # As a literal: a prepared statement cannot prove that a parameter is what the index says.
            index_where=text("state = 'open'"),
            set_={"due_at": func.least(InboxTask.due_at, values["due_at"]), "asked": _pressing(values["asked"])},
        )
        .returning(InboxTask.due_at)
    )
    return found or values["due_at"]


def _pressing(asked: str) -> Any:
    """A wish to speak to a person is not forgotten by what is written after it."""
    return InboxTask.asked if asked != "person" else asked


# Made once: it is asked at the end of every case, and making it takes longer than asking it.
_TASKS = cast(Table, InboxTask.__table__)
_END_TASKS = (
    update(_TASKS)
    .where(_TASKS.c.case_id == any_(bindparam("about", type_=ARRAY(Uuid()))), _TASKS.c.state == TaskState.OPEN)
    .values(state=TaskState.DONE, done_at=bindparam("done_at"), done_by=bindparam("done_by"))
    .returning(_TASKS.c.id)
)


async def end_tasks(
    session: AsyncSession, _scope: Scope, case_ids: Collection[UUID], now: datetime, staff_id: UUID | None
) -> bool:
    """Nobody waits on these cases any more; whether somebody did."""
    given = {"about": list(case_ids), "done_at": now, "done_by": staff_id}
    return bool((await session.execute(_END_TASKS, given)).all())


async def tasks(
    session: AsyncSession, scope: Scope, *, case_id: UUID | None = None, limit: int = PAGE
) -> list[TaskRow]:
    """Who waits for an answer, the oldest promise first."""
    query = (
        select(
            InboxTask.id,
            InboxTask.case_id,
            Document.number,
            Case.complaint,
            InboxTask.version,
            InboxTask.channel,
            InboxTask.asked,
            InboxTask.language,
            func.coalesce(Person.name, ""),
            Document.assignee_id,
            InboxTask.created_at,
            InboxTask.due_at,
        )
        .join(Document, Document.id == InboxTask.case_id)
        .join(Case, Case.id == InboxTask.case_id)
        .outerjoin(Person, Person.id == InboxTask.person_id)
        .where(InboxTask.state == TaskState.OPEN, visible(scope, ANSWER))
        .order_by(InboxTask.due_at, InboxTask.id)
        .limit(limit)
    )
    if case_id is not None:
        query = query.where(InboxTask.case_id == case_id)
    rows: Sequence[Any] = (await session.execute(query)).all()
    return [TaskRow(*row) for row in rows]


def deciding(scope: Scope) -> ColumnElement[bool]:
    """The drafts that somebody may decide: of their branches, and those that have none yet."""
    branches = scope.branches(DECIDE)
    if branches is None:
        return true()
    return or_(InboxDraft.branch_id.in_(branches), InboxDraft.branch_id.is_(None) & (true() if branches else ~true()))


async def drafts(session: AsyncSession, scope: Scope, *, limit: int = PAGE) -> list[InboxDraft]:
    """The requests to decide, the oldest promise first; those that still lack something after the others."""
    query = (
        select(InboxDraft)
        .where(InboxDraft.state.in_(OPEN_DRAFTS), deciding(scope))
        .order_by(InboxDraft.state.desc(), InboxDraft.due_at, InboxDraft.id)
        .limit(limit)
    )
    return list((await session.scalars(query)).all())


async def draft(session: AsyncSession, scope: Scope, draft_id: UUID) -> InboxDraft:
    """One request, held until the transaction ends. Raises NotFound (`inbox.unknown_draft`)."""
    query = select(InboxDraft).where(InboxDraft.id == draft_id, deciding(scope)).with_for_update()
    found = await session.scalar(query)
    if found is None:
        raise NotFound("inbox.unknown_draft", "There is no such request, or it is not yours to decide.")
    return found


async def open_draft(session: AsyncSession, _scope: Scope, channel: str, sender: str) -> InboxDraft | None:
    """The request of this sender that is not decided yet."""
    query = select(InboxDraft).where(
        InboxDraft.channel == channel, InboxDraft.sender == sender, InboxDraft.state.in_(OPEN_DRAFTS)
    )
    found: InboxDraft | None = await session.scalar(query.with_for_update())
    return found


async def photos(session: AsyncSession, _scope: Scope, draft_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """The photos of these requests, the first sent first."""
    found: dict[UUID, list[UUID]] = {}
    query = select(InboxPhoto.draft_id, InboxPhoto.id).where(InboxPhoto.draft_id.in_(draft_ids))
    for draft_id, photo_id in await session.execute(query.order_by(InboxPhoto.id)):
        found.setdefault(draft_id, []).append(photo_id)
    return found


async def photo(session: AsyncSession, scope: Scope, photo_id: UUID, *, small: bool) -> bytes:
    """A photo of a request that may be decided. Raises NotFound (`inbox.unknown_photo`)."""
    column = InboxPhoto.thumbnail if small else InboxPhoto.data
    query = select(column).join(InboxDraft, InboxDraft.id == InboxPhoto.draft_id)
    found = await session.scalar(query.where(InboxPhoto.id == photo_id, deciding(scope)))
    if not isinstance(found, bytes):
        raise NotFound("inbox.unknown_photo", "There is no such photo, or it is not yours to see.")
    return found


async def photo_data(session: AsyncSession, _scope: Scope, draft_id: UUID) -> list[bytes]:
    """The photos themselves, of a request that the caller holds."""
    query = select(InboxPhoto.data).where(InboxPhoto.draft_id == draft_id).order_by(InboxPhoto.id)
    return list((await session.scalars(query)).all())


def owed(scope: Scope) -> ScalarSelect[int]:
    """How many answers and decisions are due, each to 1,000."""
    answers = (
        select(InboxTask.id)
        .join(Document, Document.id == InboxTask.case_id)
        .where(InboxTask.state == TaskState.OPEN, visible(scope, ANSWER))
        .limit(COUNT_CAP)
        .subquery()
    )
    waits = InboxDraft.state == DraftState.WAITING
    decisions = select(InboxDraft.id).where(waits, deciding(scope)).limit(COUNT_CAP).subquery()
    of = [select(func.count()).select_from(one).scalar_subquery() for one in (answers, decisions)]
    return select(of[0] + of[1]).scalar_subquery()


async def reply(session: AsyncSession, _scope: Scope, reply_id: UUID) -> InboxReply | None:
    """One answer to send, held until the transaction ends."""
    return await session.get(InboxReply, reply_id, with_for_update=True)


async def replies(session: AsyncSession, scope: Scope, case_id: UUID) -> dict[int, InboxReply]:
    """The answers on a case by the version of their entry."""
    query = (
        select(InboxReply)
        .join(Document, Document.id == InboxReply.stream_id)
        .where(InboxReply.stream_id == case_id, InboxReply.version.is_not(None), visible(scope, "case.view"))
    )
    return {row.version: row for row in await session.scalars(query) if row.version is not None}


async def end_question(session: AsyncSession, _scope: Scope, asked: InboxQuestion) -> Sequence[UUID]:
    """It is answered; the messages that waited for that."""
    waited = tuple(asked.messages)
    await session.delete(asked)
    await session.flush()
    return waited


async def drop_photos(session: AsyncSession, _scope: Scope, draft_id: UUID) -> None:
    """The photos of a request that is over."""
    await session.execute(delete(InboxPhoto).where(InboxPhoto.draft_id == draft_id))
