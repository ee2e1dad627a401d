"""The reports of returns: why products come back, and how often nothing is found."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, cast, func, literal_column

from aftersales.auth.models import Branch
from aftersales.desk_ways import Report
from aftersales.figures import ReportFilters, percent, within
from aftersales.i18n import N_
from aftersales.module import Column, Listing
from aftersales.products.models import Product
from aftersales.status.documents import visible
from aftersales.status.models import Document
from aftersales.work import Work
from rma.models import Return, ReturnFinding, ReturnLine
from rma.permissions import VIEW
from rma.rules import REASONS

_SPACE: ColumnElement[str] = literal_column("' '")
_PIECES = cast(func.sum(ReturnLine.quantity), Integer)
_WHY = (
    Column("key", Product.name + _SPACE + cast(Product.id, String) + _SPACE + ReturnLine.reason_code),
    Column("product", Product.name),
    Column("reason", ReturnLine.reason_code),
    Column("pieces", _PIECES),
    Column("share_percent", percent(_PIECES, func.sum(func.sum(ReturnLine.quantity)).over(partition_by=Product.id))),
)
_LOOKED = cast(func.sum(ReturnFinding.quantity), Integer)
_SOUND = func.coalesce(func.sum(ReturnFinding.quantity).filter(ReturnFinding.no_fault), 0)
_NTF = (
    Column("key", Product.name + _SPACE + cast(Product.id, String)),
    Column("product", Product.name),
    Column("inspected", _LOOKED),
    Column("no_fault", cast(_SOUND, Integer)),
    Column("no_fault_percent", percent(_SOUND, func.sum(ReturnFinding.quantity))),
)


def _lines(work: Work, query: Select[Any], filters: ReportFilters) -> Select[Any]:
    found = (
        query.select_from(ReturnLine)
        .join(Return, Return.id == ReturnLine.return_id)
        .join(Document, Document.id == Return.id)
        .join(Branch, Branch.id == Document.branch_id)
        .join(Product, Product.id == ReturnLine.product_id)
        .where(visible(work.scope, VIEW))
    )
    return found if filters.branch_id is None else found.where(Document.branch_id == filters.branch_id)


async def _reasons(work: Work, query: Select[Any], filters: ReportFilters) -> Select[Any]:
    """Pieces whose return was asked for in the span, by product and reason."""
    found = _lines(work, query, filters).where(within(Return.asked_at, filters, work.now))
    return found.group_by(Product.name, Product.id, ReturnLine.reason_code)


async def _no_fault(work: Work, query: Select[Any], filters: ReportFilters) -> Select[Any]:
    """Pieces looked at in the span, by product, and those in which nothing was found."""
    found = _lines(work, query, filters).join(ReturnFinding, ReturnFinding.line_id == ReturnLine.id)
    return found.where(within(ReturnFinding.found_at, filters, work.now)).group_by(Product.name, Product.id)


LISTINGS = (
    Listing("return_reasons", N_("Reasons of returns by product"), VIEW, _WHY, _reasons, ReportFilters),
    Listing("returns_without_fault", N_("Returns in which no fault was found"), VIEW, _NTF, _no_fault, ReportFilters),
)
REPORTS = (
    Report(
        "return_reasons",
        N_("Pieces whose return was asked for in these days. The share is of all returns of the product."),
        {
            "product": N_("Product"),
            "reason": N_("Reason"),
            "pieces": N_("Pieces"),
            "share_percent": N_("Share"),
        },
        {reason.value: words for reason, words in REASONS.items()},
    ),
    Report(
        "returns_without_fault",
        N_("Pieces looked at in these days, and those in which nothing was found."),
        {
            "product": N_("Product"),
            "inspected": N_("Looked at"),
            "no_fault": N_("No fault found"),
            "no_fault_percent": N_("Share"),
        },
    ),
)
