"""Pieces of a return: how many came, were looked at and put to use, and where each of them is. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from aftersales.i18n import N_

MOST = 500
"""Pieces on a line, and labels in one scan."""


class Place(StrEnum):
    """Where a piece is."""

    CUSTOMER = "customer"
    COURIER = "courier"
    HUB = "hub"
    BENCH = "bench"
    VENDOR = "vendor"
    STOCK = "stock"
    SCRAP = "scrap"


class Grade(StrEnum):
    """Its condition: new, opened, used, unsellable."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Disposition(StrEnum):
    """What becomes of it. `hand_back`: it came though its return is over, and waits to be handed back as it is."""

    RESTOCK = "restock"
    REFURBISH = "refurbish"
    REPAIR = "repair"
    RETURN_TO_VENDOR = "return_to_vendor"
    SCRAP = "scrap"
    RETURN_TO_CUSTOMER = "return_to_customer"
    QUARANTINE = "quarantine"
    HAND_BACK = "hand_back"


GOES: Mapping[Disposition, Place] = {
    Disposition.RESTOCK: Place.STOCK,
    Disposition.REFURBISH: Place.BENCH,
    Disposition.REPAIR: Place.BENCH,
    Disposition.RETURN_TO_VENDOR: Place.VENDOR,
    Disposition.SCRAP: Place.SCRAP,
    Disposition.RETURN_TO_CUSTOMER: Place.COURIER,
    Disposition.QUARANTINE: Place.BENCH,
    Disposition.HAND_BACK: Place.CUSTOMER,
}
"""Where a piece goes by what becomes of it."""

OURS = frozenset({Disposition.RESTOCK, Disposition.REFURBISH, Disposition.RETURN_TO_VENDOR, Disposition.SCRAP})
"""Uses by which a piece stays with us. What is repaired may go either way."""

SELLABLE = frozenset({Grade.A, Grade.B})


@dataclass(frozen=True, slots=True)
class Pieces:
    """How many pieces of a line were authorised, and how far they have come. Always used <= found <= received <=
    quantity; ValueError, in words for whoever counts, otherwise."""

    quantity: int
    received: int = 0
    found: int = 0
    used: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.used <= self.found <= self.received <= self.quantity:
            raise ValueError(N_("The pieces of this line do not add up."))

    @property
    def outstanding(self) -> int:
        """How many have not reached us."""
        return self.quantity - self.received

    def take(self, count: int) -> "Pieces":
        """So many more have reached us."""
        _within(count, self.outstanding, N_("Only {left} more of this line are to come."))
        return replace(self, received=self.received + count)

    def look(self, count: int) -> "Pieces":
        """So many more were looked at."""
        _within(count, self.received - self.found, N_("Only {left} of this line are here and not yet looked at."))
        return replace(self, found=self.found + count)

    def use(self, count: int) -> "Pieces":
        """The use of so many more is decided."""
        _within(count, self.found - self.used, N_("Only {left} of this line are looked at and without a use."))
        return replace(self, used=self.used + count)


def _within(count: int, left: int, words: str) -> None:
    if not 1 <= count <= left:
        raise ValueError(words.format(left=left))


def complete(lines: Iterable[Pieces]) -> bool:
    """Whether everything that was authorised has reached us."""
    return all(line.outstanding == 0 for line in lines)


def decided(lines: Iterable[Pieces]) -> bool:
    """Whether something came and the use of all that came is decided."""
    held = list(lines)
    return any(line.received for line in held) and all(line.used == line.received for line in held)


def receivable(place: str | None, disposition: str | None = None) -> bool:
    """Whether a piece that was last in `place` can reach us: not what is with us already or gone for good. What waits
    to be handed back can, by a new return."""
    return place not in (Place.HUB, Place.BENCH, Place.SCRAP) or kept(place, disposition)


def away(place: str | None) -> bool:
    """Whether a piece is with the customer, as far as we know; `place` is None for one that never moved."""
    return place in (None, Place.CUSTOMER)


def kept(place: str | None, disposition: str | None) -> bool:
    """Whether a piece is with us though its return is over, and waits to be handed back."""
    return place == Place.HUB and disposition == Disposition.HAND_BACK


def waits(disposition: str | None) -> bool:
    """Whether the use of a piece on the bench is still to be decided."""
    return disposition in (None, Disposition.QUARANTINE)
