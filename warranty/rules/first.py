"""Evaluator 1: months per cost class and exclusions. It stays as it is while a stored verdict names it. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta

from aftersales.i18n import N_
from warranty.rules.facts import Cause, Facts, Proof, ProofKind, add_months, best_proof
from warranty.rules.terms import WORK, Basis, CostClass, Exclusion, Terms
from warranty.rules.verdicts import Finding, Step, Verdict


def start_of(terms: Terms, facts: Facts, proof: Proof) -> tuple[str, date]:
    """From which day months are counted, and what that day is. Never before the proof's own day."""
    sold = proof.on if proof.kind in (ProofKind.INVOICE, ProofKind.DEALER_RECORD) else facts.purchased_on
    known = {Basis.INSTALLATION: facts.installed_on, Basis.DELIVERY: facts.delivered_on, Basis.PURCHASE: sold}
    for basis in terms.start:
        if (day := known[basis]) is not None:
            return basis.value, max(day, proof.on)
    if proof.kind is ProofKind.MANUFACTURE:
        return proof.kind.value, add_months(proof.on, terms.manufacture_grace_months)
    return proof.kind.value, proof.on


def evaluate_1(terms: Terms, words: Mapping[str, str], facts: Facts) -> Verdict:
    proof = best_proof(facts.proofs)
    if proof is None:
        unknown = dict.fromkeys(WORK, Finding.UNKNOWN)
        step = Step("proof.none", "unknown", words.get(terms.proof_clause, ""), terms.proof_clause)
        return Verdict(unknown, {}, "", None, (step,))
    basis, start = start_of(terms, facts, proof)
    lasts = {c: add_months(start, terms.months.get(c, 0)) - timedelta(days=1) for c in WORK}
    findings = {c: Finding.COVERED if facts.on <= lasts[c] else Finding.NOT_COVERED for c in WORK}
    trace = [proof_step(terms, words, proof), start_step(terms, words, basis, start)]
    trace += [_term_step(terms, c, lasts[c], findings[c]) for c in WORK]
    exclusion = terms.exclusion(facts.cause)
    touched = [c for c in exclusion.classes if findings.get(c) is Finding.COVERED] if exclusion else []
    if exclusion is None or not touched:
        trace.append(_whole_step(terms, words, facts, findings))
        return Verdict(findings, lasts, terms.cover_clause, proof, tuple(trace))
    outcome, steps = judge(terms, words, facts, exclusion, start)
    findings |= dict.fromkeys(touched, outcome)
    decisive = exclusion.clause if outcome is Finding.NOT_COVERED else terms.cover_clause
    suspected = exclusion.clause if facts.established is Cause.UNPROVEN else ""
    return Verdict(findings, lasts, decisive, proof, (*trace, *steps), suspected)


def proof_step(terms: Terms, words: Mapping[str, str], proof: Proof) -> Step:
    used = {"kind": proof.kind.value, "date": proof.on.isoformat(), "reference": proof.reference}
    return Step("proof", "found", words.get(terms.proof_clause, ""), terms.proof_clause, used)


def start_step(terms: Terms, words: Mapping[str, str], basis: str, start: date) -> Step:
    used = {"kind": basis, "date": start.isoformat()}
    return Step("start", "found", words.get(terms.start_clause, ""), terms.start_clause, used)


_TERM = {
    CostClass.PARTS: (N_("Parts are covered until %(date)s."), N_("The cover of parts ended on %(date)s.")),
    CostClass.LABOUR: (N_("Labour is covered until %(date)s."), N_("The cover of labour ended on %(date)s.")),
    CostClass.VISIT: (N_("Visits are covered until %(date)s."), N_("The cover of visits ended on %(date)s.")),
}


def _term_step(terms: Terms, cost: CostClass, last: date, finding: Finding) -> Step:
    used = {"months": str(terms.months.get(cost, 0)), "date": last.isoformat()}
    words = _TERM[cost][0 if finding is Finding.COVERED else 1]
    return Step(f"term.{cost}", finding.value, words, "", used)


def _whole_step(terms: Terms, words: Mapping[str, str], facts: Facts, findings: Mapping[CostClass, Finding]) -> Step:
    outcome = Finding.COVERED if Finding.COVERED in findings.values() else Finding.NOT_COVERED
    used = {"cause": facts.cause or ""}
    return Step("cover", outcome.value, words.get(terms.cover_clause, ""), terms.cover_clause, used)


def judge(
    terms: Terms, words: Mapping[str, str], facts: Facts, exclusion: Exclusion, start: date
) -> tuple[Finding, tuple[Step, ...]]:
    """What becomes of the classes that the clause would take out of the cover."""
    cause = {"cause": facts.cause or "", "established": facts.established.value}
    clause = words.get(exclusion.clause, "")
    if facts.established is Cause.CONFIRMED:
        return Finding.NOT_COVERED, (Step("exclusion", "not_covered", clause, exclusion.clause, cause),)
    if facts.established is Cause.SET_ASIDE:
        pardon = N_("We looked at the cause and do not hold it against you.")
        return Finding.COVERED, (Step("cause.set_aside", "covered", pardon, "", cause),)
    suspicion = Step("exclusion", "suspected", clause, exclusion.clause, cause)
    ends = add_months(start, terms.presumption_months)
    if facts.on < ends:
        used = cause | {"months": str(terms.presumption_months), "date": ends.isoformat()}
        presumed = words.get(terms.presumption_clause, "")
        return Finding.COVERED, (suspicion, Step("cause.presumed", "covered", presumed, terms.presumption_clause, used))
    waiting = N_("The cause must first be confirmed by two people, with photos.")
    return Finding.UNKNOWN, (suspicion, Step("cause.unproven", "unknown", waiting, "", cause))
