"""What payments do to a job: every step is one of the machine, and the sums add up; more than is owed is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warranty.recovery.machine import BRAND
from warranty.recovery.rules import pay

_MINOR = st.integers(1, 10**7)
_ACCEPTED = ("accepted", "partial", "credited")


@given(_MINOR, st.lists(_MINOR, min_size=1, max_size=4), st.sampled_from(sorted(BRAND.by_state)), st.data())
def test_payments_take_legal_steps_and_never_more_than_is_owed(
    due: int, amounts: list[int], status: str, data: st.DataObject
) -> None:
    accepted = data.draw(st.integers(1, due)) if status in _ACCEPTED else 0 if status == "rejected" else None
    received = data.draw(st.integers(0, accepted or 0)) if status == "credited" else 0
    total, owed = received + sum(amounts), due if accepted is None else accepted
    if status in ("eligible", "rejected", "closed") or total > owed:
        with pytest.raises(ValueError, match=r"\w"):
            pay(status, due, accepted, received, amounts)
        return
    steps = pay(status, due, accepted, received, amounts)
    for step in steps:
        [status] = [edge.to for edge in BRAND.legal(status) if edge.verb == step.verb]
    assert [step.amount for step in steps if step.verb == "credit"] == amounts
    assert (status, steps[-1].verb) == (("closed", "settle") if total == due else ("credited", "credit"))
    agreed = [step.amount for step in steps if step.verb in ("accept", "accept_partly")]
    assert agreed == ([total] if accepted is None else [])
