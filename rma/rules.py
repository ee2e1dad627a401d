"""Whether a product may be given back or exchanged. Pure: facts in, verdict out; the same facts, the same verdict.

When a rule here changes, the function of the old version stays in `EVALUATORS` and a new one is added beside it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from aftersales.i18n import N_

EVALUATOR_VERSION = 2


class Reason(StrEnum):
    """Why the customer wants to give it back."""

    DEFECTIVE = "defective"
    DEAD_ON_ARRIVAL = "dead_on_arrival"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    NOT_AS_DESCRIBED = "not_as_described"
    CHANGED_MIND = "changed_mind"


REASONS: Mapping[Reason, str] = {
    Reason.DEFECTIVE: N_("It does not work as it should"),
    Reason.DEAD_ON_ARRIVAL: N_("It has never worked"),
    Reason.DAMAGED: N_("It came damaged"),
    Reason.WRONG_ITEM: N_("It is not what I ordered"),
    Reason.NOT_AS_DESCRIBED: N_("It is not as it was described"),
    Reason.CHANGED_MIND: N_("I no longer want it"),
}
"""The reasons in the customer's words."""


class Condition(StrEnum):
    """In which condition the customer says it is."""

    UNUSED = "unused"
    USED = "used"
    INCOMPLETE = "incomplete"
    DAMAGED = "damaged"


CONDITIONS: Mapping[Condition, str] = {
    Condition.UNUSED: N_("Unused, with its box"),
    Condition.USED: N_("Used, complete and undamaged"),
    Condition.INCOMPLETE: N_("Something that came with it is missing"),
    Condition.DAMAGED: N_("It was damaged while in use"),
}
"""The conditions in the customer's words."""


class Outcome(StrEnum):
    """What the rule says. Unknown: it cannot be said by rule, a person looks at it."""

    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    UNKNOWN = "unknown"


class Basis(StrEnum):
    """The day from which the window is counted."""

    INSTALLATION = "installation"
    DELIVERY = "delivery"
    PURCHASE = "purchase"


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of the policy on returns. `conditions` are clauses that hold at the hand-over.

    `accepts` are the conditions in which it is taken back (with a clause for it). With a `proof_clause` the purchase is
    to be proven. Models in `final_sale` are taken back for `final_sale_reasons` alone. For `freight_reasons` we pay the
    way (with a clause for it), else the customer does. What the customer asks for on the page and the rule grants is
    authorised `at_once`. Where the answer is no, we buy it back for `buy_back_percent` of what was paid.

    What came and was not inspected in `inspect_hours` counts as accepted; an authorisation ends when nothing came in
    `send_days`; what was inspected is settled in `settle_days`. Of what was given back for one of the `fee_reasons`,
    `fee_percent` of what was paid is kept. What another one went out for ahead is due back in `advance_days`; what has
    not come `notice_days` after we said so is paid from the security.
    """

    days: Annotated[int, Field(ge=1, le=3650)]
    window_clause: str
    counted_from: tuple[Basis, ...]
    categories: tuple[str, ...]
    category_clause: str
    reasons: tuple[Reason, ...]
    reason_clause: str
    conditions: tuple[str, ...] = ()
    inspect_hours: Annotated[int, Field(ge=1, le=720)] = 48
    send_days: Annotated[int, Field(ge=1, le=365)] = 14
    settle_days: Annotated[int, Field(ge=1, le=60)] = 7
    fee_percent: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)] = Decimal(0)
    fee_reasons: tuple[Reason, ...] = ()
    fee_clause: str = ""
    advance_days: Annotated[int, Field(ge=1, le=90)] = 14
    notice_days: Annotated[int, Field(ge=1, le=30)] = 3
    accepts: tuple[Condition, ...] = ()
    condition_clause: str = ""
    proof_clause: str = ""
    final_sale: tuple[str, ...] = ()
    final_sale_reasons: tuple[Reason, ...] = ()
    final_sale_clause: str = ""
    freight_reasons: tuple[Reason, ...] = ()
    freight_clause: str = ""
    at_once: bool = False
    buy_back_percent: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)] = Decimal(0)
    buy_back_clause: str = ""

    def clauses(self) -> set[str]:
        """Every clause that is named and must therefore have words."""
        some = {self.fee_clause, self.condition_clause, self.proof_clause, self.final_sale_clause}
        some |= {self.freight_clause, self.buy_back_clause}
        return {self.window_clause, self.category_clause, self.reason_clause, *self.conditions} | some - {""}

    def fee(self, reason: Reason) -> Decimal:
        """The restocking fee in per cent of what was paid."""
        return self.fee_percent if reason in self.fee_reasons else Decimal(0)

    def freight(self, reason: Reason) -> str:
        """Who pays the way: `us` or `customer`; empty where the policy says nothing of it."""
        return ("us" if reason in self.freight_reasons else "customer") if self.freight_clause else ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a verdict rests on besides the policy version. `condition` is what the customer says, `proof` what we
    have of the purchase; what nobody has said is to be shown at the hand-over."""

    on: date
    category: str
    reason: Reason
    delivered_on: date | None = None
    installed_on: date | None = None
    purchased_on: date | None = None
    model: str = ""
    condition: Condition | None = None
    proof: Literal["record", "sent"] | None = None


LATER, NOTE = "later", "note"
"""Outcomes of steps beside those of the whole: shown at the hand-over; no condition, but good to know."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the reasoning; `words` is a message id, the clause's own where one is named."""

    rule: str
    outcome: str
    words: str
    clause: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, the clause that decided, the last day of the window, and the way to the answer."""

    outcome: Outcome
    clause: str
    until: date | None
    trace: tuple[Step, ...]
    conditions: tuple[str, ...] = ()
    evaluator_version: int = EVALUATOR_VERSION


def evaluate(terms: Terms, words: Mapping[str, str], facts: Facts) -> Verdict:
    """The verdict of the present evaluator."""
    return EVALUATORS[EVALUATOR_VERSION](terms, words, facts)


def _evaluate_1(terms: Terms, words: Mapping[str, str], facts: Facts) -> Verdict:
    """Category, reason and window are all looked at, so that the customer hears every reason at once; the first that
    fails decides."""
    steps = [
        _step(terms.category_clause, words, "category", facts.category in terms.categories, category=facts.category),
        _step(terms.reason_clause, words, "reason", facts.reason in terms.reasons, reason=facts.reason.value),
    ]
    window, until = _window(terms, words, facts)
    steps.append(window)
    against = next((step for step in steps if step.outcome == Outcome.INELIGIBLE), None)
    if against is not None:
        return Verdict(Outcome.INELIGIBLE, against.clause, until, tuple(steps), evaluator_version=1)
    if until is None:
        return Verdict(Outcome.UNKNOWN, "", None, tuple(steps), terms.conditions, 1)
    return Verdict(Outcome.ELIGIBLE, terms.window_clause, until, tuple(steps), terms.conditions, 1)


def _evaluate_2(terms: Terms, words: Mapping[str, str], facts: Facts) -> Verdict:
    """Category, reason, final sale, condition, proof and window are all looked at; the first that fails decides. What
    nobody has said yet is a condition of the hand-over. Fee and freight are told, and decide nothing."""
    steps = [
        _step(terms.category_clause, words, "category", facts.category in terms.categories, category=facts.category),
        _step(terms.reason_clause, words, "reason", facts.reason in terms.reasons, reason=facts.reason.value),
        *_sold_and_kept(terms, words, facts),
    ]
    window, until = _window(terms, words, facts)
    steps.append(window)
    against = next((step for step in steps if step.outcome == Outcome.INELIGIBLE), None)
    if against is not None:
        return Verdict(Outcome.INELIGIBLE, against.clause, until, tuple(steps), evaluator_version=2)
    later = tuple(step.clause for step in steps if step.outcome == LATER and step.clause not in terms.conditions)
    trace = (*steps, *_told(terms, words, facts))
    if until is None:
        return Verdict(Outcome.UNKNOWN, "", None, trace, (*terms.conditions, *later), 2)
    return Verdict(Outcome.ELIGIBLE, terms.window_clause, until, trace, (*terms.conditions, *later), 2)


def _sold_and_kept(terms: Terms, words: Mapping[str, str], facts: Facts) -> list[Step]:
    """Final sale, condition and proof, as far as the policy asks for them."""
    steps: list[Step] = []
    if facts.model and facts.model.casefold() in {model.casefold() for model in terms.final_sale}:
        still = facts.reason in terms.final_sale_reasons
        steps.append(_step(terms.final_sale_clause, words, "final_sale", still, model=facts.model))
    if terms.condition_clause and facts.condition is not None:
        kept = facts.condition in terms.accepts
        steps.append(_step(terms.condition_clause, words, "condition", kept, condition=facts.condition.value))
    elif terms.condition_clause:
        steps.append(_later(terms.condition_clause, words, "condition"))
    if terms.proof_clause and facts.proof is not None:
        steps.append(_step(terms.proof_clause, words, "proof", True, proof=facts.proof))
    elif terms.proof_clause:
        steps.append(_later(terms.proof_clause, words, "proof"))
    return steps


def _told(terms: Terms, words: Mapping[str, str], facts: Facts) -> list[Step]:
    """The fee that is kept and who pays the way."""
    steps: list[Step] = []
    if terms.fee_clause and terms.fee(facts.reason):
        percent = {"percent": str(terms.fee(facts.reason))}
        steps.append(Step("fee", NOTE, words.get(terms.fee_clause, ""), terms.fee_clause, percent))
    if terms.freight_clause:
        payer = {"payer": terms.freight(facts.reason)}
        steps.append(Step("freight", NOTE, words.get(terms.freight_clause, ""), terms.freight_clause, payer))
    return steps


EVALUATORS: Mapping[int, Callable[[Terms, Mapping[str, str], Facts], Verdict]] = {1: _evaluate_1, 2: _evaluate_2}
"""Every evaluator that a stored verdict may name."""


def _window(terms: Terms, words: Mapping[str, str], facts: Facts) -> tuple[Step, date | None]:
    """The step of the window, and its last day; None where no day is known from which it is counted."""
    begun = _begun(terms, facts)
    if begun is None:
        unknown = N_("We do not know when it was delivered, so a person looks at it.")
        return Step("window", Outcome.UNKNOWN.value, unknown), None
    basis, day = begun
    until = day + timedelta(days=terms.days)
    used = {"kind": basis.value, "since": day.isoformat(), "date": until.isoformat(), "days": str(terms.days)}
    return _step(terms.window_clause, words, "window", facts.on <= until, **used), until


def _begun(terms: Terms, facts: Facts) -> tuple[Basis, date] | None:
    """The first basis of the policy whose day is known."""
    known = {
        Basis.INSTALLATION: facts.installed_on,
        Basis.DELIVERY: facts.delivered_on,
        Basis.PURCHASE: facts.purchased_on,
    }
    return next(((basis, day) for basis in terms.counted_from if (day := known[basis]) is not None), None)


def _step(clause: str, words: Mapping[str, str], rule: str, holds: bool, **facts: str) -> Step:
    outcome = Outcome.ELIGIBLE if holds else Outcome.INELIGIBLE
    return Step(rule, outcome.value, words.get(clause, ""), clause, facts)


def _later(clause: str, words: Mapping[str, str], rule: str) -> Step:
    return Step(rule, LATER, words.get(clause, ""), clause)
