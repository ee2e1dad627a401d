"""Saying no: one person proposes with cause, clause, words and photos; another one looks and confirms."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from aftersales.errors import Conflict, Forbidden, Invalid, Problem
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.scope import ActorKind
from aftersales.status.changes import Change, event, move
from aftersales.work import Work
from warranty import repository
from warranty.machine import CLAIM
from warranty.models import WarrantyClaimLine, WarrantyConfirmation
from warranty.repository import ClaimView
from warranty.rules import WORK, Cause, Denial, objections
from warranty.schemas import Nothing, ProposeDenial
from warranty.service import claims, entitlement, holding, lines
from warranty.service.entitlement import TERMS, Assessment

# What is wrong, with the field that would put it right.
_OBJECTIONS: dict[str, tuple[type[Invalid] | type[Conflict], str, str]] = {
    "warranty.no_cause": (Invalid, "cause_code", N_("Name the cause by its code: nobody is denied without one.")),
    "warranty.no_clause": (Invalid, "clause", N_("Name the clause that excludes this cause.")),
    "warranty.clause_does_not_apply": (Invalid, "clause", N_("This clause does not exclude this cause.")),
    "warranty.no_words": (Invalid, "words", N_("Say what was found, in words that the customer can read.")),
    "warranty.no_photos": (Conflict, "", N_("Nobody is denied without photos. Add one to the repair order first.")),
    "warranty.same_person": (Conflict, "", N_("You proposed this denial. A second person must look and confirm it.")),
}


async def propose(work: Work, claim_id: UUID, body: ProposeDenial) -> None:
    """Propose to deny a claim in review. A later proposal takes the place of one that waits.

    Raises Invalid or Conflict with the code of what is missing: `warranty.no_cause`, `warranty.no_clause`,
    `warranty.clause_does_not_apply`, `warranty.no_words`, `warranty.no_photos`.
    """
    claim = await holding.locked(work, claim_id, "denial_proposed")
    person = _person(work)
    photos = await repository.photos(work.session, work.scope, claim.case_id)
    denial = Denial(body.cause_code, body.clause, body.words, len(photos), str(person))
    _refuse(claim, denial)
    cause = body.cause_code or ""
    change = event(
        CLAIM,
        claim_id,
        "denial_proposed",
        if_version=work.if_version,
        data={"cause_code": cause, "clause": body.clause, "photos": list(photos)[:50]},
    )
    await work.post(change)
    await claims.withdraw_proposal(work, claim_id)
    work.session.add(
        WarrantyConfirmation(
            id=new_id(),
            claim_id=claim_id,
            cause_code=cause,
            clause=body.clause,
            words=body.words,
            photo_ids=list(photos),
            proposed_by=person,
            proposed_at=work.now,
        )
    )
    facts = replace(entitlement.facts_held(claim.verdict), cause=cause, established=Cause.UNPROVEN)
    await holding.hold(work, claim, entitlement.judge_again(claim.verdict, facts))


async def deny(work: Work, claim_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """Confirm a proposed denial, as a person other than who proposed it. The customer is told, with the way to appeal.

    Raises what `propose` raises, Conflict (`warranty.same_person`), and Conflict (`warranty.only_partly`) where the
    clause leaves some of the cover in place.
    """
    claim = await holding.locked(work, claim_id, "deny")
    found, confirmation = await _confirmed(work, claim)
    if not found.verdict.not_at_all:
        raise Conflict("warranty.only_partly", "The clause leaves some of the cover in place. Approve it in part.")
    data = {
        "policy_version": found.policy_version,
        "clause": confirmation.clause,
        "cause_code": confirmation.cause_code,
        "confirmation_id": confirmation.id,
    }
    await work.post(move(CLAIM, claim_id, "deny", if_version=work.if_version, data=data))
    await holding.hold(work, claim, found)


async def why_not_deny(work: Work, claim_id: UUID) -> str | None:
    """Why this person cannot confirm a denial now; nothing is said where none has been proposed."""
    proposal = await repository.open_proposal(work.session, work.scope, claim_id)
    if proposal is None:
        return ""
    return _OBJECTIONS["warranty.same_person"][2] if proposal.proposed_by == work.actor.id else None


async def approve_partly(work: Work, claim_id: UUID, body: Nothing) -> None:  # noqa: ARG001
    """Covered in part: a cost class whose months are over needs nobody's word; an excluded cause needs two people's,
    and denies the lines that it takes out of the cover. Without them it is set aside, on the word of whoever approves.

    Raises Conflict (`warranty.not_in_part`, and what `lines.settled` and `lines.within` raise), and what `deny` raises
    where a denial has been proposed.
    """
    claim = await holding.locked(work, claim_id, "approve_partly")
    denied: Sequence[Change] = ()
    if await repository.open_proposal(work.session, work.scope, claim_id) is not None:
        found, proposal = await _confirmed(work, claim)
        denied = await lines.exclude(work, claim, found, proposal.clause, proposal.words)
        asked = await lines.settled(work, claim)
    else:
        asked = await lines.settled(work, claim)
        found = await _by_one(work, claim, asked)
    lines.within(claim, asked, found)
    if not (found.verdict.in_part or (not found.verdict.not_at_all and lines.short(asked))):
        raise Conflict("warranty.not_in_part", "The terms do not cover just a part of this. Approve or deny the whole.")
    data = {
        "policy_version": found.policy_version,
        "clause": found.verdict.clause,
        "cause_code": found.facts.cause,
        **{cost.value: found.verdict.findings[cost].value for cost in WORK},
    }
    await work.post(*denied, move(CLAIM, claim_id, "approve_partly", if_version=work.if_version, data=data))
    await holding.hold(work, claim, found)
    await holding.granted(work, claim_id, since_now=True)


async def _by_one(work: Work, claim: ClaimView, asked: Sequence[WarrantyClaimLine]) -> Assessment:
    """The answer on one person's word: where a cause is in question, or lines were given in spite of it, it is set
    aside."""
    facts = entitlement.facts_held(claim.verdict)
    found = await entitlement.judge_now(work, claim.verdict, facts)
    touched = entitlement.excluded(claim.verdict, facts)
    if not found.verdict.suspected and lines.exceeding(asked, found, touched) is None:
        return found
    return entitlement.judge_again(claim.verdict, replace(found.facts, established=Cause.SET_ASIDE))


async def _confirmed(work: Work, claim: ClaimView) -> tuple[Assessment, WarrantyConfirmation]:
    """The answer once this person, as the second one, has confirmed the proposal."""
    person = _person(work)
    proposal = await repository.open_proposal(work.session, work.scope, claim.id)
    if proposal is None:
        # The first thing that is missing is the cause, and with it all the rest.
        raise _problem("warranty.no_cause")
    there = await repository.photos(work.session, work.scope, claim.case_id)
    denial = Denial(
        proposal.cause_code, proposal.clause, proposal.words, len(there), str(proposal.proposed_by), str(person)
    )
    _refuse(claim, denial)
    proposal.confirmed_by, proposal.confirmed_at = person, work.now
    await work.session.flush()
    facts = replace(entitlement.facts_held(claim.verdict), cause=proposal.cause_code, established=Cause.CONFIRMED)
    return await entitlement.judge_now(work, claim.verdict, facts), proposal


def _person(work: Work) -> UUID:
    if work.actor.kind is not ActorKind.STAFF or work.actor.id is None:
        raise Forbidden("warranty.people_only", "Only two members of staff can deny a claim.")
    return work.actor.id


def _refuse(claim: ClaimView, denial: Denial) -> None:
    found = objections(denial, TERMS.validate_python(claim.verdict.terms))
    if found:
        raise _problem(found[0])


def _problem(code: str) -> Problem:
    kind, field, words = _OBJECTIONS[code]
    if kind is Conflict:
        return Conflict(code, words)
    return Invalid(code, words, errors=[{"field": field, "problem": N_("missing or wrong"), "help": words}])
