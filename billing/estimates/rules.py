"""What lines add up to. Pure.

Tax is worked out on the sum of the lines of one rate, multiplied before dividing and rounded once, half up, to the
minor unit, as Indian GST invoices do per rate; the parts therefore add up to the total to the paisa.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from aftersales.i18n import N_
from aftersales.money import HALF_UP, Money
from aftersales.ports.charges import ChargeLine

MAX_MINOR = 10**11


@dataclass(frozen=True, slots=True)
class TaxPart:
    """The tax of one rate, and the amount it is worked out on."""

    rate: Decimal
    base: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class Totals:
    """Net, tax by rate (lowest first), and what the customer pays."""

    net: Money
    taxes: tuple[TaxPart, ...]
    total: Money

    @property
    def tax(self) -> Money:
        """All tax together."""
        return self.total - self.net


def line_total(line: ChargeLine) -> Money:
    """Quantity times price, before tax."""
    return Money(line.unit_price.currency, line.unit_price.minor * line.quantity)


def totals(lines: Sequence[ChargeLine]) -> Totals:
    """The sums of at least one line, all in one currency. Raises ValueError otherwise."""
    if not lines:
        raise ValueError("an estimate has at least one line")
    zero = Money(lines[0].unit_price.currency, 0)
    bases: dict[Decimal, Money] = defaultdict(lambda: zero)
    for line in lines:
        bases[line.tax_rate] += line_total(line)
    taxes = tuple(TaxPart(rate, base, base.times(rate, 100, rounding=HALF_UP)) for rate, base in sorted(bases.items()))
    net = _sum(zero, bases.values())
    return Totals(net, taxes, net + _sum(zero, (part.tax for part in taxes)))


def problem(lines: Sequence[ChargeLine]) -> str | None:
    """Why these lines cannot make an estimate, in words; None if they can."""
    if not 1 <= len(lines) <= 40:
        return N_("An estimate has between 1 and 40 lines.")
    if len({line.unit_price.currency for line in lines}) > 1:
        return N_("All lines are in one currency.")
    if any(line.quantity < 1 or line.unit_price.minor < 0 for line in lines):
        return N_("Quantities are at least 1, and prices are not negative.")
    if any(not 0 <= line.tax_rate <= 100 for line in lines):
        return N_("Tax rates lie between 0 and 100 per cent.")
    if totals(lines).total.minor > MAX_MINOR:
        return N_("The total is too large to be right.")
    return None


def _sum(zero: Money, amounts: Iterable[Money]) -> Money:
    total = zero
    for amount in amounts:
        total += amount
    return total
