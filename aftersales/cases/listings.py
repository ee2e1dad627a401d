"""Lists of cases and of customers as files."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import Select, and_, func, select

from aftersales.auth.models import Branch, Staff
from aftersales.cases.models import Case, MatterPerson
from aftersales.cases.repository import CaseFilter, narrowed
from aftersales.customers.models import Address, Customer, Person, PersonPhone
from aftersales.customers.repository import visible
from aftersales.customers.service import find_by_phone
from aftersales.i18n import N_
from aftersales.module import Column, Listing
from aftersales.products.models import Product, Unit
from aftersales.search import query as search
from aftersales.status.models import Document
from aftersales.work import Work

# So many households may match what was typed into the search of the list.
MATCHES = 1000
Status = Annotated[str, Field(max_length=60)]


class CaseFilters(BaseModel):
    """As on the list of cases."""

    status: Annotated[list[Status] | None, Field(max_length=20)] = None
    category: Literal["open", "waiting", "done", "trouble"] | None = None
    owner_id: UUID | None = None
    branch_id: UUID | None = None


class CustomerFilters(BaseModel):
    """`q` is what was typed into the search of the list; `phone` finds the households that share it."""

    q: Annotated[str, Field(max_length=100)] = ""
    phone: Annotated[str | None, Field(max_length=40)] = None


def _owner(column: Any) -> Any:
    matter = and_(MatterPerson.case_id == Document.id, MatterPerson.role == "owner")
    return (
        select(func.min(column))
        .select_from(MatterPerson)
        .join(Person, Person.id == MatterPerson.person_id)
        .where(matter)
        .correlate(Document)
        .scalar_subquery()
    )


async def _cases(work: Work, query: Select[Any], filters: CaseFilters) -> Select[Any]:
    wanted = CaseFilter(
        statuses=frozenset(filters.status) if filters.status else None,
        category=filters.category,
        owner_id=filters.owner_id,
        branch_id=filters.branch_id,
    )
    joined = (
        query.join(Case, Case.id == Document.id)
        .join(Branch, Branch.id == Document.branch_id)
        .outerjoin(Staff, Staff.id == Document.assignee_id)
        .outerjoin(Unit, Unit.id == Document.unit_id)
        .outerjoin(Product, Product.id == Unit.product_id)
    )
    return narrowed(joined, work.scope, wanted)


_FIRST = (
    select(Person.id)
    .where(Person.customer_id == Customer.id)
    .order_by(Person.position, Person.id)
    .limit(1)
    .correlate(Customer)
    .scalar_subquery()
)
_PHONES = (
    select(func.array_agg(PersonPhone.e164.distinct()))
    .join(Person, Person.id == PersonPhone.person_id)
    .where(Person.customer_id == Customer.id)
    .correlate(Customer)
    .scalar_subquery()
)
_UNITS = select(func.count()).where(Unit.customer_id == Customer.id).correlate(Customer).scalar_subquery()
_OPEN = (
    select(func.count())
    .where(Document.customer_id == Customer.id, Document.machine == "case", Document.category != "done")
    .correlate(Customer)
    .scalar_subquery()
)


async def _customers(work: Work, query: Select[Any], filters: CustomerFilters) -> Select[Any]:
    joined = query.outerjoin(Person, Person.id == _FIRST).outerjoin(Address, Address.id == _first_address())
    joined = joined.where(visible(work.scope))
    if filters.q.strip():
        hits = await search.find(work.session, work.scope, filters.q, MATCHES, region=work.settings.country)
        joined = joined.where(Customer.id.in_({hit.customer_id for hit in hits if hit.customer_id is not None}))
    if filters.phone is not None:
        sharing = await find_by_phone(work, filters.phone, limit=MATCHES)
        joined = joined.where(Customer.id.in_([one.id for one in sharing]))
    return joined


def _first_address() -> Any:
    return (
        select(Address.id)
        .where(Address.customer_id == Customer.id)
        .order_by(Address.position, Address.id)
        .limit(1)
        .correlate(Customer)
        .scalar_subquery()
    )


LISTINGS = (
    Listing(
        "cases",
        N_("Cases"),
        "case.view",
        (
            Column("id", Document.id),
            Column("number", Document.number),
            Column("status", Document.status),
            Column("category", Document.category),
            Column("branch", Branch.code),
            Column("owner_of_case", Staff.name),
            Column("customer", _owner(Person.name)),
            Column("customer_in_own_script", _owner(Person.name_local)),
            Column("complaint", Case.complaint),
            Column("fault_code", Case.fault_code),
            Column("channel", Case.channel),
            Column("product", Product.name),
            Column("opened_at", Document.opened_at),
            Column("changed_at", Document.changed_at),
            Column("customer_id", Document.customer_id),
            Column("unit_id", Document.unit_id),
        ),
        _cases,
        CaseFilters,
    ),
    Listing(
        "customers",
        N_("Customers"),
        "customer.view",
        (
            Column("id", Customer.id),
            Column("kind", Customer.kind),
            Column("name", func.coalesce(Customer.name, Person.name, "")),
            Column("name_in_own_script", Person.name_local),
            Column("language", Person.language),
            Column("email", Person.email),
            Column("phones", _PHONES),
            Column("address", Address.line1),
            Column("landmark", Address.landmark),
            Column("locality", Address.locality),
            Column("city", Address.city),
            Column("postcode", Address.postcode),
            Column("units", _UNITS),
            Column("open_cases", _OPEN),
            Column("since", Customer.since),
            Column("created_at", Customer.created_at),
        ),
        _customers,
        CustomerFilters,
    ),
)
