"""Every query about estimates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.errors import NotFound
from aftersales.money import Money
from aftersales.ports.charges import ChargeLine
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.life import Life
from aftersales.status.models import Document
from billing.estimates.models import Estimate, EstimateLine
from billing.permissions import VIEW


@dataclass(frozen=True, slots=True)
class EstimateView:
    """An estimate with its lines in their order."""

    id: UUID
    number: str
    status: str
    version: int
    stream_id: UUID
    branch_id: UUID
    work_id: UUID | None
    currency: str
    net_minor: int
    total_minor: int
    valid_until: datetime | None
    lines: tuple[ChargeLine, ...]

    @property
    def total(self) -> Money:
        """What the customer pays, tax included."""
        return Money(self.currency, self.total_minor)


_COLUMNS = (
    Document.id,
    Document.number,
    Document.status,
    Document.version,
    Document.stream_id,
    Document.branch_id,
    Estimate.work_id,
    Estimate.currency,
    Estimate.net_minor,
    Estimate.total_minor,
    Estimate.valid_until,
)


def _all(scope: Scope, permission: str | None = None) -> Select[*tuple[object, ...]]:
    return select(*_COLUMNS).join(Estimate, Estimate.id == Document.id).where(visible(scope, permission))


def _query(scope: Scope) -> Select[*tuple[object, ...]]:
    return _all(scope).order_by(Document.id).limit(50)


async def estimate(session: AsyncSession, scope: Scope, estimate_id: UUID) -> EstimateView:
    """One estimate. Raises NotFound (`estimate.unknown`)."""
    found = await _read(session, _query(scope).where(Document.id == estimate_id))
    if not found:
        raise NotFound("estimate.unknown", "There is no such estimate, or you may not see it.")
    return found[0]


async def on_stream(session: AsyncSession, scope: Scope, stream_id: UUID) -> list[EstimateView]:
    """The estimates of a case, the first written first; two statements."""
    return await _read(session, _query(scope).where(Document.stream_id == stream_id))


async def for_work(session: AsyncSession, scope: Scope, work_id: UUID) -> list[EstimateView]:
    """The estimates of one work order, the first written first."""
    return await _read(session, _query(scope).where(Estimate.work_id == work_id))


async def in_life(session: AsyncSession, scope: Scope, life: Life) -> list[EstimateView]:
    """The estimates of a customer or for a unit."""
    return await _read(session, life.page(_all(scope, VIEW)))


async def _read(session: AsyncSession, query: Select[*tuple[object, ...]]) -> list[EstimateView]:
    rows: Sequence[Any] = (await session.execute(query)).all()
    ids = [row.id for row in rows]
    lines: dict[UUID, list[ChargeLine]] = {key: [] for key in ids}
    if ids:
        wanted = select(EstimateLine, Estimate.currency).join(Estimate, Estimate.id == EstimateLine.estimate_id)
        wanted = wanted.where(EstimateLine.estimate_id.in_(ids))
        for line, currency in await session.execute(wanted.order_by(EstimateLine.estimate_id, EstimateLine.position)):
            lines[line.estimate_id].append(_line(line, currency))
    return [EstimateView(*row, *([tuple(lines[row.id])])) for row in rows]


def _line(line: EstimateLine, currency: str) -> ChargeLine:
    price = Money(currency, line.unit_price_minor)
    return ChargeLine(line.kind, line.description, line.quantity, price, line.tax_rate, line.tax_code)
