"""Whom a caller may be, what a call may say, and by when we promise to call. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from aftersales.promises.worktime import WorkCalendar
from aftersales.updates.render import LINK

MAX_READ = 3
"""How many matters of one household are read to a caller; with more the number is asked for."""
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat")
_SENTENCE = re.compile(r"(?<=[.!?।॥۔])\s+")
_UNSPEAKABLE = re.compile("[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open matter in which somebody with the caller's number has a part."""

    case_id: UUID
    number: str
    person_id: UUID
    customer_id: UUID
    language: str


def settled(candidates: Sequence[Candidate]) -> bool:
    """Whether a caller may hear of these matters at once: they are of one household, and few.

    A phone that two households share tells neither's: whoever holds it names the number of their request first.
    """
    return bool(candidates) and len(candidates) <= MAX_READ and len({one.customer_id for one in candidates}) == 1


def named(candidates: Sequence[Candidate], digits: str) -> Candidate | None:
    """The one matter whose number ends with these digits; None if it is none or not one alone."""
    found = [one for one in candidates if re.sub(r"\D", "", one.number).endswith(digits)]
    return found[0] if len(found) == 1 else None


def without_link(words: str) -> str:
    """The words without the sentences that lead to a page, in one line: what can be read aloud."""
    said = [one for line in words.splitlines() for one in _SENTENCE.split(line) if LINK not in one]
    return speakable(" ".join(one.strip() for one in said if one.strip()))


def speakable(words: str) -> str:
    """The words without signs that no voice can read and no XML may hold."""
    return _UNSPEAKABLE.sub(" ", words).strip()


def promised(now: datetime, zone: str, minutes: int, hours: str) -> datetime:
    """By when somebody who asks now is called: after so many minutes of open hours (`09:00-19:00`), Sundays closed."""
    opens, _, closes = hours.partition("-")
    calendar = WorkCalendar.from_dict({"tz": zone, "weekly": {day: [[opens, closes]] for day in _DAYS}})
    return calendar.deadline(now, minutes=minutes) or now + timedelta(days=1)
