"""Customers from a file: a row is a household, or an organisation, with the person to speak to.

Further rows of the same number bring the others of it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from aftersales import clock
from aftersales.customers.intake import Intake, New, Part
from aftersales.customers.known import ADDRESS_COLUMNS, PERSON_COLUMNS, Known, KnownCustomer, KnownPerson, known
from aftersales.customers.repository import MAX_PEOPLE
from aftersales.customers.rules import email_problem
from aftersales.customers.schemas import CustomerIn, PersonIn
from aftersales.imports.fields import Field, Kind
from aftersales.imports.findings import Findings, Outcome, Row
from aftersales.imports.validating import refuse_invalid
from aftersales.module import Import, Progress
from aftersales.search.rules import normal_name
from aftersales.work import Work

FIELDS = (
    Field("number", "Their number in the other system; rows of one number are people of one household", "C-10482"),
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
    heads: dict[str, Row] = field(default_factory=dict)
    named: dict[str, set[str]] = field(default_factory=dict)
    members: dict[str, dict[str, int]] = field(default_factory=dict)
    found: dict[int, KnownCustomer | None] = field(default_factory=dict)
    new: dict[str, New] = field(default_factory=dict)
    by_name: dict[tuple[str, str], int] = field(default_factory=dict)
    claimed: dict[UUID, int] = field(default_factory=dict)
    spoken_of: dict[UUID, set[UUID]] = field(default_factory=dict)

    def head(self, row: Row) -> Row:
        """The first row of the same number; the row itself where it has none, or is the first."""
        return self.heads.get(row.get("number"), row)


async def plan(work: Work, findings: Findings) -> Callable[[Progress], Awaitable[None]]:
    """Recognise each row by its number, or else by phone and name."""
    rows = [row for row in findings.rows if row.sound]
    numbers = {row.get("number") for row in rows} - {None}
    phones = {phone for row in rows for phone in _phones(row)}
    intake = Intake(work)
    file = _File(work, findings, await known(work.session, work.scope, numbers, phones), intake)
    for row in findings.rows:
        if row.get("number"):
            file.heads.setdefault(row.get("number"), row)
            file.named.setdefault(row.get("number"), set()).update(_names(row))
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
        column, who = ("number", "person") if row.get("number") else ("phone", "customer")
        findings.refuse(row, column, "import.twice", f"is the same {who} as row {first}; keep one of the two")
        return
    if (head := file.head(row)) is not row:
        _fits(file, row, head)
    body = _body(findings, row, alone=head is row)
    if head is row:
        file.found[row.number] = _found(file, row)
    found = file.found.get(head.number)
    if body is None or findings.refused(row):
        return
    if found is None and head is not row:
        file.new[row.get("number")].join(body.people[0], _phones(row))
        findings.tell(row, Outcome.NEW, body.people[0].name)
    elif found is None:
        _add(file, row, body)
    elif (first := file.claimed.setdefault(found.id, head.number)) != head.number:
        words = f"is the same customer on record as row {first}; keep one of the two"
        findings.refuse(row, "name", "import.twice", words)
    else:
        _compare(file, row, found, body.people[0])


def _fits(file: _File, row: Row, head: Row) -> None:
    """A further person goes with the first of the same number, whose row speaks for them all."""
    if file.findings.refused(head):
        words = f"belongs to row {head.number}, which is refused: correct that one too"
        file.findings.refuse(row, "number", "customers.first_refused", words)
    for column in (*_OF_CUSTOMER, *ADDRESS_COLUMNS):
        if row.get(column) is not None and row.get(column) != head.get(column):
            words = f"is said of the whole customer in row {head.number}, and differs there: leave it empty here"
            file.findings.refuse(row, column, "customers.differs", words)


def _seen(file: _File, row: Row) -> int | None:
    """The row before that is about the same customer, or where they have a number, about the same person of theirs."""
    number = row.get("number")
    pairs = [(phone, name) for phone in _phones(row) for name in _names(row)]
    if number:
        members = file.members.setdefault(number, {})
        first = min((members.setdefault(name, row.number) for name in _names(row)), default=row.number)
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


def _body(findings: Findings, row: Row, *, alone: bool) -> CustomerIn | None:
    """The row as the desk would send it: what is wrong there is wrong here. Of a further person no more is taken than
    that: the customer's own is in the first row."""
    person = {name: row.get(name) for name in PERSON_COLUMNS if row.get(name) is not None}
    address = {name: row.get(name) for name in ADDRESS_COLUMNS if row.get(name) is not None}
    values: dict[str, Any] = {"people": [{**person, "phones": _phones(row)}]}
    values["addresses"] = [address] if address and alone else []
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
    new = New(body, [_phones(row)], row.get("number"), body.since or today)
    file.intake.add(new)
    if new.own_number:
        file.new[new.own_number] = new
    file.findings.tell(row, Outcome.NEW, body.name or body.people[0].name)


def _compare(file: _File, row: Row, one: KnownCustomer, body: PersonIn) -> None:
    """Empty cells say nothing. What is empty here is filled; what differs is replaced where nobody has touched it since
    an import, and otherwise left as it is and reported. Phones are added, never taken away, and so are people."""
    person = _person(file, row, one)
    if person is None:
        if len(one.people) >= MAX_PEOPLE:
            file.findings.refuse(row, "name", "customers.people", f"a customer has at most {MAX_PEOPLE} people")
            return
        values = body.model_dump(exclude={"phones"})
        told = [name for name in (*PERSON_COLUMNS, "phone", "phone2") if row.get(name) is not None]
        file.intake.change(one, {}, Part(None, values, _phones(row)))
        file.findings.tell(row, Outcome.CHANGED, body.name, told)
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
        file.intake.change(one, changed, Part(person, changed, fresh))
    outcome = Outcome.CHANGED if changed else Outcome.UNCHANGED
    file.findings.tell(row, outcome, one.organisation or person.values["name"], changed, kept)


def _person(file: _File, row: Row, one: KnownCustomer) -> KnownPerson | None:
    """Whom of the customer the row means: by name; else by a phone; else, without a phone, the only one there is, whose
    name has changed. None: somebody who is not on record."""
    names, phones, spoken = _names(row), set(_phones(row)), file.spoken_of.setdefault(one.id, set())
    left = [person for person in one.people if person.id not in spoken]
    found = next((person for person in left if not person.names.isdisjoint(names)), None)
    if found is None:
        # Whom another row names is not meant by this one.
        others = [person for person in left if person.names.isdisjoint(_names_of_group(file, row))]
        found = next((person for person in others if not phones.isdisjoint(person.phones)), None)
        if found is None and not phones and len(one.people) == 1 and others:
            found = others[0]
    if found is not None:
        spoken.add(found.id)
    return found


def _names_of_group(file: _File, row: Row) -> set[str]:
    """Every name that rows of the same number bring."""
    return file.named.get(row.get("number"), set())


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
    about="A row for each person: of a household or organisation the first has its address, and whom to speak to.",
    fields=FIELDS,
    plan=plan,
    rank=20,
)
