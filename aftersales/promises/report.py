"""What became of promises: kept or not, how long it took and whether once was enough, of the clocks that have ended.

The figures are worked out by the database: a span of days is read along the index of ended clocks.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, model_validator
from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Numeric,
    Select,
    String,
    and_,
    cast,
    exists,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.orm import aliased

from aftersales.auth.models import Branch, Staff
from aftersales.fields import Day
from aftersales.i18n import N_
from aftersales.module import Column, Listing
from aftersales.products.models import Category
from aftersales.promises.models import CaseClock, CaseTargets
from aftersales.promises.permissions import VIEW
from aftersales.status.documents import visible
from aftersales.status.machine import WaitsOn
from aftersales.status.models import Document, TimelineEntry
from aftersales.work import Work

DAYS = 28
LONGEST = 366
AGAIN = timedelta(days=30)
"""Another case of the same unit within this time says that it was not repaired at the first time."""
MAX_GROUPS = 500
_EAST = timedelta(hours=14)
By = Literal["all", "centre", "category", "product", "technician"]


class ReportFilters(BaseModel):
    """Days of the service centre's own calendar, the last included; up to today, from four weeks before, if none
    are given."""

    since: Day | None = None
    until: Day | None = None
    branch_id: UUID | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since is not None and self.until is not None and not 0 <= (self.until - self.since).days < LONGEST:
            raise ValueError(f"since: take a day up to `until`, and at most {LONGEST} days")
        return self

    def span(self, today: date) -> tuple[date, date]:
        """The first day and the last."""
        until = self.until or (min(today, self.since + timedelta(days=LONGEST - 1)) if self.since else today)
        return self.since or until - timedelta(days=DAYS - 1), until


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one clock in one group: `p50` and `p90` are minutes of working time.

    `resolved` cases of a unit came to their end, of which `once` after one visit at most, without being reopened and
    without another case of the same unit within 30 days; of `early` those days are not over yet. Zero for all clocks
    but that of completion.
    """

    key: str
    group: str
    clock: str
    ended: int
    kept: int
    kept_percent: int
    p50: int
    p90: int
    resolved: int
    once: int
    early: int

    @property
    def once_percent(self) -> int | None:
        """None where nothing was resolved."""
        return None if not self.resolved else round(100 * self.once / self.resolved)


_DOING = aliased(Document, name="doing")
_AGAIN = aliased(Document, name="again")
# Words as they are: what is selected and what is grouped by must be the same expression to the database.
_GROUPS: dict[By, Any] = {
    "all": literal_column("'All'", String),
    "centre": Branch.name,
    "category": func.coalesce(Category.name, literal_column("'Not known'", String)),
    # The model as it was when the case was opened.
    "product": literal_column("coalesce(nullif(case_targets.facts->>'product', ''), 'Not known')", String),
    "technician": Staff.name,
}
_SECONDS: ColumnElement[int] = sum(
    (func.coalesce(CaseClock.spent[str(who)].as_integer(), 0) for who in WaitsOn), start=literal(0)
)
_COMPLETION = and_(CaseClock.clock == "completion", Document.unit_id.is_not(None))
_SECOND = exists().where(
    _AGAIN.unit_id == Document.unit_id,
    _AGAIN.machine == "case",
    _AGAIN.id != Document.id,
    _AGAIN.opened_at > CaseClock.ended_at,
    _AGAIN.opened_at <= CaseClock.ended_at + AGAIN,
)
_REOPENED = exists().where(
    TimelineEntry.stream_id == Document.id,
    TimelineEntry.document_id == Document.id,
    TimelineEntry.to_status == "reopened",
)
_ONCE = and_(_COMPLETION, CaseClock.visits <= 1, ~_SECOND, ~_REOPENED)
_KEPT = func.count().filter(CaseClock.state == "kept")


async def figures(work: Work, by: By, filters: ReportFilters) -> list[Figures]:
    """What the span says, by group and clock; one statement, `MAX_GROUPS` rows at most."""
    work.scope.require(VIEW)
    columns = [column.value for column in _columns(by)]
    query = await _narrow(by)(work, select(*columns), filters)
    return [Figures(*row) for row in await work.session.execute(query.order_by(columns[0]).limit(MAX_GROUPS))]


def _minutes(share: float) -> ColumnElement[int]:
    return cast(func.round(func.percentile_cont(share).within_group(_SECONDS.asc()) / 60), Integer)


def _columns(by: By) -> tuple[Column, ...]:
    group = _GROUPS[by]
    return (
        Column("key", group + " / " + CaseClock.clock),
        Column("group" if by == "all" else by, group),
        Column("clock", CaseClock.clock),
        Column("ended", func.count()),
        Column("kept", _KEPT),
        Column("kept_percent", cast(func.round(cast(_KEPT * 100, Numeric) / func.count()), Integer)),
        Column("p50_minutes", _minutes(0.5)),
        Column("p90_minutes", _minutes(0.9)),
        Column("resolved", func.count().filter(_COMPLETION)),
        Column("first_time_fixed", func.count().filter(_ONCE)),
        Column("within_30_days_still", func.count().filter(_COMPLETION, CaseClock.ended_at > func.now() - AGAIN)),
    )


def _narrow(by: By) -> Any:
    async def narrow(work: Work, query: Select[Any], filters: ReportFilters) -> Select[Any]:
        """The clocks that ended in the span, grouped; withdrawn ones were neither kept nor broken."""
        # A day begins in the east: nothing that has ended is left out, wherever the centre is.
        first, last = filters.span((work.now + _EAST).date())
        local = cast(func.timezone(Branch.timezone, CaseClock.ended_at), Date)
        day = timedelta(days=1)
        joined = (
            query.select_from(CaseClock)
            .join(Document, Document.id == CaseClock.case_id)
            .join(Branch, Branch.id == Document.branch_id)
            .where(CaseClock.ended_at.is_not(None), CaseClock.state.in_(("kept", "broken")), visible(work.scope, VIEW))
            # A day more at each end for the index, whatever the centre's own midnight is.
            .where(CaseClock.ended_at >= cast(first - day, Date), CaseClock.ended_at < cast(last + 2 * day, Date))
            .where(local >= first, local <= last)
        )
        if filters.branch_id is not None:
            joined = joined.where(Document.branch_id == filters.branch_id)
        groups = () if by == "all" else (_GROUPS[by],)
        return _joined(joined, by).group_by(*groups, CaseClock.clock)

    return narrow


def _joined(query: Select[Any], by: By) -> Select[Any]:
    if by in ("category", "product"):
        targets = query.join(CaseTargets, CaseTargets.case_id == CaseClock.case_id)
        return (
            targets
            if by == "product"
            else targets.outerjoin(Category, Category.code == CaseTargets.facts["category"].astext)
        )
    if by == "technician":
        # Whoever had a document of the case: with two, it counts for both.
        did = (
            select(_DOING.stream_id, _DOING.assignee_id)
            .where(_DOING.machine != "case", _DOING.assignee_id.is_not(None), _DOING.stream_id == CaseClock.case_id)
            .distinct()
            .lateral("did")
        )
        return query.join(did, true()).join(Staff, Staff.id == did.c.assignee_id)
    return query


_TITLES: dict[By, str] = {
    "centre": N_("Promises kept, by service centre"),
    "category": N_("Promises kept, by kind of product"),
    "product": N_("Promises kept, by product"),
    "technician": N_("Promises kept, by technician"),
}
LISTINGS = tuple(
    Listing(f"promises_by_{by}", title, VIEW, _columns(by), _narrow(by), ReportFilters) for by, title in _TITLES.items()
)
