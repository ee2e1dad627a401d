"""The columns that a file may have, and what their cells mean. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum

from aftersales import phones
from aftersales.fields import clean, clean_line

YES = frozenset({"yes", "y", "true", "1", "అవును"})
NO = frozenset({"no", "n", "false", "0", "కాదు"})
_PARTS = re.compile(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\.\d+)?\s*([ap])?\.?m?\.?", re.IGNORECASE)
_SHORTENED = re.compile(r"\d[.,]\d+e\+\d+", re.IGNORECASE)
# Commas only where they group: as a decimal sign they would make the amount a hundred times as large.
_SEPARATORS = re.compile(r"[\s_\-]+")
_AMOUNT = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{2,3})*,\d{3})(?:\.\d+)?")


class Kind(StrEnum):
    """What the cells of a column hold."""

    LINE = "text"
    WORDS = "words"
    DATE = "date"
    INSTANT = "date and time"
    PHONE = "phone"
    AMOUNT = "amount"
    CHOICE = "choice"
    YES_NO = "yes or no"


class Order(StrEnum):
    """In which order a date is written. Asked, never guessed: 03/04 is a day in March or one in April."""

    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


@dataclass(frozen=True, slots=True)
class Field:
    """One column: what it is called, what it means, and an example. `required` columns and cells must be there."""

    name: str
    about: str
    example: str
    kind: Kind = Kind.LINE
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """How cells are to be understood: the order of dates, and the country whose phones go without its code."""

    dates: Order | None = None
    region: str = phones.DEFAULT_REGION


class Unreadable(ValueError):
    """A cell that cannot mean what its column holds. `code` is stable; the message says what would be right."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


def value(field: Field, cell: str, reading: Reading) -> object:
    """What a cell says: str in NFC, date, datetime (naive where no offset is written), Decimal, bool; None if empty.

    Raises Unreadable.
    """
    text = cell.strip()
    if not text:
        if field.required:
            raise Unreadable("import.required", "is needed and is empty")
        return None
    match field.kind:
        case Kind.DATE:
            return _date(text, reading.dates)
        case Kind.INSTANT:
            return _instant(text, reading.dates)
        case Kind.PHONE:
            return _phone(text, reading.region)
        case Kind.AMOUNT:
            return _amount(text)
        case Kind.YES_NO:
            return _yes_or_no(text)
        case Kind.CHOICE:
            return _choice(text, field.choices)
        case Kind.LINE | Kind.WORDS:
            return _text(field, text)


def needs_order(field: Field, cell: str) -> bool:
    """Whether the cell holds a date whose order has to be asked for: one that does not begin with its year."""
    if field.kind not in (Kind.DATE, Kind.INSTANT):
        return False
    found = _PARTS.match(cell.strip())
    return found is not None and len(found[1]) != 4


def _text(field: Field, text: str) -> str:
    try:
        return clean_line(text) if field.kind is Kind.LINE else clean(text.replace("\r\n", "\n").replace("\r", "\n"))
    except ValueError as error:
        raise Unreadable("import.text", str(error)) from error


def _date(text: str, order: Order | None) -> date:
    found = _PARTS.fullmatch(text)
    if found is None:
        raise Unreadable("import.date", f"is no date; write it as {_sample(order)}")
    first, middle, last = found.groups()
    if len(first) == 4:
        year, month, day = first, middle, last
    elif order is None:
        raise Unreadable("import.date_order", "may be two dates; say in which order day, month and year are written")
    elif order is Order.YMD or len(last) != 4:
        raise Unreadable("import.date", f"is not in the order chosen, its year in four digits: {_sample(order)}")
    else:
        day, month, year = (first, middle, last) if order is Order.DMY else (middle, first, last)
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise Unreadable("import.date", f"is no day of the calendar in the order chosen: {_sample(order)}") from error


def _sample(order: Order | None) -> str:
    return {Order.DMY: "31-12-2025", Order.MDY: "12/31/2025"}.get(order or Order.YMD, "2025-12-31")


def _instant(text: str, order: Order | None) -> datetime:
    """With an offset where one is written (ISO 8601), else as the clock on the wall showed."""
    iso = re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s?(Z|[+-]\d\d:?\d\d)", text)
    try:
        if iso is not None:
            return datetime.fromisoformat(text.replace(" +", "+"))
        day, _, clock = text.replace("T", " ", 1).partition(" ")
        return datetime.combine(_date(day, order), _time(clock.strip()))
    except Unreadable:
        raise
    except (ValueError, OverflowError) as error:
        raise Unreadable("import.time", f"is no date and time; write it as {_sample(order)} 16:05") from error


def _time(text: str) -> time:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(text)
    hour, half = int(found[1]), (found[4] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, int(found[2]), int(found[3] or 0))


def _phone(text: str, region: str) -> str:
    if _SHORTENED.fullmatch(text):
        raise Unreadable("import.phone", "was shortened by the spreadsheet; format the column as text, enter it again")
    try:
        return phones.normalise(text, region)
    except ValueError as error:
        words = "is not a phone number; write it as it is dialled, or with + and the country code"
        raise Unreadable("import.phone", words) from error


def _amount(text: str) -> Decimal:
    bare = "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Sc")
    if not _AMOUNT.fullmatch(bare) or len(bare) > 20:
        raise Unreadable("import.amount", "is no amount; write it as 31990.00")
    return Decimal(bare.replace(",", ""))


def _yes_or_no(text: str) -> bool:
    folded = text.casefold()
    if folded in YES or folded in NO:
        return folded in YES
    raise Unreadable("import.yes_or_no", "is neither yes nor no")


def _choice(text: str, choices: tuple[str, ...]) -> str:
    folded = {_SEPARATORS.sub("_", one.casefold()): one for one in choices}
    if (found := folded.get(_SEPARATORS.sub("_", text.casefold()))) is not None:
        return found
    raise Unreadable("import.choice", f"is none of: {', '.join(choices)}")
