"""A claim from the opening of a case to its end. Only `denials` says no."""

from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.cases import repository as cases
from aftersales.cases.repository import CaseView
from aftersales.errors import Conflict
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.products import repository as products
from aftersales.search import index
from aftersales.status import engine
from aftersales.status.changes import Change, NewDocument, event, move, open_document
from aftersales.work import Work
from warranty import repository
from warranty.machine import CLAIM
from warranty.models import WarrantyClaim
from warranty.permissions import OPEN
from warranty.repository import ClaimView
from warranty.rules import Cause
from warranty.schemas import Appeal, Nothing, Reason
from warranty.service import entitlement, holding, lines
from warranty.service.entitlement import Assessment

UNDECIDED = frozenset({"submitted", "in_review", "info_requested", "pre_authorised"})
GRANTED = frozenset({"approved", "partially_approved"})


async def open_for_case(work: Work, case_id: UUID, *, insist: bool = False) -> UUID | None:
    """Answer for the unit of a case, and open a claim if anything is covered or in question. Idempotent.

    Returns the claim's id; None without a unit, without published terms, when the cover is over (the answer is kept all
    the same; `insist` opens the claim nevertheless), or while another claim for this unit and fault is open.
    """
    await engine.lock(work.session, [case_id])
    case = await cases.case(work.session, work.scope, case_id)
    if case.unit_id is None:
        return None
    held = await repository.claims_on(work.session, work.scope, case_id)
    if held:
        return held[0].id
    found = await _first_answer(work, case, case.unit_id)
    if found is None:
        return None
    verdict_id = await _kept_once(work, case_id, found)
    if found.verdict.not_at_all and not insist:
        return None
    return await _open(work, case, found, verdict_id)


async def open_claim(work: Work, case_id: UUID) -> UUID:
    """Open a claim for a case although its cover seemed to be over. Returns its id.

    Raises Forbidden, Conflict (`warranty.claimed`, `warranty.claimed_elsewhere`, `warranty.nothing_to_claim`).
    """
    case = await cases.case(work.session, work.scope, case_id)
    work.scope.require(OPEN, case.branch_id)
    # Held before it is looked at: of two at once, the second sees what the first has opened.
    await engine.lock(work.session, [case_id])
    if await repository.claims_on(work.session, work.scope, case_id):
        raise Conflict("warranty.claimed", "This case has a warranty claim already.")
    claim_id = await open_for_case(work, case_id, insist=True)
    if claim_id is not None:
        return claim_id
    system = work.as_system()
    other = None
    if case.unit_id is not None:
        other = await repository.open_claim_of(system.session, system.scope, case.unit_id, case.fault_code)
    if other is not None:
        words = N_("Claim {number} for this unit and fault is open already. Go on with that one.")
        raise Conflict("warranty.claimed_elsewhere", words.format(number=other.number))
    raise Conflict(
        "warranty.nothing_to_claim",
        "There is nothing to claim: the case is about no unit, or no terms are published for it.",
    )


async def _kept_once(work: Work, case_id: UUID, found: Assessment) -> UUID:
    """An answer that has been given already is not given twice."""
    last = await repository.newest_verdict(work.session, work.scope, case_id)
    same = last is not None and last.policy_id == found.policy_id and entitlement.facts_held(last) == found.facts
    return last.id if last is not None and same else await entitlement.keep(work, case_id, found)


async def _first_answer(work: Work, case: CaseView, unit_id: UUID) -> Assessment | None:
    unit = await products.unit(work.session, work.as_system().scope, unit_id)
    branch = await auth.branch(work.session, work.scope, case.branch_id)
    on = clock.business_date(case.opened_at, branch.timezone)
    return await entitlement.assess(work, unit, await entitlement.gather(work, unit, on, case.fault_code))


async def _open(work: Work, case: CaseView, found: Assessment, verdict_id: UUID) -> UUID | None:
    branch = await auth.branch(work.session, work.scope, case.branch_id)
    year = work.now.astimezone(ZoneInfo(branch.timezone)).year
    claim_id = new_id()
    new = NewDocument(
        stream_id=case.id,
        branch_id=case.branch_id,
        number=await work.numbers.next(f"{branch.code}-W", year),
        unit_id=found.unit_id,
        customer_id=case.customer_id,
        open_key=f"warranty_claim:{found.unit_id}:{case.fault_code or '-'}",
    )
    codes = entitlement.codes(found.verdict, found.policy_version)
    try:
        await work.post(open_document(CLAIM, claim_id, "open", new), move(CLAIM, claim_id, "submit", data=codes))
    except Conflict as conflict:
        if conflict.code != "status.already_open":
            raise
        return None
    work.session.add(
        WarrantyClaim(
            id=claim_id, unit_id=found.unit_id, fault_code=case.fault_code, verdict_id=verdict_id, first_deciders=[]
        )
    )
    await index.put(
        work.session,
        kind="number",
        text=new.number,
        entity="document",
        entity_id=case.id,
        customer_id=case.customer_id,
    )
    await work.session.flush()
    return claim_id


async def reopen_question(work: Work, case_id: UUID) -> None:
    """Answer anew for a case after more has become known of its unit (a proof). Decided claims stay decided."""
    # Held before it is read: somebody may be deciding just now.
    await engine.lock(work.session, [case_id])
    held = await repository.claims_on(work.session, work.scope, case_id)
    if not held:
        await open_for_case(work, case_id)
        return
    claim = held[0]
    if claim.status not in UNDECIDED:
        return
    before = entitlement.facts_held(claim.verdict)
    unit = await products.unit(work.session, work.as_system().scope, claim.unit_id)
    known = await entitlement.gather(work, unit, before.on, before.fault)
    facts = replace(known.facts, cause=before.cause, established=before.established)
    found = await entitlement.assess(work, unit, replace(known, facts=facts))
    if found is None:
        return
    await holding.hold(work, claim, found)
    codes = entitlement.codes(found.verdict, found.policy_version)
    changes = [event(CLAIM, claim.id, "answered", data=codes)]
    if found.verdict.not_at_all and not found.verdict.suspected:
        changes.append(move(CLAIM, claim.id, "lapse"))
    await work.post(*changes)


async def cause_found(work: Work, case_id: UUID, cause_code: str | None) -> None:
    """The workshop knows the cause: review the claim. What the terms cover in full they grant by themselves; whatever
    an exclusion might touch waits for people."""
    await _held(work, case_id)
    await open_for_case(work, case_id)
    held = await repository.claims_on(work.session, work.scope, case_id)
    claim = next((c for c in held if c.status in UNDECIDED | GRANTED), None)
    if claim is None:
        return
    facts = replace(entitlement.facts_held(claim.verdict), cause=cause_code, established=Cause.UNPROVEN)
    found = await entitlement.judge_now(work, claim.verdict, facts)
    in_full = found.verdict.in_full and not found.verdict.suspected
    if in_full and claim.status == "approved":
        return
    await holding.hold(work, claim, found)
    codes = entitlement.codes(found.verdict, found.policy_version)
    changes = [event(CLAIM, claim.id, "answered", data=codes)]
    if claim.status not in ("in_review", "info_requested"):
        changes.append(move(CLAIM, claim.id, "review", data={"cause_code": cause_code}))
    if in_full and claim.status != "info_requested" and await lines.grant_all(work, claim, found):
        changes.append(_approval(found, claim.id))
        await withdraw_proposal(work, claim.id)
        await work.post(*changes)
        await holding.granted(work, claim.id, since_now=True)
        return
    await work.post(*changes)
    await holding.granted(work, claim.id, since_now=False)


async def _held(work: Work, case_id: UUID) -> None:
    """Hold the case and its unit, whose limits all its claims have in common, until the transaction ends."""
    case = await cases.case(work.session, work.scope, case_id)
    await engine.lock(work.session, {case_id, *([case.unit_id] if case.unit_id is not None else ())})


async def withdraw_proposal(work: Work, claim_id: UUID) -> None:
    """Nobody need confirm the denial any more."""
    proposal = await repository.open_proposal(work.session, work.scope, claim_id)
    if proposal is not None:
        proposal.withdrawn_at = work.now
        await work.session.flush()


def _approval(found: Assessment, claim_id: UUID, if_version: int | None = None) -> Change:
    data = {"policy_version": found.policy_version, "clause": found.verdict.clause}
    return move(CLAIM, claim_id, "approve", data=data, if_version=if_version)


async def approve(work: Work, claim_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """Covered in full: a cause that might be excluded is set aside, on the word of whoever approves.

    Raises Conflict (`warranty.no_proof`, `warranty.not_in_full`), and what `lines.settled` raises.
    """
    claim = await holding.locked(work, claim_id, "approve")
    asked = await lines.settled(work, claim)
    facts = replace(entitlement.facts_held(claim.verdict), established=Cause.SET_ASIDE)
    found = await entitlement.judge_now(work, claim.verdict, facts)
    if found.verdict.proof is None:
        raise Conflict("warranty.no_proof", "Nothing shows how old the unit is. Record a proof first, then approve.")
    if not found.verdict.in_full or lines.short(asked):
        raise Conflict("warranty.not_in_full", "The terms do not cover all of it any more. Approve it in part.")
    lines.within(claim, asked, found)
    await holding.hold(work, claim, found)
    await withdraw_proposal(work, claim_id)
    await work.post(_approval(found, claim_id, work.if_version))
    await holding.granted(work, claim_id, since_now=True)


async def review(work: Work, claim_id: UUID, body: Nothing) -> None:  # noqa: ARG001
    """Take a claim, or an appeal, into review; an appeal not by those who decided on it (`warranty.decided_before`)."""
    await holding.locked(work, claim_id, "review")
    await work.post(move(CLAIM, claim_id, "review", if_version=work.if_version))
    await holding.granted(work, claim_id, since_now=False)


async def pre_authorise(work: Work, claim_id: UUID, body: Nothing) -> None:  # noqa: ARG001
    """Allow work above the limit before it is done."""
    await work.post(move(CLAIM, claim_id, "pre_authorise", if_version=work.if_version))


async def request_info(work: Work, claim_id: UUID, body: Reason) -> None:
    """Ask the customer for what is missing, in words they read."""
    await work.post(move(CLAIM, claim_id, "request_info", if_version=work.if_version, note=body.note))


async def provide_info(work: Work, claim_id: UUID, body: Reason) -> None:
    """The customer's answer, from them or taken down by staff."""
    await repository.claim(work.session, work.scope, claim_id)
    await work.post(move(CLAIM, claim_id, "provide_info", if_version=work.if_version, note=body.note))


async def appeal(work: Work, claim_id: UUID, body: Appeal) -> None:
    """The customer sees it differently: somebody who has not decided on it looks at it again."""
    await repository.claim(work.session, work.scope, claim_id)
    await work.post(move(CLAIM, claim_id, "appeal", if_version=work.if_version, note=body.note))
    system = work.as_system()
    row = await repository.claim_row(system.session, system.scope, claim_id)
    last = await repository.last_finding(system.session, system.scope, claim_id)
    deciders = {one for one in (last.proposed_by, last.confirmed_by) if one is not None} if last else set()
    row.first_deciders = sorted({*row.first_deciders, *deciders})
    await work.session.flush()


async def withdraw(work: Work, claim_id: UUID, body: Reason) -> None:
    """End a claim that nobody pursues."""
    await work.post(move(CLAIM, claim_id, "withdraw", if_version=work.if_version, note=body.note))


async def fulfil(work: Work, claim_id: UUID, body: Nothing) -> None:  # noqa: ARG001
    """What was approved has been done."""
    await work.post(move(CLAIM, claim_id, "fulfil", if_version=work.if_version))


async def handed_over(work: Work, case_id: UUID) -> None:
    """The unit is back with the customer: approved claims are fulfilled, undecided ones come to their end."""
    await _held(work, case_id)
    for claim in await repository.claims_on(work.session, work.scope, case_id):
        if claim.status in GRANTED:
            await work.post(move(CLAIM, claim.id, "fulfil"))
        elif claim.status in UNDECIDED:
            await _decided_by_itself(work, claim)


async def _decided_by_itself(work: Work, claim: ClaimView) -> None:
    """What the terms pay in full is granted, where no line stands in the way. Where they pay a part of what the claim
    lists it waits for people: whoever bears that would never be asked otherwise. Whatever else is left ends."""
    found = await entitlement.judge_now(work, claim.verdict, entitlement.facts_held(claim.verdict))
    review = (move(CLAIM, claim.id, "review"),) if claim.status == "submitted" else ()
    if claim.status == "info_requested" or not await lines.grant_all(work, claim, found):
        kept = await lines.worth_deciding(work, claim, found)
        changes = review if kept else (_not_decided(claim),)
        if changes:
            await work.post(*changes)
        return
    await holding.hold(work, claim, found)
    await work.post(*review, _approval(found, claim.id), move(CLAIM, claim.id, "fulfil"))
    await holding.granted(work, claim.id, since_now=True)


def _not_decided(claim: ClaimView) -> Change:
    return move(CLAIM, claim.id, "withdraw", note=N_("The unit was handed over before the claim was decided."))


async def case_ended(work: Work, case_id: UUID) -> None:
    """The case is over: so is whatever of its claims is left."""
    changes: list[Change] = []
    for claim in await repository.claims_on(work.session, work.scope, case_id):
        if claim.status in GRANTED:
            changes += [move(CLAIM, claim.id, "fulfil"), move(CLAIM, claim.id, "close")]
        elif claim.status in ("denied", "fulfilled"):
            changes.append(move(CLAIM, claim.id, "close"))
        elif claim.status != "closed":
            changes.append(move(CLAIM, claim.id, "withdraw", note=N_("The case has ended.")))
    if changes:
        await work.post(*changes)
