"""Products from a file: a row is a model of a brand."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import String, func, insert, select, update

from aftersales.db.arrays import among
from aftersales.ids import new_id
from aftersales.imports import repository as imports
from aftersales.imports.fields import Field, Kind
from aftersales.imports.findings import Findings, Outcome, Row, unknown
from aftersales.imports.repository import BATCH
from aftersales.imports.validating import refuse_invalid
from aftersales.module import Import, Progress
from aftersales.money import MINOR_DIGITS, parse_major
from aftersales.products.models import Brand, Category, Product
from aftersales.products.schemas import ProductIn
from aftersales.work import Work

FIELDS = (
    Field("brand", "The brand, as it is called here", "Godavari", required=True),
    Field("category", "The kind of product, by its code or name here", "washing_machine", required=True),
    Field("model", "The model code; with the brand it is recognised by it next time", "FL-75", required=True),
    Field("name", "What people call it", "Godavari FL-75 front load, 7.5 kg", required=True),
    Field("price", "The list price, tax included", "31990.00", Kind.AMOUNT, required=True),
    Field("currency", "Its currency; INR if empty", "INR"),
    Field("sold", "Whether it is still sold; yes if empty", "yes", Kind.YES_NO),
)
_COLUMNS = {"name": "name", "price_minor": "price", "currency": "currency", "active": "sold"}


@dataclass
class _Shelf:
    """What is on record, and what the file adds."""

    brands: Mapping[str, UUID]
    categories: Mapping[str, UUID]
    products: Mapping[tuple[UUID, str], Any]
    untouched: Mapping[UUID, int]
    seen: dict[tuple[UUID, str], int] = field(default_factory=dict)
    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)


async def plan(work: Work, findings: Findings) -> Callable[[Progress], Awaitable[None]]:
    """Recognise each row by brand and model."""
    rows = [row for row in findings.rows if row.sound]
    shelf = await _shelf(work, {row.get("model").casefold() for row in rows})
    for row in rows:
        _decide(findings, shelf, row)

    async def write(progress: Progress) -> None:
        total = len(shelf.new) + len(shelf.changed)
        statements = [(insert(Product), shelf.new, 0), (update(Product), shelf.changed, len(shelf.new))]
        for statement, values, before in statements:
            for start in range(0, len(values), BATCH):
                batch = values[start : start + BATCH]
                await work.session.execute(statement, batch)
                await progress(before + start + len(batch), total)
        left = [one for one in shelf.changed if one["id"] in shelf.untouched]
        await imports.mark(work.session, work.scope, {one["id"]: one["version"] for one in (*shelf.new, *left)})

    return write


async def _shelf(work: Work, models: set[str]) -> _Shelf:
    session = work.session
    brands = {name.casefold(): key for key, name in await session.execute(select(Brand.id, Brand.name))}
    categories: dict[str, UUID] = {}
    for key, code, name in await session.execute(select(Category.id, Category.code, Category.name)):
        categories |= {code.casefold(): key, name.casefold(): key}
    found = (
        await session.execute(
            select(*Product.__table__.c).where(among(func.lower(Product.model, type_=String()), models))
        )
    ).all()
    left = await imports.versions(session, work.scope, [row.id for row in found])
    return _Shelf(
        brands,
        categories,
        {(row.brand_id, row.model.casefold()): row for row in found},
        {row.id: row.version for row in found if left.get(row.id) == row.version},
    )


def _decide(findings: Findings, shelf: _Shelf, row: Row) -> None:
    brand_id = shelf.brands.get(row.get("brand").casefold())
    category_id = shelf.categories.get(row.get("category").casefold())
    if brand_id is None:
        findings.refuse(row, "brand", "products.unknown_brand", f"is no brand here; {unknown(shelf.brands)}")
    if category_id is None:
        words = f"is no kind of product here; {unknown(shelf.categories)}"
        findings.refuse(row, "category", "products.unknown_category", words)
    values = _values(findings, row, brand_id, category_id)
    if values is None or brand_id is None:
        return
    key = (brand_id, row.get("model").casefold())
    if (first := shelf.seen.setdefault(key, row.number)) != row.number:
        findings.refuse(row, "model", "import.twice", f"is the same model as row {first}; keep one of the two")
    elif (known := shelf.products.get(key)) is None:
        shelf.new.append({**values, "id": new_id(), "version": 1})
        findings.tell(row, Outcome.NEW, values["name"])
    elif known.category_id != category_id:
        findings.refuse(row, "category", "products.other_category", "is another kind of product on record here")
    else:
        _compare(findings, shelf, row, values, known)


def _values(findings: Findings, row: Row, brand_id: UUID | None, category_id: UUID | None) -> dict[str, Any] | None:
    currency = (row.get("currency") or "INR").upper()
    if currency not in MINOR_DIGITS:
        findings.refuse(row, "currency", "products.currency", f"is no currency known here; {unknown(MINOR_DIGITS)}")
        return None
    try:
        minor = parse_major(str(row.get("price")), currency).minor
    except ValueError:
        findings.refuse(row, "price", "products.price", f"is no amount of {currency}")
        return None
    if findings.refused(row):
        return None
    try:
        body = ProductIn.model_validate(
            {
                "brand_id": brand_id,
                "category_id": category_id,
                "model": row.get("model"),
                "name": row.get("name"),
                "price_minor": minor,
                "currency": currency,
            }
        )
    except ValidationError as wrong:
        refuse_invalid(findings, row, wrong, {"price_minor": "price"})
        return None
    return {**body.model_dump(), "active": row.get("sold") is not False}


def _compare(findings: Findings, shelf: _Shelf, row: Row, values: dict[str, Any], known: Any) -> None:
    """What differs is replaced where nobody has touched the model since an import; else it is left and reported."""
    said = {name: column for name, column in _COLUMNS.items() if row.get(column) is not None}
    differs = {name: values[name] for name in said if values[name] != getattr(known, name)}
    columns = [_COLUMNS[name] for name in differs]
    if differs and known.id in shelf.untouched:
        before = {name: getattr(known, name) for name in _COLUMNS}
        shelf.changed.append({**before, **differs, "id": known.id, "version": known.version + 1})
        findings.tell(row, Outcome.CHANGED, values["name"], columns)
    else:
        findings.tell(row, Outcome.UNCHANGED, known.name, kept=columns)


PRODUCTS = Import(
    name="products",
    title="Products",
    about="A row for each model in the catalogue. Brands and kinds of products must be there already.",
    fields=FIELDS,
    plan=plan,
    rank=10,
)
