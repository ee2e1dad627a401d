"""Lists of the documents of one machine as files: what every document has, then what the module adds."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import Select, and_, func, select

from aftersales.auth.models import Branch, Staff
from aftersales.cases.models import MatterPerson
from aftersales.customers.models import Person
from aftersales.module import Column, Listing
from aftersales.status.documents import visible
from aftersales.status.models import Document
from aftersales.work import Work

_CASE = Document.__table__.alias("its_case")
_CUSTOMER = (
    select(func.min(Person.name))
    .select_from(MatterPerson)
    .join(Person, Person.id == MatterPerson.person_id)
    .where(and_(MatterPerson.case_id == Document.stream_id, MatterPerson.role == "owner"))
    .correlate(Document)
    .scalar_subquery()
)


class DocumentFilters(BaseModel):
    """As on the lists of the API; nothing leaves it open."""

    status: Annotated[list[Annotated[str, Field(max_length=60)]] | None, Field(max_length=30)] = None
    branch_id: UUID | None = None
    assignee_id: UUID | None = None


def document_list(
    machine: str,
    name: str,
    title: str,
    permission: str,
    columns: Sequence[Column],
    joins: Callable[[Select[Any]], Select[Any]],
    *,
    filters: type[DocumentFilters] = DocumentFilters,
    narrow: Callable[[Select[Any], Any], Select[Any]] = lambda query, _: query,
) -> Listing:
    """The list of a machine's documents. `joins` brings in the module's own tables, `narrow` its own filters."""

    async def whole(work: Work, query: Select[Any], wanted: Any) -> Select[Any]:
        query = (
            joins(query.select_from(Document))
            .join(Branch, Branch.id == Document.branch_id)
            .outerjoin(Staff, Staff.id == Document.assignee_id)
            .outerjoin(_CASE, and_(_CASE.c.id == Document.stream_id, _CASE.c.machine == "case"))
            .where(Document.machine == machine, visible(work.scope, permission))
        )
        if wanted.status:
            query = query.where(Document.status.in_(sorted(wanted.status)))
        if wanted.branch_id is not None:
            query = query.where(Document.branch_id == wanted.branch_id)
        if wanted.assignee_id is not None:
            query = query.where(Document.assignee_id == wanted.assignee_id)
        return narrow(query, wanted)

    return Listing(name, title, permission, (*COMMON, *columns), whole, filters)


COMMON = (
    Column("id", Document.id),
    Column("number", Document.number),
    Column("status", Document.status),
    Column("category", Document.category),
    Column("branch", Branch.code),
    Column("assigned_to", Staff.name),
    Column("case", _CASE.c.number),
    Column("customer", _CUSTOMER),
    Column("opened_at", Document.opened_at),
    Column("changed_at", Document.changed_at),
    Column("customer_id", Document.customer_id),
    Column("unit_id", Document.unit_id),
)
