"""Working time: how much of it has passed, and when a target in it is used up. Pure.

A calendar's working time is laid out once, as intervals with the working time before each, for the years that anybody
asks about. A question is then two searches in sorted lists, however many days lie between.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import inf
from typing import Any, Self

from aftersales.promises.calendar import CalendarError, Hours, microseconds, moment

__all__ = ["CalendarError", "Pause", "WorkCalendar"]

# Nobody promises further; it also ends the search in calendars whose hours are few.
HORIZON = 100 * 366 * 86_400 * 1_000_000
# A shift of the day before may last into the first date that is laid out.
_MARGIN = timedelta(days=400)
_AHEAD = timedelta(days=800)
_DAY = timedelta(days=1)
_MINUTE = 60 * 1_000_000
_HOUR = 60 * _MINUTE
# Zones have no rules before, and dates no room for what is asked after.
_FIRST = microseconds(datetime(1900, 1, 1, tzinfo=UTC))
_LAST = microseconds(datetime(9000, 1, 1, tzinfo=UTC))

Pause = tuple[datetime, datetime | None]
"""From when until when a clock stood; no end while it still stands."""
_Closed = tuple[int, int | None]


class WorkCalendar:
    """The working time of one service centre.

    All times are aware datetimes, in any zone; answers are in UTC. Time is real time: an hour that clocks skip is not
    worked, one that they repeat is worked twice. A shift belongs to the date on which it begins, also after midnight.
    Not to be shared between threads: what is asked for is laid out on the way.
    """

    _from: int
    _next: date
    _known: int

    def __init__(self, hours: Hours) -> None:
        self._hours = hours
        self._empty = not hours.recurring and hours.last_override is None
        self._reset(date(1970, 1, 1))

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Self:
        """From `tz`, `weekly`, `holidays`, `nth_weekday_off` and `overrides`; all but `tz` may be absent.

        Raises CalendarError, a ValueError that names the place and what is wrong there.
        """
        return cls(Hours.from_dict(given))

    def deadline(
        self,
        start: datetime,
        *,
        minutes: float | None = None,
        hours: float | None = None,
        business_days: int | None = None,
        pauses: Iterable[Pause] = (),
    ) -> datetime | None:
        """When a target that runs from `start` is used up; give exactly one of the three.

        Minutes and hours are working time without the pauses; one that is used up at closing time is due at closing
        time. Business days are due at the close of the n-th working date after the one on which the clock first runs; a
        date counts when the clock is running as it closes. None when there is no such time: the calendar has no hours
        (left), or a pause without end comes first. Raises ValueError for a target that is not above zero or lies more
        than a hundred years ahead.
        """
        if (minutes is None) + (hours is None) + (business_days is None) != 2:
            raise ValueError("give one of minutes, hours and business_days")
        asked = minutes if minutes is not None else hours if hours is not None else business_days
        if asked is True or not 0 < asked < inf:  # type: ignore[operator]
            raise ValueError(f"a target of {asked} is none: it must be above zero, and end")
        if business_days is not None and not isinstance(business_days, int):
            raise ValueError(f"{business_days} business days: there are only whole ones")
        began = microseconds(start)
        stood = _union(pauses) if pauses else ()
        if self._empty:
            return None
        if not self._from <= began < _LAST:
            self._start_at(start, began)
        if business_days is not None:
            found = self._close_of(began, business_days, stood)
        else:
            amount = round(minutes * _MINUTE if minutes is not None else hours * _HOUR)  # type: ignore[operator]
            found = self._used_up(began, amount or 1, stood)
        return None if found is None else moment(found)

    def elapsed(self, start: datetime, at: datetime, pauses: Iterable[Pause] = ()) -> timedelta:
        """The working time from `start` to `at` without the pauses; a pause without end lasts until `at`.

        Raises ValueError when `at` is before `start`.
        """
        began, ended = microseconds(start), microseconds(at)
        if ended < began:
            raise ValueError(f"{at} is before {start}")
        if self._empty:
            return timedelta(0)
        if not self._from <= began < _LAST:
            self._start_at(start, began)
        total = self._worked(ended) - self._worked(began)
        for since, until in _union(pauses):
            low, high = max(since, began), ended if until is None else min(until, ended)
            if low < high:
                total -= self._worked(high) - self._worked(low)
        return timedelta(microseconds=total)

    def _used_up(self, began: int, target: int, stood: Sequence[_Closed]) -> int | None:
        """Walk from pause to pause: what is left of the target runs on behind each."""
        limit = began + HORIZON
        due = self._after(began, target, limit)
        for since, until in stood:
            if due is not None and due <= since:
                break
            if until is None:
                return None
            if until > began:
                target -= self._worked(max(since, began)) - self._worked(began)
                began = until
                due = self._after(began, target, limit)
        return due

    def _after(self, began: int, target: int, limit: int) -> int | None:
        """The first instant by which `target` has been worked since `began`; None if the hours end before."""
        wanted = self._worked(began) + target
        while self._total < wanted:
            if self._ended:
                return None
            if self._known > limit:
                raise ValueError("the target lies more than a hundred years ahead in these working hours")
            self._lay_out()
        place = bisect_left(self._through, wanted)
        return self._ends[place] - (self._through[place] - wanted)

    def _close_of(self, began: int, count: int, stood: Sequence[_Closed]) -> int | None:
        """Date by date from the one on which the clock first runs, without those whose close is in a pause."""
        limit = began + HORIZON
        runs = self._used_up(began, 1, stood)
        if runs is None:
            return None
        # Of two dates whose shifts overlap, the later one.
        place = bisect_right(self._opens, runs - 1) - 1
        while self._closes[place] < runs or not self._works(place, runs):
            place -= 1
        while count:
            place += 1
            while place >= len(self._closes):
                if self._ended:
                    return None
                if self._known > limit:
                    raise ValueError("the target lies more than a hundred years ahead in these working hours")
                self._lay_out()
            close = self._closes[place]
            paused = next((p for p in stood if p[0] < close and (p[1] is None or p[1] >= close)), None)
            if paused is not None and paused[1] is None:
                return None
            count -= paused is None
        return self._closes[place]

    def _works(self, place: int, until: int) -> bool:
        """Whether a shift of that date covers the microsecond before `until`."""
        day = self._dates[place]
        found = ((self._hours.instant(day, a), self._hours.instant(day, b)) for a, b in self._hours.of(day))
        return any(start < until <= end for start, end in found)

    def _worked(self, at: int) -> int:
        """Working time from the beginning of what is laid out until `at`."""
        while self._known < at and not self._ended:
            self._lay_out()
        place = bisect_right(self._starts, at) - 1
        if place < 0:
            return 0
        left = self._ends[place] - at
        through = self._through[place]
        return through - left if left > 0 else through

    # ------------------------------------------------------------------------------------------ laying out the time

    def _start_at(self, start: datetime, began: int) -> None:
        if not _FIRST <= began < _LAST:
            raise ValueError(f"{start} is not in the years {moment(_FIRST).year} to {moment(_LAST).year - 1}")
        self._reset((start - _MARGIN).date())
        self._from = self._hours.instant(self._next + 2 * _DAY, 0)

    def _reset(self, day: date) -> None:
        self._from = 2**63
        self._next = day
        self._known = -(2**63)
        self._ended = self._empty
        self._total = 0
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._through: list[int] = []
        self._dates: list[date] = []
        self._opens: list[int] = []
        self._closes: list[int] = []

    def _lay_out(self) -> None:
        """Another stretch of dates. Of intervals that touch or overlap, one is made."""
        until = self._next + _AHEAD
        instant, shifts_of = self._hours.instant, self._hours.of
        while self._next < until:
            day = self._next
            self._next += _DAY
            shifts = [(instant(day, a), instant(day, b)) for a, b in shifts_of(day)]
            shifts = [(a, b) for a, b in shifts if a < b]
            for start, end in shifts:
                self._add(start, end)
            if shifts:
                self._dates.append(day)
                self._opens.append(shifts[0][0])
                self._closes.append(max(end for _, end in shifts))
        self._known = instant(self._next, 0)
        last = self._hours.last_override
        self._ended = not self._hours.recurring and (last is None or last < self._next)

    def _add(self, start: int, end: int) -> None:
        if self._ends and start <= self._ends[-1]:
            more = max(0, end - self._ends[-1])
            self._ends[-1] += more
            self._through[-1] += more
            self._total += more
            return
        self._total += end - start
        self._starts.append(start)
        self._ends.append(end)
        self._through.append(self._total)


def _union(pauses: Iterable[Pause]) -> list[_Closed]:
    """Sorted, without overlaps. Raises ValueError for a pause that ends before it begins."""
    found: list[_Closed] = []
    given = [(microseconds(a), None if b is None else microseconds(b), a, b) for a, b in pauses]
    for since, until, a, b in sorted(given, key=lambda one: one[0]):
        if until is not None and until < since:
            raise ValueError(f"a pause from {a} to {b} ends before it begins")
        if since == until:
            continue
        if found and (found[-1][1] is None or since <= found[-1][1]):
            last, end = found[-1]
            found[-1] = (last, None if end is None or until is None else max(end, until))
        else:
            found.append((since, until))
    return found
