"""C2: a customer's credit is never below zero, and its balance is the sum of its entries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.money import Money
from billing.credit.rules import Entry, after, total


@given(st.lists(st.integers(-(10**9), 10**9), max_size=60))
def test_the_balance_is_the_sum_and_never_below_zero(amounts: list[int]) -> None:
    entries: list[Entry] = []
    for minor in amounts:
        last = entries[-1] if entries else None
        before = last.balance.minor if last is not None else 0
        if minor == 0 or before + minor < 0:
            with pytest.raises(ValueError, match="amount" if minor == 0 else "at most"):
                after(last, Money("INR", minor))
        else:
            entries.append(after(last, Money("INR", minor)))
        assert total(entries, "INR").minor == (entries[-1].balance.minor if entries else 0) >= 0
    assert [one.step for one in entries] == list(range(1, len(entries) + 1))


def test_another_currency_is_another_ledger() -> None:
    with pytest.raises(ValueError, match="combine"):
        after(Entry(1, Money("INR", 5), Money("INR", 5)), Money("USD", 1))
