"""Working time, by examples and against a minute-by-minute count."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aftersales.promises.worktime import CalendarError, Pause, WorkCalendar
from tests.factories.examples import examples

INDIA = ZoneInfo("Asia/Kolkata")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SHOP: dict[str, Any] = {
    "tz": "Asia/Kolkata",
    "weekly": {day: [["09:30", "13:00"], ["14:00", "18:30"]] for day in DAYS[:6]},
    "holidays": ["2026-01-26", "2026-11-09"],
    "nth_weekday_off": [{"weekday": "sat", "nth": [2, 4]}],
    "overrides": {"2026-11-08": [["10:00", "14:00"]], "2026-11-14": [["10:00", "12:00"]]},
}
ZONES = (
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
)
# Around the changes of the clock in these zones in 2026, both ways, and around nothing.
AROUND: tuple[date, ...] = (date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 9, 27), date(2026, 10, 4))
AROUND += (date(2026, 10, 25), date(2026, 11, 1), date(2026, 6, 15))
WINDOW = 12 * 24 * 60


def india(month: int, day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=INDIA)


def berlin(month: int, day: int, hour: int, minute: int = 0, *, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin"), fold=fold)


@pytest.mark.parametrize(
    ("start", "target", "due"),
    [
        (india(11, 6, 17), {"minutes": 60}, india(11, 6, 18)),
        (india(11, 6, 17), {"minutes": 90}, india(11, 6, 18, 30)),  # used up at closing: due at closing
        (india(11, 6, 12, 30), {"minutes": 31}, india(11, 6, 14, 1)),  # over lunch
        (india(11, 6, 17, 0, 7), {"minutes": 60}, india(11, 6, 18, 0, 7)),
        (india(11, 6, 20), {"minutes": 1}, india(11, 7, 9, 31)),
        (india(11, 6, 18, 30), {"hours": 8}, india(11, 7, 18, 30)),
        # The override on Sunday the 8th counts, the holiday on Monday does not.
        (india(11, 7, 18, 30), {"hours": 4.5}, india(11, 10, 10, 0)),
        # The second Saturday is off, but has hours of its own this time.
        (india(11, 13, 18), {"hours": 1}, india(11, 14, 10, 30)),
        (india(11, 27, 18), {"hours": 1}, india(11, 30, 10, 0)),
        (india(11, 6, 10), {"business_days": 1}, india(11, 7, 18, 30)),
        (india(11, 6, 19), {"business_days": 1}, india(11, 8, 14)),  # first runs on Saturday
        (india(11, 7, 10), {"business_days": 2}, india(11, 10, 18, 30)),
    ],
)
def test_when_a_target_is_due(start: datetime, target: dict[str, Any], due: datetime) -> None:
    assert WorkCalendar.from_dict(SHOP).deadline(start, **target) == due


@pytest.mark.parametrize(
    ("pauses", "target", "due"),
    [
        ([(india(11, 6, 11), india(11, 6, 12))], {"minutes": 120}, india(11, 6, 13)),
        ([(india(11, 6, 13), india(11, 6, 14))], {"hours": 3}, india(11, 6, 14, 0) - timedelta(hours=1)),
        ([(india(11, 6, 12), None), (india(11, 6, 10), india(11, 6, 10, 30))], {"minutes": 90}, india(11, 6, 12)),
        ([(india(11, 6, 12), None)], {"minutes": 121}, None),
        ([(india(11, 6, 9), india(11, 6, 12)), (india(11, 6, 11), india(11, 6, 12, 30))], {"minutes": 30},
         india(11, 6, 13)),
        # A date counts when the clock is running as it closes.
        ([(india(11, 7, 9), india(11, 7, 10))], {"business_days": 1}, india(11, 7, 18, 30)),
        ([(india(11, 7, 12), india(11, 8, 11))], {"business_days": 1}, india(11, 8, 14)),
        ([(india(11, 7, 12), None)], {"business_days": 1}, None),
        ([(india(11, 8, 0), None)], {"business_days": 1}, india(11, 7, 18, 30)),
    ],
)  # fmt: skip
def test_a_pause_counts_where_it_overlaps_working_time(
    pauses: Sequence[Pause], target: dict[str, Any], due: datetime | None
) -> None:
    assert WorkCalendar.from_dict(SHOP).deadline(india(11, 6, 10), **target, pauses=pauses) == due


def test_time_that_has_passed() -> None:
    shop = WorkCalendar.from_dict(SHOP)
    assert shop.elapsed(india(11, 6, 10), india(11, 7, 10)) == timedelta(hours=8)
    open_pause: Pause = (india(11, 6, 15), None)
    assert shop.elapsed(india(11, 6, 10), india(11, 7, 10), [open_pause]) == timedelta(hours=4)
    assert shop.elapsed(india(11, 6, 10, 0, 30), india(11, 6, 10, 0, 31)) == timedelta(seconds=1)
    assert shop.elapsed(india(11, 9, 10), india(11, 9, 18)) == timedelta(0), "a holiday"


@pytest.mark.parametrize(
    ("weekly", "start", "hours", "due"),
    [
        # Shifts over midnight belong to the date on which they begin.
        ({"fri": [["22:00", "06:00"]]}, india(11, 6, 23), 8, india(11, 13, 23)),
        ({"fri": [["22:00", "24:00"]], "sat": [["00:00", "02:00"]]}, india(11, 6, 22), 3, india(11, 7, 1)),
        ({"fri": [["09:00", "12:00"], ["11:00", "13:00"], ["13:00", "14:00"]]}, india(11, 6, 9), 5, india(11, 6, 14)),
        ({"fri": [["20:00", "08:00"]], "sat": [["06:00", "10:00"]]}, india(11, 6, 20), 13, india(11, 7, 9)),
        ({"fri": [["09:00", "09:00"]]}, india(11, 6, 10), 23, india(11, 7, 9)),
    ],
)
def test_shifts(weekly: dict[str, Any], start: datetime, hours: int, due: datetime) -> None:
    assert WorkCalendar.from_dict({"tz": "Asia/Kolkata", "weekly": weekly}).deadline(start, hours=hours) == due


def test_real_time_when_the_clock_changes() -> None:
    night = WorkCalendar.from_dict({"tz": "Europe/Berlin", "weekly": {"sat": [["20:00", "08:00"]]}})
    assert night.elapsed(berlin(3, 28, 0), berlin(3, 30, 0)) == timedelta(hours=11)
    assert night.elapsed(berlin(10, 24, 0), berlin(10, 26, 0)) == timedelta(hours=13)
    assert night.deadline(berlin(10, 24, 20), hours=7.5) == berlin(10, 25, 2, 30, fold=1).astimezone(UTC)
    gap = WorkCalendar.from_dict({"tz": "Europe/Berlin", "weekly": {"sun": [["02:30", "04:00"]]}})
    assert gap.elapsed(berlin(3, 29, 0), berlin(3, 29, 12)) == timedelta(hours=1), "opens at the change of the clock"


def test_a_business_day_of_a_night_shift() -> None:
    night = WorkCalendar.from_dict({"tz": "Asia/Kolkata", "weekly": {d: [["22:00", "06:00"]] for d in DAYS}})
    assert night.deadline(india(11, 3, 2), business_days=1) == india(11, 4, 6), "at two it is still Monday's shift"
    assert night.deadline(india(11, 3, 12), business_days=1) == india(11, 5, 6)


def test_without_hours_there_is_no_deadline() -> None:
    none = WorkCalendar.from_dict({"tz": "Asia/Kolkata"})
    assert none.deadline(india(11, 6, 10), hours=1) is None
    assert none.deadline(india(11, 6, 10), business_days=1) is None
    assert none.elapsed(india(11, 6, 10), india(12, 6, 10)) == timedelta(0)
    off = {"tz": "Asia/Kolkata", "weekly": {"sat": [["09:00", "10:00"]]}}
    never = WorkCalendar.from_dict(off | {"nth_weekday_off": [{"weekday": "sat", "nth": [1, 2, 3, 4, 5]}]})
    assert never.deadline(india(11, 6, 10), minutes=1) is None
    once = WorkCalendar.from_dict({"tz": "Asia/Kolkata", "overrides": {"2026-11-08": [["10:00", "14:00"]]}})
    assert once.deadline(india(11, 6, 10), hours=4) == india(11, 8, 14)
    assert once.deadline(india(11, 6, 10), hours=5) is None
    assert once.deadline(india(11, 9, 10), minutes=1) is None
    assert once.deadline(india(11, 6, 10), business_days=1) is None


@pytest.mark.parametrize(
    "target",
    [
        {},
        {"minutes": 0},
        {"minutes": -5},
        {"hours": float("nan")},
        {"hours": float("inf")},
        {"minutes": True},
        {"business_days": 0},
        {"business_days": 1.5},
        {"minutes": 1, "hours": 1},
        {"hours": 10_000_000},
        {"business_days": 100_000},
    ],
)
def test_targets_that_cannot_be(target: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"target|give one|business days"):
        WorkCalendar.from_dict(SHOP).deadline(india(11, 6, 10), **target)


def test_times_that_cannot_be() -> None:
    shop = WorkCalendar.from_dict(SHOP)
    naive = datetime(2026, 11, 6, 10)  # noqa: DTZ001
    for refused in (
        lambda: shop.deadline(naive, hours=1),
        lambda: shop.elapsed(india(11, 6, 10), naive),
        lambda: shop.elapsed(india(11, 6, 10), india(11, 6, 9)),
        lambda: shop.elapsed(india(11, 6, 9), india(11, 6, 10), [(india(11, 6, 10), india(11, 6, 9))]),
        lambda: shop.deadline(datetime(9999, 12, 31, tzinfo=UTC), hours=1),
        lambda: shop.deadline(datetime(1, 1, 1, tzinfo=UTC), hours=1),
    ):
        with pytest.raises(ValueError, match=r"zone|before|years"):
            refused()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"tz": None}, "tz:"),
        ({"tz": "Asia/Hydrabad"}, "tz:"),
        ({"tz": "../etc/passwd"}, "tz:"),
        ({"weakly": {}}, "weakly is not known"),
        ({"weekly": {"monday": []}}, "monday is not known"),
        ({"weekly": {"mon": [["09:00"]]}}, "weekly.mon"),
        ({"weekly": {"mon": "09:00"}}, "weekly.mon"),
        ({"weekly": {"mon": [["09:00", "24:01"]]}}, "weekly.mon"),
        ({"weekly": {"mon": [["24:00", "02:00"]]}}, "weekly.mon"),
        ({"weekly": {"mon": [["9", "10:00"]]}}, "weekly.mon"),
        ({"weekly": {"mon": [[9, 10]]}}, "weekly.mon"),
        ({"weekly": []}, "weekly"),
        ({"holidays": ["26.1.2026"]}, "holidays"),
        ({"holidays": "2026-01-26"}, "holidays"),
        ({"holidays": [20260126]}, "holidays"),
        ({"nth_weekday_off": [{"weekday": "sat", "nth": [6]}]}, "nth_weekday_off"),
        ({"nth_weekday_off": [{"weekday": "sat", "nth": [True]}]}, "nth_weekday_off"),
        ({"nth_weekday_off": [{"weekday": 5, "nth": [1]}]}, "nth_weekday_off"),
        ({"overrides": {"2026-02-30": []}}, "overrides"),
    ],
)
def test_calendars_that_cannot_be(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(CalendarError, match=words):
        WorkCalendar.from_dict(SHOP | changed)


# ------------------------------------------------------------------------------------------- against every minute


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


TIMES = st.integers(0, 95).map(lambda n: n * 15)
SHIFTS = st.lists(st.tuples(TIMES, TIMES | st.just(1440)), max_size=3)
TEMPLATES = st.tuples(
    st.sampled_from(ZONES),
    st.sampled_from(AROUND),
    st.lists(SHIFTS, min_size=7, max_size=7),
    st.sets(st.integers(0, 15), max_size=3),
    st.sets(st.tuples(st.integers(0, 6), st.integers(1, 5)), max_size=3),
    st.dictionaries(st.integers(0, 15), SHIFTS, max_size=2),
)


class Minutes:
    """The same calendar, minute by minute: which minutes after `begin` are worked, and on which date's shift."""

    def __init__(self, template: tuple[Any, ...]) -> None:
        zone, around, weekly, holidays, off, overrides = template
        first = around - timedelta(days=5)
        days = [first + timedelta(days=n) for n in range(16)]
        written = [[[_clock(a), _clock(b)] for a, b in shifts] for shifts in weekly]
        self.calendar = WorkCalendar.from_dict(
            {
                "tz": zone,
                "weekly": dict(zip(DAYS, written, strict=True)),
                "holidays": [str(days[n]) for n in holidays],
                "nth_weekday_off": [{"weekday": DAYS[day], "nth": [n]} for day, n in off],
                "overrides": {str(days[n]): [[_clock(a), _clock(b)] for a, b in s] for n, s in overrides.items()},
            }
        )
        self.begin = datetime(first.year, first.month, first.day, tzinfo=UTC) + timedelta(days=2)
        # From two days before what is asked about: shifts may last into it.
        since = self.begin - timedelta(days=3)
        walls = [
            (since + timedelta(minutes=n)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            for n in range(WINDOW + 3 * 1440)
        ]
        worked = [False] * len(walls)
        for day in [first - timedelta(days=n) for n in (2, 1)] + days + [days[-1] + timedelta(days=n) for n in (1, 2)]:
            for a, b in self._shifts(
                day, weekly, {days[n] for n in holidays}, off, {days[n]: s for n, s in overrides.items()}
            ):
                midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001
                near = max(0, (day - since.date()).days - 2) * 1440
                start, end = (
                    next(
                        (n for n in range(near, len(walls)) if walls[n] >= midnight + timedelta(minutes=m)), len(walls)
                    )
                    for m in (a, b)
                )
                worked[start:end] = [True] * (end - start)
        self.worked = worked[3 * 1440 :]

    @staticmethod
    def _shifts(
        day: date, weekly: Any, holidays: set[date], off: set[tuple[int, int]], overrides: dict[date, Any]
    ) -> Iterator[tuple[int, int]]:
        found = overrides.get(day)
        if found is None:
            closed = day in holidays or any(day.weekday() == d and (day.day - 1) // 7 + 1 == n for d, n in off)
            found = [] if closed else weekly[day.weekday()]
        for a, b in found:
            yield a, b if b > a else b + 1440

    def at(self, minute: int) -> datetime:
        return self.begin + timedelta(minutes=minute)


SPANS = st.lists(st.tuples(st.integers(0, 9 * 1440), st.integers(0, 2000) | st.none()), max_size=3)


@pytest.mark.slow
@examples(15)
@given(TEMPLATES, st.integers(0, 4 * 1440), st.integers(1, 3000), SPANS)
def test_as_every_minute_counted(template: Any, start: int, target: int, spans: Any) -> None:
    every = Minutes(template)
    pauses = [(every.at(a), None if length is None else every.at(a + length)) for a, length in spans]
    running = list(every.worked)
    for a, length in spans:
        for n in range(a, len(running) if length is None else min(len(running), a + length)):
            running[n] = False
    counted = 0
    due = None
    for minute in range(start, len(running)):
        counted += running[minute]
        if counted == target:
            due = minute + 1
            break
    found = every.calendar.deadline(every.at(start), minutes=target, pauses=pauses)
    end = due if due is not None else start + 5000
    assume(end < WINDOW)
    passed = every.calendar.elapsed(every.at(start), every.at(end), pauses)
    assert passed == timedelta(minutes=sum(running[start:end]))
    if due is not None:
        assert found == every.at(due)
        assert passed == timedelta(minutes=target)
        middle = (start + due) // 2
        parts = [every.calendar.elapsed(every.at(a), every.at(b), pauses) for a, b in ((start, middle), (middle, due))]
        assert sum(parts, timedelta(0)) == passed
        later = every.calendar.deadline(every.at(start), minutes=target + 1, pauses=pauses)
        assert later is None or later > every.at(due)


@examples(25)
@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 900)), max_size=5), st.randoms())
def test_pauses_are_a_union(spans: list[tuple[int, int]], shuffled: Any) -> None:
    shop = WorkCalendar.from_dict(SHOP)
    start = india(11, 6, 10)
    pauses: list[Pause] = [(start + timedelta(minutes=a), start + timedelta(minutes=a + n)) for a, n in spans]
    again = [*pauses, *pauses]
    shuffled.shuffle(again)
    due = shop.deadline(start, hours=9, pauses=pauses)
    assert due == shop.deadline(start, hours=9, pauses=again)
    assert due is not None
    assert shop.elapsed(start, due, again) == timedelta(hours=9)
