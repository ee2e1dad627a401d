"""Point 7: reminders thirty and seven days before the end, once each; no renewal for who is in trouble; visits."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from warranty.rules.living import Due, following, visits

LAST = date(2027, 3, 31)
DAYS = st.integers(-400, 60)


def lived(first: int, troubled: set[int], *, renewable: bool = True) -> tuple[list[tuple[int, Due]], list[int]]:
    """What a registration goes through from so many days before its end: reminders and offers, by days left."""
    today, done, offered = LAST - timedelta(days=first), set[Due](), False
    told: list[tuple[int, Due]] = []
    offers: list[int] = []
    for _ in range(100):
        left = (LAST - today).days
        then = following(today, LAST, done, renewable=renewable, offered=offered, in_trouble=left in troubled)
        if then.due is not None:
            told.append((left, then.due))
            done.add(then.due)
        if then.offer:
            offers.append(left)
            offered = True
        if then.look_on is None:
            return told, offers
        assert then.look_on > today
        today = then.look_on
    raise AssertionError("it never ends")


@given(st.integers(-10, 400), st.sets(st.integers(0, 30)))
def test_everything_once_in_order_and_it_ends(first: int, troubled: set[int]) -> None:
    told, offers = lived(first, troubled)
    expected = [Due.MONTH] * (first > 7) + [Due.WEEK] * (first >= 0) + [Due.END]
    assert [due for _, due in told] == expected
    assert told[-1][0] == min(first, -1)
    assert len(offers) <= 1
    assert all(left not in troubled and 0 <= left <= 30 for left in offers)
    if first >= 0 and not troubled:
        assert offers == [min(first, 30)]
    assert lived(first, troubled, renewable=False)[1] == []


def test_the_days_are_those_that_were_promised() -> None:
    assert lived(365, set())[0] == [(30, Due.MONTH), (7, Due.WEEK), (-1, Due.END)]
    assert lived(20, set())[0][0] == (20, Due.MONTH)
    assert lived(365, set(range(12, 31)))[1] == [11]
    assert lived(365, set(range(31)))[1] == []


@given(st.dates(date(2015, 1, 1), date(2040, 1, 1)), st.integers(1, 120), st.integers(0, 12))
def test_visits_lie_apart_within_the_plan(start: date, months: int, count: int) -> None:
    found = visits(start, months, count)
    assert len(found) == count
    ends = [start, *found]
    gaps = [(later - sooner).days for sooner, later in pairwise(ends)]
    assert all(gap > 0 for gap in gaps)
    assert not gaps or max(gaps) - min(gaps) <= 1
