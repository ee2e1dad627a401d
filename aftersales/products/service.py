"""Use cases of the catalogue and of units."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from aftersales import clock
from aftersales.db.session import Base
from aftersales.errors import Conflict, Invalid, NotFound, Stale
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.money import MINOR_DIGITS
from aftersales.products import repository, rules
from aftersales.products.models import Brand, Category, Product, Unit, UnitIdentifier
from aftersales.products.repository import ProductView, UnitView
from aftersales.products.schemas import (
    BrandIn,
    CategoryIn,
    IdentifierIn,
    ProductIn,
    ProductPatch,
    SwapIn,
    UnitDates,
    UnitIn,
)
from aftersales.search import index
from aftersales.status import engine
from aftersales.work import Work

DEFAULT_ZONE = "Asia/Kolkata"


async def add_brand(work: Work, body: BrandIn) -> Brand:
    """A brand to serve. Raises Conflict if there is one of this name."""
    work.scope.require("product.edit")
    brand = Brand(id=new_id(), **body.model_dump())
    await _insert(work, brand)
    return brand


async def add_category(work: Work, body: CategoryIn) -> Category:
    """A kind of product. Raises Conflict if the code is taken."""
    work.scope.require("product.edit")
    category = Category(id=new_id(), **body.model_dump(mode="json"))
    await _insert(work, category)
    return category


async def add_product(work: Work, body: ProductIn) -> ProductView:
    """A model of a known brand and category. Raises Invalid, or Conflict if the brand has this model."""
    work.scope.require("product.edit")
    if body.currency not in MINOR_DIGITS:
        raise Invalid("products.currency", N_("Money in {currency} is not known here.").format(currency=body.currency))
    product = Product(id=new_id(), **body.model_dump())
    await _insert(work, product)
    return await repository.product(work.session, work.scope, product.id)


async def change_product(work: Work, product_id: UUID, body: ProductPatch) -> ProductView:
    """Change name, price or whether it is sold. Honours If-Match."""
    work.scope.require("product.edit")
    row = await repository.locked_product(work.session, work.scope, product_id)
    _check_version(work, row.version, "product")
    for name, value in body.model_dump(exclude_unset=True, exclude_none=True).items():
        setattr(row, name, value)
    row.version += 1
    await work.session.flush()
    return await repository.product(work.session, work.scope, product_id)


async def add_unit(work: Work, body: UnitIn) -> UnitView:
    """A unit with its stream and identifiers. Raises Invalid naming each wrong field, NotFound for the product,
    Conflict (`products.identifier_taken`) when another unit bears one of the identifiers now."""
    work.scope.require("unit.edit")
    allowed = await repository.identifier_kinds(work.session, work.scope, body.product_id)
    errors = _date_errors(work, _dates(body.model_dump()))
    if (problem := rules.kinds_problem(allowed, [i.kind for i in body.identifiers])) is not None:
        errors.append({"field": "identifiers", "problem": problem})
    normals = _normals(body.identifiers, errors)
    if errors:
        raise Invalid("products.unit_invalid", "Some values of this unit cannot be right.", errors=errors)
    unit_id = new_id()
    values = body.model_dump(exclude={"identifiers"})
    await engine.create_streams(work.session, [unit_id])
    await _insert(work, Unit(id=unit_id, version=1, created_at=work.now, **values))
    today = clock.business_date(work.now, DEFAULT_ZONE)
    since = body.manufactured_on or body.purchased_on or today
    await _insert(
        work,
        *(
            UnitIdentifier(
                id=new_id(), unit_id=unit_id, kind=one.kind.value, value=one.value, normal=normal, valid_from=since
            )
            for one, normal in zip(body.identifiers, normals, strict=True)
        ),
    )
    await _make_findable(work, unit_id, body.customer_id, [i.value for i in body.identifiers])
    return await repository.unit(work.session, work.scope, unit_id)


async def give_up(work: Work, unit_id: UUID) -> None:
    """The household no longer has it: it is in none of their lists, and its past stays. As whoever may see it."""
    row = await repository.locked_unit(work.session, work.scope, unit_id)
    row.given_up_on = clock.business_date(work.now, DEFAULT_ZONE)
    row.version += 1
    await work.session.flush()


async def pass_on(work: Work, unit_id: UUID, customer_id: UUID) -> None:
    """The unit belongs to another household from now on, and is found under it; its past stays where it was.

    As whoever may see it. Raises NotFound for an unknown unit.
    """
    row = await repository.locked_unit(work.session, work.scope, unit_id)
    row.customer_id = customer_id
    row.given_up_on = None
    row.version += 1
    await work.session.flush()
    await index.remove(work.session, "unit", unit_id)
    unit = await repository.unit(work.session, work.scope, unit_id)
    await _make_findable(work, unit_id, customer_id, [one.value for one in unit.identifiers])


async def change_unit(work: Work, unit_id: UUID, body: UnitDates) -> UnitView:
    """Correct dates or the invoice number; what is absent stays, null forgets. Honours If-Match."""
    work.scope.require("unit.edit")
    row = await repository.locked_unit(work.session, work.scope, unit_id)
    _check_version(work, row.version, "unit")
    for name, value in body.model_dump(exclude_unset=True).items():
        setattr(row, name, value)
    given = {name: getattr(row, name) for name in rules.Dates.__dataclass_fields__}
    if errors := _date_errors(work, _dates(given)):
        raise Invalid("products.unit_invalid", "Some values of this unit cannot be right.", errors=errors)
    row.version += 1
    await work.session.flush()
    return await repository.unit(work.session, work.scope, unit_id)


async def swap_identifier(work: Work, unit_id: UUID, body: SwapIn) -> UnitView:
    """After a board or compressor was exchanged: the new number counts, and the old one still finds the unit.

    Also puts a number on record that was not known. Honours If-Match. Raises as `add_unit` does.
    """
    work.scope.require("unit.edit")
    row = await repository.locked_unit(work.session, work.scope, unit_id)
    _check_version(work, row.version, "unit")
    today = clock.business_date(work.now, DEFAULT_ZONE)
    on = body.on or today
    before = await repository.current_identifier(work.session, work.scope, unit_id, body.kind)
    errors = _swap_errors(await repository.identifier_kinds(work.session, work.scope, row.product_id), body)
    if on > today:
        errors.append({"field": "on", "problem": N_("is in the future")})
    elif before is not None and before.valid_from is not None and on < before.valid_from:
        errors.append(
            {
                "field": "on",
                "problem": N_("is before the old one was put on, {day}").format(day=before.valid_from),
            }
        )
    normals = _normals([body], errors)
    if errors:
        raise Invalid("products.identifier_invalid", "This identifier cannot be put on the unit.", errors=errors)
    if before is not None:
        before.valid_until = on
        await work.session.flush()
    await _insert(
        work,
        UnitIdentifier(
            id=new_id(), unit_id=unit_id, kind=body.kind.value, value=body.value, normal=normals[0], valid_from=on
        ),
    )
    row.version += 1
    await work.session.flush()
    await _make_findable(work, unit_id, row.customer_id, [body.value])
    return await repository.unit(work.session, work.scope, unit_id)


async def find_unit(work: Work, typed: str) -> list[UnitView]:
    """The units that bear or bore the identifier, the present bearer first. Raises NotFound with what to do."""
    found = await repository.by_identifier(work.session, work.scope, typed)
    if not found:
        raise NotFound(
            "products.unknown_identifier",
            "No unit with this serial number or IMEI is known here. Compare it with the label on the unit; "
            "if it is right, add the unit.",
        )
    return found


def _dates(values: Mapping[str, object]) -> rules.Dates:
    return rules.Dates(**{name: values[name] for name in rules.Dates.__dataclass_fields__})  # type: ignore[arg-type]


def _date_errors(work: Work, dates: rules.Dates) -> list[dict[str, object]]:
    today = clock.business_date(work.now, DEFAULT_ZONE)
    return [{"field": name, "problem": words} for name, words in rules.date_problems(dates, today).items()]


def _swap_errors(allowed: Sequence[str], body: SwapIn) -> list[dict[str, object]]:
    problem = rules.kinds_problem(allowed, [body.kind])
    return [] if problem is None else [{"field": "kind", "problem": problem}]


def _normals(identifiers: Sequence[IdentifierIn], errors: list[dict[str, object]]) -> list[str]:
    """The identifiers as they are compared; adds to `errors` what is wrong with them."""
    normals: list[str] = []
    for place, one in enumerate(identifiers):
        try:
            normals.append(rules.normal(one.kind, one.value))
        except ValueError as wrong:
            errors.append({"field": f"identifiers.{place}.value", "problem": str(wrong)})
    return normals


def _check_version(work: Work, version: int, what: str) -> None:
    if work.if_version is not None and work.if_version != version:
        raise Stale(
            "products.stale",
            N_("This {what} has changed since you read it. Load it again, then decide.").format(what=what),
        )


async def _make_findable(work: Work, unit_id: UUID, customer_id: UUID, values: Iterable[str]) -> None:
    await index.put_many(
        work.session,
        [
            {
                "kind": "identifier",
                "text": value,
                "entity": "unit",
                "entity_id": unit_id,
                "customer_id": customer_id,
            }
            for value in values
        ],
    )


async def _insert(work: Work, *rows: Base) -> None:
    """Insert inside a savepoint, so that a constraint speaks to the caller and not to the log."""
    try:
        async with work.session.begin_nested():
            work.session.add_all(rows)
            await work.session.flush()
    except IntegrityError as error:
        raise _refusal(str(error.orig)) from error


def _refusal(message: str) -> Exception:
    if "uq_unit_identifier_current" in message:
        return Conflict(
            "products.identifier_taken",
            "Another unit bears this serial number or IMEI. Look it up by the number; it may have changed hands.",
        )
    if "fk_unit_customer_id" in message:
        return NotFound("customers.unknown", "There is no such customer. Add the household first.")
    if "fk_product" in message:
        return NotFound("products.unknown_brand_or_category", "There is no such brand or category. Add it first.")
    return Conflict("products.exists", "There is one of this name or code already.")
