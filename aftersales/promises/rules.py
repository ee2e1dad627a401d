"""Times as people give them and as they are promised. Pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from aftersales.promises.ledger import AHEAD

_QUARTER = timedelta(minutes=15)


def aware(at: datetime, zone: str) -> datetime:
    """The instant; without an offset it is meant on the wall clock of `zone`."""
    local = ZoneInfo(zone)
    return at.astimezone(local) if at.tzinfo else at.replace(tzinfo=local)


def quarter(due: datetime, now: datetime) -> datetime:
    """Down to the quarter of an hour; up, where that would leave no time for it."""
    over = timedelta(minutes=due.minute % 15, seconds=due.second, microseconds=due.microsecond)
    down = due - over
    return down if not over or down - now >= 2 * AHEAD else down + _QUARTER


def minute(at: datetime) -> datetime:
    """As it is said: nobody is told seconds."""
    return at.replace(second=0, microsecond=0)
