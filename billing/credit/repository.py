"""Every query about credit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.money import Money
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.life import Life
from aftersales.status.models import Document
from billing.credit.models import CreditEntry
from billing.credit.rules import Entry
from billing.permissions import VIEW


@dataclass(frozen=True, slots=True)
class CreditView:
    """One line of the ledger with the document it came from."""

    id: UUID
    number: str
    stream_id: UUID
    currency: str
    amount_minor: int
    balance_minor: int
    made_at: datetime

    @property
    def amount(self) -> Money:
        """What was given; below zero, used."""
        return Money(self.currency, self.amount_minor)

    @property
    def balance(self) -> Money:
        """What there was then."""
        return Money(self.currency, self.balance_minor)


async def held(session: AsyncSession, _scope: Scope, customer_id: UUID, currency: str) -> Entry | None:
    """The last entry of a customer whom the caller knows; nobody else adds to it until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"credit:{customer_id}", 0))))
    return _entry(await _last(session, customer_id, currency))


async def of_key(session: AsyncSession, _scope: Scope, key: UUID) -> UUID | None:
    """The document of the entry with this key."""
    found: UUID | None = await session.scalar(select(CreditEntry.document_id).where(CreditEntry.key == key))
    return found


async def balances(session: AsyncSession, _scope: Scope, customer_id: UUID) -> list[Money]:
    """What a customer whom the caller knows has as credit, by currency; what is used up is left out."""
    query = (
        select(CreditEntry.currency, CreditEntry.balance_minor)
        .ext(distinct_on(CreditEntry.currency))
        .where(CreditEntry.customer_id == customer_id)
        .order_by(CreditEntry.currency, CreditEntry.step.desc())
    )
    return [Money(row[0], row[1]) for row in await session.execute(query) if row[1]]


async def in_life(session: AsyncSession, scope: Scope, life: Life) -> list[CreditView]:
    """The entries of a customer, by documents that the caller may see."""
    query = (
        select(
            CreditEntry.key,
            Document.number,
            Document.stream_id,
            CreditEntry.currency,
            CreditEntry.amount_minor,
            CreditEntry.balance_minor,
            CreditEntry.made_at,
        )
        .join(Document, Document.id == CreditEntry.document_id)
        .where(CreditEntry.customer_id == life.customer_id, visible(scope, VIEW))
    )
    rows: list[Any] = list(await session.execute(life.cut(query, CreditEntry.made_at, CreditEntry.key)))
    return [CreditView(*row) for row in rows]


async def _last(session: AsyncSession, customer_id: UUID, currency: str) -> CreditEntry | None:
    mine = select(CreditEntry).where(CreditEntry.customer_id == customer_id, CreditEntry.currency == currency)
    return await session.scalar(mine.order_by(CreditEntry.step.desc()).limit(1))


def _entry(row: CreditEntry | None) -> Entry | None:
    if row is None:
        return None
    return Entry(row.step, Money(row.currency, row.amount_minor), Money(row.currency, row.balance_minor))
