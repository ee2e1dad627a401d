"""The hours that a service centre works, as people write them down: read, checked, and looked up by date. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_KEYS = frozenset({"tz", "weekly", "holidays", "nth_weekday_off", "overrides"})
_NTH = frozenset(range(1, 6))

Shift = tuple[int, int]
"""Minutes of the wall clock since the date's midnight; the end is up to a day after the start."""


class CalendarError(ValueError):
    """A calendar that cannot be: the message names the place in it and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Hours:
    """The shifts of each date. An override beats a holiday, a holiday the n-th weekday off, that the weekly hours."""

    zone: ZoneInfo
    weekly: tuple[tuple[Shift, ...], ...]
    holidays: frozenset[date]
    off: frozenset[tuple[int, int]]
    overrides: Mapping[date, tuple[Shift, ...]]

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Self:
        """From its written form. Raises CalendarError."""
        _only(given, _KEYS, "the calendar")
        weekly = _mapping(given.get("weekly", {}), "weekly")
        _only(weekly, WEEKDAYS, "weekly")
        overrides = _mapping(given.get("overrides", {}), "overrides")
        return cls(
            zone=_zone(given.get("tz")),
            weekly=tuple(_shifts(weekly.get(day, ()), f"weekly.{day}") for day in WEEKDAYS),
            holidays=frozenset(_date(day, "holidays") for day in _list(given.get("holidays", ()), "holidays")),
            off=frozenset(_off(_list(given.get("nth_weekday_off", ()), "nth_weekday_off"))),
            overrides={_date(day, "overrides"): _shifts(s, f"overrides.{day}") for day, s in overrides.items()},
        )

    def of(self, day: date) -> tuple[Shift, ...]:
        """The shifts that begin on a date."""
        if (special := self.overrides.get(day)) is not None:
            return special
        weekday = day.weekday()
        if day in self.holidays or (weekday, (day.day + 6) // 7) in self.off:
            return ()
        return self.weekly[weekday]

    @property
    def recurring(self) -> bool:
        """Whether there are working hours week after week, for ever."""
        return any(shifts and any((day, n) not in self.off for n in _NTH) for day, shifts in enumerate(self.weekly))

    @property
    def last_override(self) -> date | None:
        """The last date with hours of its own; without recurring hours, nobody works after it."""
        return max((day for day, shifts in self.overrides.items() if shifts), default=None)

    def instant(self, day: date, minutes: int) -> int:
        """Microseconds since 1970 of the first instant at which that date's wall clock reads so many minutes, or more.

        Where clocks are put back, a time that comes twice means the first; where they are put forward, a time that is
        left out means the moment of the change.
        """
        wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001 - a wall clock's
        at = wall.replace(tzinfo=self.zone).astimezone(UTC)
        if at.astimezone(self.zone).replace(tzinfo=None) == wall:
            return microseconds(at)
        early = microseconds(wall.replace(tzinfo=self.zone, fold=1).astimezone(UTC))
        return self._change(early, microseconds(at))

    def _change(self, early: int, late: int) -> int:
        """The moment between two instants at which clocks are put forward; zones change on whole seconds."""
        before = moment(early).astimezone(self.zone).utcoffset()
        low, high = early // 1_000_000, late // 1_000_000
        while low + 1 < high:
            middle = (low + high) // 2
            same = moment(middle * 1_000_000).astimezone(self.zone).utcoffset() == before
            low, high = (middle, high) if same else (low, middle)
        return high * 1_000_000


def microseconds(at: datetime) -> int:
    """Since 1970, exactly. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"{at} says no zone: give an aware datetime")
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def moment(at: int) -> datetime:
    """The instant so many microseconds after 1970, in UTC."""
    return EPOCH + timedelta(microseconds=at)


def _only(given: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    if unknown := sorted(set(given) - set(known)):
        raise CalendarError(
            f"{where}: {', '.join(map(str, unknown))} is not known; there are {', '.join(sorted(known))}"
        )


def _mapping(given: object, where: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise CalendarError(f"{where}: expected names with values, not {given!r}")
    return given


def _list(given: object, where: str) -> list[Any]:
    if isinstance(given, str | Mapping) or not isinstance(given, Iterable):
        raise CalendarError(f"{where}: expected a list, not {given!r}")
    return list(given)


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name or ""))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CalendarError(f"tz: there is no time zone {name!r}; give an IANA name such as Asia/Kolkata") from error


def _date(given: object, where: str) -> date:
    try:
        return date.fromisoformat(given if isinstance(given, str) else "")
    except ValueError as error:
        raise CalendarError(f"{where}: {given!r} is not a date such as 2026-01-26") from error


def _shifts(given: object, where: str) -> tuple[Shift, ...]:
    return tuple(sorted(_shift(one, where) for one in _list(given, where)))


def _shift(given: object, where: str) -> Shift:
    pair = _list(given, where)
    if len(pair) != 2:
        raise CalendarError(f'{where}: {given!r} is not a pair such as ["09:30", "18:00"]')
    start, end = (_minutes(one, where) for one in pair)
    if start == DAY_MINUTES:
        raise CalendarError(f"{where}: nothing begins at 24:00; that is 00:00 of the next day")
    return start, end if end > start else end + DAY_MINUTES


def _minutes(given: object, where: str) -> int:
    found = _TIME.fullmatch(given) if isinstance(given, str) else None
    minutes = int(found[1]) * 60 + int(found[2]) if found else DAY_MINUTES + 1
    if minutes > DAY_MINUTES:
        raise CalendarError(f"{where}: {given!r} is not a time from 00:00 to 24:00")
    return minutes


def _off(given: list[Any]) -> Iterable[tuple[int, int]]:
    where = "nth_weekday_off"
    for one in given:
        rule = _mapping(one, where)
        _only(rule, ("weekday", "nth"), where)
        if rule.get("weekday") not in WEEKDAYS:
            raise CalendarError(f"{where}: {rule.get('weekday')!r} is not one of {', '.join(WEEKDAYS)}")
        for nth in _list(rule.get("nth", ()), where):
            if isinstance(nth, bool) or nth not in _NTH:
                raise CalendarError(f"{where}: {nth!r} is not one of 1 to 5")
            yield WEEKDAYS.index(rule["weekday"]), int(nth)
