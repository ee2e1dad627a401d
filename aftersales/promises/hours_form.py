"""Working hours as people type them into a form, and back. Pure.

A day's hours are `09:30-13:00, 14:00-18:30`, nothing for a closed day; holidays are dates; `sat 2, 4` are the second
and the fourth Saturday; hours of one date are `2026-11-08 10:00-14:00`, or `closed`.
"""

import re
from collections.abc import Mapping
from typing import Any

from aftersales.promises.calendar import WEEKDAYS, CalendarError
from aftersales.promises.worktime import WorkCalendar

CLOSED = "closed"
FIELDS = (*WEEKDAYS, "off", "holidays", "overrides")
MAX_LINES = 400
_SPAN = re.compile(r"\s*(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})\s*")
_OFF = re.compile(r"\s*([a-z]{3})[a-z]*\s*:?\s*([\d\s,]+)", re.IGNORECASE)


def written(hours: Mapping[str, Any]) -> dict[str, str]:
    """What stands in the form for these hours."""
    weekly, special = hours.get("weekly", {}), hours.get("overrides", {})
    off = [f"{one['weekday']} {', '.join(map(str, one['nth']))}" for one in hours.get("nth_weekday_off", ())]
    return {
        **{day: _spans(weekly.get(day, ())) for day in WEEKDAYS},
        "off": "\n".join(off),
        "holidays": "\n".join(sorted(hours.get("holidays", ()))),
        "overrides": "\n".join(f"{day} {_spans(shifts) or CLOSED}" for day, shifts in sorted(special.items())),
    }


def read(form: Mapping[str, str], zone: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The hours, and what is wrong by field; without faults the hours are sound."""
    faults: dict[str, str] = {}

    def part(name: str, reader: Any, *alone: str) -> Any:
        given = form.get(name, "")
        lines = [line.strip() for line in given.splitlines() if line.strip()]
        try:
            if len(lines) > MAX_LINES:
                raise ValueError(f"{len(lines)} lines are too many; {MAX_LINES} are taken")
            found = reader(lines)
            key = alone[0] if alone else name
            WorkCalendar.from_dict({"tz": zone, key: found} if alone else {"tz": zone, "weekly": {name: found}})
        except ValueError as error:
            faults[name] = _plain(error)
            return None
        return found

    weekly = {day: part(day, _day) for day in WEEKDAYS}
    hours = {
        "tz": zone,
        "weekly": {day: shifts for day, shifts in weekly.items() if shifts},
        "holidays": part("holidays", _days, "holidays"),
        "nth_weekday_off": part("off", _nth, "nth_weekday_off"),
        "overrides": part("overrides", _special, "overrides"),
    }
    return hours, faults


def _plain(error: ValueError) -> str:
    """Without the place in the calendar: it stands beside the field."""
    words = str(error)
    words = words.partition(": ")[2] if isinstance(error, CalendarError) and ": " in words else words
    return words[:1].upper() + words[1:] + "."


def _spans(shifts: Any) -> str:
    return ", ".join(f"{start}-{end}" for start, end in shifts)


def _day(lines: list[str]) -> list[list[str]]:
    return _shifts(", ".join(lines))


def _shifts(text: str) -> list[list[str]]:
    if not text.strip() or text.strip().lower() == CLOSED:
        return []
    found = []
    for piece in text.split(","):
        match = _SPAN.fullmatch(piece)
        if match is None:
            raise ValueError(f"{piece.strip()!r} is not a span such as 09:30-18:00")
        found.append([match[1].zfill(5), match[2].zfill(5)])
    return found


def _days(lines: list[str]) -> list[str]:
    """The date is the first word of a line; a name may follow it."""
    return sorted({line.split()[0] for line in lines})


def _nth(lines: list[str]) -> list[dict[str, Any]]:
    found = []
    for line in lines:
        match = _OFF.fullmatch(line)
        if match is None:
            raise ValueError(f"{line!r} is not a rule such as: sat 2, 4")
        numbers = [int(one) for one in re.findall(r"\d+", match[2])]
        found.append({"weekday": match[1].lower(), "nth": numbers})
    return found


def _special(lines: list[str]) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for line in lines:
        day, _, spans = line.partition(" ")
        if not spans.strip():
            raise ValueError(f"{line!r} says no hours: write them after the date, or {CLOSED}")
        if day in found:
            raise ValueError(f"{day} is there twice")
        found[day] = _shifts(spans)
    return found
