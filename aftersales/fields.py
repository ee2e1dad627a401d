"""Types of fields that schemas share: words as people type them, without what no database or page could hold."""

import unicodedata
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


def clean(text: str) -> str:
    """The text in NFC. ValueError for control characters other than the end of a line."""
    if any(unicodedata.category(character) in {"Cc", "Cs"} and character != "\n" for character in text):
        raise ValueError("contains control characters; type it again without them")
    return unicodedata.normalize("NFC", text)


def clean_line(text: str) -> str:
    """Like `clean`, on one line."""
    if "\n" in text:
        raise ValueError("write it on one line")
    return clean(text)


_CONTROL = r"\x00-\x1f\x7f-\x9f"
# Said in the description of the API too: some printable sign, and no control character.
_LINE = Field(json_schema_extra={"pattern": rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"})
_OPTIONAL = Field(json_schema_extra={"pattern": rf"^[^{_CONTROL}]*$"})
_WORDS = Field(json_schema_extra={"pattern": r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*$"})

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), AfterValidator(clean_line), _LINE
]
"""One line that must say something."""

OptionalLine = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=120), AfterValidator(clean_line), _OPTIONAL
]
"""One line that may be empty."""

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(clean), _WORDS]
"""Free words, over several lines."""

Day = Annotated[date, Field(ge=date(1950, 1, 1), le=date(2200, 1, 1))]
"""A day on which something in this trade may have happened or may yet happen."""


class Strict(BaseModel):
    """What a caller sends. Members that are not known are refused, so that a slip of the pen is not ignored."""

    model_config = ConfigDict(extra="forbid")
