"""A2: pieces of a return add up, whatever order they come, are looked at and put to use in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma.goods import GOES, Disposition, Pieces, Place, complete, decided, receivable, waits

STEPS = st.lists(st.tuples(st.sampled_from(["take", "look", "use"]), st.integers(-2, 9)), max_size=30)


@given(st.integers(1, 20), STEPS)
def test_quantities_add_up(quantity: int, steps: list[tuple[str, int]]) -> None:
    pieces = Pieces(quantity)
    done = {"take": 0, "look": 0, "use": 0}
    for verb, count in steps:
        left = {
            "take": quantity - done["take"],
            "look": done["take"] - done["look"],
            "use": done["look"] - done["use"],
        }[verb]
        if 1 <= count <= left:
            pieces = getattr(pieces, verb)(count)
            done[verb] += count
        else:
            with pytest.raises(ValueError, match=str(left)):
                getattr(pieces, verb)(count)
    assert (pieces.received, pieces.found, pieces.used) == (done["take"], done["look"], done["use"])
    assert pieces.used <= pieces.found <= pieces.received <= pieces.quantity
    assert pieces.outstanding + pieces.received == quantity


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9), st.integers(0, 9)), max_size=5))
def test_a_return_is_complete_and_decided_by_its_lines(raw: list[tuple[int, int, int]]) -> None:
    lines = [Pieces(q, min(q, r), min(q, r, u), min(q, r, u)) for q, r, u in raw]
    assert complete(lines) == (sum(one.quantity for one in lines) == sum(one.received for one in lines))
    came, used = sum(one.received for one in lines), sum(one.used for one in lines)
    assert decided(lines) == (came > 0 and used == came)


@pytest.mark.parametrize("wrong", [(1, 2, 0, 0), (2, 1, 2, 0), (2, 2, 1, 2), (2, -1, 0, 0)])
def test_what_does_not_add_up_is_no_line(wrong: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="add up"):
        Pieces(*wrong)


def test_every_use_has_a_place() -> None:
    assert GOES.keys() == set(Disposition)
    assert {use for use in Disposition if waits(use)} == {Disposition.QUARANTINE}
    assert waits(None)


def test_what_is_with_us_or_scrapped_does_not_come_again() -> None:
    assert {place for place in Place if not receivable(place)} == {Place.HUB, Place.BENCH, Place.SCRAP}
    assert receivable(None)
