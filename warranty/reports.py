"""The reports of warranty: claims by verdict and clause, repairs that came back within thirty days, what is owed."""

from typing import Any

from sqlalchemy import BigInteger, Date, Select, String, and_, case, cast, exists, func, literal_column, select
from sqlalchemy.orm import aliased

from aftersales.auth.models import Branch
from aftersales.desk_ways import Report
from aftersales.figures import ReportFilters, in_span, percent, within
from aftersales.i18n import N_
from aftersales.module import Column, Listing
from aftersales.products.models import Product, Unit
from aftersales.status.documents import visible
from aftersales.status.models import Document
from aftersales.work import Work
from warranty.models import WarrantyClaim, WarrantyClaimLine, WarrantyService, WarrantyVerdict
from warranty.permissions import VIEW
from warranty.recovery import listings as recovery

BOUNCE_DAYS = 30


def _finding(cost: str) -> Any:
    return WarrantyVerdict.verdict["findings"][cost].astext


_ALL = tuple(_finding(cost) for cost in ("parts", "labour", "visit"))


def _each(value: str) -> Any:
    return and_(*(one == literal_column(f"'{value}'") for one in _ALL))


# Words as they are: what is selected and what is grouped by must be the same expression to the database.
_VERDICT = case(
    (Document.status == literal_column("'appealed'"), literal_column("'appealed'", String)),
    (_each("covered"), literal_column("'covered'", String)),
    (_each("not_covered"), literal_column("'not_covered'", String)),
    (literal_column("'unknown'").in_(_ALL), literal_column("'unknown'", String)),
    else_=literal_column("'partly'", String),
)
_CLAUSE = func.coalesce(WarrantyVerdict.verdict["clause"].astext, literal_column("''"))
_GRANTED = (
    select(func.sum(WarrantyClaimLine.granted_minor))
    # What was decided on a line of a claim that was denied or withdrawn was given to nobody.
    .where(WarrantyClaimLine.claim_id == Document.id, WarrantyClaim.granted_at.is_not(None))
    .correlate(Document, WarrantyClaim)
    .scalar_subquery()
)
_BY_VERDICT = (
    Column("key", _VERDICT + literal_column("' '") + _CLAUSE + literal_column("' '") + Branch.currency),
    Column("verdict", _VERDICT),
    Column("clause", _CLAUSE),
    Column("claims", func.count()),
    Column("currency", Branch.currency),
    Column("granted", cast(func.coalesce(func.sum(_GRANTED), 0), BigInteger), money=True),
)


async def _by_verdict(work: Work, query: Select[Any], filters: ReportFilters) -> Select[Any]:
    """Claims opened in the span by the answer that holds now and the clause that decided it."""
    found = (
        query.select_from(Document)
        .join(WarrantyClaim, WarrantyClaim.id == Document.id)
        .join(WarrantyVerdict, WarrantyVerdict.id == WarrantyClaim.verdict_id)
        .join(Branch, Branch.id == Document.branch_id)
        .where(visible(work.scope, VIEW), within(Document.opened_at, filters, work.now))
    )
    if filters.branch_id is not None:
        found = found.where(Document.branch_id == filters.branch_id)
    return found.group_by(_VERDICT, _CLAUSE, Branch.currency)


_AGAIN = aliased(Document, name="again")
_CAME_AGAIN = exists().where(
    _AGAIN.unit_id == WarrantyService.unit_id,
    _AGAIN.machine == "case",
    _AGAIN.id != WarrantyService.stream_id,
    cast(func.timezone(Branch.timezone, _AGAIN.opened_at), Date) >= WarrantyService.done_on,
    cast(func.timezone(Branch.timezone, _AGAIN.opened_at), Date) <= WarrantyService.done_on + BOUNCE_DAYS,
)
# By the calendar of the centre, as the days above.
_TODAY = cast(func.timezone(Branch.timezone, func.now()), Date)
_BOUNCED = func.count().filter(_CAME_AGAIN)
_BOUNCES = (
    Column("key", Product.name + literal_column("' '") + cast(Product.id, String)),
    Column("product", Product.name),
    Column("repairs", func.count()),
    Column("came_again", _BOUNCED),
    Column("bounce_percent", percent(_BOUNCED, func.count())),
    Column("days_not_over", func.count().filter(WarrantyService.done_on > _TODAY - BOUNCE_DAYS)),
)


async def _bounces(work: Work, query: Select[Any], filters: ReportFilters) -> Select[Any]:
    """Repairs handed over in the span, by product, and how many of their units came again."""
    found = (
        query.select_from(WarrantyService)
        .join(Document, Document.id == WarrantyService.stream_id)
        .join(Branch, Branch.id == Document.branch_id)
        .join(Unit, Unit.id == WarrantyService.unit_id)
        .join(Product, Product.id == Unit.product_id)
        .where(
            WarrantyService.what == "repair",
            visible(work.scope, VIEW),
            in_span(WarrantyService.done_on, filters, work.now),
        )
    )
    if filters.branch_id is not None:
        found = found.where(Document.branch_id == filters.branch_id)
    return found.group_by(Product.name, Product.id)


LISTINGS = (
    Listing(
        "claims_by_verdict", N_("Warranty claims by verdict and clause"), VIEW, _BY_VERDICT, _by_verdict, ReportFilters
    ),
    Listing("bounces", N_("Repairs that came back within 30 days"), VIEW, _BOUNCES, _bounces, ReportFilters),
)
REPORTS = (
    Report(
        "claims_by_verdict",
        N_("Claims opened in these days, by the answer that holds now. Granted is what their lines were given."),
        {
            "verdict": N_("Verdict"),
            "clause": N_("Clause"),
            "claims": N_("Claims"),
            "granted": N_("Granted"),
        },
        {
            "covered": N_("Covered"),
            "partly": N_("Covered in part"),
            "not_covered": N_("Not covered"),
            "unknown": N_("Still to be settled"),
            "appealed": N_("Denial appealed"),
        },
    ),
    Report(
        "bounces",
        N_("Repairs handed over in these days. It came again: another case of the same unit within 30 days."),
        {
            "product": N_("Product"),
            "repairs": N_("Repairs"),
            "came_again": N_("Came again"),
            "bounce_percent": N_("Share"),
            "days_not_over": N_("30 days not over"),
        },
    ),
    Report(
        recovery.OUTSTANDING.name,
        N_("What brands and suppliers owe us and have not paid, by the days since it was claimed."),
        {
            "party": N_("From"),
            "jobs": N_("Jobs"),
            "outstanding": N_("Outstanding"),
            "not_claimed": N_("Not claimed yet"),
            "days_0_30": N_("Up to 30 days"),
            "days_31_60": N_("31 to 60 days"),
            "days_61_90": N_("61 to 90 days"),
            "over_90_days": N_("Over 90 days"),
        },
    ),
)
