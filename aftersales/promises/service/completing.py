"""By when work is complete: what is promised first, and the word that it takes longer, before the old time."""

from datetime import datetime, timedelta
from uuid import UUID

from aftersales.auth import repository as auth
from aftersales.cases.machine import CASE
from aftersales.errors import Invalid
from aftersales.i18n import N_
from aftersales.module import Posted
from aftersales.ports.promises import Span
from aftersales.promises import records
from aftersales.promises.ledger import Kind
from aftersales.promises.permissions import DELAY
from aftersales.promises.records import PromiseView
from aftersales.promises.rules import aware, quarter
from aftersales.promises.schemas import Delayed
from aftersales.promises.service import clocks
from aftersales.promises.targets import Clock
from aftersales.status import documents
from aftersales.status.changes import event
from aftersales.work import Work

SLOW = "slow"
"""Why it takes longer, where nobody has said why."""
BY_HAND = "hand"
LATEST = timedelta(days=180)


async def promised(work: Work, posted: Posted) -> Span | None:
    """By when the work is complete: what stands, else the time that nine in ten such cases stay within, else the
    policy's target; None where all of these are none or over, for then nobody can tell."""
    now, case_id = work.now, posted.stream_id
    stands = await _standing(work, case_id)
    if stands is not None and stands.due_at > now:
        return Span(stands.kind, None, stands.due_at, stands.basis)
    foreseen = await records.foreseen(work.session, work.scope, case_id)
    if foreseen is not None and foreseen.basis == "history" and foreseen.p90_at is not None and foreseen.p90_at > now:
        return Span(Kind.COMPLETION, None, foreseen.p90_at, "history")
    held = await clocks.begun(work, case_id)
    if held is None:
        return None
    readings = (await clocks.read_now(work, held, posted.version)).readings
    due = next((one.due for one in readings if one.clock is Clock.COMPLETION and one.ended is None), None)
    return Span(Kind.COMPLETION, None, quarter(due, now), "targets") if due is not None and due > now else None


async def delayed(work: Work, case_id: UUID, body: Delayed) -> None:
    """Tell the customer that it takes longer: the old time, the new one, why, and what they can do.

    Raises Invalid (`promises.later`) for a time that is over or no later than the one that stands.
    """
    case = await documents.get(work.session, work.scope, case_id)
    work.scope.require(DELAY, case.branch_id)
    zone = (await auth.branch(work.session, work.scope, case.branch_id)).timezone
    by, stands = aware(body.by, zone), await _standing(work, case_id)
    if stands is None or not max(stands.due_at, work.now) < by <= work.now + LATEST:
        raise Invalid(
            "promises.later",
            N_("Give a time after the one that was promised and still stands, within half a year."),
            errors=[{"field": "by", "problem": N_("no later than what was promised")}],
        )
    await _say(work, stands, by, body.reason, BY_HAND)


async def nothing_to_delay(work: Work, case_id: UUID) -> str | None:
    """It is offered while a time stands."""
    return None if await records.stands(work.session, work.scope, case_id, Kind.COMPLETION) else ""


async def takes_longer(work: Work, was: PromiseView, usual: datetime) -> None:
    """Say so by itself: by the newest forecast if that is later, else by the `usual` time."""
    foreseen = await records.foreseen(work.session, work.scope, was.case_id)
    soonest = max(was.due_at, work.now) + timedelta(hours=1)
    if foreseen is not None and foreseen.basis == "history" and foreseen.p90_at and foreseen.p90_at > soonest:
        await _say(work, was, foreseen.p90_at, SLOW, "history")
    else:
        await _say(work, was, max(usual, soonest), SLOW, "usual")


async def _say(work: Work, was: PromiseView, by: datetime, reason: str, basis: str) -> None:
    data = {"by": by, "was": was.due_at, "reason": reason, "basis": basis}
    await work.post(event(CASE, was.case_id, "delayed", data=data, if_version=work.if_version))


async def _standing(work: Work, case_id: UUID) -> PromiseView | None:
    open_ = await records.standing(work.session, work.scope, case_id)
    return next((one for one in reversed(open_) if one.kind is Kind.COMPLETION), None)
