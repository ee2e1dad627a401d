"""Use cases of customers. The version of a customer covers its people and addresses: every change raises it."""

from collections.abc import Sequence
from uuid import UUID

from aftersales import clock, phones
from aftersales.customers import repository, rules
from aftersales.customers.models import Address, Customer, Person, PersonPhone
from aftersales.customers.repository import CustomerView
from aftersales.customers.schemas import AddressIn, CustomerIn, CustomerPatch, PersonIn, PersonPatch
from aftersales.errors import Invalid, Stale
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.search import index
from aftersales.work import Work

Errors = list[dict[str, object]]


async def create(work: Work, body: CustomerIn) -> CustomerView:
    """A household or organisation with its people and addresses. Raises Invalid naming each wrong field."""
    work.scope.require("customer.edit")
    today = clock.business_date(work.now, "UTC")
    errors: Errors = []
    if (problem := rules.zone_problem(body.timezone)) is not None:
        errors.append({"field": "timezone", "problem": problem})
    else:
        today = clock.business_date(work.now, body.timezone)
    if body.since is not None and body.since > today:
        errors.append({"field": "since", "problem": N_("is in the future")})
    region = work.settings.country
    numbers = [_checked(one, f"people.{place}.", region, errors) for place, one in enumerate(body.people)]
    _refuse(errors)
    values = body.model_dump(include={"kind", "name", "timezone", "notes"})
    customer = Customer(id=new_id(), since=body.since or today, version=1, created_at=work.now, **values)
    work.session.add(customer)
    await work.session.flush()
    await _insert_people(work, customer.id, 0, list(zip(body.people, numbers, strict=True)))
    work.session.add_all(
        Address(id=new_id(), customer_id=customer.id, position=place, **one.model_dump())
        for place, one in enumerate(body.addresses)
    )
    await work.session.flush()
    await reindex(work, customer.id)
    return await repository.customer(work.session, work.scope, customer.id)


async def change(work: Work, customer_id: UUID, body: CustomerPatch) -> CustomerView:
    """Change name (of an organisation), time zone or notes. Honours If-Match."""
    row = await _held(work, customer_id)
    values = body.model_dump(exclude_unset=True, exclude_none=True)
    errors: Errors = []
    if "name" in values and row.kind == "household":
        errors.append({"field": "name", "problem": N_("a household is called by its first person: change that")})
    if "timezone" in values and (problem := rules.zone_problem(values["timezone"])) is not None:
        errors.append({"field": "timezone", "problem": problem})
    _refuse(errors)
    for name, value in values.items():
        setattr(row, name, value)
    return await _changed(work, row)


async def add_person(work: Work, customer_id: UUID, body: PersonIn) -> tuple[CustomerView, UUID]:
    """Somebody more in the household; answers the customer and the person's id. Honours If-Match."""
    row = await _held(work, customer_id)
    errors: Errors = []
    e164 = _checked(body, "", work.settings.country, errors)
    already = len(await repository.people(work.session, work.scope, customer_id))
    if already >= repository.MAX_PEOPLE:
        errors.append(
            {
                "field": "people",
                "problem": N_("a customer has at most {count}").format(count=repository.MAX_PEOPLE),
            }
        )
    _refuse(errors)
    (person_id,) = await _insert_people(work, customer_id, already, [(body, e164)])
    return await _changed(work, row), person_id


async def change_person(work: Work, customer_id: UUID, person_id: UUID, body: PersonPatch) -> CustomerView:
    """Change a person; what is absent stays, `phones` replaces all of them. Honours If-Match."""
    row = await _held(work, customer_id)
    person = await repository.person_row(work.session, work.scope, customer_id, person_id)
    errors: Errors = []
    e164 = _checked(body, "", work.settings.country, errors)
    _refuse(errors)
    erasable = {"name_local", "email"}
    for name, value in body.model_dump(exclude_unset=True, exclude={"phones"}).items():
        if value is not None or name in erasable:
            setattr(person, name, value)
    await work.session.flush()
    if body.phones is not None:
        await repository.replace_phones(work.session, work.scope, person_id, e164)
    return await _changed(work, row)


async def add_address(work: Work, customer_id: UUID, body: AddressIn) -> tuple[CustomerView, UUID]:
    """Another place; answers the customer and the address's id. Honours If-Match."""
    row = await _held(work, customer_id)
    already = len(await repository.addresses(work.session, work.scope, customer_id))
    if already >= repository.MAX_ADDRESSES:
        _refuse(
            [
                {
                    "field": "addresses",
                    "problem": N_("a customer has at most {count}").format(count=repository.MAX_ADDRESSES),
                }
            ]
        )
    address = Address(id=new_id(), customer_id=customer_id, position=already, **body.model_dump())
    work.session.add(address)
    await work.session.flush()
    return await _changed(work, row), address.id


async def change_address(work: Work, customer_id: UUID, address_id: UUID, body: AddressIn) -> CustomerView:
    """Replace an address by another wording of it. Honours If-Match."""
    row = await _held(work, customer_id)
    address = await repository.address_row(work.session, work.scope, customer_id, address_id)
    for name, value in body.model_dump().items():
        setattr(address, name, value)
    return await _changed(work, row)


async def find_by_phone(work: Work, typed: str, *, after: UUID | None = None, limit: int = 50) -> list[CustomerView]:
    """The customers behind a phone, however it was typed: none, one, or several households that share it.

    Raises Invalid (`customers.phone`) for what cannot be a phone number.
    """
    e164 = phones.guess(typed, work.settings.country)
    if e164 is None:
        raise Invalid(
            "customers.phone",
            "This cannot be a whole phone number. Write it as it is dialled, or with + and the country code.",
            errors=[{"field": "phone", "problem": N_("is not a phone number")}],
        )
    return await repository.by_phone(work.session, work.scope, e164, after=after, limit=limit)


async def reindex(work: Work, customer_id: UUID) -> None:
    """Make the customer findable by the names and phones that its people have now, and by nothing else."""
    customer = await repository.customer(work.session, work.scope, customer_id)
    people = await repository.people(work.session, work.scope, customer_id)
    named = {customer.name, *(one.name for one in people), *(one.name_local or "" for one in people)}
    keys = [("name", name) for name in sorted(named)]
    keys += [("phone", e164) for e164 in sorted({e164 for one in people for e164 in one.phones})]
    keys += [("number", customer.own_number)] if customer.own_number else []
    await index.remove(work.session, "customer", customer_id)
    await index.put_many(
        work.session,
        [
            {"kind": kind, "text": text, "entity": "customer", "entity_id": customer_id, "customer_id": customer_id}
            for kind, text in keys
        ],
    )


async def _held(work: Work, customer_id: UUID) -> Customer:
    """The customer's row, held, in the version that the caller has read."""
    work.scope.require("customer.edit")
    row = await repository.locked(work.session, work.scope, customer_id)
    if work.if_version is not None and work.if_version != row.version:
        raise Stale("customers.stale", "This customer has changed since you read it. Load it again, then decide.")
    return row


async def _changed(work: Work, row: Customer) -> CustomerView:
    row.version += 1
    await work.session.flush()
    await reindex(work, row.id)
    return await repository.customer(work.session, work.scope, row.id)


async def _insert_people(
    work: Work, customer_id: UUID, first: int, people: Sequence[tuple[PersonIn, list[str]]]
) -> list[UUID]:
    rows = [
        Person(id=new_id(), customer_id=customer_id, position=place, **body.model_dump(exclude={"phones"}))
        for place, (body, _) in enumerate(people, start=first)
    ]
    work.session.add_all(rows)
    await work.session.flush()
    work.session.add_all(
        PersonPhone(person_id=row.id, e164=one, position=place)
        for row, (_, e164) in zip(rows, people, strict=True)
        for place, one in enumerate(e164)
    )
    await work.session.flush()
    return [row.id for row in rows]


def _checked(body: PersonIn | PersonPatch, path: str, region: str, errors: Errors) -> list[str]:
    """The person's phones in E.164; adds to `errors` what is wrong."""
    e164, problems = rules.normal_phones(body.phones or [], region)
    errors += [{"field": f"{path}phones.{place}", "problem": words} for place, words in problems.items()]
    if body.email is not None and (problem := rules.email_problem(body.email)) is not None:
        errors.append({"field": f"{path}email", "problem": problem})
    return e164


def _refuse(errors: Errors) -> None:
    if errors:
        raise Invalid("customers.invalid", "Some details cannot be right.", errors=errors)
