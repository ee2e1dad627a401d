"""Every query about repair orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.errors import NotFound
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.life import Life
from aftersales.status.models import Document
from field_service.repairs.machine import REPAIR_ORDER
from field_service.repairs.models import RepairOrder
from field_service.repairs.rules import GIVEN_BACK

MAX_OF_CASE = 50


@dataclass(frozen=True, slots=True)
class RepairView:
    """One repair order with its status; `case_id` is the stream."""

    id: UUID
    number: str
    case_id: UUID
    unit_id: UUID | None
    customer_id: UUID
    branch_id: UUID
    engineer_id: UUID | None
    status: str
    category: str
    version: int
    opened_at: datetime
    changed_at: datetime
    visit_id: UUID | None
    fault_code: str | None
    cause_code: str | None
    estimate_id: UUID | None


_REPAIR: tuple[Any, ...] = (
    Document.id,
    Document.number,
    Document.stream_id,
    Document.unit_id,
    Document.customer_id,
    Document.branch_id,
    Document.assignee_id,
    Document.status,
    Document.category,
    Document.version,
    Document.opened_at,
    Document.changed_at,
    RepairOrder.visit_id,
    RepairOrder.fault_code,
    RepairOrder.cause_code,
    RepairOrder.estimate_id,
)


async def repair(session: AsyncSession, scope: Scope, repair_id: UUID) -> RepairView:
    """One repair order. Raises NotFound (`repair_order.unknown`) also when it is out of scope."""
    row = (await session.execute(_repairs(scope).where(Document.id == repair_id))).one_or_none()
    if row is None:
        raise NotFound("repair_order.unknown", "There is no such repair order, or you may not see it.")
    return RepairView(*row)


async def of_case(session: AsyncSession, scope: Scope, case_id: UUID) -> list[RepairView]:
    """The repair orders of a case, the first opened first."""
    query = _repairs(scope).where(Document.stream_id == case_id).order_by(Document.id).limit(MAX_OF_CASE)
    return [RepairView(*row) for row in await session.execute(query)]


async def for_estimate(session: AsyncSession, scope: Scope, estimate_id: UUID) -> RepairView | None:
    """The order whose estimate this is; None for an estimate of something else or one that was replaced."""
    row = (await session.execute(_repairs(scope).where(RepairOrder.estimate_id == estimate_id))).one_or_none()
    return None if row is None else RepairView(*row)


async def listed(
    session: AsyncSession,
    scope: Scope,
    *,
    statuses: Sequence[str] = (),
    engineer_id: UUID | None = None,
    limit: int,
    after: UUID | None = None,
) -> list[RepairView]:
    """The newest repair orders first, `limit` of them, older than the one with the id `after`."""
    query = _repairs(scope).order_by(Document.id.desc()).limit(limit)
    if statuses:
        query = query.where(Document.status.in_(sorted(statuses)))
    if engineer_id is not None:
        query = query.where(Document.assignee_id == engineer_id)
    if after is not None:
        query = query.where(Document.id < after)
    return [RepairView(*row) for row in await session.execute(query)]


async def in_life(session: AsyncSession, scope: Scope, life: Life) -> list[RepairView]:
    """The repair orders of a customer or a unit."""
    return [RepairView(*row) for row in await session.execute(life.page(_repairs(scope)))]


async def given_back(session: AsyncSession, scope: Scope, case_id: UUID, unit_id: UUID | None) -> bool:
    """Whether this unit, not another of the household, is on its way to us as a return of the case, or has come."""
    query = select(Document.id).where(
        Document.stream_id == case_id,
        Document.machine == "return",
        Document.unit_id == unit_id,
        Document.status.in_(sorted(GIVEN_BACK)),
        visible(scope),
    )
    return await session.scalar(query.limit(1)) is not None


async def change(session: AsyncSession, _scope: Scope, repair_id: UUID, **values: object) -> None:
    """Set columns of an order whose change the caller posts in this transaction."""
    await session.execute(update(RepairOrder).where(RepairOrder.id == repair_id).values(**values))


def _repairs(scope: Scope) -> Select[Any]:
    query: Select[Any] = (
        select(*_REPAIR)
        .join(RepairOrder, RepairOrder.id == Document.id)
        .where(Document.machine == REPAIR_ORDER.name, visible(scope, "repair_order.view"))
    )
    return query
