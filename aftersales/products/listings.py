"""The catalogue and the units as files."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import Select, func, select

from aftersales.i18n import N_
from aftersales.module import Column, Listing
from aftersales.products.models import Brand, Category, Product, Unit, UnitIdentifier
from aftersales.products.repository import visible
from aftersales.work import Work


class ProductFilters(BaseModel):
    """As on the list of products."""

    category: Annotated[str | None, Field(max_length=40)] = None
    active: bool | None = None


class NoFilters(BaseModel):
    """The list has none."""


class UnitFilters(BaseModel):
    """Of one customer, or of all."""

    customer_id: UUID | None = None


async def _products(_work: Work, query: Select[Any], filters: ProductFilters) -> Select[Any]:
    query = query.select_from(Product).join(Brand, Brand.id == Product.brand_id)
    query = query.join(Category, Category.id == Product.category_id)
    if filters.category is not None:
        query = query.where(Category.code == filters.category)
    return query if filters.active is None else query.where(Product.active.is_(filters.active))


async def _all(_work: Work, query: Select[Any], _filters: NoFilters) -> Select[Any]:
    return query


async def _units(work: Work, query: Select[Any], filters: UnitFilters) -> Select[Any]:
    query = query.select_from(Unit).join(Product, Product.id == Unit.product_id)
    query = query.join(Brand, Brand.id == Product.brand_id).join(Category, Category.id == Product.category_id)
    query = query.where(visible(work.scope))
    return query if filters.customer_id is None else query.where(Unit.customer_id == filters.customer_id)


_IDENTIFIERS = (
    select(func.array_agg(func.concat(UnitIdentifier.kind, " ", UnitIdentifier.value)))
    .where(UnitIdentifier.unit_id == Unit.id, UnitIdentifier.valid_until.is_(None))
    .correlate(Unit)
    .scalar_subquery()
)
_OF_PRODUCT = (Column("brand", Brand.name), Column("product_category", Category.code), Column("model", Product.model))

LISTINGS = (
    Listing(
        "brands",
        N_("Brands"),
        "product.view",
        (Column("id", Brand.id), Column("name", Brand.name), Column("support_phone", Brand.support_phone)),
        _all,
        NoFilters,
    ),
    Listing(
        "categories",
        N_("Kinds of products"),
        "product.view",
        (
            Column("id", Category.id),
            Column("code", Category.code),
            Column("name", Category.name),
            Column("heavy", Category.heavy),
            Column("identifier_kinds", Category.identifier_kinds),
        ),
        _all,
        NoFilters,
    ),
    Listing(
        "products",
        N_("Products"),
        "product.view",
        (
            Column("id", Product.id),
            *_OF_PRODUCT,
            Column("name", Product.name),
            Column("price", Product.price_minor, money=True),
            Column("currency", Product.currency),
            Column("active", Product.active),
        ),
        _products,
        ProductFilters,
    ),
    Listing(
        "units",
        N_("Units"),
        "unit.view",
        (
            Column("id", Unit.id),
            *_OF_PRODUCT,
            Column("identifiers", _IDENTIFIERS),
            Column("purchased_on", Unit.purchased_on),
            Column("delivered_on", Unit.delivered_on),
            Column("installed_on", Unit.installed_on),
            Column("manufactured_on", Unit.manufactured_on),
            Column("invoice_number", Unit.invoice_number),
            Column("customer_id", Unit.customer_id),
            Column("created_at", Unit.created_at),
        ),
        _units,
        UnitFilters,
    ),
)
