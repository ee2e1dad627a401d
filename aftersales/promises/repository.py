"""Every query about hours, targets and clocks."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth.models import Branch, Staff
from aftersales.policies.models import Policy
from aftersales.promises.models import CaseClock, CaseTargets, ClockNotice, WorkHours
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.models import Document, TimelineEntry

MAX_STEPS = 5000


@dataclass(frozen=True, slots=True)
class Held:
    """What a case is held to. `terms` and `hours` are JSON texts, of which the same version is always the same text;
    `hours` is None where the service centre has none."""

    case_id: UUID
    zone: str
    unit_id: UUID | None
    policy_id: UUID
    facts: Mapping[str, Any]
    rule: str
    version: int
    terms: str
    hours: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the timeline as far as clocks need it. `unit_id` is that of the document it is about."""

    version: int
    document_id: UUID
    unit_id: UUID | None
    machine: str
    kind: str
    name: str
    to_status: str | None
    at: datetime
    actor_kind: str
    audience: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HoursView:
    """One version of a service centre's hours."""

    id: UUID
    branch_id: UUID
    version: int
    hours: Mapping[str, Any]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of a service centre's hours, and who made it; nobody's name for what the system made."""

    version: int
    hours: Mapping[str, Any]
    made_at: datetime
    made_by: str | None


NEWEST_HOURS = (
    select(cast(WorkHours.hours, Text))
    .where(WorkHours.branch_id == Document.branch_id)
    .order_by(WorkHours.version.desc())
    .limit(1)
    .correlate(Document)
    .scalar_subquery()
)
_HELD = (
    select(
        CaseTargets.case_id,
        Branch.timezone,
        Document.unit_id,
        CaseTargets.policy_id,
        CaseTargets.facts,
        CaseTargets.rule,
        CaseTargets.version,
        cast(Policy.terms, Text),
        NEWEST_HOURS,
    )
    .join(Document, Document.id == CaseTargets.case_id)
    .join(Branch, Branch.id == Document.branch_id)
    .join(Policy, Policy.id == CaseTargets.policy_id)
)


async def held(session: AsyncSession, scope: Scope, case_id: UUID, *, lock: bool = False) -> Held | None:
    """What a case is held to, None if it has no targets; with `lock` nobody else reads its clocks meanwhile."""
    query = _HELD.where(CaseTargets.case_id == case_id, visible(scope))
    if lock:
        query = query.with_for_update(of=CaseTargets)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else Held(*row)


async def hold(session: AsyncSession, _scope: Scope, values: Mapping[str, Any]) -> None:
    """Write down what a case is held to; what stands already stays."""
    await session.execute(insert(CaseTargets).values(values).on_conflict_do_nothing())


async def entries(session: AsyncSession, scope: Scope, case_id: UUID) -> list[Entry]:
    """The case's timeline from its beginning, the first five thousand entries."""
    query = (
        select(
            TimelineEntry.version,
            TimelineEntry.document_id,
            Document.unit_id,
            TimelineEntry.machine,
            TimelineEntry.kind,
            TimelineEntry.name,
            TimelineEntry.to_status,
            TimelineEntry.at,
            TimelineEntry.actor_kind,
            TimelineEntry.audience,
            TimelineEntry.data,
        )
        .join(Document, Document.id == TimelineEntry.document_id)
        .where(TimelineEntry.stream_id == case_id, visible(scope))
        .order_by(TimelineEntry.version)
        .limit(MAX_STEPS)
    )
    return [Entry(*row) for row in await session.execute(query)]


async def clocks(session: AsyncSession, scope: Scope, case_id: UUID) -> dict[str, dict[str, Any]]:
    """The rows of a case's clocks as they were last kept, by name."""
    query = (
        select(*CaseClock.__table__.columns)
        .join(Document, Document.id == CaseClock.case_id)
        .where(CaseClock.case_id == case_id, visible(scope))
    )
    return {row["clock"]: dict(row) for row in (await session.execute(query)).mappings()}


async def keep(session: AsyncSession, _scope: Scope, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write down what clocks say."""
    if not rows:
        return
    statement = insert(CaseClock)
    changed = {c.name: statement.excluded[c.name] for c in CaseClock.__table__.columns if not c.primary_key}
    await session.execute(
        statement.on_conflict_do_update(index_elements=["case_id", "clock"], set_=changed), [dict(row) for row in rows]
    )


async def drop(session: AsyncSession, _scope: Scope, case_id: UUID, names: Sequence[str]) -> None:
    """Forget clocks that the targets no longer have."""
    await session.execute(delete(CaseClock).where(CaseClock.case_id == case_id, CaseClock.clock.in_(names)))


async def read_to(session: AsyncSession, _scope: Scope, case_id: UUID, version: int, rule: str, urgency: int) -> None:
    """Note how far the timeline had come, and which rule decided then."""
    await session.execute(
        update(CaseTargets).where(CaseTargets.case_id == case_id).values(version=version, rule=rule, urgency=urgency)
    )


async def raised(session: AsyncSession, scope: Scope, case_id: UUID) -> dict[tuple[str, str, int], UUID]:
    """The notices of a case that stand: their ids by clock, kind and step."""
    query = (
        select(ClockNotice.clock, ClockNotice.kind, ClockNotice.step, ClockNotice.id)
        .join(Document, Document.id == ClockNotice.case_id)
        .where(ClockNotice.case_id == case_id, ClockNotice.withdrawn_at.is_(None), visible(scope))
    )
    return {(clock, kind, step): key for clock, kind, step, key in await session.execute(query)}


async def raise_notices(session: AsyncSession, _scope: Scope, rows: Sequence[Mapping[str, Any]]) -> None:
    """Raise notices; one that stands already stays as it is."""
    if rows:
        await session.execute(insert(ClockNotice).on_conflict_do_nothing(), [dict(row) for row in rows])


async def withdraw_notices(session: AsyncSession, _scope: Scope, ids: Sequence[UUID], at: datetime) -> None:
    """Withdraw what is no longer true."""
    if ids:
        await session.execute(update(ClockNotice).where(ClockNotice.id.in_(ids)).values(withdrawn_at=at))


async def hours_of(session: AsyncSession, _scope: Scope, branch_id: UUID) -> HoursView | None:
    """The newest hours of a service centre; everybody may know them."""
    query = (
        select(WorkHours.id, WorkHours.branch_id, WorkHours.version, WorkHours.hours, WorkHours.made_at)
        .where(WorkHours.branch_id == branch_id)
        .order_by(WorkHours.version.desc())
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else HoursView(*row)


async def versions(session: AsyncSession, _scope: Scope, branch_id: UUID, *, limit: int = 20) -> list[VersionView]:
    """The hours of a service centre, the newest version first."""
    query = (
        select(WorkHours.version, WorkHours.hours, WorkHours.made_at, Staff.name)
        .outerjoin(Staff, Staff.id == WorkHours.made_by)
        .where(WorkHours.branch_id == branch_id)
        .order_by(WorkHours.version.desc())
        .limit(limit)
    )
    return [VersionView(*row) for row in await session.execute(query)]


async def add_hours(session: AsyncSession, _scope: Scope, made: HoursView, made_by: UUID | None) -> bool:
    """Keep a version; whether it is the only one with its number."""
    statement = insert(WorkHours).values(**asdict(made), made_by=made_by)
    done = await session.execute(statement.on_conflict_do_nothing().returning(WorkHours.id))
    return done.first() is not None


async def open_cases(
    session: AsyncSession, _scope: Scope, branch_id: UUID, after: UUID | None, limit: int
) -> list[UUID]:
    """Cases of a service centre whose clocks run, page by page."""
    query = (
        select(CaseTargets.case_id)
        .join(Document, Document.id == CaseTargets.case_id)
        .where(Document.branch_id == branch_id, Document.category != "done")
        .order_by(CaseTargets.case_id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(CaseTargets.case_id > after)
    return list(await session.scalars(query))
