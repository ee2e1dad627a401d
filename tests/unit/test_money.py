"""Money: exact, in one currency, rounded as named."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.money import HALF_EVEN, HALF_UP, MINOR_DIGITS, Money, parse_major

amounts = st.integers(-(10**12), 10**12)
currencies = st.sampled_from(sorted(MINOR_DIGITS))


@given(currencies, amounts, amounts)
def test_adding_and_taking_away_again_changes_nothing(currency: str, one: int, other: int) -> None:
    first, second = Money(currency, one), Money(currency, other)
    assert first + second - second == first
    assert first + second == second + first


@given(amounts)
def test_two_currencies_do_not_mix(minor: int) -> None:
    with pytest.raises(ValueError, match="cannot combine"):
        Money("INR", minor) + Money("USD", minor)
    with pytest.raises(ValueError, match="cannot combine"):
        Money("INR", minor) - Money("USD", minor)


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown currency"):
        Money("XXX", 1)


@given(currencies, st.integers(0, 10**12))
def test_what_is_written_is_read_again(currency: str, minor: int) -> None:
    money = Money(currency, minor)
    assert parse_major(str(money.major), currency) == money
    assert parse_major(f" {money.major:,} ", currency) == money


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "-5", "1e3", "६४९०", "12.345", "NaN"])
def test_what_is_no_exact_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="INR"):
        parse_major(text, "INR")


def test_people_write_rupees_with_sign_and_grouping() -> None:
    assert parse_major("₹ 6,490.00", "INR") == Money("INR", 649_000)
    assert parse_major("1,23,456.5", "INR") == Money("INR", 12_345_650)
    assert parse_major("500", "JPY") == Money("JPY", 500)
    with pytest.raises(ValueError, match="0 decimal places"):
        parse_major("500.5", "JPY")
    with pytest.raises(ValueError, match="not an amount"):
        parse_major("5", "XXX")


def test_multiplies_before_dividing_and_rounds_once_as_named() -> None:
    assert Money("INR", 550_000).times(18, 100, rounding=HALF_UP) == Money("INR", 99_000)
    assert Money("INR", 25).times(Decimal("0.5"), rounding=HALF_UP) == Money("INR", 13)
    assert Money("INR", 25).times(Decimal("0.5"), rounding=HALF_EVEN) == Money("INR", 12)
    assert Money("INR", 1).times(1, 3, rounding=HALF_UP).times(3, rounding=HALF_UP) == Money("INR", 0)
