"""What becomes of a security by itself, and what waits for it: it is held, or not, or the bank soon frees it."""

from aftersales.ids import new_id
from aftersales.module import Posted
from aftersales.ports.charges import Security
from aftersales.status.changes import event, move
from aftersales.work import Work
from rma import advances
from rma.advance_machine import ADVANCE
from rma.advances import AdvanceView
from rma.service.advancing import ONLINE, held

MOVED = frozenset({"held", "not_held", "lapsed"})
# One that is on its way to us needs no other security.
_NEEDS_IT = frozenset({"hold_placed", "replacement_shipped", "return_due"})


async def secured(work: Work, posted: Posted) -> None:
    """A security has moved on: what waited for it goes on, or ends; what it was good for is secured anew."""
    found = await advances.of_hold(work.session, work.scope, posted.document_id)
    if found is None:
        return
    one = await held(work, found)
    if posted.document_id == one.next_hold_id:
        await _next(work, one, posted)
    elif one.status == "hold_asked":
        await work.post(move(ADVANCE, one.id, "security_held" if posted.to_status == "held" else "hold_missed"))
    elif one.category != "done":
        if posted.to_status == "lapsed":
            await work.post(event(ADVANCE, one.id, "unsecured"))
        if posted.to_status != "held":
            await _ask_anew(work, one)


async def _next(work: Work, one: AdvanceView, posted: Posted) -> None:
    """What was asked for anew is held, and the earlier one is released; or it was not given."""
    row = await advances.row(work.session, work.scope, one.id)
    if one.category != "done" and posted.to_status == "held":
        row.hold_id, row.next_hold_id = posted.document_id, None
        await work.session.flush()
        await work.post(event(ADVANCE, one.id, "held_anew"))
        await work.ports.charges.release(work, one.hold_id)
    elif posted.to_status == "not_held":
        row.next_hold_id = None
        await work.session.flush()


async def _ask_anew(work: Work, one: AdvanceView) -> None:
    """The customer is asked to block it once more, where that is possible and not done already."""
    if one.next_hold_id is not None or one.status not in _NEEDS_IT or ONLINE not in work.ports.charges.ways(work):
        return
    security = Security(new_id(), one.amount, ONLINE, "card", None, anew=True)
    row = await advances.row(work.session, work.scope, one.id)
    row.next_hold_id = await work.ports.charges.hold(work, one.return_id, security)
    await work.session.flush()
    await work.post(event(ADVANCE, one.id, "asked_anew"))
