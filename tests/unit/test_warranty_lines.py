"""A1: a line of a claim is given what the terms give, and no decision stands without what it must rest on."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warranty.rules import CostClass, Finding, Proof, ProofKind, Verdict, Verdict2
from warranty.rules.lines import Decision, Outcome, grantable, objection

PARTS, LABOUR, VISIT, CONSUMABLES, ACCIDENT = CostClass
PROOF = Proof(ProofKind.INVOICE, date(2026, 3, 18))
FINDINGS = {
    PARTS: Finding.PARTLY,
    LABOUR: Finding.COVERED,
    VISIT: Finding.NOT_COVERED,
    CONSUMABLES: Finding.UNKNOWN,
    ACCIDENT: Finding.NOT_COVERED,
}
VERDICT = Verdict2(
    FINDINGS, {}, "1.1", PROOF, (), evaluator_version=2, percent={PARTS: 80, LABOUR: 100}, left={PARTS: 100_000}
)


@pytest.mark.parametrize(
    ("cost", "asked", "granted", "given"),
    [
        (PARTS, 100_000, 0, 80_000),
        (PARTS, 200_000, 0, 100_000),
        (PARTS, 100_000, 60_000, 40_000),
        (PARTS, 100_000, 100_000, 0),
        (LABOUR, 70_000, 0, 70_000),
        (VISIT, 30_000, 0, 0),
        (CONSUMABLES, 30_000, 0, 0),
    ],
)
def test_what_the_terms_give(cost: CostClass, asked: int, granted: int, given: int) -> None:
    assert grantable(VERDICT, cost, asked, {cost: granted}) == given


def test_an_answer_of_evaluator_1_gives_all_or_nothing() -> None:
    old = Verdict({PARTS: Finding.COVERED, LABOUR: Finding.NOT_COVERED, VISIT: Finding.COVERED}, {}, "1.1", PROOF, ())
    assert (grantable(old, PARTS, 500), grantable(old, LABOUR, 500), grantable(old, CONSUMABLES, 500)) == (500, 0, 0)


@given(st.sampled_from([PARTS, LABOUR, VISIT, CONSUMABLES]), st.integers(1, 10**8), st.integers(0, 10**6))
def test_never_more_than_asked_nor_than_is_left(cost: CostClass, asked: int, granted: int) -> None:
    given_now = grantable(VERDICT, cost, asked, {cost: granted})
    assert 0 <= given_now <= asked
    if cost in VERDICT.left:
        assert given_now + granted <= max(granted, VERDICT.left[cost])


SOUND = Decision(Outcome.APPROVED)


@pytest.mark.parametrize(
    ("cost", "given_now", "changes", "code"),
    [
        (PARTS, 80, {}, None),
        (VISIT, 0, {}, "warranty.line_not_covered"),
        (PARTS, 80, {"outcome": Outcome.LOWERED, "amount": 79, "words": "Part was used."}, None),
        (PARTS, 80, {"outcome": Outcome.LOWERED, "amount": 79}, "warranty.no_words"),
        (PARTS, 80, {"outcome": Outcome.LOWERED, "amount": 80, "words": "Why"}, "warranty.line_amount"),
        (PARTS, 80, {"outcome": Outcome.LOWERED, "words": "Why"}, "warranty.line_amount"),
        (VISIT, 0, {"outcome": Outcome.DENIED, "clause": "1.1", "words": "It ended."}, None),
        (VISIT, 0, {"outcome": Outcome.DENIED, "words": "It ended."}, "warranty.no_clause"),
        (VISIT, 0, {"outcome": Outcome.DENIED, "clause": "1.1"}, "warranty.no_words"),
        (PARTS, 80, {"outcome": Outcome.DENIED, "clause": "4.2", "words": "Rats."}, "warranty.line_needs_two"),
        (PARTS, 0, {"outcome": Outcome.DENIED, "clause": "6.1", "words": "It is used up."}, None),
        (CONSUMABLES, 0, {"outcome": Outcome.DENIED, "clause": "4.2", "words": "Rats."}, "warranty.line_needs_two"),
        (PARTS, 80, {"outcome": Outcome.SENT_BACK, "words": "Which part?"}, None),
        (PARTS, 80, {"outcome": Outcome.SENT_BACK}, "warranty.no_words"),
    ],
)
def test_what_a_decision_rests_on(
    cost: CostClass, given_now: int, changes: dict[str, object], code: str | None
) -> None:
    found = objection(replace(SOUND, **changes), VERDICT, cost, given_now)  # type: ignore[arg-type]
    assert (found[0] if found else None) == code
