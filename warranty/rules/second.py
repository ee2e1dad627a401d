"""Evaluator 2: every class with its months, percentage and limit; components, plans, accidents, what a repair or a
replacement leaves behind. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from aftersales.i18n import N_
from warranty.rules import first
from warranty.rules.facts import Cause, Done, Facts, Proof, ProofKind, Service, add_months, best_proof
from warranty.rules.terms import BILLED, WORK, Aftercare, Basis, Choice, Component, CostClass, Renewal, Terms
from warranty.rules.verdicts import GRANTED, Finding, Step, Verdict2

_DAY = timedelta(days=1)
_TERM = {
    CostClass.PARTS: (N_("Parts are covered until %(date)s."), N_("The cover of parts ended on %(date)s.")),
    CostClass.LABOUR: (N_("Labour is covered until %(date)s."), N_("The cover of labour ended on %(date)s.")),
    CostClass.VISIT: (N_("Visits are covered until %(date)s."), N_("The cover of visits ended on %(date)s.")),
    CostClass.CONSUMABLES: (
        N_("Consumables are covered until %(date)s."),
        N_("The cover of consumables ended on %(date)s."),
    ),
    CostClass.ACCIDENT: (
        N_("Accidents are covered until %(date)s."),
        N_("The cover of accidents ended on %(date)s."),
    ),
}


def start_of(terms: Terms, facts: Facts, proof: Proof) -> tuple[str, date]:
    """From which day months are counted, and what that day is.

    Never before the proof's own day, unless the terms count from the day of manufacture.
    """
    sold = proof.on if proof.kind in (ProofKind.INVOICE, ProofKind.DEALER_RECORD) else facts.purchased_on
    known = {
        Basis.INSTALLATION: facts.installed_on,
        Basis.DELIVERY: facts.delivered_on,
        Basis.PURCHASE: sold,
        Basis.MANUFACTURE: facts.manufactured_on,
        Basis.PLAN: facts.plan_from,
    }
    days = [(basis, day) for basis in terms.start if (day := known[basis]) is not None]
    days = [(basis, day if basis is Basis.MANUFACTURE else max(day, proof.on)) for basis, day in days]
    if not days:
        return first.start_of(replace(terms, start=()), facts, proof)
    if terms.choice is Choice.FIRST:
        basis, day = days[0]
    else:
        choose = min if terms.choice is Choice.EARLIEST else max
        basis, day = choose(days, key=lambda one: one[1])
    return basis.value, day


@dataclass(frozen=True, slots=True)
class _Ruling:
    """What becomes of the classes in `touched` because of the cause; without any the cause changes nothing."""

    touched: tuple[CostClass, ...] = ()
    outcome: Finding = Finding.COVERED
    steps: tuple[Step, ...] = ()
    clause: str = ""
    suspected: str = ""
    accident: bool = False


def evaluate_2(terms: Terms, words: Mapping[str, str], facts: Facts) -> Verdict2:
    """The verdict of evaluator 2."""
    proof = best_proof(facts.proofs)
    if proof is None:
        unknown = dict.fromkeys(CostClass, Finding.UNKNOWN)
        step = Step("proof.none", "unknown", words.get(terms.proof_clause, ""), terms.proof_clause)
        return Verdict2(unknown, {}, "", None, (step,), evaluator_version=2, currency=terms.currency)
    basis, start = start_of(terms, facts, proof)
    component = terms.component(facts.fault, facts.cause)
    lasts, reasons = _ends(terms, words, facts, start, component)
    findings = {c: Finding.COVERED if facts.on <= lasts.get(c, date.min) else Finding.NOT_COVERED for c in CostClass}
    trace = [first.proof_step(terms, words, proof), first.start_step(terms, words, basis, start), *reasons]
    trace += [_term_step(terms, c, lasts[c], findings[c]) for c in CostClass if c in lasts]
    ended = _ended(terms, words, facts)
    if ended is not None:
        findings = dict.fromkeys(CostClass, Finding.NOT_COVERED)
        trace.append(ended)
    ruling = _ruling(terms, words, facts, start, findings)
    findings |= dict.fromkeys(ruling.touched, ruling.outcome)
    percent, left = _percent(terms, findings, ruling), _left(terms, facts, findings, ruling)
    findings = {c: _limited(findings[c], percent[c], left.get(c)) for c in CostClass}
    trace += [*ruling.steps, *_shares(terms, words, findings, percent, left)]
    if not ruling.steps and ended is None:
        trace.append(_whole(terms, words, facts, findings))
    plan = terms.plan
    return Verdict2(
        findings,
        lasts,
        ruling.clause or (ended.clause if ended is not None else terms.cover_clause),
        proof,
        tuple(trace),
        ruling.suspected,
        evaluator_version=2,
        percent={c: percent[c] for c in CostClass if findings[c] in GRANTED},
        left=left,
        claims_left=None if plan is None or plan.max_claims is None else max(0, plan.max_claims - facts.claims_made),
        benefit_left=None if plan is None or plan.benefit_minor is None else _benefit(plan.benefit_minor, facts),
        currency=terms.currency,
        component=component.name if component else "",
    )


def _ends(
    terms: Terms, words: Mapping[str, str], facts: Facts, start: date, component: Component | None
) -> tuple[dict[CostClass, date], list[Step]]:
    """The last day of each class that has a cover, and what made it later than the terms alone.

    Everything here can only put a day off, never bring it forward.
    """
    lasts = {c: add_months(start, months) - _DAY for c, months in terms.months.items()}
    steps: list[Step] = []
    own = {c: add_months(start, months) - _DAY for c, months in component.months.items()} if component else {}
    if component is not None and _later(lasts, own):
        steps.append(_clause_step("component", words, component.clause, {"component": component.name}))
    for service in sorted(facts.services, key=lambda one: (one.on, one.what, one.fault or "", one.cause or "")):
        care = terms.aftercare
        if service.on > facts.on or care is None:
            continue
        if _later(lasts, _renewed(terms, care, facts, service, component)):
            used = {"kind": service.what.value, "date": service.on.isoformat()}
            steps.append(_clause_step(f"after.{service.what}", words, care.clause, used))
    if _later(lasts, dict(facts.lasted)):
        held = max(facts.lasted.values()).isoformat()
        kept = N_("The cover lasts at least as long as that of the product before this one.")
        steps.append(Step("carried", "found", kept, "", {"kind": "carried", "date": held}))
    return lasts, steps


def _later(lasts: dict[CostClass, date], own: Mapping[CostClass, date]) -> bool:
    """Put off what ends later by `own`; whether anything did."""
    moved = {c: day for c, day in own.items() if day > lasts.get(c, date.min)}
    lasts |= moved
    return bool(moved)


def _renewed(
    terms: Terms, care: Aftercare, facts: Facts, service: Service, component: Component | None
) -> dict[CostClass, date]:
    """The ends that follow from one repair or replacement."""
    if service.what is Done.REPLACEMENT:
        if care.after_replacement is Renewal.REMAINING:
            return {}
        return {c: add_months(service.on, months) - _DAY for c, months in terms.months.items()}
    if not _same(terms, facts, service, component):
        return {}
    found = dict.fromkeys(care.repair_classes, service.on + timedelta(days=care.repair_days))
    rule = component.after_repair if component is not None and component.after_repair else care.after_repair
    if rule is Renewal.RESET:
        months = {**terms.months, **(component.months if component else {})}
        _later(found, {c: add_months(service.on, count) - _DAY for c, count in months.items()})
    return found


def _same(terms: Terms, facts: Facts, service: Service, component: Component | None) -> bool:
    """Whether the repair was of the fault that is asked about, or of the same component."""
    if facts.fault and facts.fault == service.fault:
        return True
    if facts.cause and facts.cause == service.cause:
        return True
    return component is not None and terms.component(service.fault, service.cause) == component


def _ended(terms: Terms, words: Mapping[str, str], facts: Facts) -> Step | None:
    """Why nothing is covered although the months are not over; None if they alone count."""
    if not terms.transferable and facts.passed_on is not None and facts.passed_on <= facts.on:
        clause = words.get(terms.transfer_clause, "")
        return Step("transfer", "not_covered", clause, terms.transfer_clause, {"date": facts.passed_on.isoformat()})
    plan = terms.plan
    if plan is None:
        return None
    bought, sold = facts.plan_from, facts.purchased_on
    if bought is not None and sold is not None and plan.window_days is not None:
        end = sold + timedelta(days=plan.window_days)
        if bought > end:
            late = N_("The plan could be bought until %(date)s; it was bought later.")
            return Step("plan.window", "not_covered", late, plan.clause, {"date": end.isoformat()})
    if bought is not None and facts.on < bought + timedelta(days=plan.waiting_days):
        begins = (bought + timedelta(days=plan.waiting_days)).isoformat()
        early = N_("The plan begins to cover repairs on %(date)s.")
        return Step("plan.waiting", "not_covered", early, plan.clause, {"date": begins})
    if plan.max_claims is not None and facts.claims_made >= plan.max_claims:
        used = N_("All repairs that the plan covers have been used: %(count)s.")
        return Step("plan.claims", "not_covered", used, plan.clause, {"count": str(plan.max_claims)})
    if plan.benefit_minor is not None and _benefit(plan.benefit_minor, facts) == 0:
        paid = {"amount": str(plan.benefit_minor), "currency": terms.currency}
        return Step("plan.benefit", "not_covered", N_("The plan has paid all that it pays."), plan.clause, paid)
    return None


def _benefit(benefit: int, facts: Facts) -> int:
    return max(0, benefit - sum(facts.spent.get(cost, 0) for cost in BILLED))


def _ruling(
    terms: Terms, words: Mapping[str, str], facts: Facts, start: date, findings: Mapping[CostClass, Finding]
) -> _Ruling:
    """What the clause that excludes the cause takes out of the cover, unless a cover of accidents gives it back."""
    exclusion = terms.exclusion(facts.cause)
    touched = tuple(c for c in exclusion.classes if findings[c] is Finding.COVERED) if exclusion else ()
    if exclusion is None or not touched:
        return _Ruling()
    outcome, steps = first.judge(terms, words, facts, exclusion, start)
    suspected = exclusion.clause if facts.established is Cause.UNPROVEN else ""
    if outcome is Finding.COVERED:
        return _Ruling(touched, outcome, steps, terms.cover_clause, suspected)
    accident = findings[CostClass.ACCIDENT] is Finding.COVERED and terms.is_accident(facts.cause)
    if accident and _for_accidents(terms, facts) != 0:
        step = _clause_step("accident", words, terms.accident_clause, {"cause": facts.cause or ""})
        return _Ruling(touched, Finding.COVERED, (steps[0], step), terms.accident_clause, accident=True)
    clause = exclusion.clause if outcome is Finding.NOT_COVERED else terms.cover_clause
    return _Ruling(touched, outcome, steps, clause, suspected)


def _for_accidents(terms: Terms, facts: Facts) -> int | None:
    """What is left for accidents; None without a limit."""
    limit = terms.share(CostClass.ACCIDENT).limit_minor
    return None if limit is None else max(0, limit - facts.spent.get(CostClass.ACCIDENT, 0))


def _percent(terms: Terms, findings: Mapping[CostClass, Finding], ruling: _Ruling) -> dict[CostClass, int]:
    """How much of each class is paid; an accident is paid as its own class and the class itself allow."""
    found = {c: terms.share(c).percent if findings[c] is Finding.COVERED else 0 for c in CostClass}
    if ruling.accident:
        found |= {c: min(found[c], terms.share(CostClass.ACCIDENT).percent) for c in ruling.touched}
    return found


def _left(terms: Terms, facts: Facts, findings: Mapping[CostClass, Finding], ruling: _Ruling) -> dict[CostClass, int]:
    """What each limited class still pays: its own limit, that of accidents, and a cap over all of them."""
    whole = terms.plan.benefit_minor if terms.plan is not None else None
    accidents = _for_accidents(terms, facts)
    found: dict[CostClass, int] = {}
    for cost in (c for c in CostClass if findings[c] in GRANTED):
        own = terms.share(cost).limit_minor
        caps = [] if own is None else [own - facts.spent.get(cost, 0)]
        caps += [] if whole is None else [_benefit(whole, facts)]
        if ruling.accident and accidents is not None and cost in ruling.touched:
            caps.append(accidents)
        if caps:
            found[cost] = max(0, min(caps))
    return found


def _limited(finding: Finding, percent: int, left: int | None) -> Finding:
    if finding not in GRANTED:
        return finding
    if left == 0:
        return Finding.NOT_COVERED
    return Finding.PARTLY if percent < 100 or left is not None else Finding.COVERED


def _term_step(terms: Terms, cost: CostClass, last: date, finding: Finding) -> Step:
    used = {"months": str(terms.months.get(cost, 0)), "date": last.isoformat()}
    clause = terms.consumables_clause if cost is CostClass.CONSUMABLES else ""
    return Step(f"term.{cost}", finding.value, _TERM[cost][0 if finding is Finding.COVERED else 1], clause, used)


def _clause_step(rule: str, words: Mapping[str, str], clause: str, facts: Mapping[str, str]) -> Step:
    return Step(rule, "found", words.get(clause, ""), clause, facts)


def _shares(
    terms: Terms,
    words: Mapping[str, str],
    findings: Mapping[CostClass, Finding],
    percent: Mapping[CostClass, int],
    left: Mapping[CostClass, int],
) -> list[Step]:
    """One step for each class that is paid in part."""
    found = []
    for cost in BILLED:
        if findings[cost] is not Finding.PARTLY and left.get(cost) != 0:
            continue
        used = {"cost": cost.value, "percent": str(percent.get(cost, 100))}
        if cost in left:
            used |= {"amount": str(left[cost]), "currency": terms.currency}
        step = Step(f"share.{cost}", findings[cost].value, words.get(terms.share_clause, ""), terms.share_clause, used)
        found.append(step)
    return found


def _whole(terms: Terms, words: Mapping[str, str], facts: Facts, findings: Mapping[CostClass, Finding]) -> Step:
    outcome = Finding.COVERED if any(findings[c] in GRANTED for c in WORK) else Finding.NOT_COVERED
    used = {"cause": facts.cause or ""}
    return Step("cover", outcome.value, words.get(terms.cover_clause, ""), terms.cover_clause, used)
