"""What is due in the life of a registration: reminders, its end, a renewal, visits of a plan. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from warranty.rules.facts import add_months

REMIND_DAYS = (30, 7)
"""So many days before the end the customer is reminded, once each."""
_DAY = timedelta(days=1)


class Due(StrEnum):
    """What a registration is due for."""

    MONTH = "month"
    WEEK = "week"
    END = "end"


@dataclass(frozen=True, slots=True)
class Next:
    """What is due today (None: nothing), whether a renewal is to be offered today, and when to look again (None: never
    again)."""

    due: Due | None
    offer: bool
    look_on: date | None


def following(
    today: date, last: date, done: Collection[Due], *, renewable: bool, offered: bool, in_trouble: bool
) -> Next:
    """What follows for a registration whose cover ends after the day `last`.

    Of reminders that were missed only the later is sent. A renewal is offered once, within the last thirty days, and to
    nobody with an open case or complaint (`in_trouble`): then it is looked at again every day until the end.
    """
    if today > last:
        return Next(Due.END if Due.END not in done else None, offer=False, look_on=None)
    month, week = (last - timedelta(days=days) for days in REMIND_DAYS)
    due = Due.WEEK if today >= week else Due.MONTH if today >= month else None
    due = None if due in done or (due is Due.MONTH and Due.WEEK in done) else due
    pending = renewable and not offered and today >= month
    offer = pending and not in_trouble
    if pending and in_trouble:
        return Next(due, offer=False, look_on=today + _DAY)
    return Next(due, offer, next(day for day in (month, week, last + _DAY) if day > today))


def visits(start: date, months: int, count: int) -> tuple[date, ...]:
    """The days on which a plan's visits fall due: `count` of them, equally far from each other and from both ends."""
    end = add_months(start, months)
    span = (end - start).days
    return tuple(start + timedelta(days=span * number // (count + 1)) for number in range(1, count + 1))
