"""Every query about security."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.errors import NotFound
from aftersales.money import Money
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.models import Document
from billing.holds.models import CardHold, GatewayNotice, Hold, HoldOutcome


@dataclass(frozen=True, slots=True)
class HoldView:
    """A security with its status."""

    id: UUID
    number: str
    status: str
    version: int
    stream_id: UUID
    about_id: UUID
    way: str
    currency: str
    amount_minor: int
    method: str
    reference: str | None
    placed_at: datetime

    @property
    def amount(self) -> Money:
        """How much is held."""
        return Money(self.currency, self.amount_minor)


def _views(scope: Scope) -> Select[Any]:
    columns: tuple[Any, ...] = (
        Document.id,
        Document.number,
        Document.status,
        Document.version,
        Document.stream_id,
        Hold.about_id,
        Hold.way,
        Hold.currency,
        Hold.amount_minor,
        Hold.method,
        Hold.reference,
        Hold.placed_at,
    )
    return select(*columns).join(Hold, Hold.id == Document.id).where(visible(scope))


async def one(session: AsyncSession, scope: Scope, hold_id: UUID) -> HoldView:
    """One security. Raises NotFound (`hold.unknown`)."""
    found = await find(session, scope, hold_id)
    if found is None:
        raise NotFound("hold.unknown", "There is no such security, or you may not see it.")
    return found


async def find(session: AsyncSession, scope: Scope, hold_id: UUID) -> HoldView | None:
    """A security, if there is one with this id."""
    row: Any = (await session.execute(_views(scope).where(Document.id == hold_id))).one_or_none()
    return HoldView(*row) if row is not None else None


async def on_stream(session: AsyncSession, scope: Scope, stream_id: UUID) -> list[HoldView]:
    """The securities of a case, the first placed first."""
    query = _views(scope).where(Document.stream_id == stream_id).order_by(Document.id).limit(50)
    return [HoldView(*row) for row in await session.execute(query)]


async def of_key(session: AsyncSession, _scope: Scope, key: UUID) -> UUID | None:
    """The security for this key."""
    found: UUID | None = await session.scalar(select(Hold.id).where(Hold.key == key))
    return found


async def outcome(session: AsyncSession, _scope: Scope, hold_id: UUID) -> HoldOutcome | None:
    """What was decided on a security that the caller may see, held until the transaction ends."""
    query = select(HoldOutcome).where(HoldOutcome.hold_id == hold_id).with_for_update()
    found: HoldOutcome | None = await session.scalar(query.execution_options(populate_existing=True))
    return found


async def at_gateway(session: AsyncSession, _scope: Scope, hold_id: UUID) -> CardHold | None:
    """What a gateway holds for a security that the caller may see, held until the transaction ends."""
    query = select(CardHold).where(CardHold.hold_id == hold_id).with_for_update()
    found: CardHold | None = await session.scalar(query.execution_options(populate_existing=True))
    return found


async def at_gateways(session: AsyncSession, _scope: Scope, hold_ids: Collection[UUID]) -> Mapping[UUID, CardHold]:
    """What gateways hold for securities that the caller may see, by security."""
    if not hold_ids:
        return {}
    found = await session.scalars(select(CardHold).where(CardHold.hold_id.in_(hold_ids)))
    return {one.hold_id: one for one in found}


async def new_notice(session: AsyncSession, _scope: Scope, name: str, now: datetime) -> bool:
    """Remember that a gateway said this; whether it is for the first time."""
    made = insert(GatewayNotice).values(id=name, heard_at=now).on_conflict_do_nothing().returning(GatewayNotice.id)
    return (await session.scalar(made)) is not None


async def forget_notices(session: AsyncSession, _scope: Scope, before: datetime) -> datetime | None:
    """Let go of what was said before then; when the oldest of the rest was said, None if nothing is left."""
    await session.execute(delete(GatewayNotice).where(GatewayNotice.heard_at < before))
    return await session.scalar(select(func.min(GatewayNotice.heard_at)))
