"""Asking for a return, and the answer to it."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.cases import repository as cases
from aftersales.cases.repository import CaseView
from aftersales.customers import repository as customers
from aftersales.errors import Conflict, Invalid, NotFound
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.policies import repository as policies
from aftersales.policies import service as publishing
from aftersales.policies.choosing import codes_for
from aftersales.policies.repository import PolicyView
from aftersales.products import repository as products
from aftersales.products.repository import UnitView
from aftersales.scope import ActorKind
from aftersales.search import index
from aftersales.status import engine
from aftersales.status.changes import NewDocument, move, open_document
from aftersales.work import Work
from rma import repository
from rma.machine import RETURN
from rma.models import Return, ReturnLine, ReturnWish, ReturnWords
from rma.permissions import REQUEST
from rma.repository import ReturnView
from rma.rules import EVALUATOR_VERSION, EVALUATORS, Condition, Facts, Outcome, Reason, Verdict, evaluate
from rma.schemas import Authorise, Nothing, PublishTerms, Question, Reject, Reply, RequestReturn
from rma.service import coming, sending
from rma.service.sending import TERMS

KIND = "returns"

FACTS: TypeAdapter[Facts] = TypeAdapter(Facts)
VERDICT: TypeAdapter[Verdict] = TypeAdapter(Verdict)


async def household_units(work: Work, case_id: UUID) -> list[UnitView]:
    """The units a return may be asked for from a case: the household's; for somebody of another household who only
    helps (a caller), the case's own unit alone."""
    case = await cases.case(work.session, work.scope, case_id)
    system = work.as_system()
    found = await products.units_of(system.session, system.scope, case.customer_id)
    if work.actor.kind is not ActorKind.CUSTOMER:
        return found
    person_id = work.scope.person_id
    person = await customers.person(system.session, system.scope, person_id) if person_id else None
    if person is not None and person.customer_id == case.customer_id:
        return found
    return [unit for unit in found if unit.id == case.unit_id]


async def request(work: Work, case_id: UUID, body: RequestReturn, *, proven: bool = False) -> UUID:
    """Ask to give back or exchange a unit of the case's household; on the case's stream. Returns the return's id.

    By the customer through their link, or by staff in their name; `proven` with a proof of the purchase. The rule's
    verdict is worked out and stored, and decides nothing by itself. Raises NotFound (`return.unknown_unit`), Forbidden,
    Conflict (`status.already_open`).
    """
    case = await cases.case(work.session, work.scope, case_id)
    if work.actor.kind is not ActorKind.CUSTOMER:
        work.scope.require(REQUEST, case.branch_id)
    if not await cases.may_answer(work.session, work.scope, case_id):
        raise NotFound("return.unknown_unit", "There is no such product of yours. Choose one from the list, or call.")
    unit = next((u for u in await household_units(work, case_id) if u.id == body.unit_id), None)
    if unit is None:
        raise NotFound("return.unknown_unit", "There is no such product of yours. Choose one from the list, or call.")
    branch = await auth.branch(work.session, work.scope, case.branch_id)
    facts = facts_of(unit, body.reason_code, work, branch.timezone, condition=body.condition, proven=proven)
    policy = await policies.in_force(work.session, work.scope, KIND, codes_for(unit), bought_on(facts))
    verdict = judge(policy, facts) if policy is not None else None
    number = await work.numbers.next(f"{branch.code}-A", work.now.astimezone(ZoneInfo(branch.timezone)).year)
    return_id = new_id()
    await work.post(
        open_document(RETURN, return_id, "request", _document(case, unit, number), data=codes(facts, policy, verdict))
    )
    work.session.add(row_of(work, return_id, unit.id, facts, policy, verdict))
    await work.session.flush()
    asked = ReturnWords(return_id=return_id, asked=body.words)
    wished = ReturnWish(return_id=return_id, wish=body.wish, coming=body.coming)
    work.session.add_all([asked, wished, first_line(return_id, unit, facts.reason)])
    await index.put(
        work.session, kind="number", text=number, entity="document", entity_id=case_id, customer_id=case.customer_id
    )
    await work.session.flush()
    return return_id


def _document(case: CaseView, unit: UnitView, number: str) -> NewDocument:
    return NewDocument(
        stream_id=case.id,
        branch_id=case.branch_id,
        number=number,
        unit_id=unit.id,
        customer_id=case.customer_id,
        open_key=f"return:{unit.id}",
    )


def facts_of(
    unit: UnitView,
    reason: Reason,
    work: Work,
    zone: str,
    *,
    condition: Condition | None = None,
    proven: bool = False,
) -> Facts:
    """The facts of a wish to return a unit today. `proven`: the customer sends a proof of the purchase with it."""
    return Facts(
        on=clock.business_date(work.now, zone),
        category=unit.category_code,
        reason=reason,
        delivered_on=unit.delivered_on,
        installed_on=unit.installed_on,
        purchased_on=unit.purchased_on,
        model=unit.model,
        condition=condition,
        proof="record" if unit.invoice_number or unit.purchased_on else "sent" if proven else None,
    )


def bought_on(facts: Facts) -> date:
    """The day whose policy version holds: that of the purchase, else the first that is known, else today."""
    return facts.purchased_on or facts.delivered_on or facts.installed_on or facts.on


def judge(policy: PolicyView, facts: Facts) -> Verdict:
    """What the rule says under one policy version."""
    return evaluate(TERMS.validate_python(policy.terms), policy.words, facts)


def codes(facts: Facts, policy: PolicyView | None, verdict: Verdict | None) -> dict[str, object]:
    """The wish and the rule's word as codes, for the timeline."""
    found: dict[str, object] = {"reason_code": facts.reason.value}
    if policy is not None and verdict is not None:
        found |= {"verdict": verdict.outcome.value, "policy_version": policy.version}
    return found


def row_of(
    work: Work, return_id: UUID, unit_id: UUID, facts: Facts, policy: PolicyView | None, verdict: Verdict | None
) -> Return:
    """The row that keeps a return with its verdict."""
    return Return(
        id=return_id,
        unit_id=unit_id,
        reason_code=facts.reason.value,
        policy_id=policy.id if policy is not None else None,
        evaluator_version=EVALUATOR_VERSION,
        facts=FACTS.dump_python(facts, mode="json"),
        verdict=VERDICT.dump_python(verdict, mode="json") if verdict is not None else None,
        asked_at=work.now,
    )


def first_line(return_id: UUID, unit: UnitView, reason: Reason) -> ReturnLine:
    """The line of the unit that a return was asked for."""
    return ReturnLine(
        id=new_id(),
        return_id=return_id,
        position=1,
        product_id=unit.product_id,
        unit_id=unit.id,
        quantity=1,
        received=0,
        reason_code=reason.value,
    )


def verdict_of(held: ReturnView) -> Verdict | None:
    """The verdict as it was stored."""
    return None if held.verdict is None else VERDICT.validate_python(held.verdict)


def replay(held: ReturnView) -> Mapping[str, Any] | None:
    """What the stored facts give today under the stored policy version and evaluator. Equal to `held.verdict`."""
    if held.terms is None:
        return None
    evaluator = EVALUATORS[held.evaluator_version]
    facts = FACTS.validate_python(held.facts)
    replayed: Mapping[str, Any] = VERDICT.dump_python(
        evaluator(TERMS.validate_python(held.terms), held.clauses or {}, facts), mode="json"
    )
    return replayed


async def authorise(work: Work, return_id: UUID, body: Authorise) -> None:
    """Allow the return. Against the rule it needs a goodwill reason, which is recorded.

    Raises Invalid (`return.goodwill_reason`).
    """
    held = await locked(work, return_id, "authorise")
    verdict = verdict_of(held)
    against = verdict is not None and verdict.outcome is Outcome.INELIGIBLE
    if against and not (body.goodwill_code and body.goodwill):
        raise Invalid(
            "return.goodwill_reason",
            "The rule says no. You may depart from it out of goodwill: choose the kind and write why.",
            errors=[{"field": "goodwill_code", "problem": "missing"}, {"field": "goodwill", "problem": "missing"}],
        )
    row, words = await repository.rows(work.session, work.scope, return_id)
    if against:
        row.goodwill_code, words.goodwill = body.goodwill_code, body.goodwill
    data = _decision(held, verdict) | ({"goodwill_code": body.goodwill_code} if against else {})
    await work.post(move(RETURN, return_id, "authorise", if_version=work.if_version, data=data))
    row.return_by = await sending.wait_for(work, held)
    await work.session.flush()
    await coming.arrange(work, held)


async def reject(work: Work, return_id: UUID, body: Reject) -> None:
    """Refuse the return, with a reason that the customer reads.

    Raises Conflict (`return.rule_says_yes`): what the policy grants cannot be refused.
    """
    held = await locked(work, return_id, "reject")
    verdict = verdict_of(held)
    if verdict is not None and verdict.outcome is Outcome.ELIGIBLE:
        raise Conflict("return.rule_says_yes", "The policy grants this return, so it cannot be rejected. Authorise it.")
    _, words = await repository.rows(work.session, work.scope, return_id)
    words.answered = body.note
    change = move(
        RETURN, return_id, "reject", if_version=work.if_version, data=_decision(held, verdict), note=body.note
    )
    await work.post(change)
    await work.session.flush()


async def locked(work: Work, return_id: UUID, verb: str) -> ReturnView:
    """The return, with its stream held, for a decision; Conflict or Stale as posting would, before anything else."""
    held = await hold(work, return_id)
    if held.status not in RETURN.by_verb[verb].sources or work.if_version not in (None, held.version):
        await work.post(move(RETURN, return_id, verb, if_version=work.if_version, note="-"))
    return held


async def hold(work: Work, return_id: UUID) -> ReturnView:
    """The return as it is, with its stream held until the transaction ends. Raises NotFound (`return.unknown`)."""
    held = await repository.one(work.session, work.scope, return_id)
    await engine.lock(work.session, [held.stream_id])
    return await repository.one(work.session, work.scope, return_id)


async def why_not_reject(work: Work, return_id: UUID) -> str | None:
    """Why a return cannot be rejected; None if it can."""
    verdict = verdict_of(await repository.one(work.session, work.scope, return_id))
    if verdict is not None and verdict.outcome is Outcome.ELIGIBLE:
        return N_("The policy grants this return.")
    return None


def _decision(held: ReturnView, verdict: Verdict | None) -> dict[str, object]:
    found: dict[str, object] = {"reason_code": held.reason_code}
    if verdict is not None:
        found |= {"verdict": verdict.outcome.value, "policy_version": held.policy_version}
    return found


async def review(work: Work, return_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """Take a wish into review, or look again at one that was refused."""
    await work.post(move(RETURN, return_id, "review", if_version=work.if_version))


async def request_info(work: Work, return_id: UUID, body: Question) -> None:
    """Ask the customer for what is missing, in words they read."""
    await work.post(move(RETURN, return_id, "request_info", if_version=work.if_version, note=body.note))


async def provide_info(work: Work, return_id: UUID, body: Reply) -> None:
    """The customer's answer, from them or taken down by staff."""
    await repository.one(work.session, work.scope, return_id)
    await work.post(move(RETURN, return_id, "provide_info", if_version=work.if_version, note=body.note))


async def cancel(work: Work, return_id: UUID, body: Nothing) -> None:  # noqa: ARG001
    """The customer no longer wants to return it. Raises Conflict (`return.advance_running`) once another one is out."""
    await locked(work, return_id, "cancel")
    if await sending.is_out(work, return_id):
        raise Conflict(
            "return.advance_running",
            "Another one has gone out for it already, so the old one has to come back. Call us if it cannot.",
        )
    await work.post(move(RETURN, return_id, "cancel", if_version=work.if_version))


async def await_return(work: Work, return_id: UUID, body: Nothing) -> None:  # noqa: ARG001
    """The customer brings it or sends it."""
    await work.post(move(RETURN, return_id, "await_return", if_version=work.if_version))


async def send(work: Work, return_id: UUID, body: Nothing) -> None:  # noqa: ARG001
    """It is on its way to us."""
    await work.post(move(RETURN, return_id, "send", if_version=work.if_version))


async def publish(work: Work, body: PublishTerms) -> PolicyView:
    """Publish the next version of the policy on returns. Raises Invalid (`return.clause_without_words`)."""
    publishing.require_words("return.clause_without_words", body.terms.clauses(), body.words)
    return await publishing.publish(
        work,
        kind=KIND,
        code=body.code,
        effective_from=body.effective_from,
        terms=TERMS.dump_python(body.terms, mode="json"),
        words=body.words,
    )
