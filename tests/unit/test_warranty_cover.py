"""A1, C2: evaluator 2: percentages, limits, components, plans, accidents, and what repairs and replacements leave."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warranty.rules import (
    EVALUATORS,
    WORK,
    Aftercare,
    Basis,
    Cause,
    Choice,
    Component,
    CostClass,
    Done,
    Exclusion,
    Facts,
    Finding,
    Plan,
    Proof,
    ProofKind,
    Renewal,
    Service,
    Share,
    Terms,
    Verdict2,
    start_of,
)
from warranty.rules.second import evaluate_2
from warranty.service.entitlement import FACTS, TERMS, VERDICTS, stored

PARTS, LABOUR, VISIT, CONSUMABLES, ACCIDENT = CostClass
BOUGHT = date(2024, 3, 18)
INVOICE = Proof(ProofKind.INVOICE, BOUGHT, "GO/2403/00042")
STORY = Facts(on=date(2026, 11, 20), purchased_on=BOUGHT, manufactured_on=date(2023, 12, 1), proofs=(INVOICE,))
RODENTS = Exclusion("4.2", ("RD-*",))
WATER = Exclusion("4.1", ("LQ", "FA-*"))
COMPRESSOR = Component("compressor", ("CO-*", "31-*"), {PARTS: 120}, "1.3")
TERMS_NOW = Terms(
    months={PARTS: 24, LABOUR: 12, VISIT: 12, CONSUMABLES: 3},
    cover_clause="1.1",
    start=(Basis.INSTALLATION, Basis.DELIVERY, Basis.PURCHASE),
    start_clause="2.1",
    proof_clause="3.1",
    exclusions=(WATER, RODENTS),
    presumption_clause="3.2",
    components=(COMPRESSOR,),
    aftercare=Aftercare("5.1", repair_days=90),
)
PLAN_TERMS = replace(
    TERMS_NOW,
    months={PARTS: 12, LABOUR: 12, VISIT: 12, ACCIDENT: 12},
    start=(Basis.PLAN,),
    shares={PARTS: Share(80, 500_000), ACCIDENT: Share(50, 300_000)},
    share_clause="6.1",
    accidents=("LQ", "FA-*"),
    accident_clause="6.3",
    plan=Plan("6.2", waiting_days=15, window_days=730, max_claims=2, benefit_minor=1_000_000),
    transferable=False,
    transfer_clause="6.4",
)
PLANNED = replace(STORY, plan_from=date(2026, 3, 1))
SAYS: Mapping[str, str] = {c: f"Words of {c}." for c in sorted(PLAN_TERMS.clauses())}


def judged(terms: Terms, facts: Facts) -> Verdict2:
    return evaluate_2(terms, SAYS, facts)


def found(verdict: Verdict2) -> str:
    letters = {Finding.COVERED: "C", Finding.PARTLY: "P", Finding.NOT_COVERED: "N", Finding.UNKNOWN: "?"}
    return "".join(letters[verdict.findings[c]] for c in CostClass)


def rules(verdict: Verdict2) -> list[str]:
    return [step.rule for step in verdict.trace]


def test_the_compressor_outlives_the_rest() -> None:
    assert found(judged(TERMS_NOW, STORY)) == "NNNNN"
    verdict = judged(TERMS_NOW, replace(STORY, fault="31-A"))
    assert (found(verdict), verdict.component, verdict.until) == ("CNNNN", "compressor", date(2034, 3, 17))
    assert [step.clause for step in verdict.trace if step.rule == "component"] == ["1.3"]
    assert found(judged(TERMS_NOW, replace(STORY, cause="CO-2"))) == "CNNNN"


def test_consumables_have_months_of_their_own() -> None:
    assert found(judged(TERMS_NOW, replace(STORY, on=BOUGHT + timedelta(80)))) == "CCCCN"
    assert found(judged(TERMS_NOW, replace(STORY, on=BOUGHT + timedelta(100)))) == "CCCNN"


def test_a_percentage_and_a_limit_make_it_partly() -> None:
    verdict = judged(PLAN_TERMS, replace(PLANNED, spent={PARTS: 420_000}))
    assert found(verdict) == "PPPNP"
    assert (verdict.percent[PARTS], verdict.percent[LABOUR]) == (80, 100)
    assert (verdict.left[PARTS], verdict.left[LABOUR], verdict.benefit_left) == (80_000, 580_000, 580_000)
    assert verdict.in_part
    assert [(s.facts["cost"], s.facts["percent"], s.facts["amount"]) for s in verdict.trace if s.clause == "6.1"] == [
        ("parts", "80", "80000"),
        ("labour", "100", "580000"),
        ("visit", "100", "580000"),
    ]


def test_a_limit_that_is_used_up_covers_nothing_more_of_its_class() -> None:
    verdict = judged(PLAN_TERMS, replace(PLANNED, spent={PARTS: 500_000}))
    assert (found(verdict)[0], verdict.left[PARTS]) == ("N", 0)
    assert "share.parts" in rules(verdict)


@pytest.mark.parametrize(
    ("changes", "rule", "facts"),
    [
        ({"on": date(2026, 3, 15)}, "plan.waiting", {"date": "2026-03-16"}),
        ({"plan_from": date(2026, 3, 19)}, "plan.window", {"date": "2026-03-18"}),
        ({"claims_made": 2}, "plan.claims", {"count": "2"}),
        ({"spent": {PARTS: 500_000, LABOUR: 500_000}}, "plan.benefit", {"amount": "1000000", "currency": "INR"}),
        ({"passed_on": date(2026, 6, 1)}, "transfer", {"date": "2026-06-01"}),
    ],
)
def test_why_a_plan_covers_nothing(changes: dict[str, object], rule: str, facts: dict[str, str]) -> None:
    verdict = judged(PLAN_TERMS, replace(PLANNED, **changes))  # type: ignore[arg-type]
    assert verdict.not_at_all
    step = next(step for step in verdict.trace if step.rule == rule)
    assert (dict(step.facts), step.outcome, verdict.clause) == (facts, "not_covered", step.clause)


def test_a_plan_counts_down() -> None:
    verdict = judged(PLAN_TERMS, replace(PLANNED, claims_made=1))
    assert verdict.claims_left == 1
    assert judged(TERMS_NOW, STORY).claims_left is None


@pytest.mark.parametrize("established", [Cause.UNPROVEN, Cause.CONFIRMED])
def test_a_cover_of_accidents_gives_back_what_the_clause_takes(established: Cause) -> None:
    late = replace(PLANNED, cause="FA-1", established=established)
    verdict = judged(PLAN_TERMS, late)
    assert found(verdict) == "PPPNP"
    assert (verdict.percent[PARTS], verdict.left[PARTS], verdict.suspected) == (50, 300_000, "")
    assert verdict.clause == "6.3"
    rats = judged(PLAN_TERMS, replace(late, cause="RD-1", established=Cause.CONFIRMED))
    assert found(rats) == "NNNNP"
    assert rats.clause == "4.2"


@pytest.mark.parametrize(
    ("choice", "basis", "day"),
    [
        (Choice.FIRST, "purchase", BOUGHT),
        (Choice.EARLIEST, "manufacture", date(2023, 12, 1)),
        (Choice.LATEST, "installation", date(2024, 4, 2)),
    ],
)
def test_the_first_the_earlier_or_the_later_day_counts(choice: Choice, basis: str, day: date) -> None:
    terms = replace(TERMS_NOW, start=(Basis.PURCHASE, Basis.MANUFACTURE, Basis.INSTALLATION), choice=choice)
    facts = replace(STORY, installed_on=date(2024, 4, 2))
    assert start_of(terms, facts, INVOICE) == (basis, day)


def test_the_repair_has_a_warranty_of_its_own() -> None:
    mended = Service(date(2026, 9, 1), fault="22-B")
    facts = replace(STORY, fault="22-B", services=(mended,))
    assert found(judged(TERMS_NOW, facts)) == "CCCNN"
    assert "after.repair" in rules(judged(TERMS_NOW, facts))
    assert found(judged(TERMS_NOW, replace(facts, on=date(2026, 11, 30)))) == "CCCNN"
    assert found(judged(TERMS_NOW, replace(facts, on=date(2026, 12, 1)))) == "NNNNN"
    assert found(judged(TERMS_NOW, replace(facts, fault="11-A"))) == "NNNNN"


def test_remaining_or_anew_by_policy_and_component() -> None:
    mended = Service(date(2025, 3, 18), fault="31-A")
    facts = replace(STORY, fault="31-A", services=(mended,))
    remaining = judged(TERMS_NOW, facts)
    anew = replace(COMPRESSOR, after_repair=Renewal.RESET)
    reset = judged(replace(TERMS_NOW, components=(anew,)), facts)
    assert (remaining.lasts[PARTS], reset.lasts[PARTS]) == (date(2034, 3, 17), date(2035, 3, 17))
    swapped = replace(STORY, services=(Service(date(2026, 2, 1), Done.REPLACEMENT),))
    care = Aftercare("5.1", after_replacement=Renewal.RESET)
    assert judged(TERMS_NOW, swapped).lasts[PARTS] == date(2026, 3, 17)
    assert judged(replace(TERMS_NOW, aftercare=care), swapped).lasts[PARTS] == date(2028, 1, 31)
    assert judged(replace(TERMS_NOW, aftercare=None), swapped).lasts == judged(TERMS_NOW, STORY).lasts


def test_a_repair_is_warranted_for_the_same_cause_too() -> None:
    mended = Service(date(2026, 9, 1), fault="22-A", cause="PW-1")
    again = judged(TERMS_NOW, replace(STORY, fault="22-B", cause="PW-1", services=(mended,)))
    other = judged(TERMS_NOW, replace(STORY, fault="22-B", cause="PW-2", services=(mended,)))
    assert again.lasts[LABOUR] == date(2026, 9, 1) + timedelta(days=90)
    assert other.lasts[LABOUR] == date(2025, 3, 17)


def test_without_any_proof_the_first_evaluator_says_that_it_cannot_know() -> None:
    verdict = EVALUATORS[1](TERMS_NOW, SAYS, replace(STORY, proofs=()))
    assert set(verdict.findings.values()) == {Finding.UNKNOWN}
    assert [step.rule for step in verdict.trace] == ["proof.none"]


def test_where_no_day_of_the_terms_is_known_the_proof_says_from_when() -> None:
    terms = replace(TERMS_NOW, start=(Basis.INSTALLATION,), manufacture_grace_months=3)
    assert start_of(terms, STORY, INVOICE) == ("invoice", BOUGHT)
    made = Proof(ProofKind.MANUFACTURE, date(2023, 12, 1), "by its number")
    assert start_of(terms, STORY, made) == ("manufacture", date(2024, 3, 1))


def test_what_the_product_before_had_is_never_lost() -> None:
    verdict = judged(TERMS_NOW, replace(STORY, lasted={LABOUR: date(2027, 1, 1)}))
    assert (found(verdict), verdict.lasts[LABOUR]) == ("NCNNN", date(2027, 1, 1))
    assert "carried" in rules(verdict)


days = st.dates(date(2018, 1, 1), date(2032, 12, 31))
minor = st.integers(0, 10**7)
codes = st.none() | st.sampled_from(["RD-2", "LQ", "FA-1", "CO-1", "31-A", "22-B"])
services = st.builds(Service, days, st.sampled_from(list(Done)), codes, codes)
classes = st.sampled_from(list(CostClass))
facts = st.builds(
    Facts,
    on=days,
    installed_on=st.none() | days,
    purchased_on=st.none() | days,
    manufactured_on=st.none() | days,
    proofs=st.lists(st.builds(Proof, st.sampled_from(list(ProofKind)), days), max_size=3).map(tuple),
    fault=codes,
    cause=codes,
    established=st.sampled_from(list(Cause)),
    plan_from=st.none() | days,
    passed_on=st.none() | days,
    services=st.lists(services, max_size=3).map(tuple),
    lasted=st.dictionaries(classes, days, max_size=2),
    spent=st.dictionaries(classes, minor, max_size=3),
    claims_made=st.integers(0, 4),
)
months = st.dictionaries(classes, st.integers(0, 120))
renewals = st.sampled_from(list(Renewal))
terms = st.builds(
    Terms,
    months=months,
    cover_clause=st.just("1.1"),
    start=st.lists(st.sampled_from(list(Basis)), max_size=4, unique=True).map(tuple),
    start_clause=st.just("2.1"),
    proof_clause=st.just("3.1"),
    exclusions=st.lists(st.sampled_from([RODENTS, WATER]), max_size=2, unique=True).map(tuple),
    presumption_months=st.integers(0, 12),
    choice=st.sampled_from(list(Choice)),
    shares=st.dictionaries(classes, st.builds(Share, st.integers(1, 100), st.none() | minor), max_size=3),
    components=st.lists(st.builds(replace, st.just(COMPRESSOR), after_repair=renewals), max_size=1).map(tuple),
    accidents=st.sampled_from([(), ("LQ", "FA-*")]),
    plan=st.none()
    | st.builds(
        Plan,
        st.just("6.2"),
        st.integers(0, 60),
        st.none() | st.integers(0, 900),
        st.none() | st.integers(0, 3),
        st.none() | minor,
    ),
    aftercare=st.none()
    | st.builds(
        Aftercare,
        st.just("5.1"),
        repair_days=st.integers(0, 365),
        after_repair=renewals,
        after_replacement=renewals,
    ),
    transferable=st.booleans(),
)


@given(terms, facts)
def test_every_verdict_replays_from_what_is_stored(terms: Terms, facts: Facts) -> None:
    verdict = judged(terms, facts)
    kept = json.loads(json.dumps(stored(verdict)))
    again = EVALUATORS[2](
        TERMS.validate_python(json.loads(json.dumps(TERMS.dump_python(terms, mode="json")))),
        SAYS,
        FACTS.validate_python(json.loads(json.dumps(FACTS.dump_python(facts, mode="json")))),
    )
    assert stored(again) == kept
    assert VERDICTS[2].validate_python(kept) == verdict


@given(terms, facts, services)
def test_no_end_is_ever_earlier_after_a_repair_or_replacement(terms: Terms, facts: Facts, service: Service) -> None:
    before = judged(terms, facts).lasts
    after = judged(terms, replace(facts, services=(*facts.services, service))).lasts
    assert all(after[cost] >= day for cost, day in before.items())


@given(terms, facts, st.dictionaries(classes, days))
def test_what_was_promised_before_is_kept(terms: Terms, facts: Facts, lasted: dict[CostClass, date]) -> None:
    verdict = judged(terms, replace(facts, lasted=lasted))
    if verdict.proof is not None:
        assert all(verdict.lasts[cost] >= day for cost, day in lasted.items())


@given(terms, facts)
def test_the_answer_fits_together(terms: Terms, facts: Facts) -> None:
    verdict = judged(terms, facts)
    assert verdict.findings.keys() == set(CostClass)
    assert [verdict.in_full, verdict.not_at_all, verdict.in_part].count(True) <= 1
    for cost, finding in verdict.findings.items():
        granted = finding in (Finding.COVERED, Finding.PARTLY)
        assert granted is (cost in verdict.percent)
        if finding is Finding.COVERED:
            assert (verdict.percent[cost], cost in verdict.left) == (100, False)
        if finding is Finding.PARTLY:
            assert verdict.percent[cost] < 100 or verdict.left[cost] > 0
    assert all(amount >= 0 for amount in verdict.left.values())


@given(terms, facts)
def test_nobody_is_denied_on_a_cause_that_two_have_not_confirmed(terms: Terms, facts: Facts) -> None:
    terms = replace(terms, components=(), aftercare=None)
    without = judged(terms, replace(facts, cause=None))
    unproven = judged(terms, replace(facts, established=Cause.UNPROVEN))
    for cost in WORK:
        if without.findings[cost] is not Finding.NOT_COVERED:
            # A cause may name the accident whose limit is nearly used up; it never takes the last of it away.
            assert unproven.findings[cost] is not Finding.NOT_COVERED


def test_evaluator_1_answers_as_it_always_did() -> None:
    """The answers of the release that had only this one, as their digest: 600 of them."""
    old = Terms(
        months={PARTS: 24, LABOUR: 12, VISIT: 6},
        cover_clause="1.1",
        start=(Basis.INSTALLATION, Basis.DELIVERY, Basis.PURCHASE),
        start_clause="2.1",
        proof_clause="3.1",
        exclusions=(Exclusion("4.2", ("RD-*", "IN-3"), WORK), Exclusion("4.5", ("WE-*",), (PARTS,))),
        presumption_clause="3.2",
    )
    words = {
        "1.1": "We repair.",
        "2.1": "From the day of installation.",
        "3.1": "Proofs.",
        "3.2": "Presumed.",
        "4.2": "Rats.",
    }
    sold, answers = date(2026, 1, 5), []
    ways = product(ProofKind, (10, 170, 300, 400, 800), (None, "RD-2", "WE-1", "MF"), Cause, (None, date(2026, 1, 20)))
    for kind, age, cause, established, installed in ways:
        facts = Facts(
            on=sold + timedelta(age),
            delivered_on=date(2026, 1, 7),
            installed_on=installed,
            purchased_on=sold,
            proofs=(Proof(kind, sold, "A1"),),
            fault="22-B",
            cause=cause,
            established=established,
        )
        answers.append(stored(EVALUATORS[1](old, words, facts)))
    digest = hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()
    assert digest == "43c154773f91696d12d1ab483c3afa9718d2546ec7efa249a81a55e80bb80901"
