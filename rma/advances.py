"""Every query about exchanges in advance."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.errors import NotFound
from aftersales.money import Money
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.models import Document
from rma.models import ReturnAdvance


@dataclass(frozen=True, slots=True)
class AdvanceView:
    """An exchange in advance with its status."""

    id: UUID
    number: str
    status: str
    category: str
    version: int
    stream_id: UUID
    return_id: UUID
    line_id: UUID
    hold_id: UUID
    currency: str
    amount_minor: int
    way: str | None
    new_unit_id: UUID | None
    due_at: datetime | None
    keep_at: datetime | None
    next_hold_id: UUID | None

    @property
    def amount(self) -> Money:
        """What is held."""
        return Money(self.currency, self.amount_minor)


def _views(scope: Scope) -> Select[Any]:
    head = (Document.id, Document.number, Document.status, Document.category, Document.version, Document.stream_id)
    names = (
        "return_id",
        "line_id",
        "hold_id",
        "currency",
        "amount_minor",
        "way",
        "new_unit_id",
        "due_at",
        "keep_at",
        "next_hold_id",
    )
    own = (getattr(ReturnAdvance, name) for name in names)
    return select(*head, *own).join(ReturnAdvance, ReturnAdvance.id == Document.id).where(visible(scope))


async def one(session: AsyncSession, scope: Scope, advance_id: UUID) -> AdvanceView:
    """One exchange in advance. Raises NotFound (`advance.unknown`)."""
    row: Any = (await session.execute(_views(scope).where(Document.id == advance_id))).one_or_none()
    if row is None:
        raise NotFound("advance.unknown", "There is no such exchange, or you may not see it.")
    return AdvanceView(*row)


async def of_returns(session: AsyncSession, scope: Scope, return_ids: Collection[UUID]) -> list[AdvanceView]:
    """Those of these returns, the first agreed first."""
    query = _views(scope).where(ReturnAdvance.return_id.in_(return_ids)).order_by(Document.id)
    return [AdvanceView(*row) for row in await session.execute(query)]


async def running(session: AsyncSession, scope: Scope, return_id: UUID) -> list[AdvanceView]:
    """Those of a return that have not ended."""
    return [one for one in await of_returns(session, scope, {return_id}) if one.category != "done"]


async def of_hold(session: AsyncSession, _scope: Scope, hold_id: UUID) -> UUID | None:
    """The one that this security is for, or is to be for."""
    mine = or_(ReturnAdvance.hold_id == hold_id, ReturnAdvance.next_hold_id == hold_id)
    found: UUID | None = await session.scalar(select(ReturnAdvance.id).where(mine))
    return found


async def row(session: AsyncSession, _scope: Scope, advance_id: UUID) -> ReturnAdvance:
    """The row of one that the caller may see, held until the transaction ends."""
    query = select(ReturnAdvance).where(ReturnAdvance.id == advance_id).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one()
