"""What becomes of one line of a claim: how much of it the terms give, and what a decision must rest on. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from aftersales.i18n import N_
from aftersales.money import HALF_UP, Money
from warranty.rules.terms import CostClass
from warranty.rules.verdicts import GRANTED, Finding, Verdict, Verdict2


class Outcome(StrEnum):
    """How a line can be decided."""

    APPROVED = "approved"
    LOWERED = "lowered"
    DENIED = "denied"
    SENT_BACK = "sent_back"


class Standing(StrEnum):
    """Where a line stands; `replaced` is one that another line took the place of after it was sent back."""

    OPEN = "open"
    APPROVED = "approved"
    LOWERED = "lowered"
    DENIED = "denied"
    SENT_BACK = "sent_back"
    REPLACED = "replaced"


UNSETTLED = frozenset({Standing.OPEN, Standing.SENT_BACK})


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody is about to decide on a line. `amount` is for `lowered`, minor units."""

    outcome: Outcome
    amount: int | None = None
    clause: str = ""
    words: str = ""


def grantable(verdict: Verdict, cost: CostClass, asked: int, granted: int = 0) -> int:
    """How much of `asked` the terms give (minor units), `granted` of the class having been given on this claim."""
    finding = verdict.findings.get(cost, Finding.NOT_COVERED)
    if finding not in GRANTED:
        return 0
    if not isinstance(verdict, Verdict2):
        return asked
    percent = Decimal(verdict.percent.get(cost, 100))
    share = Money(verdict.currency, asked).times(percent, 100, rounding=HALF_UP).minor
    left = verdict.left.get(cost)
    return share if left is None else min(share, max(0, left - granted))


def objection(decision: Decision, verdict: Verdict, cost: CostClass, given: int) -> tuple[str, str, str] | None:
    """Why the decision may not stand: code, field, words; None if it may. `given` is what the terms give."""
    words = len(decision.words.strip()) >= 3
    finding = verdict.findings.get(cost, Finding.NOT_COVERED)
    if decision.outcome is Outcome.APPROVED and given == 0:
        return (
            "warranty.line_not_covered",
            "outcome",
            N_("The terms give nothing for this line. Deny it."),
        )
    if decision.outcome is Outcome.LOWERED:
        if decision.amount is None or not 0 < decision.amount < given:
            return (
                "warranty.line_amount",
                "amount_minor",
                N_("Write less than the terms give, and more than nothing."),
            )
        return None if words else _WORDS
    if decision.outcome is Outcome.DENIED:
        if finding in GRANTED or finding is Finding.UNKNOWN:
            return (
                "warranty.line_needs_two",
                "outcome",
                N_("The terms cover it: propose to deny the claim."),
            )
        if not decision.clause:
            return "warranty.no_clause", "clause", N_("Name the clause that the denial rests on.")
        return None if words else _WORDS
    if decision.outcome is Outcome.SENT_BACK and not words:
        return _WORDS
    return None


_WORDS = ("warranty.no_words", "words", N_("Say why, in words that the customer can read."))
