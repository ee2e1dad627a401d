"""A1: a warranty passes to a new owner once both have agreed, and never where its terms say that it does not."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from warranty.rules.passing import Fate, Held, Party, agreed, fate, may_be_asked


@given(st.lists(st.sampled_from(Party), max_size=8))
def test_it_takes_both_however_often_one_says_so(said: list[Party]) -> None:
    assert agreed(said) is ({Party.OWNER, Party.NEW_OWNER} == set(said))
    assert all(agreed(order) for order in permutations(Party))


@given(st.sampled_from([True, False, None]))
def test_what_may_not_be_asked_for_ends_and_all_else_passes(transferable: bool | None) -> None:
    held = Held(transferable)
    assert (fate(held) is Fate.PASSES) is may_be_asked(held)
    assert may_be_asked(held) is (transferable is not False)
