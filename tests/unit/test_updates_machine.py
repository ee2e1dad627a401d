"""The life of one update."""

from aftersales.updates.machine import STATES, UpdateState, sources


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
