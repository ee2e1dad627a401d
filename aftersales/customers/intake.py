"""Writing many customers at once: a handful of statements for five hundred of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update

from aftersales.customers.known import ADDRESS_COLUMNS, PERSON_COLUMNS, KnownCustomer, KnownPerson
from aftersales.customers.models import Address, Customer, Person, PersonPhone
from aftersales.customers.schemas import CustomerIn
from aftersales.ids import new_id
from aftersales.imports import repository as imports
from aftersales.imports.repository import BATCH
from aftersales.module import Progress
from aftersales.search import index
from aftersales.work import Work


@dataclass(frozen=True, slots=True)
class New:
    """A customer who is not on record: one person, their phones in E.164."""

    body: CustomerIn
    phones: Sequence[str]
    own_number: str | None
    since: date


@dataclass(frozen=True, slots=True)
class _Changed:
    customer: KnownCustomer
    person: KnownPerson
    values: dict[str, Any]
    phones: Sequence[str]


class Intake:
    """Gathers who is new and what has changed, then writes it."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._new: list[New] = []
        self._changed: list[_Changed] = []

    def add(self, new: New) -> None:
        """Somebody new."""
        self._new.append(new)

    def change(
        self, customer: KnownCustomer, person: KnownPerson, values: dict[str, Any], phones: Sequence[str]
    ) -> None:
        """Values by the names of columns, and phones that are added."""
        self._changed.append(_Changed(customer, person, values, phones))

    async def write(self, progress: Progress) -> None:
        """All of it, in batches."""
        total = len(self._new) + len(self._changed)
        for start in range(0, len(self._new), BATCH):
            await self._insert(self._new[start : start + BATCH])
            await progress(min(start + BATCH, len(self._new)), total)
        for start in range(0, len(self._changed), BATCH):
            await self._update(self._changed[start : start + BATCH])
            await progress(min(len(self._new) + start + BATCH, total), total)

    async def _insert(self, batch: Sequence[New]) -> None:
        customers, people, phones, addresses = [], [], [], []
        keys: list[index.Entry] = []
        for new in batch:
            customer_id, person_id = new_id(), new_id()
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
            person = new.body.people[0].model_dump(exclude={"phones"})
            people.append({**person, "id": person_id, "customer_id": customer_id, "position": 0})
            phones += [{"person_id": person_id, "e164": one, "position": at} for at, one in enumerate(new.phones)]
            addresses += [
                {**one.model_dump(), "id": new_id(), "customer_id": customer_id, "position": 0}
                for one in new.body.addresses
            ]
            names = (row["name"], person["name"], person["name_local"])
            keys += _keys(customer_id, names, new.phones, new.own_number)
        session = self._work.session
        for table, rows in ((Customer, customers), (Person, people), (PersonPhone, phones), (Address, addresses)):
            if rows:
                await session.execute(insert(table), rows)
        await index.put_many(session, keys)
        await imports.mark(session, self._work.scope, {row["id"]: 1 for row in customers})

    async def _update(self, batch: Sequence[_Changed]) -> None:
        session = self._work.session
        await session.execute(update(Customer), [_customer_row(one) for one in batch])
        people = [{"id": one.person.id, **_of(one, PERSON_COLUMNS)} for one in batch]
        for names in {tuple(sorted(row)) for row in people if len(row) > 1}:
            await session.execute(update(Person), [row for row in people if tuple(sorted(row)) == names])
        phones = [
            {"person_id": one.person.id, "e164": phone, "position": len(one.person.phones) + at}
            for one in batch
            for at, phone in enumerate(one.phones)
        ]
        if phones:
            await session.execute(insert(PersonPhone), phones)
        await self._write_addresses(batch)
        await index.remove_many(session, "customer", [one.customer.id for one in batch])
        await index.put_many(session, [key for one in batch for key in _keys_after(one)])
        left = {one.customer.id: one.customer.version + 1 for one in batch if one.customer.untouched}
        await imports.mark(session, self._work.scope, left)

    async def _write_addresses(self, batch: Sequence[_Changed]) -> None:
        rows = [(one, _of(one, ADDRESS_COLUMNS)) for one in batch]
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


def _of(one: _Changed, columns: Sequence[str]) -> dict[str, Any]:
    return {name: one.values[name] for name in columns if name in one.values}


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
    names: list[str | None] = [values.get("organisation", before.organisation)]
    phones = list(one.phones)
    for person in before.people:
        new = values if person.id == one.person.id else {}
        names += [new.get(column, person.values[column]) for column in ("name", "name_local")]
        phones += person.phones
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
