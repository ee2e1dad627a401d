"""A3: the 30-day rule: eligible or not, by category, reason and window, with the trace."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.products.demo_catalogue import PRODUCTS
from rma.machine import RETURN, customers_word
from rma.rules import (
    EVALUATORS,
    LATER,
    NOTE,
    REASONS,
    Basis,
    Condition,
    Facts,
    Outcome,
    Reason,
    Terms,
    Verdict,
    evaluate,
)
from rma.service import FACTS, VERDICT
from rma.service.sending import TERMS
from rma.terms import FINAL_SALE, VERSIONS, WORDS

THIRTY = Terms(
    days=30,
    window_clause="1.1",
    counted_from=(Basis.INSTALLATION, Basis.DELIVERY),
    categories=("mixer", "phone"),
    category_clause="2.1",
    reasons=(Reason.DEFECTIVE, Reason.DAMAGED),
    reason_clause="3.1",
    conditions=("4.1",),
)
SAYS = {"1.1": "30 days.", "2.1": "These.", "3.1": "Faults.", "4.1": "Keep the box."}
DELIVERED = date(2026, 11, 1)
MIXER = Facts(on=date(2026, 11, 20), category="mixer", reason=Reason.DEFECTIVE, delivered_on=DELIVERED)

days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
facts = st.builds(
    Facts,
    on=days,
    category=st.sampled_from(["mixer", "phone", "sofa"]),
    reason=st.sampled_from(list(Reason)),
    delivered_on=st.none() | days,
    installed_on=st.none() | days,
    purchased_on=st.none() | days,
    model=st.sampled_from(["", "MX-1", "mx-9"]),
    condition=st.none() | st.sampled_from(list(Condition)),
    proof=st.sampled_from([None, "record", "sent"]),
)
WHOLE = replace(
    THIRTY,
    fee_percent=Decimal(10),
    fee_reasons=(Reason.DAMAGED,),
    fee_clause="5.1",
    accepts=(Condition.UNUSED, Condition.USED),
    condition_clause="4.2",
    proof_clause="4.3",
    final_sale=("MX-9",),
    final_sale_reasons=(Reason.DEFECTIVE,),
    final_sale_clause="2.3",
    freight_reasons=(Reason.DEFECTIVE,),
    freight_clause="5.2",
)


def rules(verdict: Verdict) -> list[tuple[str, str]]:
    return [(step.rule, step.outcome) for step in verdict.trace]


def test_inside_thirty_days_it_is_not_argued_over() -> None:
    verdict = evaluate(THIRTY, SAYS, MIXER)
    assert (verdict.outcome, verdict.clause, verdict.until) == (Outcome.ELIGIBLE, "1.1", date(2026, 12, 1))
    assert verdict.conditions == ("4.1",)
    assert rules(verdict) == [("category", "eligible"), ("reason", "eligible"), ("window", "eligible")]


@pytest.mark.parametrize(
    ("on", "outcome"), [(date(2026, 12, 1), Outcome.ELIGIBLE), (date(2026, 12, 2), Outcome.INELIGIBLE)]
)
def test_the_thirtieth_day_counts_and_the_next_does_not(on: date, outcome: Outcome) -> None:
    verdict = evaluate(THIRTY, SAYS, replace(MIXER, on=on))
    assert (verdict.outcome, verdict.clause) == (outcome, "1.1")
    assert verdict.trace[-1].facts == {"kind": "delivery", "since": "2026-11-01", "date": "2026-12-01", "days": "30"}


@pytest.mark.parametrize(
    ("changes", "clause", "words"),
    [({"category": "sofa"}, "2.1", "These."), ({"reason": Reason.CHANGED_MIND}, "3.1", "Faults.")],
)
def test_what_the_policy_does_not_take_back(changes: dict[str, object], clause: str, words: str) -> None:
    verdict = evaluate(THIRTY, SAYS, replace(MIXER, **changes))  # type: ignore[arg-type]
    assert (verdict.outcome, verdict.clause) == (Outcome.INELIGIBLE, clause)
    assert next(step.words for step in verdict.trace if step.outcome == "ineligible") == words
    assert verdict.conditions == ()


def test_installation_counts_before_delivery() -> None:
    late = replace(MIXER, installed_on=date(2026, 11, 15), on=date(2026, 12, 10))
    assert evaluate(THIRTY, SAYS, late).outcome is Outcome.ELIGIBLE
    assert evaluate(replace(THIRTY, counted_from=(Basis.DELIVERY,)), SAYS, late).outcome is Outcome.INELIGIBLE


def test_without_a_day_a_person_looks_at_it() -> None:
    verdict = evaluate(THIRTY, SAYS, replace(MIXER, delivered_on=None, purchased_on=DELIVERED))
    assert (verdict.outcome, verdict.clause, verdict.until) == (Outcome.UNKNOWN, "", None)
    assert rules(verdict)[-1] == ("window", "unknown")
    assert evaluate(THIRTY, SAYS, replace(MIXER, delivered_on=None, category="sofa")).outcome is Outcome.INELIGIBLE


def test_what_is_not_said_yet_is_shown_at_the_hand_over() -> None:
    verdict = evaluate(WHOLE, SAYS, MIXER)
    assert (verdict.outcome, verdict.conditions) == (Outcome.ELIGIBLE, ("4.1", "4.2", "4.3"))
    assert rules(verdict)[2:] == [("condition", LATER), ("proof", LATER), ("window", "eligible"), ("freight", NOTE)]
    said = evaluate(WHOLE, SAYS, replace(MIXER, condition=Condition.USED, proof="sent"))
    assert (said.outcome, said.conditions) == (Outcome.ELIGIBLE, ("4.1",))
    assert said.trace[-1].facts == {"payer": "us"}


@pytest.mark.parametrize(
    ("changes", "clause"),
    [
        ({"condition": Condition.INCOMPLETE}, "4.2"),
        ({"condition": Condition.DAMAGED}, "4.2"),
        ({"model": "mx-9", "reason": Reason.DAMAGED}, "2.3"),
    ],
)
def test_condition_and_final_sale_decide(changes: dict[str, object], clause: str) -> None:
    verdict = evaluate(WHOLE, SAYS, replace(MIXER, **changes))  # type: ignore[arg-type]
    assert (verdict.outcome, verdict.clause, verdict.conditions) == (Outcome.INELIGIBLE, clause, ())


def test_final_sale_still_takes_back_what_is_faulty_and_the_fee_and_the_way_are_told() -> None:
    assert evaluate(WHOLE, SAYS, replace(MIXER, model="MX-9")).outcome is Outcome.ELIGIBLE
    damaged = evaluate(WHOLE, SAYS, replace(MIXER, reason=Reason.DAMAGED))
    assert [(step.rule, dict(step.facts)) for step in damaged.trace[-2:]] == [
        ("fee", {"percent": "10"}),
        ("freight", {"payer": "customer"}),
    ]


@pytest.mark.parametrize("terms", [THIRTY, WHOLE], ids=["few", "whole"])
@pytest.mark.parametrize("version", sorted(EVALUATORS))
@given(facts=facts)
def test_every_verdict_replays_from_what_is_stored(terms: Terms, version: int, facts: Facts) -> None:
    verdict = EVALUATORS[version](terms, SAYS, facts)
    assert verdict.evaluator_version == version
    stored = VERDICT.dump_python(verdict, mode="json")
    again = EVALUATORS[verdict.evaluator_version](
        TERMS.validate_python(TERMS.dump_python(terms, mode="json")),
        SAYS,
        FACTS.validate_python(FACTS.dump_python(facts, mode="json")),
    )
    assert VERDICT.dump_python(again, mode="json") == stored


def _first(outcome: str, clause: str, until: str | None, window: Mapping[str, object]) -> Mapping[str, object]:
    """A verdict as the first evaluator's were stored."""
    before = [
        {"rule": "category", "outcome": "eligible", "words": "These.", "clause": "2.1", "facts": {"category": "mixer"}},
        {
            "rule": "reason",
            "outcome": "eligible",
            "words": "Faults.",
            "clause": "3.1",
            "facts": {"reason": "defective"},
        },
    ]
    about = {"outcome": outcome, "clause": clause, "until": until, "evaluator_version": 1}
    return about | {
        "trace": [*before, {"rule": "window", "outcome": outcome} | dict(window)],
        "conditions": [] if outcome == "ineligible" else ["4.1"],
    }


def _counted(since: str, until: str) -> Mapping[str, object]:
    facts = {"kind": "delivery", "since": since, "date": until, "days": "30"}
    return {"words": "30 days.", "clause": "1.1", "facts": facts}


NO_DAY = {"words": "We do not know when it was delivered, so a person looks at it.", "clause": "", "facts": {}}
STORED = [
    (DELIVERED, _first("eligible", "1.1", "2026-12-01", _counted("2026-11-01", "2026-12-01"))),
    (date(2026, 9, 1), _first("ineligible", "1.1", "2026-10-01", _counted("2026-09-01", "2026-10-01"))),
    (None, _first("unknown", "", None, NO_DAY)),
]


@pytest.mark.parametrize(("delivered_on", "stored"), STORED, ids=["eligible", "ineligible", "unknown"])
def test_the_first_evaluator_answers_what_it_always_did(
    delivered_on: date | None, stored: Mapping[str, object]
) -> None:
    facts = replace(MIXER, delivered_on=delivered_on)
    assert VERDICT.dump_python(EVALUATORS[1](THIRTY, SAYS, facts), mode="json") == stored


@given(facts, st.integers(0, 400))
def test_waiting_never_makes_it_eligible(facts: Facts, more: int) -> None:
    now = evaluate(THIRTY, SAYS, facts).outcome
    later = evaluate(THIRTY, SAYS, replace(facts, on=facts.on + timedelta(days=more))).outcome
    assert not (now is Outcome.INELIGIBLE and later is Outcome.ELIGIBLE)


@given(facts)
def test_without_the_further_rules_both_evaluators_say_the_same(facts: Facts) -> None:
    old, new = (EVALUATORS[version](THIRTY, SAYS, facts) for version in (1, 2))
    assert replace(old, evaluator_version=2) == new


@given(facts)
def test_eligible_means_that_every_rule_holds(facts: Facts) -> None:
    verdict = evaluate(THIRTY, SAYS, facts)
    held = {step.outcome for step in verdict.trace}
    assert (verdict.outcome is Outcome.ELIGIBLE) == (held == {"eligible"})
    assert len(verdict.trace) == 3


def test_the_published_policies_have_words_for_every_clause() -> None:
    assert all(terms.clauses() <= WORDS.keys() for _, terms in VERSIONS)
    assert REASONS.keys() == set(Reason)


def test_what_the_demonstration_sells_as_it_stands_is_in_its_catalogue() -> None:
    assert set(FINAL_SALE) <= {model for _, _, model, *_ in PRODUCTS}


def test_customers_never_read_what_only_staff_call_a_status() -> None:
    ours = {state.label for state in RETURN.states if state.customer_label is None}
    read = {customers_word(state.name) for state in RETURN.states}
    assert ours == {"Use decided"}
    assert not read & {"", *ours}
