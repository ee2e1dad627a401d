"""The only place that reads the clock.

Instants are timezone-aware UTC. Wall-clock rules receive an IANA zone and the business date as values.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present instant, aware, in UTC, with microseconds."""
    return datetime.now(UTC)


def business_date(at: datetime, zone: str) -> date:
    """The calendar date of the instant `at` on the wall clock of the IANA `zone`."""
    return at.astimezone(ZoneInfo(zone)).date()
