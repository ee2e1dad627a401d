"""The JSON API of customers."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from aftersales.customers import repository, service
from aftersales.customers.repository import CustomerView
from aftersales.customers.schemas import (
    AddressIn,
    AddressOut,
    CustomerIn,
    CustomerOut,
    CustomerPatch,
    CustomerRow,
    PersonIn,
    PersonOut,
    PersonPatch,
)
from aftersales.http import Page, PageDep, WorkDep, etag, staff_router
from aftersales.work import Work

api = staff_router("/customers", tags=["customers"])

Phone = Annotated[str | None, Query(max_length=40, description="Only those who can be reached on it, as typed")]


@api.get("", name="list_customers")
async def list_customers(work: WorkDep, page: PageDep, phone: Phone = None) -> Page[CustomerRow]:
    """Customers, the first added first; with `phone` the households that share it."""
    work.scope.require("customer.view")
    if phone is None:
        found = await repository.customers(work.session, work.scope, after=page.after, limit=page.limit)
    else:
        found = await service.find_by_phone(work, phone, after=page.after, limit=page.limit)
    more = str(found[-1].id) if len(found) == page.limit else None
    return Page(items=[CustomerRow.model_validate(view) for view in found], next=more)


@api.post("", status_code=201, name="create_customer")
async def create_customer(work: WorkDep, body: CustomerIn, response: Response) -> CustomerOut:
    """Add a household or organisation with its people and addresses."""
    view = await service.create(work, body)
    response.headers["Location"] = f"/api/v1/customers/{view.id}"
    return await _answer(work, view, response)


@api.get("/{customer_id}", name="get_customer")
async def get_customer(work: WorkDep, customer_id: UUID, response: Response) -> CustomerOut:
    """One customer with people and addresses."""
    return await _answer(work, await repository.customer(work.session, work.scope, customer_id), response)


@api.patch("/{customer_id}", name="change_customer")
async def change_customer(work: WorkDep, customer_id: UUID, body: CustomerPatch, response: Response) -> CustomerOut:
    """Change name (of an organisation), time zone or notes."""
    return await _answer(work, await service.change(work, customer_id, body), response)


@api.get("/{customer_id}/people", name="list_people")
async def list_people(work: WorkDep, customer_id: UUID) -> Page[PersonOut]:
    """The people of a household, the one it is called by first."""
    await repository.customer(work.session, work.scope, customer_id)
    people = await repository.people(work.session, work.scope, customer_id)
    return Page(items=[PersonOut.model_validate(one) for one in people])


@api.post("/{customer_id}/people", status_code=201, name="add_person")
async def add_person(work: WorkDep, customer_id: UUID, body: PersonIn, response: Response) -> PersonOut:
    """Add somebody to the household."""
    view, person_id = await service.add_person(work, customer_id, body)
    response.headers["ETag"] = etag(view.version)
    return PersonOut.model_validate(await repository.person(work.session, work.scope, person_id))


@api.patch("/{customer_id}/people/{person_id}", name="change_person")
async def change_person(
    work: WorkDep, customer_id: UUID, person_id: UUID, body: PersonPatch, response: Response
) -> PersonOut:
    """Change a person; `phones` replaces all of them."""
    view = await service.change_person(work, customer_id, person_id, body)
    response.headers["ETag"] = etag(view.version)
    return PersonOut.model_validate(await repository.person(work.session, work.scope, person_id))


@api.get("/{customer_id}/addresses", name="list_addresses")
async def list_addresses(work: WorkDep, customer_id: UUID) -> Page[AddressOut]:
    """The addresses of a household, the usual one first."""
    await repository.customer(work.session, work.scope, customer_id)
    found = await repository.addresses(work.session, work.scope, customer_id)
    return Page(items=[AddressOut.model_validate(one) for one in found])


@api.post("/{customer_id}/addresses", status_code=201, name="add_address")
async def add_address(work: WorkDep, customer_id: UUID, body: AddressIn, response: Response) -> AddressOut:
    """Add another place."""
    view, address_id = await service.add_address(work, customer_id, body)
    response.headers["ETag"] = etag(view.version)
    return AddressOut.model_validate(await repository.address(work.session, work.scope, address_id))


@api.put("/{customer_id}/addresses/{address_id}", name="change_address")
async def change_address(
    work: WorkDep, customer_id: UUID, address_id: UUID, body: AddressIn, response: Response
) -> AddressOut:
    """Replace an address by another wording of it."""
    view = await service.change_address(work, customer_id, address_id, body)
    response.headers["ETag"] = etag(view.version)
    return AddressOut.model_validate(await repository.address(work.session, work.scope, address_id))


async def _answer(work: Work, view: CustomerView, response: Response) -> CustomerOut:
    response.headers["ETag"] = etag(view.version)
    people = await repository.people(work.session, work.scope, view.id)
    addresses = await repository.addresses(work.session, work.scope, view.id)
    answer = CustomerOut.model_validate(view)
    answer.people = [PersonOut.model_validate(one) for one in people]
    answer.addresses = [AddressOut.model_validate(one) for one in addresses]
    return answer
