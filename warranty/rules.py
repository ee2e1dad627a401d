"""What the terms say of a fault. Pure: facts in, verdict out, and the same facts give the same verdict for ever.

A verdict is stored with its facts, its policy version and `EVALUATOR_VERSION`. When a rule here changes, the function
of the old version stays in `EVALUATORS` and a new one is added beside it.
"""

import calendar
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import Field

from aftersales.i18n import N_

EVALUATOR_VERSION = 1
Months = Annotated[int, Field(ge=0, le=600)]


class CostClass(StrEnum):
    """What a repair costs, by who is paid for what."""

    PARTS = "parts"
    LABOUR = "labour"
    VISIT = "visit"


class Finding(StrEnum):
    """The answer for one cost class; the values are those of the coverage port."""

    COVERED = "covered"
    NOT_COVERED = "not_covered"
    UNKNOWN = "unknown"


class ProofKind(StrEnum):
    """What shows when the unit came into use, best first: the ladder is the order of declaration."""

    INVOICE = "invoice"
    REGISTRATION = "registration"
    INSTALLATION_JOB = "installation_job"
    DEALER_RECORD = "dealer_record"
    MANUFACTURE = "manufacture"


class Basis(StrEnum):
    """The day from which months are counted."""

    INSTALLATION = "installation"
    DELIVERY = "delivery"
    PURCHASE = "purchase"


class Cause(StrEnum):
    """How far the cause is established."""

    UNPROVEN = "unproven"
    CONFIRMED = "confirmed"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A clause that takes causes out of the cover. `causes` are codes or patterns such as ``RD-*``."""

    clause: str
    causes: tuple[str, ...]
    classes: tuple[CostClass, ...] = tuple(CostClass)

    def names(self, cause: str) -> bool:
        """Whether the clause is about this cause code."""
        return any(fnmatchcase(cause, pattern) for pattern in self.causes)


@dataclass(frozen=True, slots=True)
class Terms:
    """What one policy version grants. A class that `months` does not name is not covered."""

    months: Mapping[CostClass, Months]
    cover_clause: str
    start: tuple[Basis, ...]
    start_clause: str
    proof_clause: str
    exclusions: tuple[Exclusion, ...] = ()
    presumption_months: Months = 6
    presumption_clause: str = ""
    manufacture_grace_months: Months = 3

    def clauses(self) -> set[str]:
        """Every clause that is named and must therefore have words."""
        own = {self.cover_clause, self.start_clause, self.proof_clause, self.presumption_clause} - {""}
        return own | {exclusion.clause for exclusion in self.exclusions}

    def exclusion(self, cause: str | None) -> Exclusion | None:
        """The first clause that excludes the cause."""
        return next((e for e in self.exclusions if cause and e.names(cause)), None)


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence of the day the unit was sold or came into use."""

    kind: ProofKind
    on: date
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a verdict rests on besides the policy version."""

    on: date
    delivered_on: date | None = None
    installed_on: date | None = None
    purchased_on: date | None = None
    proofs: tuple[Proof, ...] = ()
    fault: str | None = None
    cause: str | None = None
    established: Cause = Cause.UNPROVEN


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the reasoning: which rule, with which facts (codes, days as ISO dates), to what end.

    `words` is a message id with ``%(name)s`` for facts; where a clause is named they are the clause's own words.
    """

    rule: str
    outcome: str
    words: str
    clause: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer per cost class, how long each lasts, the deciding clause and the way to it.

    `suspected` is the clause that would exclude the cause if two people confirmed it.
    """

    findings: Mapping[CostClass, Finding]
    lasts: Mapping[CostClass, date]
    clause: str
    proof: Proof | None
    trace: tuple[Step, ...]
    suspected: str = ""
    evaluator_version: int = EVALUATOR_VERSION

    @property
    def in_full(self) -> bool:
        """Every cost class is covered."""
        return set(self.findings.values()) == {Finding.COVERED}

    @property
    def not_at_all(self) -> bool:
        """No cost class is covered or could be."""
        return set(self.findings.values()) == {Finding.NOT_COVERED}

    @property
    def in_part(self) -> bool:
        """Some are covered, the rest are not, and nothing is in question."""
        return set(self.findings.values()) == {Finding.COVERED, Finding.NOT_COVERED}

    @property
    def until(self) -> date | None:
        """The last day on which anything is covered."""
        return max(self.lasts.values(), default=None)


def best_proof(proofs: Sequence[Proof]) -> Proof | None:
    """The highest on the ladder; of several of a kind the earliest."""
    order = list(ProofKind)
    return min(proofs, key=lambda proof: (order.index(proof.kind), proof.on, proof.reference), default=None)


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


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


def evaluate(terms: Terms, words: Mapping[str, str], facts: Facts) -> Verdict:
    """The verdict of the present evaluator."""
    return EVALUATORS[EVALUATOR_VERSION](terms, words, facts)


def _evaluate_1(terms: Terms, words: Mapping[str, str], facts: Facts) -> Verdict:
    proof = best_proof(facts.proofs)
    if proof is None:
        unknown = dict.fromkeys(CostClass, Finding.UNKNOWN)
        step = Step("proof.none", "unknown", words.get(terms.proof_clause, ""), terms.proof_clause)
        return Verdict(unknown, {}, "", None, (step,))
    basis, start = start_of(terms, facts, proof)
    lasts = {c: add_months(start, terms.months.get(c, 0)) - timedelta(days=1) for c in CostClass}
    findings = {c: Finding.COVERED if facts.on <= lasts[c] else Finding.NOT_COVERED for c in CostClass}
    trace = [_proof_step(terms, words, proof), _start_step(terms, words, basis, start)]
    trace += [_term_step(terms, c, lasts[c], findings[c]) for c in CostClass]
    exclusion = terms.exclusion(facts.cause)
    touched = [c for c in exclusion.classes if findings[c] is Finding.COVERED] if exclusion else []
    if exclusion is None or not touched:
        trace.append(_whole_step(terms, words, facts, findings))
        return Verdict(findings, lasts, terms.cover_clause, proof, tuple(trace))
    outcome, steps = _judge(terms, words, facts, exclusion, start)
    findings |= dict.fromkeys(touched, outcome)
    decisive = exclusion.clause if outcome is Finding.NOT_COVERED else terms.cover_clause
    suspected = exclusion.clause if facts.established is Cause.UNPROVEN else ""
    return Verdict(findings, lasts, decisive, proof, (*trace, *steps), suspected)


EVALUATORS: Mapping[int, Callable[[Terms, Mapping[str, str], Facts], Verdict]] = {1: _evaluate_1}
"""Every evaluator that a stored verdict may name."""


def _proof_step(terms: Terms, words: Mapping[str, str], proof: Proof) -> Step:
    used = {"kind": proof.kind.value, "date": proof.on.isoformat(), "reference": proof.reference}
    return Step("proof", "found", words.get(terms.proof_clause, ""), terms.proof_clause, used)


def _start_step(terms: Terms, words: Mapping[str, str], basis: str, start: date) -> Step:
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


def _judge(
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


@dataclass(frozen=True, slots=True)
class Denial:
    """What somebody is about to be told no on."""

    cause: str | None
    clause: str | None
    words: str
    photos: int
    proposed_by: str | None
    confirmed_by: str | None = None


def objections(denial: Denial, terms: Terms) -> tuple[str, ...]:
    """Why this denial may not stand: error codes, the first to be put right first. Empty: it may."""
    found: list[str] = []
    if not denial.cause:
        found.append("warranty.no_cause")
    if not denial.clause:
        found.append("warranty.no_clause")
    elif (exclusion := terms.exclusion(denial.cause)) is None or exclusion.clause != denial.clause:
        found.append("warranty.clause_does_not_apply")
    if not denial.words.strip():
        found.append("warranty.no_words")
    if denial.photos < 1:
        found.append("warranty.no_photos")
    if denial.confirmed_by is not None and denial.confirmed_by == denial.proposed_by:
        found.append("warranty.same_person")
    return tuple(found)
