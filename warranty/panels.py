"""What the coverage cards show: the answer, on what it rests, and why."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.cases import repository as cases
from aftersales.cases.repository import CaseView
from aftersales.i18n import N_, amount, joined
from aftersales.module import Option
from aftersales.money import Money
from aftersales.scope import ActorKind
from aftersales.work import Work
from warranty import line_cards, repository
from warranty.cost_words import COSTS
from warranty.permissions import OPEN, RECORD_PROOF
from warranty.repository import ClaimView, VerdictView
from warranty.rules import BILLED, GRANTED, Cause, CostClass, ProofKind, Step, Verdict, Verdict2
from warranty.service import entitlement
from warranty.service.entitlement import TERMS

KINDS = {
    ProofKind.INVOICE.value: N_("invoice"),
    ProofKind.REGISTRATION.value: N_("registration"),
    ProofKind.INSTALLATION_JOB.value: N_("installation by us"),
    ProofKind.DEALER_RECORD.value: N_("dealer's record"),
    ProofKind.MANUFACTURE.value: N_("date of manufacture by serial number"),
    "installation": N_("day of installation"),
    "delivery": N_("day of delivery"),
    "purchase": N_("day of purchase"),
    "plan": N_("day the plan was bought"),
    "repair": N_("our repair"),
    "replacement": N_("our replacement"),
    "carried": N_("the product before this one"),
}
CAUSES = {
    Cause.UNPROVEN.value: N_("not confirmed"),
    Cause.CONFIRMED.value: N_("confirmed by two people, with photos"),
    Cause.SET_ASIDE.value: N_("set aside"),
}
_COVERED = ("done", N_("Covered"))
_PARTLY = ("waiting", N_("Covered in part"))
_NOT = ("trouble", N_("Not covered"))
_OPEN = ("waiting", N_("Still to be settled"))


async def coverage(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """The card of the case page; None for a case without a unit."""
    case = await cases.case(work.session, work.scope, case_id)
    if case.unit_id is None:
        return None
    branch = await auth.branch(work.session, work.scope, case.branch_id)
    form = f"/desk/units/{case.unit_id}/proofs" if work.scope.can(RECORD_PROOF) else ""
    shown = await _shown(work, case_id)
    other = await _elsewhere(work, case, shown)
    over = shown is not None and not shown["number"] and other is None and work.scope.can(OPEN, case.branch_id)
    return {
        "answer": shown,
        "other": other,
        "scan_url": await _scan(work, case.unit_id, shown),
        "proof_url": form,
        "claim_url": f"/desk/cases/{case_id}/warranty_claims" if over else "",
        "case_id": str(case_id),
        "today": clock.business_date(work.now, branch.timezone).isoformat(),
    }


async def _elsewhere(work: Work, case: CaseView, shown: Mapping[str, Any] | None) -> dict[str, str] | None:
    """The open claim of another case that answers for this unit too: of one unit and fault there is one at a time."""
    if case.unit_id is None or (shown is not None and shown["number"]):
        return None
    claim = await repository.open_claim_of(work.session, work.scope, case.unit_id, case.fault_code)
    return None if claim is None else {"number": claim.number, "url": f"/desk/cases/{claim.case_id}"}


async def _scan(work: Work, unit_id: UUID, shown: Mapping[str, Any] | None) -> str:
    """Where the photo or scan of the proof can be seen, if there is one."""
    if shown is None or shown["proof"] is None:
        return ""
    proof = shown["proof"]
    recorded = (await repository.proofs_of(work.session, work.scope, [unit_id])).get(unit_id, [])
    same = [
        one.file_id
        for one in recorded
        if one.file_id and (one.dated_on, one.reference) == (proof["on"], proof["reference"])
    ]
    return f"/api/v1/files/{same[-1]}" if same else ""


async def track(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """The customer's card; None while there is nothing to say."""
    shown = await _shown(work, case_id)
    return None if shown is None else {"answer": shown}


async def _shown(work: Work, case_id: UUID) -> dict[str, Any] | None:
    held = await repository.claims_on(work.session, work.scope, case_id)
    claim = held[0] if held else None
    answer = claim.verdict if claim else await repository.newest_verdict(work.session, work.scope, case_id)
    if answer is None:
        return None
    verdict = entitlement.verdict_of(answer)
    category, label = chip(claim, verdict)
    given = await line_cards.given(work, claim.id) if claim and not verdict.in_full else []
    return {
        "category": category,
        "label": label,
        "status": claim.status if claim else "",
        "number": claim.number if claim else "",
        "covered": pays(verdict),
        "caps": _caps(verdict),
        "policy": f"v{answer.policy_version}",
        "proof": _proof(verdict),
        "until": verdict.until,
        "clause": verdict.clause or verdict.suspected,
        "clause_words": answer.words.get(verdict.clause or verdict.suspected, ""),
        "finding": await _finding(work, claim),
        "lines": await line_cards.shown(work, claim.id) if claim else [],
        "goodwill": given,
        "lacking": await line_cards.lacking(work, claim.id, answer) if claim and given else "",
        "trace": [_step(step) for step in verdict.trace],
        "evaluator": verdict.evaluator_version,
    }


def chip(claim: ClaimView | None, verdict: Verdict) -> tuple[str, str]:
    """The category and the words of the answer in one glance."""
    if claim is not None and claim.status == "appealed":
        return "trouble", N_("Denial appealed")
    if verdict.in_full:
        return _COVERED
    if verdict.not_at_all:
        return _NOT
    return _PARTLY if verdict.in_part else _OPEN


def pays(verdict: Verdict) -> list[str]:
    """What is paid, class by class, with the percentage where that is not all and the amount where there is a limit."""
    found = []
    for cost in (c for c in BILLED if verdict.findings.get(c) in GRANTED):
        words = COSTS[cost]
        if isinstance(verdict, Verdict2):
            percent = verdict.percent.get(cost, 100)
            words = joined([words, f"{percent}%" if percent < 100 else ""], " ")
            if cost in verdict.left:
                most = amount(Money(verdict.currency, verdict.left[cost]))
                words = joined([words, N_("up to {amount}").format(amount=most)], " ")
        found.append(words)
    return found


def _caps(verdict: Verdict) -> list[str]:
    """What is left of the caps of a plan."""
    if not isinstance(verdict, Verdict2):
        return []
    found = []
    if verdict.claims_left is not None:
        found.append(N_("repairs left: {count}").format(count=verdict.claims_left))
    if verdict.benefit_left is not None:
        found.append(N_("{amount} left").format(amount=amount(Money(verdict.currency, verdict.benefit_left))))
    return found


def _proof(verdict: Verdict) -> dict[str, Any] | None:
    if verdict.proof is None:
        return None
    proof = verdict.proof
    return {"kind": KINDS[proof.kind.value], "reference": proof.reference, "on": proof.on}


async def _finding(work: Work, claim: ClaimView | None) -> dict[str, Any] | None:
    """The proposal or denial; a customer sees it only once it has been confirmed and the claim decided by it."""
    if claim is None or claim.cause_code is None:
        return None
    found = await repository.last_finding(work.session, work.as_system().scope, claim.id)
    customer = work.actor.kind is ActorKind.CUSTOMER
    if found is None or (customer and (found.confirmed_by is None or claim.status == "approved")):
        return None
    return {
        "cause": found.cause_code,
        "words": found.words,
        "photos": len(found.photo_ids),
        "confirmed": found.confirmed_by is not None,
    }


def _step(step: Step) -> dict[str, Any]:
    facts = step.facts
    return {
        "rule": step.rule,
        "outcome": step.outcome,
        "words": step.words,
        "clause": step.clause,
        "kind": KINDS.get(facts.get("kind", ""), ""),
        "reference": facts.get("reference", ""),
        "on": date.fromisoformat(facts["date"]) if "date" in facts else None,
        "months": facts.get("months", ""),
        "share": _share_in(facts),
        "count": facts.get("count", ""),
        "cause": facts.get("cause", ""),
        "established": CAUSES.get(facts.get("established", ""), ""),
    }


def _share_in(facts: Mapping[str, str]) -> str:
    """Which class a step limits, to what percentage and amount."""
    cost = facts.get("cost", "")
    named = COSTS[CostClass(cost)] if cost else ""
    percent = f"{facts['percent']}%" if "percent" in facts else ""
    most = amount(Money(facts["currency"], int(facts["amount"]))) if "amount" in facts else ""
    return joined([named, percent, most], " ")


async def clause_options(work: Work, claim_id: UUID) -> Mapping[str, Sequence[Option]]:
    """The exclusions of the policy that the claim is judged by."""
    claim = await repository.claim(work.session, work.scope, claim_id)
    return {"clause": exclusions(claim.verdict)}


def exclusions(held: VerdictView) -> list[Option]:
    """One option for each clause that excludes something."""
    terms = TERMS.validate_python(held.terms)
    return [
        Option(e.clause, f"{e.clause} ({', '.join(e.causes)}) {held.words.get(e.clause, '')}") for e in terms.exclusions
    ]
