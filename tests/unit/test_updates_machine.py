"""The life of one update."""

from functools import reduce
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.updates.machine import STATES, UpdateState, after, sources


def test_every_state_is_explained_by_one_sentence() -> None:
    assert set(STATES) == set(UpdateState)
    for state in STATES.values():
        assert state.label
        assert state.sentence.endswith(".")


def test_every_state_can_be_reached_from_the_first() -> None:
    reached = {UpdateState.QUEUED}
    while more := {to for state in reached for to in STATES[state].to} - reached:
        reached |= more
    assert reached == set(UpdateState)


def test_what_was_cut_off_may_begin_again() -> None:
    assert sources(UpdateState.SENDING) == {UpdateState.QUEUED, UpdateState.SENDING, UpdateState.RETRYING}


def test_what_was_sent_is_never_sent_again() -> None:
    settled = {UpdateState.SENT, UpdateState.DELIVERED, UpdateState.READ, UpdateState.MERGED}
    for state in settled:
        assert not STATES[state].to & {UpdateState.SENDING, UpdateState.QUEUED, UpdateState.RETRYING}


def test_only_what_went_wrong_is_queued_again() -> None:
    assert sources(UpdateState.QUEUED) == {UpdateState.FAILED, UpdateState.BOUNCED, UpdateState.WITHHELD}


RECEIPTS = st.lists(st.sampled_from([UpdateState.DELIVERED, UpdateState.BOUNCED, UpdateState.READ]), max_size=6)


@given(RECEIPTS, st.randoms(use_true_random=False))
def test_receipts_come_to_the_same_in_any_order_and_however_often(said: list[UpdateState], chance: Random) -> None:
    shuffled = said * 2
    chance.shuffle(shuffled)
    assert reduce(after, shuffled, UpdateState.SENT) is reduce(after, said, UpdateState.SENT)


@pytest.mark.parametrize("state", sorted(set(UpdateState) - {"sent", "delivered", "bounced", "read"}))
def test_a_receipt_changes_nothing_that_has_not_been_taken(state: UpdateState) -> None:
    assert after(state, UpdateState.READ) is state


@given(RECEIPTS)
def test_what_was_read_stays_read_and_every_step_is_declared(said: list[UpdateState]) -> None:
    state = UpdateState.SENT
    for became in said:
        following = after(state, became)
        assert following is state or following in STATES[state].to
        assert state is not UpdateState.READ or following is UpdateState.READ
        state = following
