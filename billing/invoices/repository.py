"""Every query about invoices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.errors import NotFound
from aftersales.money import Money
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.life import Life
from aftersales.status.models import Document
from billing.invoices.models import Invoice, InvoiceSeries
from billing.permissions import VIEW


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An invoice with what is paid so far."""

    id: UUID
    number: str
    status: str
    version: int
    stream_id: UUID
    branch_id: UUID
    unit_id: UUID | None
    customer_id: UUID | None
    estimate_id: UUID
    serial: str
    currency: str
    total_minor: int
    paid_minor: int
    issued_at: datetime

    @property
    def total(self) -> Money:
        """What is owed in all."""
        return Money(self.currency, self.total_minor)

    @property
    def due(self) -> Money:
        """What is still owed."""
        return Money(self.currency, self.total_minor - self.paid_minor)

    @property
    def paid(self) -> Money:
        """What has been paid."""
        return Money(self.currency, self.paid_minor)


_COLUMNS = (
    Document.id,
    Document.number,
    Document.status,
    Document.version,
    Document.stream_id,
    Document.branch_id,
    Document.unit_id,
    Document.customer_id,
    Invoice.estimate_id,
    Invoice.serial,
    Invoice.currency,
    Invoice.total_minor,
    Invoice.paid_minor,
    Invoice.issued_at,
)


async def invoice(session: AsyncSession, scope: Scope, invoice_id: UUID) -> InvoiceView:
    """One invoice. Raises NotFound (`invoice.unknown`)."""
    query = select(*_COLUMNS).join(Invoice, Invoice.id == Document.id).where(Document.id == invoice_id, visible(scope))
    row: Any = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound("invoice.unknown", "There is no such invoice, or you may not see it.")
    return InvoiceView(*row)


async def on_stream(session: AsyncSession, scope: Scope, stream_id: UUID) -> list[InvoiceView]:
    """The invoices of a case, the first issued first."""
    query = (
        select(*_COLUMNS)
        .join(Invoice, Invoice.id == Document.id)
        .where(Document.stream_id == stream_id, visible(scope))
        .order_by(Document.id)
        .limit(50)
    )
    rows: Sequence[Any] = (await session.execute(query)).all()
    return [InvoiceView(*row) for row in rows]


async def in_life(session: AsyncSession, scope: Scope, life: Life) -> list[InvoiceView]:
    """The invoices of a customer or for a unit."""
    query = select(*_COLUMNS).join(Invoice, Invoice.id == Document.id).where(visible(scope, VIEW))
    rows: Sequence[Any] = (await session.execute(life.page(query))).all()
    return [InvoiceView(*row) for row in rows]


async def held(session: AsyncSession, _scope: Scope, invoice_id: UUID) -> Invoice:
    """The row of an invoice that the caller may see, held until the transaction ends."""
    query = select(Invoice).where(Invoice.id == invoice_id).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


async def next_serial(session: AsyncSession, _scope: Scope, series: str) -> str:
    """The next number without gaps: whoever asks at the same time waits until this transaction ends."""
    made = insert(InvoiceSeries).values(series=series, last=1)
    counted = made.on_conflict_do_update(index_elements=["series"], set_={"last": InvoiceSeries.last + 1})
    last = (await session.execute(counted.returning(InvoiceSeries.last))).scalar_one()
    return f"{series}/{last:05d}"
