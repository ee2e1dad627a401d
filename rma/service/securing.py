"""What becomes of a security by itself, and what waits for it: it is held, or not, or the bank soon frees it."""

from uuid import UUID

from aftersales.errors import Conflict
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.module import Posted
from aftersales.ports.charges import Security
from aftersales.status.changes import event, move
from aftersales.work import Work
from rma import advances
from rma.advance_machine import ADVANCE
from rma.advances import AdvanceView
from rma.permissions import EXCHANGE
from rma.schemas import Nothing
from rma.service.advancing import ONLINE, held

MOVED = frozenset({"held", "not_held", "lapsed"})
# One that is on its way to us needs no other security.
_NEEDS_IT = frozenset({"hold_placed", "replacement_shipped", "return_due"})

ASKED = N_("The customer has been asked already. Call them if it is urgent.")
NOT_RENEWABLE = N_("No card can be blocked anew for this. Ask for a deposit, or call it off and agree it anew.")


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
    if one.next_hold_id is None and one.status in _NEEDS_IT and ONLINE in work.ports.charges.ways(work):
        await _ask(work, one)


async def ask_anew(work: Work, advance_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """The same because somebody at the desk wants it: the bank frees it soon, or the customer has let it pass.

    Raises Conflict: `advance.asked_already`, `advance.not_renewable`.
    """
    work.scope.require(EXCHANGE)
    one = await held(work, advance_id)
    kind = ADVANCE.by_event["asked_anew"]
    if one.status not in kind.states or work.if_version not in (None, one.version):
        await work.post(event(ADVANCE, one.id, kind.name, if_version=work.if_version))
    if one.next_hold_id is not None:
        raise Conflict("advance.asked_already", ASKED)
    if not await _renewable(work, one):
        raise Conflict("advance.not_renewable", NOT_RENEWABLE)
    await _ask(work, one)


async def why_not_ask(work: Work, advance_id: UUID) -> str | None:
    """Why the customer cannot be asked to block it anew; empty (it does not concern this security) if no card can."""
    one = await advances.one(work.session, work.scope, advance_id)
    if not await _renewable(work, one):
        return ""
    return ASKED if one.next_hold_id is not None else None


async def _renewable(work: Work, one: AdvanceView) -> bool:
    return one.status in _NEEDS_IT and await work.ports.charges.renewable(work, one.hold_id)


async def _ask(work: Work, one: AdvanceView) -> None:
    """One request at a time, written where the exchange is, so that what comes of it is known."""
    security = Security(new_id(), one.amount, ONLINE, "card", None, anew=True)
    row = await advances.row(work.session, work.scope, one.id)
    row.next_hold_id = await work.ports.charges.hold(work, one.return_id, security)
    await work.session.flush()
    await work.post(event(ADVANCE, one.id, "asked_anew", if_version=work.if_version))
