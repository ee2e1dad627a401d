"""Customers' numbers, and how long books are kept."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.subject import Subject, number_end, number_of
from billing.retention import kept_until


@given(st.uuids())
def test_a_number_is_understood_however_it_is_typed(customer: UUID) -> None:
    number = number_of(customer)
    for typed in (number, number.lower(), number.replace("-", ""), f" {number} ", number.removeprefix("C-")):
        assert number_end(typed) == str(customer)[-8:]


@pytest.mark.parametrize("typed", ["", "C-", "KKP-26-004217", "C-12345", "ZZZZ-ZZZZ", f"{UUID(int=7)}"])
def test_what_is_no_number_is_none(typed: str) -> None:
    assert number_end(typed) is None


@pytest.mark.parametrize(
    ("issued", "until"),
    [
        (date(2026, 3, 31), date(2032, 12, 31)),
        (date(2026, 4, 1), date(2033, 12, 31)),
        (date(2026, 11, 24), date(2033, 12, 31)),
        (date(2027, 3, 31), date(2033, 12, 31)),
    ],
)
def test_books_are_kept_72_months_from_the_annual_return(issued: date, until: date) -> None:
    assert kept_until(issued) == until


@given(st.dates(date(2017, 7, 1), date(2100, 1, 1)))
def test_books_are_never_kept_shorter_than_six_years_nine_months(issued: date) -> None:
    assert timedelta(days=365 * 6 + 270) < kept_until(issued) - issued < timedelta(days=366 * 7 + 280)
    assert kept_until(issued) <= kept_until(issued + timedelta(days=1))


def test_short_names_and_signs_of_patterns_find_nothing_else() -> None:
    who = Subject(UUID(int=1), frozenset(), True, frozenset(), frozenset(), ("Li", "100%_a\\b"))
    assert who.patterns == ["%100\\%\\_a\\\\b%"]
