"""What a brand or supplier owes for a line, and how old a debt is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from aftersales.i18n import N_
from aftersales.money import HALF_UP, Money

AGES = (30, 60, 90)
"""The ends of the spans of age, in days since the claim was filed."""


class Party(StrEnum):
    """Who owes it."""

    BRAND = "brand"
    SUPPLIER = "supplier"


def due(granted: Money, percent: Decimal | int = 100) -> Money:
    """What is owed for what was granted: the percentage of the agreement, rounded once, half up."""
    return granted.times(percent, 100, rounding=HALF_UP)


def age(days: int) -> str:
    """The span that so many days fall into: `0-30`, `31-60`, `61-90`, `over-90`."""
    begin = 0
    for end in AGES:
        if days <= end:
            return f"{begin}-{end}"
        begin = end + 1
    return f"over-{AGES[-1]}"


def received_after(owed: int, accepted: int, before: int, more: int) -> int:
    """What has been received once `more` came; ValueError, in words, for what cannot be."""
    if more <= 0 or before + more > accepted or accepted > owed:
        raise ValueError(N_("More than what was accepted cannot come in. Compare the amount with their letter."))
    return before + more


@dataclass(frozen=True, slots=True)
class Step:
    """A verb of the machine, and the amount that it is about."""

    verb: str
    amount: int = 0


_UNANSWERED = frozenset({"filed", "acknowledged", "refiled"})
_NOT_NOW = {
    "eligible": N_("Nothing has been claimed for it yet. Claim it first."),
    "rejected": N_("They rejected it. Claim it again first."),
    "closed": N_("It is closed already."),
}


def pay(status: str, due: int, accepted: int | None, received: int, amounts: Sequence[int]) -> list[Step]:
    """What these payments do to a job that stands so: paid without an answer it is accepted, for what is paid; what is
    paid in full is settled. ValueError, in words, for what cannot be."""
    if status in _NOT_NOW:
        raise ValueError(_NOT_NOW[status])
    steps: list[Step] = []
    owed = accepted or 0
    if status in _UNANSWERED:
        owed = sum(amounts)
        if owed > due:
            raise ValueError(N_("This is more than was claimed for it."))
        steps.append(Step("accept" if owed == due else "accept_partly", owed))
    for one in amounts:
        received = received_after(due, owed, received, one)
        steps.append(Step("credit", one))
    return [*steps, Step("settle")] if received == due else steps
