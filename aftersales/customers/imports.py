"""Customers from a file: a row is a household, or an organisation, with the person to speak to."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from aftersales import clock
from aftersales.customers.intake import Intake, New
from aftersales.customers.known import ADDRESS_COLUMNS, PERSON_COLUMNS, Known, KnownCustomer, KnownPerson, known
from aftersales.customers.rules import email_problem
from aftersales.customers.schemas import CustomerIn
from aftersales.imports.fields import Field, Kind
from aftersales.imports.findings import Findings, Outcome, Row
from aftersales.imports.validating import refuse_invalid
from aftersales.module import Import, Progress
from aftersales.search.rules import normal_name
from aftersales.work import Work

FIELDS = (
    Field("number", "The customer's number in the other system; by it they are recognised next time", "C-10482"),
    Field("name", "The person's name as they write it", "Padma Venkateswarlu", required=True),
    Field("name_local", "The same name in their own script", "పద్మ వెంకటేశ్వర్లు"),
    Field("organisation", "The organisation's name, if it is one; the person is whom to speak to", ""),
    Field(
        "phone", "Their phone, as it is dialled; without +91 it is one of the country chosen", "98490 12312", Kind.PHONE
    ),
    Field("phone2", "A second phone", "040-23114455", Kind.PHONE),
    Field("email", "Their e-mail address", "padma.v@example.com"),
    Field("language", "The language they read: te, en, hi, …; te if empty", "te"),
    Field("courtesy", "What their language puts after the name", "గారు"),
    Field("prefers", "How they like to hear from us; text if empty", "text", Kind.CHOICE, choices=("text", "voice")),
    Field("line1", "House and street; with an address, locality and postcode are needed too", "Flat 302, Road No. 4"),
    Field("landmark", "What is near it", "the Ramalayam"),
    Field("floor", "Which floor", "3rd floor"),
    Field("gate", "Which gate, and whom to ask", "The side gate"),
    Field("locality", "The part of the town", "KPHB Colony"),
    Field("city", "The town; Hyderabad if empty", "Hyderabad"),
    Field("postcode", "The PIN code", "500085"),
    Field("since", "Customer since; today if empty", "14-03-2019", Kind.DATE),
    Field("notes", "What colleagues should know", "Rings twice", Kind.WORDS),
)
_OF_CUSTOMER = ("organisation", "since", "notes")


@dataclass
class _File:
    """The rows seen so far, so that nobody is taken in twice."""

    work: Work
    findings: Findings
    known: Known
    intake: Intake
    by_number: dict[str, int] = field(default_factory=dict)
    by_name: dict[tuple[str, str], int] = field(default_factory=dict)
    claimed: dict[UUID, int] = field(default_factory=dict)


async def plan(work: Work, findings: Findings) -> Callable[[Progress], Awaitable[None]]:
    """Recognise each row by its number, or else by phone and name."""
    rows = [row for row in findings.rows if row.sound]
    numbers = {row.get("number") for row in rows} - {None}
    phones = {phone for row in rows for phone in _phones(row)}
    intake = Intake(work)
    file = _File(work, findings, await known(work.session, work.scope, numbers, phones), intake)
    for row in rows:
        _decide(file, row)
    return intake.write


def _decide(file: _File, row: Row) -> None:
    findings = file.findings
    if not row.get("number") and not row.get("phone"):
        words = "give a number or a phone: without either they could not be recognised again"
        findings.refuse(row, "phone", "customers.no_key", words)
        return
    if (first := _seen(file, row)) is not None:
        column = "number" if row.get("number") else "phone"
        findings.refuse(row, column, "import.twice", f"is the same customer as row {first}; keep one of the two")
        return
    body = _body(findings, row)
    found = _found(file, row)
    if body is None or findings.refused(row):
        return
    if found is None:
        _add(file, row, body)
    elif (first := file.claimed.setdefault(found.id, row.number)) != row.number:
        words = f"is the same customer on record as row {first}; keep one of the two"
        findings.refuse(row, "name", "import.twice", words)
    else:
        _compare(file, row, found)


def _seen(file: _File, row: Row) -> int | None:
    """The row before that is about the same customer."""
    number = row.get("number")
    pairs = [(phone, name) for phone in _phones(row) for name in _names(row)]
    if number:
        first = file.by_number.setdefault(number, row.number)
    else:
        first = next((file.by_name[pair] for pair in pairs if pair in file.by_name), row.number)
    for pair in pairs:
        file.by_name.setdefault(pair, row.number)
    return first if first != row.number else None


def _found(file: _File, row: Row) -> KnownCustomer | None:
    number = row.get("number")
    if number and number in file.known.by_number:
        return file.known.by_number[number]
    found = file.known.named(_phones(row), _names(row))
    if number:
        # Another number is another customer, however alike they are.
        found = [one for one in found if one.own_number is None]
    if len(found) > 1:
        words = "several customers on record have this phone and name; put them in order first, or give a number"
        file.findings.refuse(row, "phone", "customers.ambiguous", words)
    return found[0] if found else None


def _body(findings: Findings, row: Row) -> CustomerIn | None:
    """The row as the desk would send it: what is wrong there is wrong here."""
    person = {name: row.get(name) for name in PERSON_COLUMNS if row.get(name) is not None}
    address = {name: row.get(name) for name in ADDRESS_COLUMNS if row.get(name) is not None}
    values: dict[str, Any] = {"people": [{**person, "phones": _phones(row)}], "addresses": [address] if address else []}
    values |= {name: row.get(name) for name in ("since", "notes") if row.get(name) is not None}
    if row.get("organisation"):
        values |= {"kind": "organisation", "name": row.get("organisation")}
    email = row.get("email")
    if email is not None and (problem := email_problem(email)) is not None:
        findings.refuse(row, "email", "customers.email", problem)
    if row.get("number") is not None and len(row.get("number")) > 40:
        findings.refuse(row, "number", "customers.number", "is longer than 40 characters")
    try:
        return CustomerIn.model_validate(values)
    except ValidationError as wrong:
        refuse_invalid(findings, row, wrong, {"name": "organisation"} if "people" not in str(wrong) else {})
        return None


def _add(file: _File, row: Row, body: CustomerIn) -> None:
    today = clock.business_date(file.work.now, body.timezone)
    if body.since is not None and body.since > today:
        file.findings.refuse(row, "since", "customers.since", "is in the future")
        return
    file.intake.add(New(body, _phones(row), row.get("number"), body.since or today))
    file.findings.tell(row, Outcome.NEW, body.name or body.people[0].name)


def _compare(file: _File, row: Row, one: KnownCustomer) -> None:
    """Empty cells say nothing. What is empty here is filled; what differs is replaced where nobody has touched it since
    an import, and otherwise left as it is and reported. Phones are added, never taken away."""
    names = _names(row)
    person = next((p for p in one.people if not p.names.isdisjoint(names)), one.people[0] if one.people else None)
    if person is None:
        file.findings.refuse(row, "name", "customers.no_person", "is a customer without people here: add one first")
        return
    changed: dict[str, Any] = {}
    kept: list[str] = []
    ours = {"organisation": one.organisation, "since": one.since, "notes": one.notes, **person.values, **one.address}
    for column in (*_OF_CUSTOMER, *PERSON_COLUMNS, *ADDRESS_COLUMNS):
        theirs, here = row.get(column), ours.get(column)
        if theirs is None or theirs == here:
            continue
        if column == "organisation" and (one.organisation is None):
            kept.append(column)
        elif here in (None, "") or one.untouched:
            changed[column] = theirs
        else:
            kept.append(column)
    fresh = _new_phones(row, person, changed)
    if row.get("number") and one.own_number is None:
        changed["number"] = row.get("number")
    if changed:
        file.intake.change(one, person, changed, fresh)
    outcome = Outcome.CHANGED if changed else Outcome.UNCHANGED
    file.findings.tell(row, outcome, one.organisation or person.values["name"], changed, kept)


def _new_phones(row: Row, person: KnownPerson, changed: dict[str, Any]) -> list[str]:
    """The phones of the row that the person does not have yet."""
    fresh: list[str] = []
    for column in ("phone", "phone2"):
        phone = row.get(column)
        if phone is not None and phone not in person.phones and phone not in fresh:
            changed[column] = phone
            fresh.append(phone)
    return fresh


def _phones(row: Row) -> list[str]:
    return list(dict.fromkeys(row.get(name) for name in ("phone", "phone2") if row.get(name)))


def _names(row: Row) -> set[str]:
    return {normal_name(row.get(name)) for name in ("name", "name_local") if row.get(name)}


CUSTOMERS = Import(
    name="customers",
    title="Customers",
    about="A row for each household or organisation, with the person to speak to and an address.",
    fields=FIELDS,
    plan=plan,
    rank=20,
)
