"""Deadlines in working time per second, beside the plain way: a loop over days that is right as well."""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aftersales.promises.calendar import Hours, microseconds, moment
from aftersales.promises.worktime import WorkCalendar

CALENDAR: dict[str, Any] = {
    "tz": "Asia/Kolkata",
    "weekly": {day: [["09:30", "13:00"], ["14:00", "18:30"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat")},
    "holidays": ["2026-01-26", "2026-08-15", "2026-10-02", "2026-11-09"],
    "nth_weekday_off": [{"weekday": "sat", "nth": [2, 4]}],
    "overrides": {"2026-11-08": [["10:00", "14:00"]]},
}
# What shops promise: an hour, a day, two days, a week; in working hours.
TARGETS = (1, 8, 16, 40)
QUESTIONS = 2000
Question = tuple[datetime, int]


def by_days(hours: Hours, start: datetime, target: timedelta) -> datetime:
    """The same answer day by day, from the day before, whose last shift may not have ended."""
    now, left = microseconds(start), target // timedelta(microseconds=1)
    day = start.astimezone(hours.zone).date() - timedelta(days=1)
    done = now
    while True:
        for a, b in hours.of(day):
            begin, end = max(hours.instant(day, a), done), hours.instant(day, b)
            if end > begin:
                if end - begin >= left:
                    return moment(begin + left)
                left -= end - begin
                done = end
        day += timedelta(days=1)


def measure(rounds: int = 4) -> tuple[float, float, list[float]]:
    """Adds per second by days and by ours, medians, and the ratio of each round. Raises if the answers differ."""
    pick = random.Random(7)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    questions = [
        (begin + timedelta(seconds=pick.randrange(30_000_000)), pick.choice(TARGETS)) for _ in range(QUESTIONS)
    ]
    hours, calendar = Hours.from_dict(CALENDAR), WorkCalendar.from_dict(CALENDAR)

    def plain(start: datetime, target: int) -> datetime | None:
        return by_days(hours, start, timedelta(hours=target))

    def ours(start: datetime, target: int) -> datetime | None:
        return calendar.deadline(start, hours=target)

    if any(plain(*one) != ours(*one) for one in questions):
        raise AssertionError("the two ways differ")
    pairs = [(_per_second(plain, questions), _per_second(ours, questions)) for _ in range(rounds)]
    theirs, mine = (statistics.median(side) for side in zip(*pairs, strict=True))
    return theirs, mine, [b / a for a, b in pairs]


def _per_second(way: Callable[[datetime, int], datetime | None], questions: Sequence[Question]) -> float:
    began = time.perf_counter()
    for start, target in questions:
        way(start, target)
    return len(questions) / (time.perf_counter() - began)


if __name__ == "__main__":
    theirs, mine, ratios = measure()
    print(f"day by day {theirs:,.0f} /s, ours {mine:,.0f} /s, {min(ratios):.0f} to {max(ratios):.0f} times")
