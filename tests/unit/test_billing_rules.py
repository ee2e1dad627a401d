"""What estimates add up to, the machines of billing, the series of invoices."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.money import Money
from aftersales.ports.charges import ChargeLine
from billing.estimates.machine import ESTIMATE
from billing.estimates.rules import MAX_MINOR, line_total, problem, totals
from billing.invoices.machine import INVOICE
from billing.invoices.rules import series
from billing.payments.machine import PAYMENT

RATES = st.sampled_from([Decimal(0), Decimal(5), Decimal(12), Decimal(18), Decimal(28), Decimal("0.25")])


def line(minor: int, quantity: int = 1, rate: Decimal = Decimal(18), currency: str = "INR") -> ChargeLine:
    return ChargeLine("parts", "Part", quantity, Money(currency, minor), rate, "8450")


lines = st.lists(st.builds(line, st.integers(0, 10**8), st.integers(1, 9), RATES), min_size=1, max_size=12)


def test_the_story_costs_what_it_says() -> None:
    sums = totals([line(430_000), line(120_000)])
    assert (sums.net.minor, sums.tax.minor, sums.total.minor) == (550_000, 99_000, 649_000)
    assert [(part.rate, part.base.minor, part.tax.minor) for part in sums.taxes] == [(Decimal(18), 550_000, 99_000)]


@given(lines)
def test_the_parts_add_up_to_the_total(some: list[ChargeLine]) -> None:
    sums = totals(some)
    assert sums.net.minor == sum(line_total(one).minor for one in some)
    assert sums.total.minor == sums.net.minor + sum(part.tax.minor for part in sums.taxes)
    assert sum(part.base.minor for part in sums.taxes) == sums.net.minor
    assert [part.rate for part in sums.taxes] == sorted({one.tax_rate for one in some})


@given(lines)
def test_tax_is_within_half_a_paisa_of_exact_for_each_rate(some: list[ChargeLine]) -> None:
    for part in totals(some).taxes:
        assert abs(Decimal(part.tax.minor) - Decimal(part.base.minor) * part.rate / 100) <= Decimal("0.5")


@given(lines)
def test_the_order_of_lines_does_not_matter(some: list[ChargeLine]) -> None:
    assert totals(some) == totals(list(reversed(some)))


def test_what_cannot_be_an_estimate_says_why() -> None:
    assert problem([line(100)]) is None
    assert "between 1 and 40" in str(problem([]))
    assert "between 1 and 40" in str(problem([line(1)] * 41))
    assert "one currency" in str(problem([line(1), line(1, currency="USD")]))
    assert "at least 1" in str(problem([line(1, 0)]))
    assert "not negative" in str(problem([line(-1)]))
    assert "Tax rates" in str(problem([line(1, rate=Decimal(101))]))
    assert "too large" in str(problem([line(MAX_MINOR)]))
    with pytest.raises(ValueError, match="at least one line"):
        totals([])


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_series_is_a_branch_and_a_financial_year(day: date) -> None:
    made = series("KKP", day)
    first = day.year if day.month >= 4 else day.year - 1
    assert made == f"KKP/{first % 100:02d}-{(first + 1) % 100:02d}"
    assert len(f"{made}/00001") <= 16


def test_money_is_only_taken_by_who_may() -> None:
    assert ESTIMATE.by_verb["approve"].by == {"staff", "customer"}
    assert [edge.verb for edge in ESTIMATE.legal("sent")] == [
        "approve",
        "approve_part",
        "decline",
        "expire",
        "supersede",
        "void",
    ]
    assert ESTIMATE.closed("declined")
    assert not ESTIMATE.closed("expired")
    assert {edge.verb for edge in INVOICE.legal("issued")} == {"receive_part", "settle", "credit", "void"}
    assert {edge.verb for edge in PAYMENT.legal(None)} == {"initiate", "collect"}
    assert PAYMENT.by_state["refunded"].final
