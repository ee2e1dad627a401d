"""Money: integer minor units with a currency (ISO 4217). Rates are Decimal; rounding is named, never implied."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

MINOR_DIGITS = {"INR": 2, "USD": 2, "EUR": 2, "GBP": 2, "AED": 2, "JPY": 0, "KWD": 3, "BHD": 3, "OMR": 3}
HALF_UP = ROUND_HALF_UP
HALF_EVEN = ROUND_HALF_EVEN


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units (paise, cents) of one currency.

    Adding or comparing two currencies raises ValueError: a rate of exchange is a decision, not arithmetic.
    """

    currency: str
    minor: int

    def __post_init__(self) -> None:
        if self.currency not in MINOR_DIGITS:
            raise ValueError(f"unknown currency {self.currency!r}")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.currency, self.minor + self._same(other))

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.currency, self.minor - self._same(other))

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"cannot combine {self.currency} with {other.currency}")
        return other.minor

    def times(self, numerator: Decimal | int, denominator: Decimal | int = 1, *, rounding: str) -> "Money":
        """This amount × numerator ÷ denominator, multiplied first, rounded once to the minor unit as named."""
        exact = Decimal(self.minor) * Decimal(numerator) / Decimal(denominator)
        return Money(self.currency, int(exact.to_integral_value(rounding=rounding)))

    @property
    def major(self) -> Decimal:
        """The amount in major units, with exactly the currency's digits."""
        return Decimal(self.minor).scaleb(-MINOR_DIGITS[self.currency])


def parse_major(text: str, currency: str) -> Money:
    """Money from a person's typing, such as ``6,490.00``; ValueError if it is not an exact amount."""
    digits = MINOR_DIGITS.get(currency)
    cleaned = text.strip().replace(",", "").lstrip("₹").strip()
    if digits is None or not cleaned.isascii() or not cleaned.replace(".", "", 1).isdigit():
        raise ValueError(f"not an amount of {currency}: {text!r}")
    exact = Decimal(cleaned).scaleb(digits)
    if exact != exact.to_integral_value():
        raise ValueError(f"{currency} has {digits} decimal places: {text!r}")
    return Money(currency, int(exact))
