"""What is on record already of the units that a file names, and of whose they are: looked up for all rows at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import String, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.db.arrays import among
from aftersales.imports import repository as imports
from aftersales.products.models import Brand, Category, Product, Unit, UnitIdentifier
from aftersales.scope import Scope

DATES = ("manufactured_on", "purchased_on", "delivered_on", "installed_on")
FACTS = (*DATES, "invoice_number")


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model in the catalogue, and which identifiers its units bear."""

    id: UUID
    brand: str
    model: str
    name: str
    kinds: tuple[str, ...]


@dataclass(slots=True)
class KnownUnit:
    """A unit on record. `borne` are its identifiers as they are compared, by kind; `now` those that are still on it."""

    id: UUID
    product_id: UUID
    customer_id: UUID
    facts: dict[str, Any]
    version: int
    untouched: bool = False
    borne: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    now: dict[str, str] = field(default_factory=dict)


async def models(session: AsyncSession, names: Collection[str]) -> dict[str, list[KnownModel]]:
    """The models of these (folded) codes: several where brands share one."""
    query = (
        select(Product.id, Brand.name, Product.model, Product.name, Category.identifier_kinds)
        .join(Brand, Brand.id == Product.brand_id)
        .join(Category, Category.id == Product.category_id)
        .where(among(func.lower(Product.model, type_=String()), names))
    )
    found: dict[str, list[KnownModel]] = defaultdict(list)
    for key, brand, model, name, kinds in await session.execute(query):
        found[model.casefold()].append(KnownModel(key, brand, model, name, tuple(kinds)))
    return found


async def units(
    session: AsyncSession, scope: Scope, normals: Collection[str]
) -> dict[tuple[str, str], list[KnownUnit]]:
    """The units that bear or bore these identifiers, by kind and identifier, whoever bears it now first."""
    query = (
        select(Unit.id, Unit.product_id, Unit.customer_id, Unit.version, *(getattr(Unit, name) for name in FACTS))
        .where(Unit.id.in_(_bearers(normals)))
        .order_by(Unit.id)
    )
    found = {
        row.id: KnownUnit(
            row.id, row.product_id, row.customer_id, {name: getattr(row, name) for name in FACTS}, row.version
        )
        for row in await session.execute(query)
    }
    left = await imports.versions(session, scope, found.keys())
    columns = (UnitIdentifier.unit_id, UnitIdentifier.kind, UnitIdentifier.normal, UnitIdentifier.valid_until)
    by_identifier: dict[tuple[str, str], list[KnownUnit]] = defaultdict(list)
    query_borne = select(*columns).where(UnitIdentifier.unit_id.in_(_bearers(normals)))
    for unit_id, kind, normal, until in await session.execute(
        query_borne.order_by(UnitIdentifier.valid_until.desc().nulls_first())
    ):
        unit = found[unit_id]
        unit.untouched = left.get(unit_id) == unit.version
        unit.borne[kind].add(normal)
        by_identifier[kind, normal].append(unit)
        if until is None:
            unit.now[kind] = normal
    return by_identifier


def _bearers(normals: Iterable[str]) -> Any:
    return select(UnitIdentifier.unit_id).where(among(UnitIdentifier.normal, normals))
