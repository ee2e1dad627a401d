"""Households, products and units, made by the services that make them in life."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.config import Settings
from aftersales.customers import service as customers
from aftersales.customers.repository import CustomerView
from aftersales.customers.schemas import AddressIn, CustomerIn, PersonIn
from aftersales.db.session import Database
from aftersales.products import service as products
from aftersales.products.repository import ProductView, UnitView
from aftersales.products.rules import IdentifierKind
from aftersales.products.schemas import BrandIn, CategoryIn, IdentifierIn, ProductIn, UnitIn
from aftersales.registry import Registry
from aftersales.scope import SYSTEM, Actor, ActorKind, Scope
from aftersales.status.numbers import Numbers
from aftersales.work import Work

NOW = datetime(2026, 3, 14, 6, 30, tzinfo=UTC)
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A product to make units of, and the brand and category behind it."""

    product: ProductView
    brand_id: UUID
    category_id: UUID


def work_for(session: AsyncSession, settings: Settings, scope: Scope = SYSTEM, **fields: object) -> Work:
    """A unit of work at NOW, without modules."""
    values: dict[str, object] = {
        "session": session,
        "scope": scope,
        "registry": Registry([]),
        "numbers": Numbers(Database(settings.database_url or "postgresql+asyncpg://nowhere")),
        "settings": settings,
        "now": NOW,
        **fields,
    }
    return Work(**values)  # type: ignore[arg-type]


def staff_scope(staff_id: UUID, *permissions: str, branch: UUID | None = None, assigned_only: bool = False) -> Scope:
    """Somebody with these permissions, in one branch or in all."""
    where = None if branch is None else frozenset({branch})
    grants: Mapping[str, frozenset[UUID] | None] = dict.fromkeys(permissions, where)
    return Scope(Actor(ActorKind.STAFF, staff_id), grants, assigned_only=assigned_only)


async def add_household(
    work: Work, name: str = "Padma", *phones: str, name_local: str | None = None, **fields: object
) -> CustomerView:
    """A household of one person with an address in Kukatpally."""
    person = PersonIn(name=name, name_local=name_local, phones=list(phones))
    home = AddressIn(line1="Flat 302", landmark="the Ramalayam", locality="Kukatpally", postcode="500072")
    values: dict[str, object] = {"people": [person], "addresses": [home], **fields}
    return await customers.create(work, CustomerIn.model_validate(values))


async def add_shelf(work: Work, *kinds: IdentifierKind, code: str = "washing_machine") -> Shelf:
    """A brand, a category and a product of names not used before."""
    number = next(_numbers)
    brand = await products.add_brand(work, BrandIn(name=f"Godavari {number}", accent="#0b5d57"))
    borne = list(kinds or (IdentifierKind.SERIAL,))
    category = await products.add_category(
        work, CategoryIn(code=f"{code}_{number}", name="Washing machine", heavy=True, identifier_kinds=borne)
    )
    product = await products.add_product(
        work,
        ProductIn(
            brand_id=brand.id, category_id=category.id, model="FL-75", name="Godavari FL-75", price_minor=3_199_000
        ),
    )
    return Shelf(product, brand.id, category.id)


async def add_unit(
    work: Work, shelf: Shelf, customer_id: UUID, *identifiers: tuple[str, str], **dates: date | str
) -> UnitView:
    """A unit of the shelf's product."""
    borne = [IdentifierIn(kind=IdentifierKind(kind), value=value) for kind, value in identifiers]
    values: dict[str, object] = {
        "product_id": shelf.product.id,
        "customer_id": customer_id,
        "identifiers": borne,
        **dates,
    }
    return await products.add_unit(work, UnitIn.model_validate(values))
