"""What can be offered where a return is not granted, so that nobody is sent away with a mere no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from aftersales.i18n import N_
from aftersales.ports.coverage import Answer, Cover
from rma.rules import Outcome, Reason, Terms


class Kind(StrEnum):
    """An alternative."""

    REPAIR_FREE = "repair_free"
    REPAIR_PARTLY = "repair_partly"
    REPAIR_PAID = "repair_paid"
    BUY_BACK = "buy_back"
    ASK = "ask"
    GOODWILL = "goodwill"


SAID = {
    Kind.REPAIR_FREE: N_("We repair it under its warranty, free of charge."),
    Kind.REPAIR_PARTLY: N_("We repair it. Its warranty pays a part; before any work you hear what the rest costs."),
    Kind.REPAIR_PAID: N_("We repair it. Before any work you hear what it costs, and say yes or no."),
    Kind.ASK: N_("You ask for the return all the same: a person looks at it and answers you."),
}
"""Each in words, but for what a policy offers: that has the words of its clause."""
WORKING = frozenset({Reason.WRONG_ITEM, Reason.NOT_AS_DESCRIBED, Reason.CHANGED_MIND})
"""Reasons of things that work: there is nothing to repair on them."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of them. `words` is a message id; `clause` the policy's, where it is one of the policy."""

    kind: Kind
    words: str
    clause: str = ""


def offered(
    outcome: Outcome, reason: Reason, terms: Terms, clauses: Mapping[str, str], cover: Answer
) -> list[Alternative]:
    """What the customer may be told instead of a return that the rule does not grant; empty where it grants it."""
    if outcome is Outcome.ELIGIBLE:
        return []
    found = [] if reason in WORKING else [_said(_repair(cover))]
    if reason in WORKING and terms.buy_back_clause and terms.buy_back_percent > 0:
        words = clauses.get(terms.buy_back_clause, "")
        found.append(Alternative(Kind.BUY_BACK, words, terms.buy_back_clause))
    return found


def _said(kind: Kind) -> Alternative:
    return Alternative(kind, SAID[kind])


def _repair(cover: Answer) -> Kind:
    if cover.in_full:
        return Kind.REPAIR_FREE
    some = {Cover.COVERED, Cover.PARTLY} & {cover.parts, cover.labour}
    return Kind.REPAIR_PARTLY if some else Kind.REPAIR_PAID


def for_customer(found: Sequence[Alternative]) -> list[Alternative]:
    """The same with the last way that is always open to them."""
    return [*found, _said(Kind.ASK)]
