"""The ledger of a customer's credit: entries that are added to and never changed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from aftersales.i18n import N_
from aftersales.money import Money


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger: what was given (or, below zero, used), and what there is then."""

    step: int
    amount: Money
    balance: Money


def after(last: Entry | None, amount: Money) -> Entry:
    """The entry that follows. ValueError, in words for whoever asks, for nothing and for more than there is."""
    before = last.balance if last is not None else Money(amount.currency, 0)
    balance = before + amount
    if amount.minor == 0:
        raise ValueError(N_("Say an amount."))
    if balance.minor < 0:
        raise ValueError(
            N_("There is a credit of {major} {currency}. Use at most that.").format(
                major=before.major, currency=before.currency
            )
        )
    return Entry(last.step + 1 if last is not None else 1, amount, balance)


def total(entries: Sequence[Entry], currency: str) -> Money:
    """What there is by all entries; equal to the balance of the last."""
    return sum((one.amount for one in entries), start=Money(currency, 0))
