"""Identifiers and dates of units."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.products.rules import (
    EARLIEST,
    Dates,
    IdentifierKind,
    date_flags,
    date_problems,
    kinds_problem,
    luhn,
    luhn_digit,
    normal,
)

TODAY = date(2026, 3, 14)
digits = st.text("0123456789", min_size=1, max_size=30)
days = st.dates(EARLIEST, TODAY)


@given(digits)
def test_check_digit_makes_right(payload: str) -> None:
    right = payload + luhn_digit(payload)
    assert luhn(right)
    assert sum(luhn(payload + digit) for digit in "0123456789") == 1


@given(digits, st.data())
def test_one_wrong_digit_is_seen(payload: str, data: st.DataObject) -> None:
    right = payload + luhn_digit(payload)
    place = data.draw(st.integers(0, len(right) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != right[place]]))
    assert not luhn(right[:place] + other + right[place + 1 :])


@given(digits, st.data())
def test_neighbours_exchanged_are_seen(payload: str, data: st.DataObject) -> None:
    right = payload + luhn_digit(payload)
    place = data.draw(st.integers(0, len(right) - 2))
    first, second = right[place], right[place + 1]
    swapped = right[:place] + second + first + right[place + 2 :]
    # 0 and 9 exchanged is the one exchange the method cannot see.
    assert luhn(swapped) == (first == second or {first, second} == {"0", "9"})


@pytest.mark.parametrize("wrong", ["", "12a4", "౧౨౩", "²³"])
def test_luhn_takes_western_digits_only(wrong: str) -> None:
    assert not luhn(wrong)


def test_known_imei() -> None:
    assert normal(IdentifierKind.IMEI1, "49-015420-323751-8") == "490154203237518"


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (IdentifierKind.IMEI1, "490154203237519", "a digit of this IMEI is wrong"),
        (IdentifierKind.IMEI2, "49015420323751", "15 digits"),
        (IdentifierKind.IMEI2, "49015420323751A", "15 digits"),
        (IdentifierKind.SERIAL, "A-1", "4 to 40"),
        (IdentifierKind.SERIAL, "A" * 41, "4 to 40"),
        (IdentifierKind.SERIAL, "---", "4 to 40"),
        (IdentifierKind.OUTDOOR_SERIAL, "గోదావరి75", "A–Z"),
    ],
)
def test_wrong_identifiers_say_what_is_wrong(kind: IdentifierKind, value: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        normal(kind, value)


@pytest.mark.parametrize(
    "typed", ["GW75-2203-11937", "gw75 2203 11937", " Gw75/2203.11937 ", "ＧＷ75-2203-11937", "gw౭౫220311937"]
)
def test_every_spelling_is_one_serial(typed: str) -> None:
    assert normal(IdentifierKind.SERIAL, typed) == "GW75220311937"


def test_kinds_follow_the_category() -> None:
    assert kinds_problem(["serial"], ["serial"]) is None
    assert "give at least one of: serial" in str(kinds_problem(["serial"], []))
    assert "bears no imei1" in str(kinds_problem(["serial"], ["imei1", "serial"]))
    assert kinds_problem(["imei1", "imei2"], ["imei1", "imei1"]) == "give each kind once"


def test_dates_that_cannot_be() -> None:
    dates = Dates(EARLIEST - timedelta(days=1), TODAY, TODAY + timedelta(days=1), None)
    assert date_problems(dates, TODAY) == {"manufactured_on": "is before 1990", "delivered_on": "is in the future"}


@given(st.lists(days, min_size=4, max_size=4))
def test_dates_in_order_raise_no_flag(some: list[date]) -> None:
    made, bought, came, installed = sorted(some)
    dates = Dates(made, bought, came, installed)
    assert date_flags(dates) == ()
    assert date_problems(dates, TODAY) == {}


def test_contradictions_are_flags() -> None:
    early, late = TODAY - timedelta(days=9), TODAY
    assert date_flags(Dates(manufactured_on=late, purchased_on=early)) == ("purchased_before_manufactured",)
    assert date_flags(Dates(purchased_on=late, delivered_on=early)) == ("delivered_before_purchased",)
    assert date_flags(Dates(delivered_on=late, installed_on=early)) == ("installed_before_delivered",)
    assert date_flags(Dates(manufactured_on=late, installed_on=early)) == ("installed_before_manufactured",)
    assert date_flags(Dates()) == ()
