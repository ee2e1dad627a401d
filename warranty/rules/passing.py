"""When a warranty passes to a new owner. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Party(StrEnum):
    """Who has to agree."""

    OWNER = "owner"
    NEW_OWNER = "new_owner"


class Source(StrEnum):
    """How somebody's consent reached us; `page` is their own page, by the link that we sent them."""

    PAGE = "page"
    COUNTER = "counter"
    PHONE = "phone"
    LETTER = "letter"


class Fate(StrEnum):
    """What becomes of a registration when its unit has a new owner."""

    PASSES = "passes"
    ENDS = "ends"


@dataclass(frozen=True, slots=True)
class Held:
    """A registration as far as passing on goes. None: nobody knows its terms, so nothing stands against it."""

    transferable: bool | None


def agreed(given: Collection[Party]) -> bool:
    """Whether the transfer takes effect: both have said yes, in whatever order."""
    return set(Party) <= set(given)


def may_be_asked(held: Held) -> bool:
    """Whether somebody may be asked at all to let this registration pass."""
    return held.transferable is not False


def fate(held: Held) -> Fate:
    """What becomes of a registration once its unit passes on: what may not pass ends there."""
    return Fate.PASSES if may_be_asked(held) else Fate.ENDS
