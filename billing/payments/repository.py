"""Every query about payments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.money import Money
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.life import Life
from aftersales.status.models import Document
from billing.invoices.models import Invoice
from billing.payments.models import Payment
from billing.permissions import VIEW


@dataclass(frozen=True, slots=True)
class PaymentView:
    """Money that reached us, and the serial of the invoice it was counted on."""

    id: UUID
    number: str
    status: str
    category: str
    stream_id: UUID
    currency: str
    amount_minor: int
    method: str
    reference: str | None
    received_at: datetime
    invoice: str

    @property
    def amount(self) -> Money:
        """How much."""
        return Money(self.currency, self.amount_minor)


async def in_life(session: AsyncSession, scope: Scope, life: Life) -> list[PaymentView]:
    """The payments of a customer or for a unit."""
    query = (
        select(
            Document.id,
            Document.number,
            Document.status,
            Document.category,
            Document.stream_id,
            Payment.currency,
            Payment.amount_minor,
            Payment.method,
            Payment.reference,
            Payment.received_at,
            Invoice.serial,
        )
        .join(Payment, Payment.id == Document.id)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(visible(scope, VIEW))
    )
    rows: Sequence[Any] = (await session.execute(life.page(query))).all()
    return [PaymentView(*row) for row in rows]
