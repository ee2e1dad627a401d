"""What a customer gets for the pieces of a return: how each is settled, and how much of what was paid goes back. Pure.

The amount of a piece depends on its number in its line alone: what belongs to the pieces 1…n is rounded once, half up,
and a piece gets what that grows by. So parts add up to the whole, however a line is divided.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from aftersales.i18n import N_
from aftersales.money import HALF_UP, Money
from rma.goods import OURS, Disposition


class Resolution(StrEnum):
    """How a piece is settled with the customer."""

    REFUND = "refund"
    STORE_CREDIT = "store_credit"
    EXCHANGE = "exchange"
    REPLACEMENT = "replacement"
    REPAIR = "repair"
    KEEP_ITEM = "keep_item"
    RETURN_AS_IS = "return_as_is"


MONEY = frozenset({Resolution.REFUND, Resolution.STORE_CREDIT})
OTHER_PIECE = frozenset({Resolution.EXCHANGE, Resolution.REPLACEMENT})
HOME = frozenset({Resolution.REPAIR, Resolution.KEEP_ITEM, Resolution.RETURN_AS_IS})
"""Those by which the piece itself goes back to the customer."""


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid for each piece of a line, tax included, and the rate of that tax in per cent."""

    piece: Money
    tax_rate: Decimal


@dataclass(frozen=True, slots=True)
class Back:
    """What goes back for some pieces: `amount` after the restocking `fee`, of which `tax` is the tax."""

    amount: Money
    fee: Money
    tax: Money

    @property
    def paid(self) -> Money:
        """What had been paid for them."""
        return self.amount + self.fee


def back(paid: Paid, first: int, quantity: int, fee_percent: Decimal = Decimal(0)) -> Back:
    """What goes back for the pieces `first` … `first + quantity - 1` of a line. Never more than was paid for them."""
    if first < 1 or quantity < 1 or paid.piece.minor < 0 or paid.tax_rate < 0 or not 0 <= fee_percent <= 100:
        raise ValueError(N_("These pieces and amounts cannot be right."))
    before, after = _upto(paid, first - 1, fee_percent), _upto(paid, first + quantity - 1, fee_percent)
    return Back(after.amount - before.amount, after.fee - before.fee, after.tax - before.tax)


def _upto(paid: Paid, count: int, fee_percent: Decimal) -> Back:
    whole = paid.piece.times(count, rounding=HALF_UP)
    fee = whole.times(fee_percent, 100, rounding=HALF_UP)
    amount = whole - fee
    return Back(amount, fee, amount.times(paid.tax_rate, 100 + paid.tax_rate, rounding=HALF_UP))


@dataclass(frozen=True, slots=True)
class Choice:
    """So many pieces of a line are settled in one way."""

    resolution: Resolution
    first: int
    quantity: int
    done: bool = False


@dataclass(frozen=True, slots=True)
class Settlement:
    """How far a line is settled: `received` pieces, of which the use of some is decided: `home` go back to the
    customer, `ours` stay with us. ValueError, in words for whoever chooses, where it does not add up."""

    received: int
    choices: tuple[Choice, ...] = ()
    home: int = 0
    ours: int = 0

    def __post_init__(self) -> None:
        numbers = [n for one in self.choices for n in range(one.first, one.first + one.quantity)]
        if len(set(numbers)) != len(numbers) or not set(numbers) <= set(range(1, self.received + 1)):
            raise ValueError(N_("The pieces of this line do not add up."))
        back_home = sum(one.quantity for one in self.choices if one.resolution in HOME)
        if back_home > self.received - self.ours:
            raise ValueError(N_("So many pieces of this line are not left to go back: their use is decided otherwise."))
        if len(numbers) - back_home > self.received - self.home:
            raise ValueError(N_("So many pieces of this line are not left: it is decided that they go back."))

    def use(self, disposition: Disposition, quantity: int) -> "Settlement":
        """The use of so many more pieces is decided. ValueError where the choices leave it no piece."""
        if disposition is Disposition.RETURN_TO_CUSTOMER:
            return Settlement(self.received, self.choices, self.home + quantity, self.ours)
        return Settlement(self.received, self.choices, self.home, self.ours + quantity * (disposition in OURS))

    @property
    def left(self) -> int:
        """How many pieces have reached us and are not settled in any way."""
        return self.received - sum(one.quantity for one in self.choices)

    def choose(self, resolution: Resolution, quantity: int) -> Choice:
        """The next pieces of the line, settled so."""
        if not 1 <= quantity <= self.left:
            raise ValueError(N_("Only {left} of this line are here and not settled.").format(left=self.left))
        choice = Choice(resolution, self.received - self.left + 1, quantity)
        Settlement(self.received, (*self.choices, choice), self.home, self.ours)
        return choice


def chosen(lines: Iterable[Settlement]) -> bool:
    """Whether something came and it is said of all that came how it is settled."""
    held = list(lines)
    return any(line.received for line in held) and all(line.left == 0 for line in held)


def settled(lines: Iterable[Settlement]) -> bool:
    """Whether that has been done too."""
    held = list(lines)
    return chosen(held) and all(one.done for line in held for one in line.choices)
