"""Queries about the maintenance visits of plans."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.scope import Scope
from warranty.models import WarrantyUpkeep


async def made(session: AsyncSession, _scope: Scope, registration_id: UUID, position: int) -> bool:
    """Whether this visit of a plan, whose registration the caller has read, has been asked for."""
    query = select(WarrantyUpkeep.id).where(
        WarrantyUpkeep.registration_id == registration_id, WarrantyUpkeep.position == position
    )
    return await session.scalar(query) is not None


async def of_registration(session: AsyncSession, _scope: Scope, registration_id: UUID) -> Sequence[WarrantyUpkeep]:
    """The visits that were asked for, of a registration that the caller has read, the first of the plan first."""
    query = select(WarrantyUpkeep).where(WarrantyUpkeep.registration_id == registration_id)
    return (await session.scalars(query.order_by(WarrantyUpkeep.position))).all()
