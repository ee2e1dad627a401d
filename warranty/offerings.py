"""Queries about offers of replacements, and about the models that can be offered."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.errors import NotFound
from aftersales.products.models import Product
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.models import Document
from warranty.models import WarrantyOffer
from warranty.permissions import VIEW
from warranty.rules.replacing import Choice, Model

CHOICES: TypeAdapter[tuple[Choice, ...]] = TypeAdapter(tuple[Choice, ...])
MOST = 200


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer with where it stands."""

    id: UUID
    number: str
    status: str
    branch_id: UUID
    version: int
    case_id: UUID
    unit_id: UUID
    policy_id: UUID
    trigger: str
    stored: Sequence[Mapping[str, Any]]
    chosen: int | None
    opened_at: datetime

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What is offered, best first."""
        return CHOICES.validate_python(self.stored)


_VIEW: tuple[Any, ...] = (
    Document.id,
    Document.number,
    Document.status,
    Document.branch_id,
    Document.version,
    WarrantyOffer.case_id,
    WarrantyOffer.unit_id,
    WarrantyOffer.policy_id,
    WarrantyOffer.trigger,
    WarrantyOffer.choices,
    WarrantyOffer.chosen,
    Document.opened_at,
)


async def offer(session: AsyncSession, scope: Scope, offer_id: UUID) -> OfferView:
    """One offer. Raises NotFound (`warranty.unknown_offer`)."""
    found = await _offers(session, scope, WarrantyOffer.id == offer_id)
    if not found:
        raise NotFound("warranty.unknown_offer", "There is no such offer, or you may not see it.")
    return found[0]


async def on_case(session: AsyncSession, scope: Scope, case_id: UUID) -> list[OfferView]:
    """The offers made on a case, the last first."""
    return await _offers(session, scope, WarrantyOffer.case_id == case_id)


async def listed(
    session: AsyncSession, scope: Scope, *, statuses: Collection[str], limit: int, before: UUID | None
) -> list[OfferView]:
    """A page of offers that the caller may view, the last made first, older than the one with the key `before`."""
    where = [visible(scope, VIEW), Document.status.in_(sorted(statuses))]
    return await _offers(session, scope, *where, *([Document.id < before] if before else []), limit=limit)


async def _offers(session: AsyncSession, scope: Scope, *where: Any, limit: int = 10) -> list[OfferView]:
    query = select(*_VIEW).join(WarrantyOffer, WarrantyOffer.id == Document.id).where(visible(scope), *where)
    rows: Sequence[Any] = (await session.execute(query.order_by(Document.id.desc()).limit(limit))).all()
    return [OfferView(*row) for row in rows]


async def offer_row(session: AsyncSession, _scope: Scope, offer_id: UUID) -> WarrantyOffer:
    """The own row of an offer that the caller has read, to be changed."""
    return await session.get_one(WarrantyOffer, offer_id)


async def of_kind(session: AsyncSession, _scope: Scope, product_id: UUID) -> tuple[Model, list[Model]]:
    """A model, and all others of its kind of product that are sold."""
    columns = (Product.id, Product.brand_id, Product.price_minor, Product.currency, Product.active)
    own = (await session.execute(select(*columns, Product.category_id).where(Product.id == product_id))).one()
    query = select(*columns).where(
        Product.category_id == own.category_id, Product.active.is_(True), Product.id != product_id
    )
    others = await session.execute(query.order_by(Product.price_minor, Product.id).limit(MOST))
    return Model(*own[:5]), [Model(*row) for row in others]
