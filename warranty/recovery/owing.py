"""Queries about what is owed to us and by whom: lines of claims, what suppliers cover, who takes a product back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    and_,
    cast,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import LateralFromClause

from aftersales.auth.models import Branch
from aftersales.errors import NotFound
from aftersales.products.models import Product, Unit
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.models import Document
from warranty.models import WarrantyClaim, WarrantyClaimLine
from warranty.recovery.models import Recovery, Supplier, SupplierCover
from warranty.recovery.permissions import VIEW

MOST = 5000
_GRANTED_ON = cast(func.timezone(Branch.timezone, WarrantyClaim.granted_at), Date)
_BOUGHT = func.coalesce(Unit.purchased_on, Unit.delivered_on, Unit.manufactured_on)
_MONTHS = func.make_interval(literal_column("0"), SupplierCover.months)


def _cover() -> LateralFromClause:
    """What a supplier covers of a line, on the day that its claim was granted; the most that any of them pays. Where
    nobody knows how old the unit is, the supplier is asked."""
    return (
        select(SupplierCover.supplier_id, SupplierCover.percent)
        .where(
            SupplierCover.part_code == WarrantyClaimLine.part_code,
            WarrantyClaimLine.part_code != "",
            WarrantyClaimLine.cost_class == "parts",
            SupplierCover.since <= _GRANTED_ON,
            or_(SupplierCover.until.is_(None), SupplierCover.until >= _GRANTED_ON),
            or_(_BOUGHT.is_(None), cast(_BOUGHT + _MONTHS, Date) >= _GRANTED_ON),
        )
        .order_by(SupplierCover.percent.desc(), SupplierCover.months.desc(), SupplierCover.id)
        .limit(1)
        .correlate(WarrantyClaimLine, WarrantyClaim, Branch, Unit)
        .lateral("cover")
    )


COVER = _cover()
LIVE = and_(Recovery.line_id == WarrantyClaimLine.id, Recovery.withdrawn_at.is_(None))
_SHARE = func.round(WarrantyClaimLine.granted_minor * COVER.c.percent / 100)


def owed_lines(query: Select[Any]) -> Select[Any]:
    """Lines that a brand or supplier is to pay and that nothing is claimed back for. The claim is `Document`."""
    # A share that rounds to nothing is no debt.
    theirs: ColumnElement[bool] = or_(
        WarrantyClaimLine.payer == "brand",
        and_(WarrantyClaimLine.payer == "supplier", or_(COVER.c.supplier_id.is_(None), _SHARE > 0)),
        and_(WarrantyClaimLine.payer == "company", COVER.c.supplier_id.is_not(None), _SHARE > 0),
    )
    return (
        query.select_from(WarrantyClaimLine)
        .join(WarrantyClaim, WarrantyClaim.id == WarrantyClaimLine.claim_id)
        .join(Document, Document.id == WarrantyClaim.id)
        .join(Branch, Branch.id == Document.branch_id)
        .join(Unit, Unit.id == WarrantyClaim.unit_id)
        .join(Product, Product.id == Unit.product_id)
        .join(COVER, true(), isouter=True)
        .outerjoin(Recovery, LIVE)
        .where(
            WarrantyClaim.granted_at.is_not(None),
            WarrantyClaimLine.standing.in_(("approved", "lowered")),
            Recovery.id.is_(None),
            theirs,
        )
    )


@dataclass(frozen=True, slots=True)
class Owed:
    """A line to be claimed back, and from whom; `supplier_id` need not be known where its payer is the brand."""

    line: WarrantyClaimLine
    claim_id: UUID
    branch_id: UUID
    branch_code: str
    timezone: str
    unit_id: UUID
    product_id: UUID
    brand_id: UUID
    supplier_id: UUID | None
    percent: Decimal | None


async def owed(
    session: AsyncSession, scope: Scope, claim_id: UUID | None = None, *, permission: str = VIEW
) -> list[Owed]:
    """The lines of a claim (or of all where the caller has the permission) that are to be claimed back and are not.
    Those whose supplier nobody knows are left out: they stay on the report until somebody says whose they are."""
    query = owed_lines(
        select(
            WarrantyClaimLine,
            Document.id,
            Document.branch_id,
            Branch.code,
            Branch.timezone,
            Unit.id,
            Product.id,
            Product.brand_id,
            COVER.c.supplier_id,
            COVER.c.percent,
        )
    ).where(visible(scope, permission), or_(WarrantyClaimLine.payer == "brand", COVER.c.supplier_id.is_not(None)))
    if claim_id is not None:
        query = query.where(Document.id == claim_id)
    rows: Sequence[Any] = (await session.execute(query.order_by(WarrantyClaimLine.id).limit(MOST))).all()
    return [Owed(*row) for row in rows]


async def close_lines(session: AsyncSession, _scope: Scope, claim_id: UUID, at: datetime) -> None:
    """Close the lines of a fulfilled claim that wait for nothing more, and let what is claimed back for them ripen."""
    ended = select(Document.id).where(Document.id == claim_id, Document.status.in_(("fulfilled", "closed")))
    granted = select(WarrantyClaim.id).where(WarrantyClaim.id.in_(ended), WarrantyClaim.granted_at.is_not(None))
    await session.execute(
        update(WarrantyClaimLine)
        .where(
            WarrantyClaimLine.claim_id.in_(granted),
            WarrantyClaimLine.closed_at.is_(None),
            WarrantyClaimLine.standing.in_(("approved", "lowered")),
            or_(WarrantyClaimLine.cost_class != "parts", WarrantyClaimLine.part_back_at.is_not(None)),
        )
        .values(closed_at=at)
        .execution_options(synchronize_session=False)
    )
    closed = select(WarrantyClaimLine.id).where(
        WarrantyClaimLine.claim_id == claim_id, WarrantyClaimLine.closed_at.is_not(None)
    )
    await session.execute(
        update(Recovery)
        .where(Recovery.line_id.in_(closed), Recovery.ripe_at.is_(None), Recovery.withdrawn_at.is_(None))
        .values(ripe_at=at)
        .execution_options(synchronize_session=False)
    )


async def suppliers(session: AsyncSession, _scope: Scope) -> Sequence[Supplier]:
    """Every supplier, by name."""
    return (await session.scalars(select(Supplier).order_by(Supplier.name, Supplier.id).limit(500))).all()


async def supplier(session: AsyncSession, _scope: Scope, supplier_id: UUID) -> Supplier:
    """One supplier. Raises NotFound (`recovery.unknown_supplier`)."""
    found = await session.get(Supplier, supplier_id)
    if found is None:
        raise NotFound("recovery.unknown_supplier", "There is no such supplier.")
    return found


async def covers(session: AsyncSession, _scope: Scope) -> Sequence[SupplierCover]:
    """What suppliers cover, by part."""
    query = select(SupplierCover).order_by(SupplierCover.part_code, SupplierCover.since, SupplierCover.id)
    return (await session.scalars(query.limit(1000))).all()


async def covered(session: AsyncSession, _scope: Scope, part_code: str) -> bool:
    """Whether any supplier covers the part, whenever."""
    query = select(SupplierCover.id).where(SupplierCover.part_code == part_code).limit(1)
    return await session.scalar(query) is not None


@dataclass(frozen=True, slots=True)
class Vendor:
    """Who takes a product back: the supplier that covers its model now, else its brand."""

    brand_id: UUID
    model: str
    price_minor: int
    currency: str
    supplier_id: UUID | None
    percent: Decimal | None


async def vendor(session: AsyncSession, _scope: Scope, product_id: UUID, on: date) -> Vendor:
    """Who takes this product back on a day. Raises NotFound (`recovery.unknown_product`)."""
    best = (
        select(SupplierCover.supplier_id, SupplierCover.percent)
        .where(
            SupplierCover.part_code == func.upper(Product.model),
            SupplierCover.since <= on,
            or_(SupplierCover.until.is_(None), SupplierCover.until >= on),
        )
        .order_by(SupplierCover.percent.desc(), SupplierCover.id)
        .limit(1)
        .correlate(Product)
        .lateral("best")
    )
    query = (
        select(
            Product.brand_id,
            Product.model,
            Product.price_minor,
            Product.currency,
            best.c.supplier_id,
            best.c.percent,
        )
        .select_from(Product)
        .join(best, true(), isouter=True)
        .where(Product.id == product_id)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        raise NotFound("recovery.unknown_product", "There is no such product.")
    return Vendor(*found)


async def of_source(session: AsyncSession, _scope: Scope, source: str) -> UUID | None:
    """The recovery that arose of this."""
    query = select(Recovery.id).where(Recovery.source == source, Recovery.withdrawn_at.is_(None))
    found: UUID | None = await session.scalar(query)
    return found


async def donor(session: AsyncSession, _scope: Scope, unit_id: UUID, on: date) -> bool:
    """Whether a unit is the company's own: its last owner gave it up."""
    query = select(Unit.id).where(Unit.id == unit_id, Unit.given_up_on <= on)
    return await session.scalar(query) is not None
