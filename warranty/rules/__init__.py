"""What the terms say of a fault. Pure: facts in, verdict out, and the same facts give the same verdict for ever.

A verdict is stored with its facts, its policy version and the version of its evaluator. When a rule changes, the
function of the old version stays in `EVALUATORS` and a new one is added beside it.
"""

from collections.abc import Callable, Mapping

from warranty.rules.denials import Denial, objections
from warranty.rules.facts import Cause, Done, Facts, Proof, ProofKind, Service, add_months, best_proof
from warranty.rules.first import evaluate_1
from warranty.rules.second import evaluate_2, start_of
from warranty.rules.terms import (
    BILLED,
    WORK,
    Aftercare,
    Basis,
    Choice,
    Component,
    CostClass,
    Exclusion,
    Plan,
    Renewal,
    Replacing,
    Share,
    Terms,
)
from warranty.rules.verdicts import GRANTED, Finding, Step, Verdict, Verdict2

EVALUATOR_VERSION = 2
EVALUATORS: Mapping[int, Callable[[Terms, Mapping[str, str], Facts], Verdict]] = {1: evaluate_1, 2: evaluate_2}
"""Every evaluator that a stored verdict may name."""
SHAPES: Mapping[int, type[Verdict]] = {1: Verdict, 2: Verdict2}
"""As what the verdicts of each evaluator are stored."""


def evaluate(terms: Terms, words: Mapping[str, str], facts: Facts) -> Verdict:
    """The verdict of the present evaluator."""
    return EVALUATORS[EVALUATOR_VERSION](terms, words, facts)


__all__ = [
    "BILLED",
    "EVALUATORS",
    "EVALUATOR_VERSION",
    "GRANTED",
    "SHAPES",
    "WORK",
    "Aftercare",
    "Basis",
    "Cause",
    "Choice",
    "Component",
    "CostClass",
    "Denial",
    "Done",
    "Exclusion",
    "Facts",
    "Finding",
    "Plan",
    "Proof",
    "ProofKind",
    "Renewal",
    "Replacing",
    "Service",
    "Share",
    "Step",
    "Terms",
    "Verdict",
    "Verdict2",
    "add_months",
    "best_proof",
    "evaluate",
    "objections",
    "start_of",
]
