"""Point 6: what opens an offer of a replacement, and what is offered first."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from aftersales.money import Money
from warranty.rules import CostClass, Done, Service, Terms
from warranty.rules.replacing import (
    Model,
    Rung,
    Trigger,
    Troubles,
    age,
    depreciated,
    failures,
    ladder,
    tax_of,
    triggered,
)
from warranty.rules.terms import Component, Replacing

LIMITS = Replacing("5.2")
DAY = date(2026, 11, 20)
BRAND, OTHER = UUID(int=1), UUID(int=2)
MODELS = st.lists(
    st.builds(
        Model,
        st.integers(10, 40).map(lambda n: UUID(int=n)),
        st.sampled_from([BRAND, OTHER]),
        st.integers(0, 10**7),
        st.sampled_from(["INR", "EUR"]),
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)


@given(st.integers(-5, 60), st.integers(1, 6), st.none() | st.integers(0, 60))
def test_each_trigger_at_its_limit_and_not_before(days: int, count: int, waiting: int | None) -> None:
    found = triggered(LIMITS, Troubles(DAY, DAY - timedelta(days=days), count, waiting))
    arrival = 0 <= days <= LIMITS.arrival_days
    part = waiting is not None and waiting >= LIMITS.part_days
    assert (found is Trigger.ARRIVAL) is arrival
    assert (found is not None) is (arrival or count >= LIMITS.same_failures or part)
    assert triggered(LIMITS, Troubles(DAY, None, 1)) is None


def test_failures_of_one_kind_are_counted_by_fault_cause_or_component() -> None:
    motor = Component("motor", ("MO-*",), {CostClass.PARTS: 120}, "1.4")
    terms = Terms({CostClass.PARTS: 12}, "1.1", (), "2.1", "3.1", components=(motor,))
    done = [
        Service(DAY, fault="22-B"),
        Service(DAY, fault="MO-1"),
        Service(DAY, Done.REPLACEMENT, "22-B"),
        Service(DAY, fault="9", cause="RD-2"),
    ]
    assert failures(terms, done, "22-B", None) == 2
    assert failures(terms, done, "MO-7", None) == 2
    assert failures(terms, done, "22-B", "RD-2") == 3
    assert failures(terms, done, None, None) == 1


@given(st.booleans(), st.integers(1, 10**7), MODELS, st.integers(-3, 200))
def test_the_ladder_keeps_its_order_and_always_ends_with_money(
    active: bool, price: int, catalogue: list[Model], months: int
) -> None:
    own = Model(UUID(int=5), BRAND, price, "INR", active)
    found = ladder(LIMITS, own, catalogue, months)
    order = list(Rung)
    places = [order.index(one.rung) for one in found]
    assert places == sorted(set(places))
    assert found[-1].rung is Rung.REFUND
    assert (found[0].rung is Rung.SAME) is active
    known = {one.id: one for one in catalogue}
    for one in found[active:-1]:
        assert one.product_id is not None
        model = known[one.product_id]
        assert model.active
        assert model.currency == "INR"
        near = abs(model.price_minor - price) * 100 <= price * LIMITS.near_percent
        assert near if one.rung is Rung.EQUIVALENT else model.price_minor > price


@given(st.integers(0, 10**9), st.integers(0, 200), st.integers(0, 50))
def test_what_is_left_of_a_price_only_sinks_and_never_below_the_least(price: int, months: int, more: int) -> None:
    whole = Money("INR", price)
    now, later = depreciated(LIMITS, whole, months), depreciated(LIMITS, whole, months + more)
    assert whole >= now >= later >= whole.times(LIMITS.least_percent, 100, rounding="ROUND_HALF_UP")
    assert depreciated(LIMITS, whole, 0) == whole


@given(st.integers(0, 10**9), st.decimals(0, 100, places=2))
def test_the_tax_of_an_amount_is_what_the_rest_bears(minor: int, rate: Decimal) -> None:
    amount = Money("INR", minor)
    tax = tax_of(amount, rate)
    assert 0 <= tax.minor <= minor
    assert abs((amount - tax).minor * rate / 100 - tax.minor) <= 1


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(-40, 4000))
def test_a_month_counts_once_it_is_over(since: date, days: int) -> None:
    on = since + timedelta(days=days)
    assert 0 <= age(since, on) <= max(days, 0) / 28
    assert age(since, on) <= age(since, on + timedelta(days=1)) <= age(since, on) + 1
    assert age(date(2026, 10, 31), date(2026, 11, 1)) == 0
    assert age(date(2026, 10, 31), date(2026, 11, 30)) == 1
