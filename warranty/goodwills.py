"""Queries about what was given beyond the terms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth.models import Staff
from aftersales.scope import Scope
from warranty.models import WarrantyGoodwill


@dataclass(frozen=True, slots=True)
class Given:
    """What was given on a claim, by whom and why. Amounts in minor units."""

    classes: Sequence[str]
    amount_minor: int
    currency: str
    words: str
    by: str
    at: datetime
    verdict_id: UUID


async def on_claim(session: AsyncSession, _scope: Scope, claim_id: UUID) -> list[Given]:
    """What was given on a claim that the caller has read, the first given first."""
    query = (
        select(
            WarrantyGoodwill.classes,
            WarrantyGoodwill.amount_minor,
            WarrantyGoodwill.currency,
            WarrantyGoodwill.words,
            Staff.name,
            WarrantyGoodwill.given_at,
            WarrantyGoodwill.verdict_id,
        )
        .join(Staff, Staff.id == WarrantyGoodwill.staff_id)
        .where(WarrantyGoodwill.claim_id == claim_id)
        .order_by(WarrantyGoodwill.given_at, WarrantyGoodwill.id)
    )
    rows: Sequence[Any] = (await session.execute(query)).all()
    return [Given(*row) for row in rows]


async def classes_on(session: AsyncSession, _scope: Scope, claim_id: UUID) -> frozenset[str]:
    """The cost classes that were given on a claim that the caller has read."""
    rows = await session.scalars(
        select(func.unnest(WarrantyGoodwill.classes)).where(WarrantyGoodwill.claim_id == claim_id)
    )
    return frozenset(rows)


async def sums(
    session: AsyncSession, _scope: Scope, staff_id: UUID, currency: str, claim_id: UUID, *, since: datetime
) -> tuple[int, int]:
    """What somebody gave on a claim, and on all claims from then on. They are held until the transaction ends, so that
    nobody else counts for them meanwhile."""
    await session.execute(select(Staff.id).where(Staff.id == staff_id).with_for_update(key_share=True))
    mine = (WarrantyGoodwill.staff_id == staff_id, WarrantyGoodwill.currency == currency)
    amount = func.coalesce(func.sum(WarrantyGoodwill.amount_minor), 0)
    here = await session.scalar(select(amount).where(*mine, WarrantyGoodwill.claim_id == claim_id))
    lately = await session.scalar(select(amount).where(*mine, WarrantyGoodwill.given_at >= since))
    return int(here or 0), int(lately or 0)
