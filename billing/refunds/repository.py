"""Every query about refunds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.errors import NotFound
from aftersales.money import Money
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.life import Life
from aftersales.status.models import Document
from billing.permissions import VIEW
from billing.refunds.models import Refund


@dataclass(frozen=True, slots=True)
class RefundView:
    """A refund with its status."""

    id: UUID
    number: str
    status: str
    category: str
    version: int
    stream_id: UUID
    branch_id: UUID
    currency: str
    amount_minor: int
    tax_minor: int
    method: str
    source_reference: str
    reference: str | None
    requested_at: datetime
    paid_at: datetime | None

    @property
    def amount(self) -> Money:
        """How much goes back."""
        return Money(self.currency, self.amount_minor)

    @property
    def tax(self) -> Money:
        """What of it is tax."""
        return Money(self.currency, self.tax_minor)


def _views(scope: Scope, permission: str | None = None) -> Select[Any]:
    columns: tuple[Any, ...] = (
        Document.id,
        Document.number,
        Document.status,
        Document.category,
        Document.version,
        Document.stream_id,
        Document.branch_id,
        Refund.currency,
        Refund.amount_minor,
        Refund.tax_minor,
        Refund.method,
        Refund.source_reference,
        Refund.reference,
        Refund.requested_at,
        Refund.paid_at,
    )
    return select(*columns).join(Refund, Refund.id == Document.id).where(visible(scope, permission))


async def one(session: AsyncSession, scope: Scope, refund_id: UUID) -> RefundView:
    """One refund. Raises NotFound (`refund.unknown`)."""
    row: Any = (await session.execute(_views(scope).where(Document.id == refund_id))).one_or_none()
    if row is None:
        raise NotFound("refund.unknown", "There is no such refund, or you may not see it.")
    return RefundView(*row)


async def on_stream(session: AsyncSession, scope: Scope, stream_id: UUID) -> list[RefundView]:
    """The refunds of a case, the first asked for first."""
    query = _views(scope).where(Document.stream_id == stream_id).order_by(Document.id).limit(50)
    return [RefundView(*row) for row in await session.execute(query)]


async def in_life(session: AsyncSession, scope: Scope, life: Life) -> list[RefundView]:
    """The refunds of a customer."""
    return [RefundView(*row) for row in await session.execute(life.page(_views(scope, VIEW)))]


async def of_key(session: AsyncSession, _scope: Scope, key: UUID) -> UUID | None:
    """The refund for this key."""
    found: UUID | None = await session.scalar(select(Refund.id).where(Refund.key == key))
    return found


async def key_of(session: AsyncSession, _scope: Scope, refund_id: UUID) -> UUID | None:
    """What a refund that the caller may see is for."""
    found: UUID | None = await session.scalar(select(Refund.key).where(Refund.id == refund_id))
    return found


async def held(session: AsyncSession, _scope: Scope, refund_id: UUID) -> Refund:
    """The row of a refund that the caller may see, held until the transaction ends."""
    query = select(Refund).where(Refund.id == refund_id).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one()
