"""Units from a file: a row is one thing that a customer owns."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import insert, update

from aftersales import clock
from aftersales.ids import new_id
from aftersales.imports import repository as imports
from aftersales.imports.fields import Field, Kind
from aftersales.imports.findings import Findings, Outcome, Row
from aftersales.imports.repository import BATCH
from aftersales.imports.validating import refuse_invalid
from aftersales.module import Import, Progress
from aftersales.products import rules
from aftersales.products.known_units import DATES, FACTS, KnownModel, KnownUnit, models, units
from aftersales.products.models import Unit, UnitIdentifier
from aftersales.products.schemas import UnitDates
from aftersales.products.service import DEFAULT_ZONE
from aftersales.search import index
from aftersales.search.holders import Holders, holders
from aftersales.search.rules import normal_identifier
from aftersales.status import engine
from aftersales.work import Work

KINDS = tuple(kind.value for kind in rules.IdentifierKind)

FIELDS = (
    Field("model", "The model code, as in the catalogue", "FL-75", required=True),
    Field("brand", "The brand, where several have a model of this code", "Godavari"),
    Field("customer_number", "The owner's number in the other system", "C-10482"),
    Field("customer_phone", "The owner's phone, where there is no number", "98490 12312", Kind.PHONE),
    Field("customer_name", "The owner's name, where several customers share the phone", "Padma Venkateswarlu"),
    Field("serial", "The serial number on the label", "GW75-2203-11937"),
    Field("imei1", "The first IMEI of a phone", ""),
    Field("imei2", "The second IMEI of a phone", ""),
    Field("indoor_serial", "The serial number of a split air conditioner's indoor part", ""),
    Field("outdoor_serial", "The serial number of its outdoor part", ""),
    Field("manufactured_on", "When it was made", "02-01-2024", Kind.DATE),
    Field("purchased_on", "When it was bought", "14-03-2024", Kind.DATE),
    Field("delivered_on", "When it came to the customer", "16-03-2024", Kind.DATE),
    Field("installed_on", "When it was installed", "18-03-2024", Kind.DATE),
    Field("invoice_number", "The number on the invoice", "GO/2403/08817"),
)


@dataclass
class _File:
    """What is on record, and what the file adds."""

    work: Work
    findings: Findings
    models: Mapping[str, list[KnownModel]]
    units: Mapping[tuple[str, str], list[KnownUnit]]
    holders: Holders
    today: date
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    untouched: set[UUID] = field(default_factory=set)
    identifiers: dict[UUID, list[dict[str, Any]]] = field(default_factory=dict)


async def plan(work: Work, findings: Findings) -> Callable[[Progress], Awaitable[None]]:
    """Recognise each row by the numbers that the unit bears or bore."""
    rows = [row for row in findings.rows if row.sound]
    normals = {normal for row in rows for kind in KINDS if (normal := normal_identifier(row.get(kind) or ""))}
    file = _File(
        work,
        findings,
        await models(work.session, {row.get("model").casefold() for row in rows}),
        await units(work.session, work.scope, normals),
        await holders(
            work.session,
            numbers={row.get("customer_number") for row in rows} - {None},
            phones={row.get("customer_phone") for row in rows} - {None},
        ),
        clock.business_date(work.now, DEFAULT_ZONE),
    )
    for row in rows:
        _decide(file, row)

    async def write(progress: Progress) -> None:
        await _write(file, progress)

    return write


def _decide(file: _File, row: Row) -> None:
    model = _model(file, row)
    owner_id = _owner(file, row)
    borne = _identifiers(file, row, model)
    _check_facts(file, row)
    if file.findings.refused(row) or model is None or owner_id is None:
        return
    found = {unit.id: unit for key in borne if (bearers := file.units.get(key)) for unit in bearers[:1]}
    if len(found) > 1:
        words = "these numbers are on different units here; compare them with the label"
        file.findings.refuse(row, _first(borne), "units.ambiguous", words)
    elif found:
        _compare(file, row, next(iter(found.values())), model, owner_id, borne)
    else:
        _add(file, row, model, owner_id, borne)


def _model(file: _File, row: Row) -> KnownModel | None:
    found = file.models.get(row.get("model").casefold(), [])
    brand = row.get("brand")
    if brand is not None:
        found = [one for one in found if one.brand.casefold() == brand.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        words = f"is a model of several brands; say which in the column brand: {', '.join(m.brand for m in found)}"
        file.findings.refuse(row, "brand" if brand else "model", "units.ambiguous_model", words)
    else:
        file.findings.refuse(row, "model", "units.unknown_model", "is not in the catalogue; take in the products first")
    return None


def _owner(file: _File, row: Row) -> UUID | None:
    number, phone, name = (row.get(one) for one in ("customer_number", "customer_phone", "customer_name"))
    column = "customer_number" if number else "customer_phone"
    if not number and not phone:
        file.findings.refuse(row, column, "units.no_owner", "say whose it is: by number, or by phone and name")
        return None
    found = file.holders.of(number, phone, name)
    if len(found) == 1:
        return next(iter(found))
    if found:
        words = "is the phone of several customers; give the owner's name too, or their number"
        file.findings.refuse(row, column, "units.ambiguous_owner", words)
    else:
        words = (
            "leads to no customer of this name here" if name and phone and not number else "leads to no customer here"
        )
        file.findings.refuse(row, column, "units.unknown_owner", f"{words}; take in the customers first")
    return None


def _identifiers(file: _File, row: Row, model: KnownModel | None) -> dict[tuple[str, str], str]:
    """What the unit bears: kind and compared form, and the form as written."""
    borne: dict[tuple[str, str], str] = {}
    for kind in KINDS:
        written = row.get(kind)
        if written is None:
            continue
        try:
            key = (kind, rules.normal(rules.IdentifierKind(kind), written))
        except ValueError as wrong:
            file.findings.refuse(row, kind, "units.identifier", str(wrong))
            continue
        borne[key] = written
        if (first := file.seen.setdefault(key, row.number)) != row.number:
            file.findings.refuse(row, kind, "import.twice", f"is on the unit of row {first} too; keep one of the two")
    if model is None or file.findings.refused(row):
        return borne
    if (problem := rules.kinds_problem(model.kinds, [kind for kind, _ in borne])) is not None:
        file.findings.refuse(row, _first(borne) if borne else model.kinds[0], "units.identifiers", problem)
    return borne


def _check_facts(file: _File, row: Row) -> None:
    dates = rules.Dates(**{name: row.get(name) for name in DATES})
    for name, problem in rules.date_problems(dates, file.today).items():
        file.findings.refuse(row, name, "units.date", problem)
    try:
        UnitDates.model_validate({name: row.get(name) for name in FACTS})
    except ValidationError as wrong:
        if not file.findings.refused(row):
            refuse_invalid(file.findings, row, wrong, {})


def _first(borne: Mapping[tuple[str, str], str]) -> str:
    """The column of the first identifier."""
    return next(iter(borne))[0]


def _add(file: _File, row: Row, model: KnownModel, owner_id: UUID, borne: Mapping[tuple[str, str], str]) -> None:
    unit = {name: row.get(name) for name in FACTS}
    unit |= {"id": new_id(), "product_id": model.id, "customer_id": owner_id, "version": 1}
    file.new.append(unit | {"created_at": file.work.now})
    since = unit["manufactured_on"] or unit["purchased_on"] or file.today
    _bear(file, unit["id"], owner_id, borne, since)
    file.findings.tell(row, Outcome.NEW, f"{model.name} · {next(iter(borne.values()))}")


def _compare(
    file: _File,
    row: Row,
    unit: KnownUnit,
    model: KnownModel,
    owner_id: UUID,
    borne: Mapping[tuple[str, str], str],
) -> None:
    """Dates and invoice: what is empty is filled, what differs replaced only where nobody has touched the unit since an
    import. A number of a kind that it lacks is added; one that differs, or another owner, is for a person."""
    first = _first(borne)
    if unit.product_id != model.id:
        file.findings.refuse(row, "model", "units.other_model", "this number is on another model here")
    if unit.customer_id != owner_id:
        column = "customer_number" if row.get("customer_number") else "customer_phone"
        words = "this unit belongs to another customer here; if it has changed hands, say so on the unit"
        file.findings.refuse(row, column, "units.other_owner", words)
    lacking = {key: written for key, written in borne.items() if key[1] not in unit.borne[key[0]]}
    for kind, _ in lacking:
        if kind in unit.now:
            words = "another number of this kind is on the unit here; if a part was exchanged, say so on the unit"
            file.findings.refuse(row, kind, "units.identifier_differs", words)
    if file.findings.refused(row):
        return
    differs = {name: row.get(name) for name in FACTS if row.get(name) not in (None, unit.facts[name])}
    changed = {name: said for name, said in differs.items() if unit.facts[name] is None or unit.untouched}
    columns = [*changed, *(kind for kind, _ in lacking)]
    subject = f"{model.name} · {borne[first, next(normal for kind, normal in borne if kind == first)]}"
    outcome = Outcome.CHANGED if columns else Outcome.UNCHANGED
    file.findings.tell(row, outcome, subject, columns, [name for name in differs if name not in changed])
    if columns:
        file.changed.append({**unit.facts, **changed, "id": unit.id, "version": unit.version + 1})
        if unit.untouched:
            file.untouched.add(unit.id)
        _bear(file, unit.id, owner_id, lacking, row.get("manufactured_on") or file.today)


def _bear(file: _File, unit_id: UUID, owner_id: UUID, borne: Mapping[tuple[str, str], str], since: date) -> None:
    file.identifiers[unit_id] = [
        {
            "id": new_id(),
            "unit_id": unit_id,
            "kind": kind,
            "value": written,
            "normal": normal,
            "valid_from": since,
            "customer_id": owner_id,
        }
        for (kind, normal), written in borne.items()
    ]


async def _write(file: _File, progress: Progress) -> None:
    session, total = file.work.session, len(file.new) + len(file.changed)
    for start in range(0, len(file.new), BATCH):
        batch = file.new[start : start + BATCH]
        await engine.create_streams(session, [unit["id"] for unit in batch])
        await session.execute(insert(Unit), batch)
        await _write_identifiers(file, batch)
        await imports.mark(session, file.work.scope, {unit["id"]: 1 for unit in batch})
        await progress(start + len(batch), total)
    for start in range(0, len(file.changed), BATCH):
        batch = file.changed[start : start + BATCH]
        await session.execute(update(Unit), batch)
        await _write_identifiers(file, batch)
        left = {unit["id"]: unit["version"] for unit in batch if unit["id"] in file.untouched}
        await imports.mark(session, file.work.scope, left)
        await progress(len(file.new) + start + len(batch), total)


async def _write_identifiers(file: _File, batch: list[dict[str, Any]]) -> None:
    rows = [row for unit in batch for row in file.identifiers.get(unit["id"], ())]
    if not rows:
        return
    plain = [{name: said for name, said in row.items() if name != "customer_id"} for row in rows]
    await file.work.session.execute(insert(UnitIdentifier), plain)
    keys: list[index.Entry] = [
        {
            "kind": "identifier",
            "text": row["value"],
            "entity": "unit",
            "entity_id": row["unit_id"],
            "customer_id": row["customer_id"],
        }
        for row in rows
    ]
    await index.put_many(file.work.session, keys)


UNITS = Import(
    name="units",
    title="Units",
    about="A row for each unit that a customer owns. Products and customers must be there already.",
    fields=FIELDS,
    plan=plan,
    rank=30,
)
