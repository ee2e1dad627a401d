"""Queries about the maintenance visits of plans."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.scope import Scope
from warranty.models import WarrantyRegistration, WarrantyUpkeep


async def made(session: AsyncSession, _scope: Scope, row: WarrantyRegistration, position: int) -> bool:
    """Whether this visit of a plan, whose registration the caller has read, has been asked for: in its name or in that
    of the owner before, whose plan it was."""
    query = (
        select(WarrantyUpkeep.id)
        .join(WarrantyRegistration, WarrantyRegistration.id == WarrantyUpkeep.registration_id)
        .where(
            WarrantyRegistration.unit_id == row.unit_id,
            WarrantyRegistration.policy_id == row.policy_id,
            WarrantyRegistration.plan_from == row.plan_from,
            WarrantyUpkeep.position == position,
        )
        .limit(1)
    )
    return await session.scalar(query) is not None


async def of_plan(session: AsyncSession, _scope: Scope, row: WarrantyRegistration) -> Sequence[WarrantyUpkeep]:
    """The visits of a plan, whose registration the caller has read, that were asked for in whosever name, each once."""
    query = (
        select(WarrantyUpkeep)
        .join(WarrantyRegistration, WarrantyRegistration.id == WarrantyUpkeep.registration_id)
        .where(
            WarrantyRegistration.unit_id == row.unit_id,
            WarrantyRegistration.policy_id == row.policy_id,
            WarrantyRegistration.plan_from == row.plan_from,
        )
        .order_by(WarrantyUpkeep.position, WarrantyUpkeep.id.desc())
    )
    return list({one.position: one for one in await session.scalars(query)}.values())


async def of_registration(session: AsyncSession, _scope: Scope, registration_id: UUID) -> Sequence[WarrantyUpkeep]:
    """The visits that were asked for, of a registration that the caller has read, the first of the plan first."""
    query = select(WarrantyUpkeep).where(WarrantyUpkeep.registration_id == registration_id)
    return (await session.scalars(query.order_by(WarrantyUpkeep.position))).all()
