"""Every query about calls and call backs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, true, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from aftersales.auth.models import Staff
from aftersales.cases.models import MatterPerson
from aftersales.customers.models import Person, PersonPhone
from aftersales.errors import NotFound
from aftersales.scope import ActorKind, Scope
from aftersales.status.documents import visible
from aftersales.status.models import Document
from aftersales.updates.models import CustomerUpdate
from aftersales.voice.models import CallBack, VoiceCall
from aftersales.voice.permissions import VIEW
from aftersales.voice.rules import MAX_READ, Candidate

CASE_PAGE = 20


@dataclass(frozen=True, slots=True)
class CallBackView:
    """Somebody to call, with the case it is about if there is one."""

    id: UUID
    stream_id: UUID | None
    number: str
    language: str
    missed: bool
    asked_at: datetime
    promised_at: datetime
    done_at: datetime | None
    case_number: str | None
    owner_id: UUID | None
    owner: str | None
    name: str | None
    name_local: str | None


async def locked(session: AsyncSession, _scope: Scope, provider: str, provider_id: str) -> VoiceCall | None:
    """The call as the provider names it, held until the transaction ends: what is asked twice comes one by one."""
    query = select(VoiceCall).filter_by(provider=provider, provider_id=provider_id).with_for_update()
    return (await session.scalars(query, execution_options={"populate_existing": True})).one_or_none()


async def begun(session: AsyncSession, scope: Scope, row: dict[str, Any]) -> VoiceCall:
    """Note a call unless it is noted already; answers it, held."""
    await session.execute(insert(VoiceCall).values(**row).on_conflict_do_nothing())
    call = await locked(session, scope, row["provider"], row["provider_id"])
    if call is None:
        raise RuntimeError("a call that has just been noted is gone: calls are never deleted")
    return call


async def update_of(
    session: AsyncSession, _scope: Scope, *, update_id: UUID | None = None, provider_id: str | None = None
) -> CustomerUpdate | None:
    """The update that a call was placed for, by its id, or by the provider's for the call."""
    if update_id is not None:
        return await session.get(CustomerUpdate, update_id)
    query = select(CustomerUpdate).where(CustomerUpdate.provider_id == provider_id)
    return (await session.scalars(query.order_by(CustomerUpdate.id.desc()).limit(1))).one_or_none()


async def candidates(session: AsyncSession, _scope: Scope, e164: str) -> list[Candidate]:
    """The open matters in which somebody with this phone has a part, the newest first; whoever may answer stands first
    in each."""
    query = (
        select(Document.id, Document.number, Person.id, Person.customer_id, Person.language)
        .join(MatterPerson, MatterPerson.case_id == Document.id)
        .join(Person, Person.id == MatterPerson.person_id)
        .join(PersonPhone, PersonPhone.person_id == Person.id)
        .where(PersonPhone.e164 == e164, Document.machine == "case", Document.category != "done")
        .order_by(Document.id.desc(), MatterPerson.may_approve.desc(), Person.position, Person.id)
        .limit(10 * MAX_READ)
    )
    found: dict[UUID, Candidate] = {}
    for case_id, number, person_id, customer_id, language in await session.execute(query):
        found.setdefault(case_id, Candidate(case_id, number, person_id, customer_id, language))
    return list(found.values())


async def households(session: AsyncSession, _scope: Scope, e164: str) -> Sequence[tuple[UUID, UUID, str]]:
    """Who is reached at a number: person, household, language; of each household the first person."""
    query = (
        select(Person.id, Person.customer_id, Person.language)
        .join(PersonPhone, PersonPhone.person_id == Person.id)
        .where(PersonPhone.e164 == e164)
        .ext(distinct_on(Person.customer_id))
        .order_by(Person.customer_id, Person.position, Person.id)
        .limit(MAX_READ)
    )
    return [(row[0], row[1], row[2]) for row in await session.execute(query)]


async def about(session: AsyncSession, scope: Scope, stream_id: UUID) -> UUID | None:
    """A document of the stream, its case before the others: what says which branch looks after it."""
    query = select(Document.id).where(Document.stream_id == stream_id, visible(scope))
    return await session.scalar(query.order_by(Document.id != stream_id, Document.id).limit(1))


async def calls(session: AsyncSession, scope: Scope, stream_id: UUID) -> list[VoiceCall]:
    """The calls about a case that the caller may see, the newest first."""
    here = select(Document.id).where(Document.stream_id == stream_id, visible(scope, VIEW)).exists()
    query = select(VoiceCall).where(VoiceCall.stream_id == stream_id, here)
    return list((await session.scalars(query.order_by(VoiceCall.id.desc()).limit(CASE_PAGE))).all())


async def reachable(session: AsyncSession, scope: Scope, case_id: UUID) -> list[tuple[UUID, str, str, str]]:
    """Whoever has a part in the matter and a phone: person, name, language and number; whoever may answer first."""
    query = (
        select(Person.id, Person.name, Person.language, PersonPhone.e164)
        .join(MatterPerson, MatterPerson.person_id == Person.id)
        .join(PersonPhone, PersonPhone.person_id == Person.id)
        .join(Document, Document.id == MatterPerson.case_id)
        .where(MatterPerson.case_id == case_id, visible(scope))
        .order_by(MatterPerson.may_approve.desc(), Person.position, Person.id, PersonPhone.position)
    )
    found = {(row[0], row[3]): (row[0], row[1], row[2], row[3]) for row in await session.execute(query)}
    return list(found.values())


async def asked(session: AsyncSession, _scope: Scope, row: dict[str, Any]) -> bool:
    """Note who is to be called; False if they wait already."""
    made = insert(CallBack).values(**row).on_conflict_do_nothing().returning(CallBack.id)
    return (await session.scalars(made)).one_or_none() is not None


async def waiting_for(session: AsyncSession, _scope: Scope, stream_id: UUID | None, number: str) -> CallBack | None:
    """The open promise to call about a case, or to call a number without one."""
    about = (
        CallBack.stream_id == stream_id if stream_id else and_(CallBack.stream_id.is_(None), CallBack.number == number)
    )
    return (await session.scalars(select(CallBack).where(about, CallBack.done_at.is_(None)))).one_or_none()


async def call_backs(
    session: AsyncSession, scope: Scope, *, stream_id: UUID | None = None, limit: int = 50
) -> list[CallBackView]:
    """Who waits to be called, the one promised first before the others; of one case alone, if it is named."""
    query = _views(scope, VIEW).where(CallBack.done_at.is_(None))
    if stream_id is not None:
        query = query.where(CallBack.stream_id == stream_id)
    rows = await session.execute(query.order_by(CallBack.promised_at, CallBack.id).limit(limit))
    return [CallBackView(*row) for row in rows]


async def call_back(session: AsyncSession, scope: Scope, call_back_id: UUID, permission: str) -> CallBackView:
    """One of them. Raises NotFound (`voice.unknown_call_back`)."""
    row = (await session.execute(_views(scope, permission).where(CallBack.id == call_back_id))).one_or_none()
    if row is None:
        raise NotFound("voice.unknown_call_back", "There is no such call to make, or you may not see it.")
    return CallBackView(*row)


async def called(session: AsyncSession, _scope: Scope, call_back_id: UUID, staff_id: UUID, now: datetime) -> bool:
    """Note that they were called; False if somebody else was quicker."""
    done = (
        update(CallBack)
        .where(CallBack.id == call_back_id, CallBack.done_at.is_(None))
        .values(done_at=now, done_by=staff_id)
        .returning(CallBack.id)
        .execution_options(synchronize_session=False)
    )
    return (await session.scalars(done)).one_or_none() is not None


def _views(scope: Scope, permission: str) -> Select[Any]:
    case = aliased(Document)
    columns: tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...] = (
        CallBack.id,
        CallBack.stream_id,
        CallBack.number,
        CallBack.language,
        CallBack.missed,
        CallBack.asked_at,
        CallBack.promised_at,
        CallBack.done_at,
        case.number,
        case.assignee_id,
        Staff.name,
        Person.name,
        Person.name_local,
    )
    return (
        select(*columns)
        .outerjoin(case, (case.id == CallBack.stream_id) & (case.machine == "case"))
        .outerjoin(Staff, Staff.id == case.assignee_id)
        .outerjoin(Person, Person.id == CallBack.person_id)
        .where(_readable(scope, permission))
    )


def _readable(scope: Scope, permission: str) -> ColumnElement[bool]:
    """Those of cases that may be seen; those of no case for whoever holds the permission anywhere."""
    if scope.actor.kind is ActorKind.SYSTEM:
        return true()
    theirs = select(Document.id).where(Document.id == CallBack.stream_id, visible(scope, permission)).exists()
    return or_(theirs, CallBack.stream_id.is_(None)) if scope.can(permission) else theirs
