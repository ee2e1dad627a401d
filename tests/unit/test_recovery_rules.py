"""What payments do to a job: every step is one of the machine, and the sums add up; more than is owed is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warranty.recovery.machine import BRAND
from warranty.recovery.rules import UNANSWERED, Standing, after, left, pay

_MINOR = st.integers(1, 3000)


@st.composite
def _standings(draw: st.DrawFn) -> tuple[str, Standing]:
    """Where a job may stand; claimed again, something may have come for it before."""
    owed, status = draw(_MINOR), draw(st.sampled_from(sorted(BRAND.by_state)))
    before = draw(st.integers(0, owed - 1))
    if status in UNANSWERED:
        return status, Standing(owed, before or None, before)
    if status == "credited" and before:
        return status, Standing(owed, draw(st.integers(before, owed)), before)
    if status == "partial" and owed > 1:
        return status, Standing(owed, draw(st.integers(1, owed - 1)), 0)
    if status in ("accepted", "partial", "credited"):
        return "accepted", Standing(owed, owed, 0)
    return status, Standing(owed, before if status == "rejected" else None, before if status == "rejected" else 0)


def _possible(status: str, held: Standing, amounts: list[int]) -> bool:
    """Up to what was accepted in any parts, and when that is here exactly, up to what was claimed."""
    received = held.received
    if status in ("eligible", "rejected", "closed") or received + sum(amounts) > held.owed:
        return False
    accepted = held.owed if status in UNANSWERED else held.accepted or 0
    for one in amounts:
        if received < accepted < received + one:
            return False
        received += one
    return True


@given(_standings(), st.lists(st.integers(1, 1000), min_size=1, max_size=4))
def test_payments_take_legal_steps_and_never_more_than_is_owed(where: tuple[str, Standing], amounts: list[int]) -> None:
    status, held = where
    if not _possible(status, held, amounts):
        with pytest.raises(ValueError, match=r"\w"):
            pay(status, held, amounts)
        return
    steps, then = pay(status, held, amounts)
    unanswered, total = status in UNANSWERED, held.received + sum(amounts)
    for step in steps:
        [status] = [edge.to for edge in BRAND.legal(status) if edge.verb == step.verb]
    assert [step.amount for step in steps if step.verb == "credit"] == amounts
    assert (status, steps[-1].verb) == (("closed", "settle") if total == held.owed else ("credited", "credit"))
    agreed = [step.amount for step in steps if step.verb in ("accept", "accept_partly")]
    assert agreed == ([total] if unanswered else [])
    assert (then.owed, then.received) == (held.owed, total)
    assert total <= (then.accepted or 0) <= held.owed


@given(_standings())
def test_what_is_left_can_come_until_all_is_here_and_then_nothing_can(where: tuple[str, Standing]) -> None:
    status, held = where
    if status in ("eligible", "rejected", "closed"):
        return
    for _ in range(2):
        if held.received < held.owed:
            _, held = pay(status, held, [left(status, held)])
            status = "credited"
    assert held == Standing(held.owed, held.owed, held.owed)
    for more in (1, 0, -1):
        with pytest.raises(ValueError, match=r"\w"):
            after(held, more)
