"""A8, C2: entitlement from facts: the proof ladder, the months, the exclusions, the first six months, the trace."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warranty.rules import (
    EVALUATOR_VERSION,
    EVALUATORS,
    WORK,
    Basis,
    Cause,
    CostClass,
    Denial,
    Exclusion,
    Facts,
    Finding,
    Proof,
    ProofKind,
    Terms,
    Verdict,
    add_months,
    best_proof,
    evaluate,
    objections,
    start_of,
)
from warranty.service.entitlement import FACTS, TERMS, VERDICTS, stored
from warranty.terms import VERSIONS, WORDS

RODENTS = Exclusion("4.2", ("RD-*", "IN-3"))
WEAR = Exclusion("4.5", ("WE-*",), (CostClass.PARTS,))
ALL = (Basis.INSTALLATION, Basis.DELIVERY, Basis.PURCHASE)
TWO_YEARS = Terms(
    months={CostClass.PARTS: 24, CostClass.LABOUR: 12, CostClass.VISIT: 6},
    cover_clause="1.1",
    start=ALL,
    start_clause="2.1",
    proof_clause="3.1",
    exclusions=(RODENTS, WEAR),
    presumption_clause="3.2",
)
SAYS = {
    "1.1": "We repair.",
    "2.1": "From the day of installation.",
    "3.1": "Proofs.",
    "3.2": "Presumed.",
    "4.2": "Rats.",
}
BOUGHT = date(2026, 3, 18)
INVOICE = Proof(ProofKind.INVOICE, BOUGHT, "GO/2603/00042")
STORY = Facts(on=date(2026, 11, 20), purchased_on=BOUGHT, proofs=(INVOICE,))

days = st.dates(date(2015, 1, 1), date(2035, 12, 31))
kinds = st.sampled_from(list(ProofKind))
proofs = st.builds(Proof, kinds, days, st.text("ABC0123", max_size=5))
causes = st.none() | st.sampled_from(["RD-2", "IN-3", "WE-1", "MF", "LQ"])
facts = st.builds(
    Facts,
    on=days,
    delivered_on=st.none() | days,
    installed_on=st.none() | days,
    purchased_on=st.none() | days,
    proofs=st.lists(proofs, max_size=4).map(tuple),
    fault=st.none() | st.just("22-B"),
    cause=causes,
    established=st.sampled_from(list(Cause)),
)
months = st.integers(0, 120)
terms = st.builds(
    Terms,
    months=st.fixed_dictionaries({}, optional=dict.fromkeys(CostClass, months)),
    cover_clause=st.just("1.1"),
    start=st.permutations(ALL).map(tuple) | st.just(()),
    start_clause=st.just("2.1"),
    proof_clause=st.just("3.1"),
    exclusions=st.lists(st.sampled_from([RODENTS, WEAR]), max_size=2, unique=True).map(tuple),
    presumption_months=st.integers(0, 12),
    presumption_clause=st.just("3.2"),
)


def found(verdict: Verdict) -> str:
    return "".join({"covered": "C", "not_covered": "N", "unknown": "?"}[verdict.findings[c]] for c in WORK)


def rules(verdict: Verdict) -> list[tuple[str, str]]:
    return [(step.rule, step.outcome) for step in verdict.trace]


def test_eight_months_old_unregistered_with_its_invoice() -> None:
    verdict = evaluate(replace(TWO_YEARS, months=dict.fromkeys(WORK, 24)), SAYS, STORY)
    assert verdict.in_full
    assert verdict.proof == INVOICE
    assert verdict.until == date(2028, 3, 17)
    assert verdict.clause == "1.1"
    assert rules(verdict) == [
        ("proof", "found"),
        ("start", "found"),
        ("term.parts", "covered"),
        ("term.labour", "covered"),
        ("term.visit", "covered"),
        ("cover", "covered"),
    ]
    assert verdict.trace[0].facts == {"kind": "invoice", "date": "2026-03-18", "reference": "GO/2603/00042"}
    assert verdict.trace[-1].words == "We repair."


def test_each_cost_class_has_its_own_months() -> None:
    assert found(evaluate(TWO_YEARS, SAYS, STORY)) == "CCN"
    assert evaluate(TWO_YEARS, SAYS, STORY).in_part
    later = replace(STORY, on=date(2028, 3, 18))
    assert found(evaluate(TWO_YEARS, SAYS, later)) == "NNN"
    assert evaluate(TWO_YEARS, SAYS, later).not_at_all
    assert rules(evaluate(TWO_YEARS, SAYS, later))[-1] == ("cover", "not_covered")


def test_the_last_day_is_covered_and_the_next_is_not() -> None:
    on = add_months(BOUGHT, 12) - timedelta(days=1)
    assert found(evaluate(TWO_YEARS, SAYS, replace(STORY, on=on)))[1] == "C"
    assert found(evaluate(TWO_YEARS, SAYS, replace(STORY, on=on + timedelta(days=1))))[1] == "N"


@pytest.mark.parametrize(
    ("established", "answer", "last", "clause", "suspected"),
    [
        (Cause.UNPROVEN, "??N", ("cause.unproven", "unknown"), "1.1", "4.2"),
        (Cause.CONFIRMED, "NNN", ("exclusion", "not_covered"), "4.2", ""),
        (Cause.SET_ASIDE, "CCN", ("cause.set_aside", "covered"), "1.1", ""),
    ],
)
def test_gnawed_by_rodents(established: Cause, answer: str, last: tuple[str, str], clause: str, suspected: str) -> None:
    verdict = evaluate(TWO_YEARS, SAYS, replace(STORY, cause="RD-2", established=established))
    assert (found(verdict), rules(verdict)[-1]) == (answer, last)
    assert (verdict.clause, verdict.suspected) == (clause, suspected)


def test_the_customer_reads_the_clause_in_its_own_words() -> None:
    verdict = evaluate(TWO_YEARS, SAYS, replace(STORY, cause="RD-2", established=Cause.CONFIRMED))
    assert (verdict.trace[-1].clause, verdict.trace[-1].words) == ("4.2", "Rats.")


def test_in_the_first_six_months_an_unproven_cause_counts_as_covered() -> None:
    young = replace(STORY, on=date(2026, 9, 17), cause="RD-2")
    verdict = evaluate(TWO_YEARS, SAYS, young)
    assert found(verdict) == "CCC"
    assert rules(verdict)[-2:] == [("exclusion", "suspected"), ("cause.presumed", "covered")]
    assert verdict.suspected == "4.2"
    assert found(evaluate(TWO_YEARS, SAYS, replace(young, on=date(2026, 9, 18)))) == "??N"
    assert found(evaluate(TWO_YEARS, SAYS, replace(young, established=Cause.CONFIRMED))) == "NNN"


def test_a_clause_about_parts_leaves_the_labour() -> None:
    verdict = evaluate(TWO_YEARS, SAYS, replace(STORY, cause="WE-1", established=Cause.CONFIRMED))
    assert found(verdict) == "NCN"


def test_what_time_has_ended_needs_no_exclusion() -> None:
    verdict = evaluate(TWO_YEARS, SAYS, replace(STORY, on=date(2029, 1, 1), cause="RD-2", established=Cause.CONFIRMED))
    assert (found(verdict), verdict.clause, rules(verdict)[-1][0]) == ("NNN", "1.1", "cover")


def test_without_any_proof_nothing_is_denied() -> None:
    verdict = evaluate(TWO_YEARS, SAYS, replace(STORY, proofs=(), cause="RD-2", established=Cause.CONFIRMED))
    assert (found(verdict), rules(verdict), verdict.until) == ("???", [("proof.none", "unknown")], None)


def test_the_ladder_is_tried_in_order() -> None:
    ladder = [Proof(kind, date(2026, 1, 31 - n)) for n, kind in enumerate(ProofKind)]
    while ladder:
        assert best_proof(tuple(reversed(ladder))) == ladder[0]
        ladder.pop(0)
    assert best_proof(()) is None


def test_of_two_invoices_the_earlier_counts() -> None:
    later = Proof(ProofKind.INVOICE, date(2026, 4, 1))
    assert best_proof([later, INVOICE]) == INVOICE


@pytest.mark.parametrize(
    ("proof", "changes", "expected"),
    [
        (INVOICE, {"installed_on": date(2026, 3, 25), "delivered_on": date(2026, 3, 22)}, ("installation", (3, 25))),
        (INVOICE, {"delivered_on": date(2026, 3, 22)}, ("delivery", (3, 22))),
        (INVOICE, {}, ("purchase", (3, 18))),
        (INVOICE, {"installed_on": date(2026, 1, 1)}, ("installation", (3, 18))),
        (Proof(ProofKind.DEALER_RECORD, BOUGHT), {"purchased_on": None}, ("purchase", (3, 18))),
        (Proof(ProofKind.REGISTRATION, BOUGHT), {"purchased_on": None}, ("registration", (3, 18))),
        (Proof(ProofKind.MANUFACTURE, BOUGHT), {"purchased_on": None}, ("manufacture", (6, 18))),
        (Proof(ProofKind.MANUFACTURE, BOUGHT), {"purchased_on": date(2026, 5, 1)}, ("purchase", (5, 1))),
    ],
)
def test_the_day_that_months_are_counted_from(
    proof: Proof, changes: dict[str, date | None], expected: tuple[str, tuple[int, int]]
) -> None:
    basis, day = start_of(TWO_YEARS, replace(STORY, **changes), proof)  # type: ignore[arg-type]
    assert (basis, (day.month, day.day)) == expected


@pytest.mark.parametrize(
    ("day", "count", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 3, 18), 0, date(2026, 3, 18)),
    ],
)
def test_months_later(day: date, count: int, then: date) -> None:
    assert add_months(day, count) == then


@given(terms, facts)
def test_every_verdict_replays_from_what_is_stored(terms: Terms, facts: Facts) -> None:
    verdict = evaluate(terms, SAYS, facts)
    kept = stored(verdict)
    again = EVALUATORS[verdict.evaluator_version](
        TERMS.validate_python(TERMS.dump_python(terms, mode="json")),
        SAYS,
        FACTS.validate_python(FACTS.dump_python(facts, mode="json")),
    )
    assert stored(again) == kept
    assert VERDICTS[verdict.evaluator_version].validate_python(kept) == verdict


@given(terms, facts)
def test_every_answer_is_whole_and_says_why(terms: Terms, facts: Facts) -> None:
    verdict = evaluate(terms, SAYS, facts)
    assert verdict.findings.keys() == set(CostClass)
    assert verdict.trace
    assert verdict.evaluator_version == EVALUATOR_VERSION
    assert [verdict.in_full, verdict.not_at_all, verdict.in_part].count(True) <= 1


@given(terms, facts)
def test_nobody_is_denied_on_a_cause_that_two_have_not_confirmed(terms: Terms, facts: Facts) -> None:
    without = evaluate(terms, SAYS, replace(facts, cause=None))
    unproven = evaluate(terms, SAYS, replace(facts, established=Cause.UNPROVEN))
    for cost in CostClass:
        if without.findings[cost] is Finding.COVERED:
            assert unproven.findings[cost] is not Finding.NOT_COVERED


@given(terms, facts)
def test_a_cause_never_adds_cover_and_pardon_restores_it(terms: Terms, facts: Facts) -> None:
    without = evaluate(terms, SAYS, replace(facts, cause=None)).findings
    pardoned = evaluate(terms, SAYS, replace(facts, established=Cause.SET_ASIDE)).findings
    confirmed = evaluate(terms, SAYS, replace(facts, established=Cause.CONFIRMED)).findings
    assert pardoned == without
    assert all(confirmed[c] is without[c] or without[c] is Finding.COVERED for c in CostClass)


@given(terms, facts, proofs)
def test_registered_or_not_only_the_dates_count(terms: Terms, facts: Facts, proof: Proof) -> None:
    """Unregistered is never by itself uncovered: with any proof the answer is definite but for a suspected cause."""
    verdict = evaluate(terms, SAYS, replace(facts, proofs=(proof,), cause=None))
    assert Finding.UNKNOWN not in verdict.findings.values()


@given(terms, facts)
def test_cover_only_ends(terms: Terms, facts: Facts) -> None:
    today = evaluate(terms, SAYS, replace(facts, cause=None)).findings
    if facts.on < date(2035, 1, 1):
        later = evaluate(terms, SAYS, replace(facts, cause=None, on=facts.on + timedelta(days=200))).findings
        assert not any(today[c] is Finding.NOT_COVERED and later[c] is Finding.COVERED for c in CostClass)


@given(terms, facts, proofs)
def test_the_start_is_never_before_the_proof(terms: Terms, facts: Facts, proof: Proof) -> None:
    assert start_of(terms, facts, proof)[1] >= proof.on


DENIAL = Denial("RD-2", "4.2", "Rats gnawed the wires.", 2, "anil", "srinivas")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ()),
        ({"cause": None}, ("warranty.no_cause", "warranty.clause_does_not_apply")),
        ({"cause": "MF"}, ("warranty.clause_does_not_apply",)),
        ({"clause": None}, ("warranty.no_clause",)),
        ({"clause": ""}, ("warranty.no_clause",)),
        ({"clause": "4.5"}, ("warranty.clause_does_not_apply",)),
        ({"words": " "}, ("warranty.no_words",)),
        ({"photos": 0}, ("warranty.no_photos",)),
        ({"confirmed_by": "anil"}, ("warranty.same_person",)),
        ({"confirmed_by": None}, ()),
        (
            {"cause": None, "clause": None, "words": "", "photos": 0, "proposed_by": "anil", "confirmed_by": "anil"},
            (
                "warranty.no_cause",
                "warranty.no_clause",
                "warranty.no_words",
                "warranty.no_photos",
                "warranty.same_person",
            ),
        ),
    ],
)
def test_what_a_denial_must_have(changes: dict[str, object], expected: tuple[str, ...]) -> None:
    assert objections(replace(DENIAL, **changes), TWO_YEARS) == expected  # type: ignore[arg-type]


def test_the_published_terms_have_words_for_every_clause_and_grow_in_order() -> None:
    seen: dict[str, date] = {}
    for version in VERSIONS:
        assert version.terms.clauses() <= WORDS.keys()
        assert version.effective_from > seen.get(version.code, date.min)
        seen[version.code] = version.effective_from
    assert all(not set("<>&%{}") & set(words) for words in WORDS.values())


def test_the_presumption_needs_no_clause_of_its_own() -> None:
    assert replace(TWO_YEARS, presumption_clause="").clauses() == {"1.1", "2.1", "3.1", "4.2", "4.5"}
