"""What a brand or supplier owes for a line, and what has come of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from aftersales.i18n import N_
from aftersales.money import HALF_UP, Money

AGES = (30, 60, 90)
"""The ends of the spans of age, in days since the claim was filed."""


UNANSWERED = frozenset({"filed", "acknowledged", "refiled"})
"""Where a claim stands while they owe an answer, to all of it or to what they paid short."""


class Party(StrEnum):
    """Who owes it."""

    BRAND = "brand"
    SUPPLIER = "supplier"


def due(granted: Money, percent: Decimal | int = 100) -> Money:
    """What is owed for what was granted: the percentage of the agreement, rounded once, half up."""
    return granted.times(percent, 100, rounding=HALF_UP)


@dataclass(frozen=True, slots=True)
class Standing:
    """What they have accepted of what is owed (None: they have not answered), and what of it came; in minor units."""

    owed: int
    accepted: int | None
    received: int


def left(status: str, held: Standing) -> int:
    """What is still to come for a job that stands so: of what they accepted, or of all where they have not answered, or
    where all that they accepted is here."""
    accepted = held.accepted or 0
    return (accepted if status not in UNANSWERED and accepted > held.received else held.owed) - held.received


def after(held: Standing, more: int) -> Standing:
    """How it stands once `more` came; ValueError, in words, for what cannot be.

    Up to what they accepted it may come in parts. Once all of that is here, what comes on top, up to what was claimed,
    is accepted by coming.
    """
    accepted, received = held.accepted or 0, held.received + more
    paid_up = 0 < accepted == held.received
    if received > held.owed:
        raise ValueError(N_("This is more than was claimed for it."))
    if more <= 0 or (received > accepted and not paid_up):
        raise ValueError(N_("More than what was accepted cannot come in. Compare the amount with their letter."))
    return Standing(held.owed, max(accepted, received), received)


@dataclass(frozen=True, slots=True)
class Step:
    """A verb of the machine, and the amount that it is about."""

    verb: str
    amount: int = 0


_NOT_NOW = {
    "eligible": N_("Nothing has been claimed for it yet. Claim it first."),
    "rejected": N_("They rejected it. Claim it again first."),
    "closed": N_("It is closed already."),
}


def pay(status: str, held: Standing, amounts: Sequence[int]) -> tuple[list[Step], Standing]:
    """What these payments do to a job that stands so, and how it stands then: paid without an answer it is accepted,
    for what has been paid by then; what is paid in full is settled. ValueError, in words, for what cannot be."""
    if status in _NOT_NOW:
        raise ValueError(_NOT_NOW[status])
    steps: list[Step] = []
    if status in UNANSWERED:
        accepted = held.received + sum(amounts)
        steps.append(Step("accept" if accepted == held.owed else "accept_partly", accepted))
        held = Standing(held.owed, accepted, held.received)
    for one in amounts:
        held = after(held, one)
        steps.append(Step("credit", one))
    return ([*steps, Step("settle")] if held.received == held.owed else steps), held
