"""Queries about transfers to new owners."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from aftersales.errors import NotFound
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.models import Document
from warranty.models import WarrantyConsent, WarrantyRegistration, WarrantyTransfer


@dataclass(frozen=True, slots=True)
class TransferView:
    """A transfer with where it stands."""

    id: UUID
    number: str
    status: str
    stream_id: UUID
    branch_id: UUID
    version: int
    opened_at: datetime
    registration_id: UUID
    unit_id: UUID
    from_customer_id: UUID
    to_customer_id: UUID
    until: datetime


_VIEW: tuple[Any, ...] = (
    Document.id,
    Document.number,
    Document.status,
    Document.stream_id,
    Document.branch_id,
    Document.version,
    Document.opened_at,
    WarrantyTransfer.registration_id,
    WarrantyTransfer.unit_id,
    WarrantyTransfer.from_customer_id,
    WarrantyTransfer.to_customer_id,
    WarrantyTransfer.until,
)


async def transfer(session: AsyncSession, scope: Scope, transfer_id: UUID) -> TransferView:
    """One transfer. Raises NotFound (`warranty.unknown_transfer`)."""
    found = await _transfers(session, scope, WarrantyTransfer.id == transfer_id)
    if not found:
        raise NotFound("warranty.unknown_transfer", "There is no such transfer, or you may not see it.")
    return found[0]


async def of_registration(session: AsyncSession, scope: Scope, registration_id: UUID) -> Sequence[TransferView]:
    """The transfers that were asked for from a registration, the last asked first."""
    return await _transfers(session, scope, WarrantyTransfer.registration_id == registration_id)


async def of_household(session: AsyncSession, scope: Scope, unit_id: UUID, customer_id: UUID) -> Sequence[TransferView]:
    """The transfers of a unit that concern a household, the last asked first."""
    mine = or_(WarrantyTransfer.from_customer_id == customer_id, WarrantyTransfer.to_customer_id == customer_id)
    return await _transfers(session, scope, WarrantyTransfer.unit_id == unit_id, mine)


async def _transfers(session: AsyncSession, scope: Scope, *where: Any) -> list[TransferView]:
    query = select(*_VIEW).join(WarrantyTransfer, WarrantyTransfer.id == Document.id).where(visible(scope), *where)
    rows: Sequence[Any] = (await session.execute(query.order_by(Document.id.desc()).limit(20))).all()
    return [TransferView(*row) for row in rows]


async def consents(
    session: AsyncSession, _scope: Scope, transfer_ids: Collection[UUID]
) -> dict[UUID, list[WarrantyConsent]]:
    """Who has agreed to transfers that the caller has read, in the order in which they did."""
    found: dict[UUID, list[WarrantyConsent]] = {}
    query = select(WarrantyConsent).where(WarrantyConsent.transfer_id.in_(transfer_ids))
    for row in await session.scalars(query.order_by(WarrantyConsent.given_at, WarrantyConsent.id)):
        found.setdefault(row.transfer_id, []).append(row)
    return found


async def of_case(
    session: AsyncSession, _scope: Scope, case_id: UUID
) -> list[tuple[UUID, str, str, WarrantyRegistration]]:
    """The active registrations that the household of a case, which the caller has read, has of the case's unit."""
    case = aliased(Document)
    query = (
        select(Document.id, Document.number, Document.status, WarrantyRegistration)
        .join(WarrantyRegistration, WarrantyRegistration.id == Document.id)
        .join(case, (case.unit_id == Document.unit_id) & (case.customer_id == Document.customer_id))
        .where(case.id == case_id, Document.status == "active")
        .order_by(Document.id.desc())
        .limit(10)
    )
    rows: Sequence[Any] = (await session.execute(query)).all()
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def of_customer(
    session: AsyncSession, scope: Scope, unit_id: UUID, customer_id: UUID
) -> list[tuple[UUID, str, str, WarrantyRegistration]]:
    """A household's registrations of a unit, the last made first: id, number, status and its own row."""
    query = (
        select(Document.id, Document.number, Document.status, WarrantyRegistration)
        .join(WarrantyRegistration, WarrantyRegistration.id == Document.id)
        .where(visible(scope), Document.unit_id == unit_id, Document.customer_id == customer_id)
        .order_by(Document.id.desc())
        .limit(10)
    )
    rows: Sequence[Any] = (await session.execute(query)).all()
    return [(row[0], row[1], row[2], row[3]) for row in rows]
