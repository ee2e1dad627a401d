"""The JSON API of the catalogue and of units."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from aftersales.http import Page, PageDep, WorkDep, etag, staff_router
from aftersales.products import repository, service
from aftersales.products.repository import UnitView
from aftersales.products.schemas import (
    BrandIn,
    BrandOut,
    CategoryIn,
    CategoryOut,
    ProductIn,
    ProductOut,
    ProductPatch,
    SwapIn,
    UnitDates,
    UnitIn,
    UnitOut,
)

catalogue = staff_router(tags=["products"])
units = staff_router(tags=["units"])

Identifier = Annotated[str, Query(min_length=1, max_length=100, description="A serial number or IMEI, as typed")]


@catalogue.get("/brands", name="list_brands")
async def list_brands(work: WorkDep) -> list[BrandOut]:
    """The brands we serve, by name."""
    work.scope.require("product.view")
    return [BrandOut.model_validate(row) for row in await repository.brands(work.session, work.scope)]


@catalogue.post("/brands", status_code=201, name="add_brand")
async def add_brand(work: WorkDep, body: BrandIn) -> BrandOut:
    """Serve another brand."""
    return BrandOut.model_validate(await service.add_brand(work, body))


@catalogue.get("/categories", name="list_categories")
async def list_categories(work: WorkDep) -> list[CategoryOut]:
    """The kinds of products, by name."""
    work.scope.require("product.view")
    return [CategoryOut.model_validate(row) for row in await repository.categories(work.session, work.scope)]


@catalogue.post("/categories", status_code=201, name="add_category")
async def add_category(work: WorkDep, body: CategoryIn) -> CategoryOut:
    """Add a kind of product."""
    return CategoryOut.model_validate(await service.add_category(work, body))


@catalogue.get("/products", name="list_products")
async def list_products(
    work: WorkDep,
    page: PageDep,
    category: Annotated[str | None, Query(max_length=40)] = None,
    active: bool | None = None,
) -> Page[ProductOut]:
    """The catalogue, the first added first."""
    work.scope.require("product.view")
    found = await repository.products(
        work.session, work.scope, category=category, active=active, after=page.after, limit=page.limit
    )
    more = str(found[-1].id) if len(found) == page.limit else None
    return Page(items=[ProductOut.model_validate(view) for view in found], next=more)


@catalogue.post("/products", status_code=201, name="add_product")
async def add_product(work: WorkDep, body: ProductIn, response: Response) -> ProductOut:
    """Add a model to the catalogue."""
    view = await service.add_product(work, body)
    response.headers["ETag"] = etag(view.version)
    return ProductOut.model_validate(view)


@catalogue.get("/products/{product_id}", name="get_product")
async def get_product(work: WorkDep, product_id: UUID, response: Response) -> ProductOut:
    """One model."""
    work.scope.require("product.view")
    view = await repository.product(work.session, work.scope, product_id)
    response.headers["ETag"] = etag(view.version)
    return ProductOut.model_validate(view)


@catalogue.patch("/products/{product_id}", name="change_product")
async def change_product(work: WorkDep, product_id: UUID, body: ProductPatch, response: Response) -> ProductOut:
    """Change name, price or whether it is sold."""
    view = await service.change_product(work, product_id, body)
    response.headers["ETag"] = etag(view.version)
    return ProductOut.model_validate(view)


@units.get("/units", name="find_units")
async def find_units(work: WorkDep, identifier: Identifier) -> Page[UnitOut]:
    """The units that bear or bore this serial number or IMEI, the present bearer first."""
    return Page(items=[UnitOut.model_validate(view) for view in await service.find_unit(work, identifier)])


@units.post("/units", status_code=201, name="add_unit")
async def add_unit(work: WorkDep, body: UnitIn, response: Response) -> UnitOut:
    """Add a unit that somebody owns."""
    return _answer(await service.add_unit(work, body), response)


@units.get("/units/{unit_id}", name="get_unit")
async def get_unit(work: WorkDep, unit_id: UUID, response: Response) -> UnitOut:
    """One unit with every identifier that it bears or bore."""
    return _answer(await repository.unit(work.session, work.scope, unit_id), response)


@units.patch("/units/{unit_id}", name="change_unit")
async def change_unit(work: WorkDep, unit_id: UUID, body: UnitDates, response: Response) -> UnitOut:
    """Correct its dates or invoice number; what is absent stays, null forgets."""
    return _answer(await service.change_unit(work, unit_id, body), response)


@units.post("/units/{unit_id}/identifiers", name="swap_identifier")
async def swap_identifier(work: WorkDep, unit_id: UUID, body: SwapIn, response: Response) -> UnitOut:
    """Put another number on the unit, after a board swap; the old one still finds it."""
    return _answer(await service.swap_identifier(work, unit_id, body), response)


@units.get("/customers/{customer_id}/units", name="list_units_of_customer")
async def list_units_of_customer(work: WorkDep, customer_id: UUID, page: PageDep) -> Page[UnitOut]:
    """The units of a household, the first added first."""
    found = await repository.units_of(work.session, work.scope, customer_id, after=page.after, limit=page.limit)
    more = str(found[-1].id) if len(found) == page.limit else None
    return Page(items=[UnitOut.model_validate(view) for view in found], next=more)


def _answer(view: UnitView, response: Response) -> UnitOut:
    response.headers["ETag"] = etag(view.version)
    return UnitOut.model_validate(view)
