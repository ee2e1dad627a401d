"""Every query about payments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.money import Money
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.life import Life
from aftersales.status.models import Document
from billing.invoices.models import Invoice
from billing.payments.models import CountedReference, DirectPayment, Payment
from billing.permissions import VIEW

_BOTH = ("currency", "amount_minor", "method", "reference", "received_at")


@dataclass(frozen=True, slots=True)
class PaymentView:
    """Money that reached us, and the serial of the invoice it was counted on, if there was one."""

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
    invoice: str | None

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
            *(func.coalesce(getattr(Payment, name), getattr(DirectPayment, name)) for name in _BOTH),
            Invoice.serial,
        )
        .outerjoin(Payment, Payment.id == Document.id)
        .outerjoin(DirectPayment, DirectPayment.id == Document.id)
        .outerjoin(Invoice, Invoice.id == Payment.invoice_id)
        .where(Document.machine == "payment", visible(scope, VIEW))
    )
    rows: Sequence[Any] = (await session.execute(life.page(query))).all()
    return [PaymentView(*row) for row in rows]


async def counted(session: AsyncSession, _scope: Scope, method: str, reference: str | None) -> bool:
    """Whether money with this reference has been counted, with an invoice or without one."""
    return reference is not None and await session.get(CountedReference, (method, reference)) is not None
