"""Every query about the catalogue and about units. The catalogue is open to all; units follow the scope."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.errors import NotFound
from aftersales.money import Money
from aftersales.products.models import Brand, Category, Product, Unit, UnitIdentifier
from aftersales.products.rules import Dates, date_flags
from aftersales.scope import ActorKind, Scope
from aftersales.search.rules import normal_identifier
from aftersales.status import documents
from aftersales.status.life import Life
from aftersales.status.models import Document

MAX_UNITS = 100
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ProductView:
    """A model in the catalogue."""

    id: UUID
    brand_id: UUID
    brand_name: str
    category_id: UUID
    category_code: str
    category_name: str
    model: str
    name: str
    price_minor: int
    currency: str
    active: bool
    version: int

    @property
    def price(self) -> Money:
        """The list price, tax included."""
        return Money(self.currency, self.price_minor)


@dataclass(frozen=True, slots=True)
class IdentifierView:
    """A number that is on the unit, or was until `valid_until`."""

    kind: str
    value: str
    valid_from: date | None
    valid_until: date | None

    @property
    def current(self) -> bool:
        """Whether it is on the unit now."""
        return self.valid_until is None


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit with its product. Identifiers: the current ones first."""

    id: UUID
    product_id: UUID
    product_name: str
    model: str
    brand_name: str
    brand_accent: str
    brand_phone: str
    category_code: str
    category_name: str
    heavy: bool
    customer_id: UUID
    purchased_on: date | None
    delivered_on: date | None
    installed_on: date | None
    manufactured_on: date | None
    invoice_number: str | None
    version: int
    identifiers: tuple[IdentifierView, ...] = ()

    @property
    def dates(self) -> Dates:
        """The four dates, for rules."""
        return Dates(self.manufactured_on, self.purchased_on, self.delivered_on, self.installed_on)

    @property
    def flags(self) -> tuple[str, ...]:
        """Dates that contradict each other."""
        return date_flags(self.dates)

    @property
    def serial(self) -> str:
        """The identifier people know it by: its first current one, or an empty string."""
        return next((i.value for i in self.identifiers if i.current), "")


_PRODUCT: tuple[Any, ...] = (
    Product.id,
    Product.brand_id,
    Brand.name,
    Product.category_id,
    Category.code,
    Category.name,
    Product.model,
    Product.name,
    Product.price_minor,
    Product.currency,
    Product.active,
    Product.version,
)
_UNIT: tuple[Any, ...] = (
    Unit.id,
    Unit.product_id,
    Product.name,
    Product.model,
    Brand.name,
    Brand.accent,
    Brand.support_phone,
    Category.code,
    Category.name,
    Category.heavy,
    Unit.customer_id,
    Unit.purchased_on,
    Unit.delivered_on,
    Unit.installed_on,
    Unit.manufactured_on,
    Unit.invoice_number,
    Unit.version,
)


def visible(scope: Scope) -> ColumnElement[bool]:
    """The condition on Unit: all for whoever holds `unit.view`, else those of documents that the caller may see."""
    if scope.actor.kind is ActorKind.SYSTEM or scope.can("unit.view"):
        return true()
    return exists().where(Document.unit_id == Unit.id, documents.visible(scope))


async def brands(session: AsyncSession, _scope: Scope) -> Sequence[Brand]:
    """All brands by name."""
    return (await session.scalars(select(Brand).order_by(Brand.name))).all()


async def categories(session: AsyncSession, _scope: Scope) -> Sequence[Category]:
    """All categories by name."""
    return (await session.scalars(select(Category).order_by(Category.name))).all()


async def product(session: AsyncSession, _scope: Scope, product_id: UUID) -> ProductView:
    """One model. Raises NotFound (`products.unknown_product`)."""
    row = (await session.execute(_products().where(Product.id == product_id))).one_or_none()
    if row is None:
        raise NotFound("products.unknown_product", "There is no such product in the catalogue.")
    return ProductView(*row)


async def names(session: AsyncSession, _scope: Scope, product_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of these models."""
    rows = await session.execute(select(Product.id, Product.name).where(Product.id.in_(product_ids)))
    return {row[0]: row[1] for row in rows}


async def products(
    session: AsyncSession,
    _scope: Scope,
    *,
    category: str | None = None,
    active: bool | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> list[ProductView]:
    """A page of the catalogue, the first added first, after the id `after`."""
    query = _products().order_by(Product.id).limit(limit)
    if category is not None:
        query = query.where(Category.code == category)
    if active is not None:
        query = query.where(Product.active == active)
    if after is not None:
        query = query.where(Product.id > after)
    return [ProductView(*row) for row in await session.execute(query)]


async def locked_product(session: AsyncSession, _scope: Scope, product_id: UUID) -> Product:
    """The row, held until the transaction ends. Raises NotFound (`products.unknown_product`)."""
    row = await session.scalar(_fresh(select(Product).where(Product.id == product_id)))
    if row is None:
        raise NotFound("products.unknown_product", "There is no such product in the catalogue.")
    return row


async def identifier_kinds(session: AsyncSession, _scope: Scope, product_id: UUID) -> Sequence[str]:
    """The kinds of identifiers that units of the product may bear. Raises NotFound."""
    query = select(Category.identifier_kinds).join(Product, Product.category_id == Category.id)
    found = await session.scalar(query.where(Product.id == product_id))
    if found is None:
        raise NotFound("products.unknown_product", "There is no such product in the catalogue.")
    return found


async def unit(session: AsyncSession, scope: Scope, unit_id: UUID) -> UnitView:
    """One unit. Raises NotFound (`products.unknown_unit`)."""
    found = await _read(session, _units(scope).where(Unit.id == unit_id))
    if not found:
        raise _unknown_unit()
    return found[0]


async def units(session: AsyncSession, scope: Scope, unit_ids: Collection[UUID]) -> dict[UUID, UnitView]:
    """Several units at once, those that may be seen, by id."""
    found = await _read(session, _units(scope).where(Unit.id.in_(unit_ids)))
    return {view.id: view for view in found}


async def units_of(
    session: AsyncSession, scope: Scope, customer_id: UUID, *, after: UUID | None = None, limit: int = MAX_UNITS
) -> list[UnitView]:
    """The units of a household, the first added first, after the id `after`; without those that it gave up."""
    mine = (Unit.customer_id == customer_id, Unit.given_up_on.is_(None))
    query = _units(scope).where(*mine).order_by(Unit.id).limit(limit)
    return await _read(session, query if after is None else query.where(Unit.id > after))


async def owned_in(session: AsyncSession, scope: Scope, life: Life) -> list[UnitView]:
    """A page of what a household owns, the last added first."""
    mine = _units(scope).where(Unit.customer_id == life.customer_id)
    return await _read(session, life.cut(mine, Unit.created_at, Unit.id))


async def by_identifier(session: AsyncSession, scope: Scope, typed: str) -> list[UnitView]:
    """Units that bear or bore the identifier, however it was typed; those that bear it now come first."""
    normal = normal_identifier(typed)
    bearers = select(UnitIdentifier.unit_id).where(UnitIdentifier.normal == normal)
    found = await _read(session, _units(scope).where(Unit.id.in_(bearers)).order_by(Unit.id).limit(MAX_UNITS))

    def former(view: UnitView) -> bool:
        return not any(i.current and normal_identifier(i.value) == normal for i in view.identifiers)

    return sorted(found, key=former)


async def locked_unit(session: AsyncSession, scope: Scope, unit_id: UUID) -> Unit:
    """The row, held until the transaction ends. Raises NotFound (`products.unknown_unit`)."""
    row = await session.scalar(_fresh(select(Unit).where(Unit.id == unit_id, visible(scope))))
    if row is None:
        raise _unknown_unit()
    return row


async def current_identifier(session: AsyncSession, _scope: Scope, unit_id: UUID, kind: str) -> UnitIdentifier | None:
    """The row of the kind that is on a unit (which the caller has read) now."""
    return await session.scalar(
        select(UnitIdentifier).where(
            UnitIdentifier.unit_id == unit_id, UnitIdentifier.kind == kind, UnitIdentifier.valid_until.is_(None)
        )
    )


def _fresh(query: Select[T]) -> Select[T]:
    """The rows of the query as they are now, held until the transaction ends."""
    return query.with_for_update(key_share=True).execution_options(populate_existing=True)


def _products() -> Select[Any]:
    return (
        select(*_PRODUCT).join(Brand, Brand.id == Product.brand_id).join(Category, Category.id == Product.category_id)
    )


def _units(scope: Scope) -> Select[Any]:
    return (
        select(*_UNIT)
        .join(Product, Product.id == Unit.product_id)
        .join(Brand, Brand.id == Product.brand_id)
        .join(Category, Category.id == Product.category_id)
        .where(visible(scope))
    )


async def _read(session: AsyncSession, query: Select[Any]) -> list[UnitView]:
    """The units of a query, and in a second statement their identifiers."""
    rows = (await session.execute(query)).all()
    if not rows:
        return []
    borne = await session.scalars(
        select(UnitIdentifier)
        .where(UnitIdentifier.unit_id.in_([row.id for row in rows]))
        .order_by(UnitIdentifier.valid_until.desc().nulls_first(), UnitIdentifier.id)
    )
    by_unit: dict[UUID, list[IdentifierView]] = {}
    for one in borne:
        view = IdentifierView(one.kind, one.value, one.valid_from, one.valid_until)
        by_unit.setdefault(one.unit_id, []).append(view)
    return [UnitView(*(*row, tuple(by_unit.get(row.id, ())))) for row in rows]


def _unknown_unit() -> NotFound:
    return NotFound("products.unknown_unit", "There is no such unit, or you may not see it.")
