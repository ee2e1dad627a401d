"""Whose data it is, and what became of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, any_, false
from sqlalchemy.dialects.postgresql import array

ERASED_NAME = "Erased customer"
ERASED_WORDS = "(erased)"
# A shorter name would be found in the middle of other words.
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data: `people` of one customer; `everybody` of it, or some while others remain.

    `streams` are the cases and units that concern nobody who remains: what is written there goes whole. `shared` are
    cases in which somebody else has a part too: of those goes what they wrote, what was written to them, and whatever
    holds one of their `names` (names, phones in every form, e-mail). `passed` are units that are, or were, theirs and
    concern somebody else too: of the notes on them goes the same, and what was kept of them while they were theirs.
    `bought` are those of `passed` that were theirs before they were anybody else's.
    """

    customer_id: UUID
    people: frozenset[UUID]
    everybody: bool
    streams: frozenset[UUID]
    shared: frozenset[UUID]
    names: tuple[str, ...]
    passed: frozenset[UUID] = frozenset()
    bought: frozenset[UUID] = frozenset()

    @property
    def patterns(self) -> list[str]:
        """The names as patterns for ILIKE ANY."""
        return [f"%{_literally(name)}%" for name in self.names if len(name) >= _SHORTEST]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the report: `count` of `what` are gone, or are kept and why, until when if the law says so."""

    what: str
    count: int
    kept: bool = False
    why: str = ""
    until: date | None = None


def number_of(customer_id: UUID) -> str:
    """A customer's number, as it is read out and typed: ``C-7F3A-91B2``, from the random end of the id."""
    end = customer_id.hex[-8:].upper()
    return f"C-{end[:4]}-{end[4:]}"


def number_end(typed: str) -> str | None:
    """The end of the id that a typed number stands for, in lower case; None for what is no such number."""
    bare = typed.lower().replace("-", "").replace(" ", "")
    bare = bare[1:] if len(bare) == 9 and bare.startswith("c") else bare
    return bare if len(bare) == 8 and all(sign in "0123456789abcdef" for sign in bare) else None


def counted(lines: Iterable[Line]) -> Sequence[Line]:
    """The lines that say something: nothing gone is not news."""
    return [line for line in lines if line.count]


def mentions(column: Any, subject: Subject) -> ColumnElement[bool]:
    """The condition that words hold one of the subject's names."""
    found: ColumnElement[bool] = column.ilike(any_(array(subject.patterns))) if subject.patterns else false()
    return found


def _literally(name: str) -> str:
    return name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
