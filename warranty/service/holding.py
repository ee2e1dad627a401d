"""Holding a claim for a decision, keeping its answer, and who may not decide on it again."""

from collections.abc import Collection
from uuid import UUID

from aftersales.errors import Conflict
from aftersales.i18n import N_
from aftersales.status import engine
from aftersales.status.changes import event, move
from aftersales.work import Work
from warranty import repository
from warranty.machine import CLAIM
from warranty.recovery.service import arising
from warranty.repository import ClaimView
from warranty.service import entitlement
from warranty.service.entitlement import Assessment

# What is given counts against limits that all claims on the unit have in common.
_GIVING = frozenset({"approve", "approve_partly", "line_decided"})
DECIDED_BEFORE = N_("You decided on this claim before the customer appealed. Somebody else must look at it now.")


async def locked(work: Work, claim_id: UUID, verb: str) -> ClaimView:
    """The claim, with its case (and its unit, where something is given) held until the transaction ends, for a decision
    by `verb`.

    Raises NotFound; Conflict or Stale as posting would, before anything else is found wrong; then Conflict
    (`warranty.decided_before`) for whoever decided before the customer appealed.
    """
    claim = await repository.claim(work.session, work.scope, claim_id)
    await engine.lock(work.session, {claim.case_id, *([claim.unit_id] if verb in _GIVING else ())})
    claim = await repository.claim(work.session, work.scope, claim_id)
    edge = CLAIM.by_verb.get(verb)
    sources: Collection[str | None] = edge.sources if edge is not None else CLAIM.by_event[verb].states
    if claim.status not in sources or work.if_version not in (None, claim.version):
        change = move if edge is not None else event
        await work.post(change(CLAIM, claim_id, verb, if_version=work.if_version))
    if claim.first_deciders and work.scope.staff_id in claim.first_deciders:
        raise Conflict("warranty.decided_before", DECIDED_BEFORE)
    return claim


async def hold(work: Work, claim: ClaimView, found: Assessment) -> None:
    """Keep an answer and make it the one that holds for the claim."""
    row = await repository.claim_row(work.session, work.scope, claim.id)
    row.verdict_id = await entitlement.keep(work, claim.case_id, found)
    row.cause_code = found.facts.cause
    await work.session.flush()


async def granted(work: Work, claim_id: UUID, *, since_now: bool) -> None:
    """Whether what the claim gives counts against limits and caps, and is claimed back from whoever bears it."""
    row = await repository.claim_row(work.session, work.scope, claim_id)
    before, row.granted_at = row.granted_at, work.now if since_now else None
    await work.session.flush()
    if since_now:
        await arising.arise(work, claim_id)
    elif before is not None:
        await arising.withdraw(work, claim_id)
