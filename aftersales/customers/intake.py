"""Writing many customers at once: a handful of statements for five hundred of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update

from aftersales.customers.known import ADDRESS_COLUMNS, PERSON_COLUMNS, KnownCustomer, KnownPerson
from aftersales.customers.models import Address, Customer, Person, PersonPhone
from aftersales.customers.schemas import CustomerIn, PersonIn
from aftersales.ids import new_id
from aftersales.imports import repository as imports
from aftersales.imports.repository import BATCH
from aftersales.module import Progress
from aftersales.search import index
from aftersales.work import Work


@dataclass(frozen=True, slots=True)
class New:
    """A customer who is not on record. `phones` in E.164, for each of the body's people."""

    body: CustomerIn
    phones: list[Sequence[str]]
    own_number: str | None
    since: date

    def join(self, person: PersonIn, phones: Sequence[str]) -> None:
        """Somebody more of the household."""
        self.body.people.append(person)
        self.phones.append(phones)


@dataclass(frozen=True, slots=True)
class Part:
    """What a row says of one person: of one on record, by the names of columns, or of somebody new (`person` None),
    then every column. `phones` are added."""

    person: KnownPerson | None
    values: dict[str, Any]
    phones: Sequence[str]


@dataclass(slots=True)
class _Changed:
    customer: KnownCustomer
    values: dict[str, Any] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)


class Intake:
    """Gathers who is new and what has changed, then writes it."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._new: list[New] = []
        self._changed: dict[UUID, _Changed] = {}

    def add(self, new: New) -> None:
        """Somebody new."""
        self._new.append(new)

    def change(self, customer: KnownCustomer, values: dict[str, Any], part: Part) -> None:
        """Values of the customer and the address by the names of columns, and what is said of one person."""
        changed = self._changed.setdefault(customer.id, _Changed(customer))
        changed.values |= values
        changed.parts.append(part)

    async def write(self, progress: Progress) -> None:
        """All of it, in batches."""
        total = len(self._new) + len(self._changed)
        for start in range(0, len(self._new), BATCH):
            await self._insert(self._new[start : start + BATCH])
            await progress(min(start + BATCH, len(self._new)), total)
        changed = list(self._changed.values())
        for start in range(0, len(changed), BATCH):
            await self._update(changed[start : start + BATCH])
            await progress(min(len(self._new) + start + BATCH, total), total)

    async def _insert(self, batch: Sequence[New]) -> None:
        customers, people, phones, addresses = [], [], [], []
        keys: list[index.Entry] = []
        for new in batch:
            customer_id = new_id()
            row = new.body.model_dump(include={"kind", "name", "timezone", "notes"})
            customers.append(
                {
                    **row,
                    "id": customer_id,
                    "since": new.since,
                    "own_number": new.own_number,
                    "version": 1,
                    "created_at": self._work.now,
                }
            )
            names = [row["name"]]
            for place, (body, numbers) in enumerate(zip(new.body.people, new.phones, strict=True)):
                person = {**body.model_dump(exclude={"phones"}), "id": new_id(), "position": place}
                people.append({**person, "customer_id": customer_id})
                phones += _phone_rows(person["id"], numbers)
                names += [person["name"], person["name_local"]]
            addresses += [
                {**one.model_dump(), "id": new_id(), "customer_id": customer_id, "position": 0}
                for one in new.body.addresses
            ]
            keys += _keys(customer_id, names, [one for part in new.phones for one in part], new.own_number)
        session = self._work.session
        for table, rows in ((Customer, customers), (Person, people), (PersonPhone, phones), (Address, addresses)):
            if rows:
                await session.execute(insert(table), rows)
        await index.put_many(session, keys)
        await imports.mark(session, self._work.scope, {row["id"]: 1 for row in customers})

    async def _update(self, batch: Sequence[_Changed]) -> None:
        session = self._work.session
        await session.execute(update(Customer), [_customer_row(one) for one in batch])
        parts = [part for one in batch for part in one.parts if part.person is not None]
        people = [{"id": part.person.id, **_of(part.values, PERSON_COLUMNS)} for part in parts if part.person]
        for names in {tuple(sorted(row)) for row in people if len(row) > 1}:
            await session.execute(update(Person), [row for row in people if tuple(sorted(row)) == names])
        phones = [
            row
            for part in parts
            if part.person
            for row in _phone_rows(part.person.id, part.phones, len(part.person.phones))
        ]
        joined = []
        for one in batch:
            for place, part in enumerate((part for part in one.parts if part.person is None), len(one.customer.people)):
                person = {**_of(part.values, PERSON_COLUMNS), "id": new_id(), "position": place}
                joined.append({**person, "customer_id": one.customer.id})
                phones += _phone_rows(person["id"], part.phones)
        for table, rows in ((Person, joined), (PersonPhone, phones)):
            if rows:
                await session.execute(insert(table), rows)
        await self._write_addresses(batch)
        await index.remove_many(session, "customer", [one.customer.id for one in batch])
        await index.put_many(session, [key for one in batch for key in _keys_after(one)])
        left = {one.customer.id: one.customer.version + 1 for one in batch if one.customer.untouched}
        await imports.mark(session, self._work.scope, left)

    async def _write_addresses(self, batch: Sequence[_Changed]) -> None:
        rows = [(one, _of(one.values, ADDRESS_COLUMNS)) for one in batch]
        new = [
            {"city": "Hyderabad", **values, "id": new_id(), "customer_id": one.customer.id, "position": 0}
            for one, values in rows
            if values and one.customer.address_id is None
        ]
        old = [
            {**one.customer.address, **values, "id": one.customer.address_id}
            for one, values in rows
            if values and one.customer.address_id is not None
        ]
        for names in {tuple(sorted(row)) for row in new}:
            await self._work.session.execute(insert(Address), [row for row in new if tuple(sorted(row)) == names])
        if old:
            await self._work.session.execute(update(Address), old)


def _of(values: dict[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    return {name: values[name] for name in columns if name in values}


def _phone_rows(person_id: UUID, phones: Sequence[str], first: int = 0) -> list[dict[str, Any]]:
    return [{"person_id": person_id, "e164": one, "position": at} for at, one in enumerate(phones, first)]


def _customer_row(one: _Changed) -> dict[str, Any]:
    values, before = one.values, one.customer
    return {
        "id": before.id,
        "name": values.get("organisation", before.organisation),
        "since": values.get("since", before.since),
        "notes": values.get("notes", before.notes),
        "own_number": values.get("number", before.own_number),
        "version": before.version + 1,
    }


def _keys_after(one: _Changed) -> list[index.Entry]:
    """Everything the customer is found by once the change is written."""
    before, values = one.customer, one.values
    said = {part.person.id: part.values for part in one.parts if part.person is not None}
    names: list[str | None] = [values.get("organisation", before.organisation)]
    phones = [phone for part in one.parts for phone in part.phones]
    for person in before.people:
        names += [said.get(person.id, {}).get(name, person.values[name]) for name in ("name", "name_local")]
        phones += person.phones
    for part in one.parts:
        if part.person is None:
            names += [part.values["name"], part.values["name_local"]]
    return _keys(before.id, names, phones, values.get("number", before.own_number))


def _keys(
    customer_id: UUID, names: Sequence[str | None], phones: Sequence[str], own_number: str | None
) -> list[index.Entry]:
    texts = [("name", name) for name in names if name] + [("phone", phone) for phone in phones]
    if own_number:
        texts.append(("number", own_number))
    return [
        {"kind": kind, "text": text, "entity": "customer", "entity_id": customer_id, "customer_id": customer_id}
        for kind, text in texts
    ]
