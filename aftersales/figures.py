"""What reports that modules contribute share: days of a centre's own calendar, and shares in whole percent."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Numeric, and_, cast, func

from aftersales.auth.models import Branch
from aftersales.promises.report import ReportFilters

__all__ = ["ReportFilters", "in_span", "percent", "within"]

_EAST = timedelta(hours=14)


def within(column: Any, filters: ReportFilters, now: datetime) -> ColumnElement[bool]:
    """Whether an instant lies in the days asked for, by the calendar of its `Branch`."""
    first, last = filters.span((now + _EAST).date())
    local = cast(func.timezone(Branch.timezone, column), Date)
    day = timedelta(days=1)
    # A day more at each end for an index, whatever the centre's own midnight is.
    return and_(column >= cast(first - day, Date), column < cast(last + 2 * day, Date), local >= first, local <= last)


def in_span(column: Any, filters: ReportFilters, now: datetime) -> ColumnElement[bool]:
    """The same of a day."""
    first, last = filters.span((now + _EAST).date())
    found: ColumnElement[bool] = column.between(first, last)
    return found


def percent(part: Any, whole: Any) -> ColumnElement[int]:
    """So many of a hundred, rounded; None of nothing."""
    return cast(func.round(cast(part * 100, Numeric) / func.nullif(whole, 0)), Integer)
