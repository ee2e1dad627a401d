"""What a message is beside its question: a number, a PIN code, a choice, a quotation. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from aftersales.promises.worktime import WorkCalendar

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat")
QUESTION_LASTS = timedelta(days=2)
MAX_CHOICES = 9

_NUMBER = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2,5})(?:[\s/-]{1,2}(\d{2})[\s/-]{1,2}(\d{3,9})|(\d{2})(\d{6}))(?!\d)")
_PIN = re.compile(r"(?<![\d+])([1-9]\d{2})[ -]?(\d{3})(?!\d)")
_QUOTED = re.compile(r"^\s*>")
_INTRODUCES = re.compile(r"[:：]\s*$")
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_ORIGINAL = re.compile(
    r"^\s*(-{2,}\s*\S.*\S\s*-{2,}|_{10,}|-- ?|(From|De|Von|Oddi wrth|प्रेषक|నుండి)\s*:\s*\S.*@.*)\s*$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Centre:
    """A service centre, as far as a PIN code can tell how near it is."""

    id: UUID
    postcode: str


def plain_digits(text: str) -> str:
    """The text with the digits of every script as 0–9."""
    return "".join(str(unicodedata.digit(one)) if one.isdigit() and one not in "²³¹" else one for one in text)


def case_numbers(text: str) -> list[str]:
    """The case numbers in a text as they are kept (`KKP-26-004217`), however they were typed."""
    found = _NUMBER.findall(plain_digits(text))
    parts = [(code, year or joined, number or rest) for code, year, number, joined, rest in found]
    return list(dict.fromkeys(f"{code.upper()}-{year}-{int(number):06d}" for code, year, number in parts))


def pin_code(text: str) -> str | None:
    """The one PIN code in a text; None where there is none, or several."""
    without = _NUMBER.sub(" ", plain_digits(text))
    found = {"".join(parts) for parts in _PIN.findall(without)}
    return found.pop() if len(found) == 1 else None


def choice(text: str, among: int) -> int | None:
    """Which of `among` listed things (from 0) a message of one number chooses."""
    said = re.sub(r"[\s.)#]", "", plain_digits(text))
    return int(said) - 1 if said.isascii() and said.isdigit() and len(said) < 3 and 1 <= int(said) <= among else None


def nearest(pin: str, centres: Sequence[Centre]) -> UUID | None:
    """The centre whose PIN code shares most with this one, at least the region (two digits); then the closest number.

    PIN codes are given out by region, sub-region and sorting district: the more leading digits two share, the nearer.
    """
    ranked = [
        (_shared(pin, code), -abs(int(pin) - int(code)), one.id)
        for one in centres
        if (code := pin_code(one.postcode)) is not None
    ]
    best = max(ranked, key=lambda one: one[:2], default=None)
    return best[2] if best is not None and best[0] >= 2 else None


def _shared(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b), len(one))


def without_quote(text: str) -> str:
    """What somebody wrote above the letter they answer: e-mail programs put the whole of it below."""
    lines = text.replace("\r\n", "\n").split("\n")
    for at, line in enumerate(lines):
        if _QUOTED.match(line) or _ORIGINAL.match(line):
            kept = "\n".join(lines[: _introduced(lines, at) if _QUOTED.match(line) else at]).strip()
            # Who answers below the quotation has written there.
            return kept or "\n".join(one for one in lines[at:] if not _QUOTED.match(one)).strip()
    return text.strip()


def _introduced(lines: Sequence[str], quote: int) -> int:
    """Where the sentence begins that introduces a quotation (`On Monday … somebody wrote:`), in one line or two."""
    above = [at for at in range(max(0, quote - 3), quote) if lines[at].strip()]
    if not above or not _INTRODUCES.search(lines[above[-1]]):
        return quote
    begins = above[-1]
    wrapped = begins > 0 and _YEAR.search(lines[begins - 1]) and not _YEAR.search(lines[begins])
    return begins - 1 if wrapped else begins


def due(now: datetime, zone: str, minutes: int, hours: str) -> datetime:
    """When a message of now is answered: after so many minutes of open hours (`09:30-18:30`), Sundays closed."""
    opens, _, closes = hours.partition("-")
    calendar = WorkCalendar.from_dict({"tz": zone, "weekly": {day: [[opens, closes]] for day in DAYS}})
    return calendar.deadline(now, minutes=minutes) or now + timedelta(days=1)
