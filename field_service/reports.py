"""The report of field service: repairs in which no fault was found."""

from typing import Any

from sqlalchemy import Select, String, cast, exists, func, literal_column

from aftersales.auth.models import Branch
from aftersales.desk_ways import Report
from aftersales.figures import ReportFilters, percent, within
from aftersales.i18n import N_
from aftersales.module import Column, Listing
from aftersales.products.models import Product, Unit
from aftersales.status.documents import visible
from aftersales.status.models import Document, TimelineEntry
from aftersales.work import Work

VIEW = "repair_order.view"
_NOTHING = func.count().filter(
    exists().where(
        TimelineEntry.stream_id == Document.stream_id,
        TimelineEntry.document_id == Document.id,
        TimelineEntry.to_status == "no_trouble_found",
    )
)
_NTF = (
    Column("key", Product.name + literal_column("' '") + cast(Product.id, String)),
    Column("product", Product.name),
    Column("repairs", func.count()),
    Column("no_fault", _NOTHING),
    Column("no_fault_percent", percent(_NOTHING, func.count())),
)


async def _no_fault(work: Work, query: Select[Any], filters: ReportFilters) -> Select[Any]:
    """Repair orders opened in the span, by product, and those that came to no trouble found."""
    found = (
        query.select_from(Document)
        .join(Branch, Branch.id == Document.branch_id)
        .join(Unit, Unit.id == Document.unit_id)
        .join(Product, Product.id == Unit.product_id)
        .where(
            Document.machine == "repair_order",
            visible(work.scope, VIEW),
            within(Document.opened_at, filters, work.now),
        )
    )
    if filters.branch_id is not None:
        found = found.where(Document.branch_id == filters.branch_id)
    return found.group_by(Product.name, Product.id)


LISTINGS = (
    Listing("repairs_without_fault", N_("Repairs in which no fault was found"), VIEW, _NTF, _no_fault, ReportFilters),
)
REPORTS = (
    Report(
        "repairs_without_fault",
        N_("Repair orders opened in these days, and those that came to no trouble found."),
        {
            "product": N_("Product"),
            "repairs": N_("Repairs"),
            "no_fault": N_("No fault found"),
            "no_fault_percent": N_("Share"),
        },
    ),
)
