"""A2, C2: what goes back for pieces of a return adds up, is never more than was paid, and its tax follows it."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.money import HALF_UP, Money
from rma.goods import Disposition
from rma.words import SAID
from rma.worth import HOME, Choice, Paid, Resolution, Settlement, back, chosen, settled

rates = st.decimals(0, 100, places=2)
paid = st.builds(Paid, st.builds(Money, st.just("INR"), st.integers(1, 10**9)), rates)
USES = st.sampled_from([Disposition.RETURN_TO_CUSTOMER, Disposition.RESTOCK, Disposition.REPAIR])


@given(paid, rates, st.integers(1, 40), st.sets(st.integers(1, 39)))
def test_parts_add_up_to_the_whole(piece: Paid, fee: Decimal, quantity: int, cuts: set[int]) -> None:
    whole = back(piece, 1, quantity, fee)
    ends = [0, *sorted(cut for cut in cuts if cut < quantity), quantity]
    parts = [back(piece, before + 1, after - before, fee) for before, after in pairwise(ends)]
    for name in ("amount", "fee", "tax"):
        assert sum(getattr(one, name).minor for one in parts) == getattr(whole, name).minor
    assert whole.paid == piece.piece.times(quantity, rounding=HALF_UP)
    for one, (before, after) in zip(parts, pairwise(ends), strict=True):
        assert one.paid.minor == piece.piece.minor * (after - before)
        assert 0 <= one.tax.minor <= one.amount.minor <= one.paid.minor
        exact = Decimal(one.amount.minor) * piece.tax_rate / (100 + piece.tax_rate)
        assert abs(one.tax.minor - exact) <= 1


def test_a_tenth_is_kept_and_the_tax_is_of_the_rest() -> None:
    piece = Paid(Money("INR", 649_000), Decimal(18))
    due = back(piece, 1, 1, Decimal(10))
    assert (due.amount.minor, due.fee.minor, due.tax.minor) == (584_100, 64_900, 89_100)
    assert back(piece, 1, 1).amount == piece.piece


@pytest.mark.parametrize("wrong", [(0, 1, 0), (1, 0, 0), (1, 1, -1), (1, 1, 101)])
def test_what_cannot_be_paid_back(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="cannot be right"):
        back(Paid(Money("INR", 100), Decimal(18)), wrong[0], wrong[1], Decimal(wrong[2]))


@given(
    st.integers(1, 12),
    st.lists(st.tuples(st.sampled_from(list(Resolution)) | USES, st.integers(-1, 5)), max_size=25),
)
def test_each_piece_is_settled_once(received: int, asked: list[tuple[Resolution | Disposition, int]]) -> None:
    line = Settlement(received)
    used = 0
    for wish, count in asked:
        try:
            if isinstance(wish, Resolution):
                choice = line.choose(wish, count)
                line = Settlement(received, (*line.choices, choice), line.home, line.ours)
            elif 1 <= count <= received - used:
                line = line.use(wish, count)
                used += count
        except ValueError:
            continue
    numbers = [n for one in line.choices for n in range(one.first, one.first + one.quantity)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) + line.left == received
    going = sum(one.quantity for one in line.choices if one.resolution in HOME)
    assert going <= received - line.ours, "no piece goes back to the customer that we keep"
    assert len(numbers) - going <= received - line.home, "nobody gets the piece and its price"
    assert chosen([line]) == (line.left == 0)
    assert not settled([line])
    done = tuple(Choice(one.resolution, one.first, one.quantity, done=True) for one in line.choices)
    assert settled([Settlement(received, done, line.home, line.ours)]) == chosen([line])


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ((Choice(Resolution.REFUND, 1, 2), Choice(Resolution.REPAIR, 2, 1)), "add up"),
        ((Choice(Resolution.REFUND, 3, 2),), "add up"),
    ],
)
def test_no_piece_twice_and_none_that_did_not_come(choices: tuple[Choice, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Settlement(3, choices)


def test_the_piece_or_its_price() -> None:
    back_home = Settlement(1).use(Disposition.RETURN_TO_CUSTOMER, 1)
    with pytest.raises(ValueError, match="go back"):
        back_home.choose(Resolution.REFUND, 1)
    refunded = Settlement(1, (Settlement(1).choose(Resolution.REFUND, 1),))
    with pytest.raises(ValueError, match="left"):
        refunded.use(Disposition.RETURN_TO_CUSTOMER, 1)
    assert refunded.use(Disposition.SCRAP, 1).ours == 1


def test_nothing_that_came_is_not_settled() -> None:
    assert not chosen([Settlement(0)])
    assert not settled([])
    assert SAID.keys() == set(Resolution)
