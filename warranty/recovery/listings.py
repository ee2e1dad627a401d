"""What is claimed back, as files: all of it, what is outstanding by age, what came short, and what was forgotten."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Select, String, and_, case, func, literal_column, or_, select, true, union_all

from aftersales.auth.models import Branch
from aftersales.i18n import N_
from aftersales.module import Column, Listing
from aftersales.products.models import Brand
from aftersales.status.documents import visible
from aftersales.status.models import Document
from aftersales.work import Work
from warranty.models import WarrantyClaimLine
from warranty.recovery import owing
from warranty.recovery.models import Filing, Recovery, Supplier
from warranty.recovery.owing import COVER
from warranty.recovery.permissions import VIEW
from warranty.recovery.repository import CLAIM, MADE, PARTY_NAME, recoveries
from warranty.recovery.rules import AGES, UNANSWERED


class RecoveryFilters(BaseModel):
    """Nothing leaves it open."""

    branch_id: UUID | None = None
    filing_id: UUID | None = None
    status: Annotated[list[Annotated[str, Field(max_length=20)]] | None, Field(max_length=10)] = None


class CentreFilters(BaseModel):
    """Of one centre, or of all."""

    branch_id: UUID | None = None


_JOB = (
    Column("id", Document.id),
    Column("number", Document.number),
    Column("kind", Document.machine),
    Column("status", Document.status),
    Column("party", PARTY_NAME),
    Column("centre", Branch.code),
    Column("filing", Filing.number),
    Column("claim", CLAIM.number),
    Column("line", WarrantyClaimLine.position),
    Column("ticket", WarrantyClaimLine.ticket),
    Column("product", MADE.name),
    Column("part", WarrantyClaimLine.part_code),
    Column("removed_part", WarrantyClaimLine.removed_part),
    Column("quantity", Recovery.quantity),
    Column("currency", Recovery.currency),
    Column("due", Recovery.due_minor, money=True),
    Column("accepted", Recovery.accepted_minor, money=True),
    Column("received", Recovery.received_minor, money=True),
)
_LEFT: ColumnElement[int] = Recovery.due_minor - Recovery.received_minor
# Also what they had accepted in full, once it was paid short and that was let go.
_SHORT = or_(Recovery.accepted_minor < Recovery.due_minor, Document.status.in_(("credited", "closed")))


async def _recoveries(work: Work, query: Select[Any], filters: RecoveryFilters) -> Select[Any]:
    found = recoveries(query, work.scope)
    if filters.branch_id is not None:
        found = found.where(Document.branch_id == filters.branch_id)
    if filters.filing_id is not None:
        found = found.where(Recovery.filing_id == filters.filing_id)
    if filters.status:
        found = found.where(Document.status.in_(sorted(filters.status)))
    return found


async def _short(work: Work, query: Select[Any], filters: CentreFilters) -> Select[Any]:
    """Answered, and less than was claimed: accepted in part, rejected, or paid short. Job by job."""
    answered = (Recovery.accepted_minor.is_not(None), Document.status.not_in(sorted(UNANSWERED)))
    found = recoveries(query, work.scope).where(*answered, _SHORT, _LEFT > 0)
    return found if filters.branch_id is None else found.where(Document.branch_id == filters.branch_id)


_DAYS = func.extract("day", func.now() - Filing.filed_at)
_KEY = case((Recovery.supplier_id.is_not(None), "supplier"), else_="brand")
# With their id: two of one name are two rows, and a page that ends between them loses neither.
_PARTY_ID = func.coalesce(Recovery.supplier_id, Recovery.brand_id)
_PARTY_KEY = _KEY + " " + PARTY_NAME + " " + Recovery.currency + " " + _PARTY_ID.cast(String)


def _aged(begin: int, end: int | None) -> ColumnElement[int]:
    within = begin <= _DAYS if begin else true()
    within = and_(within, end + 1 > _DAYS) if end is not None else within
    return func.coalesce(func.sum(_LEFT).filter(Filing.id.is_not(None), within), 0)


_BEGINS = (0, *(end + 1 for end in AGES))
_OUTSTANDING = (
    Column("key", _PARTY_KEY),
    Column("kind", _KEY),
    Column("party", PARTY_NAME),
    Column("currency", Recovery.currency),
    Column("jobs", func.count()),
    Column("outstanding", func.sum(_LEFT), money=True),
    Column("not_claimed", func.coalesce(func.sum(_LEFT).filter(Filing.id.is_(None)), 0), money=True),
    *(
        Column(f"days_{begin}_{end}" if end is not None else f"over_{AGES[-1]}_days", _aged(begin, end), money=True)
        for begin, end in zip(_BEGINS, (*AGES, None), strict=True)
    ),
)


async def _outstanding(work: Work, query: Select[Any], filters: CentreFilters) -> Select[Any]:
    """What is not closed, less what came, by party and currency, and how long ago it was claimed."""
    found = recoveries(query, work.scope).where(Document.status != "closed")
    if filters.branch_id is not None:
        found = found.where(Document.branch_id == filters.branch_id)
    return found.group_by(Recovery.supplier_id, Recovery.brand_id, Supplier.name, Brand.name, Recovery.currency)


_LATE = func.date_trunc("month", func.now()) - literal_column("interval '1 month'")
_LINES = owing.owed_lines(
    select(
        (WarrantyClaimLine.id.cast(String) + " line").label("key"),
        Document.id.label("document_id"),
        case(
            (and_(WarrantyClaimLine.payer == "supplier", COVER.c.supplier_id.is_(None)), "no_supplier_known"),
            else_="not_claimed_back",
        ).label("why"),
        Document.number.label("number"),
        WarrantyClaimLine.position.label("line"),
        WarrantyClaimLine.payer.label("payer"),
        WarrantyClaimLine.currency.label("currency"),
        WarrantyClaimLine.granted_minor.label("amount"),
    )
)
_UNFILED = (
    select(
        (Recovery.id.cast(String) + " recovery").label("key"),
        Document.id.label("document_id"),
        literal_column("'not_filed_in_time'", String).label("why"),
        Document.number.label("number"),
        literal_column("NULL::integer").label("line"),
        case((Recovery.supplier_id.is_not(None), "supplier"), else_="brand").label("payer"),
        Recovery.currency.label("currency"),
        Recovery.due_minor.label("amount"),
    )
    .join(Document, Document.id == Recovery.id)
    .where(
        Document.status == "eligible",
        Recovery.withdrawn_at.is_(None),
        func.date_trunc("month", Recovery.ripe_at) < _LATE,
    )
)
FORGOTTEN = union_all(_LINES, _UNFILED).subquery("forgotten")


async def _forgotten(work: Work, query: Select[Any], filters: CentreFilters) -> Select[Any]:
    """Granted lines that nobody claims back, and what was not claimed by the end of the month after. To be empty."""
    found = (
        query.select_from(FORGOTTEN)
        .join(Document, Document.id == FORGOTTEN.c.document_id)
        .join(Branch, Branch.id == Document.branch_id)
        .where(visible(work.scope, VIEW))
    )
    return found if filters.branch_id is None else found.where(Document.branch_id == filters.branch_id)


_FORGOTTEN = (
    Column("key", FORGOTTEN.c.key),
    Column("why", FORGOTTEN.c.why),
    Column("number", FORGOTTEN.c.number),
    Column("line", FORGOTTEN.c.line),
    Column("payer", FORGOTTEN.c.payer),
    Column("centre", Branch.code),
    Column("currency", FORGOTTEN.c.currency),
    Column("amount", FORGOTTEN.c.amount, money=True),
)

# Words as they are: what is selected and what is grouped by must be the same expression to the database.
_MONTH = func.to_char(func.timezone(Branch.timezone, Recovery.ripe_at), literal_column("'YYYY-MM'"))
_PARTY = (Recovery.supplier_id, Recovery.brand_id, Supplier.name, Brand.name, Recovery.currency)
_TO_FILE = (
    Column("key", _PARTY_KEY + " " + Branch.code + " " + _MONTH),
    Column("kind", _KEY),
    Column("party", PARTY_NAME),
    Column("centre", Branch.name),
    Column("month", _MONTH),
    Column("currency", Recovery.currency),
    Column("jobs", func.count()),
    Column("due", func.sum(Recovery.due_minor), money=True),
    Column("party_id", _PARTY_ID),
    Column("branch_id", Document.branch_id),
)


async def _to_file(work: Work, query: Select[Any], filters: CentreFilters) -> Select[Any]:
    """What is ripe and has not been claimed, by party, centre and month."""
    found = recoveries(query, work.scope).where(Document.status == "eligible", Recovery.ripe_at.is_not(None))
    if filters.branch_id is not None:
        found = found.where(Document.branch_id == filters.branch_id)
    return found.group_by(*_PARTY, Branch.code, Branch.name, _MONTH, Document.branch_id)


RECOVERIES = Listing("recoveries", N_("Claims on brands and suppliers"), VIEW, _JOB, _recoveries, RecoveryFilters)
OUTSTANDING = Listing(
    "recovery_outstanding", N_("Outstanding with brands and suppliers"), VIEW, _OUTSTANDING, _outstanding, CentreFilters
)
SHORT = Listing("recovery_short", N_("Short payments, job by job"), VIEW, _JOB, _short, CentreFilters)
FORGOTTEN_LIST = Listing(
    "recovery_forgotten", N_("Forgotten: to be empty"), VIEW, _FORGOTTEN, _forgotten, CentreFilters
)
TO_FILE = Listing("recovery_to_file", N_("To be claimed, by month"), VIEW, _TO_FILE, _to_file, CentreFilters)
LISTINGS = (RECOVERIES, OUTSTANDING, SHORT, FORGOTTEN_LIST, TO_FILE)
