"""Types of fields that schemas share: words as people type them, without what no database or page could hold."""

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

_ENDS = frozenset("\n\u2028\u2029")


def clean(text: str) -> str:
    """The text in NFC. ValueError for control characters other than the end of a line."""
    if any(unicodedata.category(character) in {"Cc", "Cs"} and character != "\n" for character in text):
        raise ValueError("contains control characters; type it again without them")
    return unicodedata.normalize("NFC", text)


def clean_line(text: str) -> str:
    """Like `clean`, on one line."""
    if not _ENDS.isdisjoint(text):
        raise ValueError("write it on one line")
    return clean(text)


# As RFC 3339 writes them. Pydantic alone would take a number, in digits too, for seconds since 1970.
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(rf"{_DATE.pattern}[Tt ][0-9]{{2}}:.+")
_FIRST, _LAST = date(1950, 1, 1), date(2200, 1, 1)


def written_day(value: Any) -> Any:
    """A day is written as one. ValueError for anything but a date or ``2026-11-26``."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value.strip()):
        raise ValueError("write a day with its year in front, such as 2026-11-26")
    return value.strip()


def likely_day(value: date) -> date:
    """A day of this trade. ValueError outside 1950 to 2200."""
    if not _FIRST <= value <= _LAST:
        raise ValueError(f"write a day between {_FIRST} and {_LAST}")
    return value


def written_moment(value: Any) -> Any:
    """A moment is written as one. ValueError for anything but a datetime or ``2026-11-26T10:00:00+05:30``."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _TIME.fullmatch(value.strip()):
        raise ValueError("write a day and a time, such as 2026-11-26T10:00:00+05:30")
    return value.strip()


_CONTROL = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
# Said in the description of the API too: some printable sign, and no control character.
_LINE = Field(json_schema_extra={"pattern": rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"})
_OPTIONAL = Field(json_schema_extra={"pattern": rf"^[^{_CONTROL}]*$"})
_SENTENCE = Field(
    json_schema_extra={"pattern": r"^[^C]*[^\sC][^C]+[^\sC][^C]*$".replace("C", r"\x00-\x09\x0b-\x1f\x7f-\x9f")}
)
_WORDS = Field(json_schema_extra={"pattern": r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*$"})

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), AfterValidator(clean_line), _LINE
]
"""One line that must say something."""

OptionalLine = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=120), AfterValidator(clean_line), _OPTIONAL
]
"""One line that may be empty."""

Sentence = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000), AfterValidator(clean), _SENTENCE
]
"""Free words that must say something a colleague can act on."""

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(clean), _WORDS]
"""Free words, over several lines."""

TO_CUSTOMER: JsonDict = {"widget": "textarea", "read_by": "customer"}
"""Of a field whose words the customer reads as they were typed: the form says in which language."""

# JSON Schema has no range for a day; those who know these two words of a common extension are told.
_RANGE = Field(json_schema_extra={"formatMinimum": _FIRST.isoformat(), "formatMaximum": _LAST.isoformat()})

Day = Annotated[date, BeforeValidator(written_day), AfterValidator(likely_day), _RANGE]
"""A day on which something in this trade may have happened or may yet happen."""

Moment = Annotated[datetime, BeforeValidator(written_moment)]
"""A day and a time."""


class Strict(BaseModel):
    """What a caller sends. Members that are not known are refused, so that a slip of the pen is not ignored."""

    model_config = ConfigDict(extra="forbid")
