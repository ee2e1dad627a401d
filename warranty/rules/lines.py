"""What becomes of one line of a claim: how much of it the terms give, and what a decision must rest on. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from aftersales.i18n import N_
from aftersales.money import HALF_UP, Money
from warranty.rules.terms import BILLED, CostClass
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
SETTLED = frozenset({Standing.APPROVED, Standing.LOWERED, Standing.DENIED})


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody is about to decide on a line. `amount` is for `lowered`, minor units."""

    outcome: Outcome
    amount: int | None = None
    clause: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Pool:
    """What is left (minor units) for all lines of these classes together."""

    classes: Collection[CostClass]
    left: int


def pools(verdict: Verdict2, excluded: Collection[CostClass] = ()) -> tuple[Pool, ...]:
    """Every limit that lines have in common: that of their class, that of the whole plan, and that of accidents, which
    the classes share that the clause about the cause takes out of the cover (`excluded`)."""
    found = [Pool((cost,), left) for cost, left in verdict.left.items() if cost in BILLED]
    if verdict.benefit_left is not None:
        found.append(Pool(BILLED, verdict.benefit_left))
    accident = verdict.left.get(CostClass.ACCIDENT)
    if accident is not None and any(step.rule == "accident" for step in verdict.trace):
        found.append(Pool(tuple(excluded), accident))
    return tuple(found)


def grantable(
    verdict: Verdict,
    cost: CostClass,
    asked: int,
    granted: Mapping[CostClass, int] | None = None,
    excluded: Collection[CostClass] = (),
) -> int:
    """How much of `asked` the terms give (minor units), `granted` having been given by class on this claim."""
    finding = verdict.findings.get(cost, Finding.NOT_COVERED)
    if finding not in GRANTED:
        return 0
    if not isinstance(verdict, Verdict2):
        return asked
    percent = Decimal(verdict.percent.get(cost, 100))
    share = Money(verdict.currency, asked).times(percent, 100, rounding=HALF_UP).minor
    given = granted or {}
    mine = (one for one in pools(verdict, excluded) if cost in one.classes)
    left = (one.left - sum(given.get(other, 0) for other in one.classes) for one in mine)
    return max(0, min([share, *left]))


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
        # Where a limit is used up, or a share comes to nothing, there is nothing that two people would have to refuse.
        if (finding in GRANTED and given) or finding is Finding.UNKNOWN:
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
