"""Queries about what came with registrations, what claims ask for, and what was done to units."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.policies.models import Policy
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.models import Document
from warranty.models import (
    WarrantyApplication,
    WarrantyClaim,
    WarrantyClaimLine,
    WarrantyRegistration,
    WarrantyService,
    WarrantyVerdict,
)
from warranty.permissions import VIEW
from warranty.rules.lines import SETTLED


@dataclass(frozen=True, slots=True)
class Registered:
    """A registration with what its customer told, if they registered it themselves."""

    id: UUID
    number: str
    status: str
    category: str
    stream_id: UUID
    opened_at: datetime
    row: WarrantyRegistration
    told: WarrantyApplication | None


async def registered(
    session: AsyncSession,
    scope: Scope,
    *,
    statuses: Collection[str] = (),
    ids: Collection[UUID] = (),
    limit: int = 50,
    before: UUID | None = None,
) -> list[Registered]:
    """Registrations that the caller may see, the last made first: those in some statuses, or some of them by id, older
    than the one with the key `before`."""
    columns: tuple[Any, ...] = (Document.id, Document.number, Document.status, Document.category, Document.stream_id)
    query = (
        select(*columns, Document.opened_at, WarrantyRegistration, WarrantyApplication)
        .join(WarrantyRegistration, WarrantyRegistration.id == Document.id)
        .outerjoin(WarrantyApplication, WarrantyApplication.id == Document.id)
        .where(visible(scope, VIEW))
        .order_by(Document.id.desc())
        .limit(limit)
    )
    if statuses:
        query = query.where(Document.status.in_(sorted(statuses)))
    if ids:
        query = query.where(Document.id.in_(ids))
    if before is not None:
        query = query.where(Document.id < before)
    rows: Sequence[Any] = (await session.execute(query)).all()
    return [Registered(*row) for row in rows]


async def services_of(
    session: AsyncSession, _scope: Scope, unit_ids: Collection[UUID]
) -> dict[UUID, list[WarrantyService]]:
    """What has been done to units that the caller has read, the earliest first."""
    found: dict[UUID, list[WarrantyService]] = {}
    query = select(WarrantyService).where(WarrantyService.unit_id.in_(unit_ids))
    for row in await session.scalars(query.order_by(WarrantyService.done_on, WarrantyService.id)):
        found.setdefault(row.unit_id, []).append(row)
    return found


async def services_on(session: AsyncSession, _scope: Scope, stream_id: UUID) -> Sequence[WarrantyService]:
    """What was done on a case that the caller has read, to be changed."""
    query = select(WarrantyService).where(WarrantyService.stream_id == stream_id).order_by(WarrantyService.id)
    return (await session.scalars(query)).all()


async def is_registered(
    session: AsyncSession, _scope: Scope, unit_id: UUID, *, apart_from: UUID | None = None, active: bool = False
) -> bool:
    """Whether there is a registration of the unit's own warranty, to be checked or active (only `active` if said)."""
    statuses = ("active",) if active else ("active", "pending_verification")
    query = (
        select(WarrantyRegistration.id)
        .join(Document, Document.id == WarrantyRegistration.id)
        .where(
            WarrantyRegistration.unit_id == unit_id,
            WarrantyRegistration.plan_from.is_(None),
            Document.status.in_(statuses),
        )
    )
    if apart_from is not None:
        query = query.where(WarrantyRegistration.id != apart_from)
    return await session.scalar(query.limit(1)) is not None


async def application(session: AsyncSession, _scope: Scope, registration_id: UUID) -> WarrantyApplication | None:
    """What a customer told with a registration that the caller has read."""
    return await session.get(WarrantyApplication, registration_id)


async def applied(session: AsyncSession, _scope: Scope, normal: str, phone: str, *, since: datetime) -> str | None:
    """The number of the registration that came with this product's number from this phone since then."""
    query = (
        select(Document.number)
        .join(WarrantyApplication, WarrantyApplication.id == Document.id)
        .where(
            WarrantyApplication.normal == normal,
            WarrantyApplication.phone == phone,
            WarrantyApplication.sent_at > since,
            Document.status == "pending_verification",
        )
        .order_by(Document.id.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def recent_from(session: AsyncSession, _scope: Scope, phone: str, *, since: datetime) -> int:
    """How many registrations came from the phone since then."""
    query = select(func.count()).where(WarrantyApplication.phone == phone, WarrantyApplication.sent_at > since)
    return await session.scalar(query) or 0


async def lines(session: AsyncSession, _scope: Scope, claim_id: UUID) -> Sequence[WarrantyClaimLine]:
    """The lines of a claim that the caller has read, the first added first."""
    query = select(WarrantyClaimLine).where(WarrantyClaimLine.claim_id == claim_id)
    return (await session.scalars(query.order_by(WarrantyClaimLine.position))).all()


async def settled_lines(session: AsyncSession, _scope: Scope, claim_id: UUID) -> Sequence[WarrantyClaimLine]:
    """The lines of a claim that the caller has read, as far as they were decided and the claim was granted."""
    query = select(WarrantyClaimLine).join(WarrantyClaim, WarrantyClaim.id == WarrantyClaimLine.claim_id)
    query = query.where(
        WarrantyClaimLine.claim_id == claim_id,
        WarrantyClaimLine.standing.in_(sorted(SETTLED)),
        WarrantyClaim.granted_at.is_not(None),
    )
    return (await session.scalars(query.order_by(WarrantyClaimLine.position))).all()


async def usage_of(session: AsyncSession, _scope: Scope, unit_id: UUID) -> Sequence[Any]:
    """What claims on a unit (which the caller has read) have given: policy code, claim, class, amount, by accident."""
    accident = WarrantyVerdict.verdict["trace"].contains([{"rule": "accident"}])
    query = (
        select(
            Policy.code,
            WarrantyClaim.id,
            WarrantyClaimLine.cost_class,
            func.sum(WarrantyClaimLine.granted_minor),
            func.bool_or(accident),
        )
        .select_from(WarrantyClaim)
        .join(WarrantyVerdict, WarrantyVerdict.id == WarrantyClaim.verdict_id)
        .join(Policy, Policy.id == WarrantyVerdict.policy_id)
        .outerjoin(WarrantyClaimLine, WarrantyClaimLine.claim_id == WarrantyClaim.id)
        .where(WarrantyClaim.unit_id == unit_id, WarrantyClaim.granted_at.is_not(None))
        .group_by(Policy.code, WarrantyClaim.id, WarrantyClaimLine.cost_class)
        .limit(1000)
    )
    return (await session.execute(query)).all()
