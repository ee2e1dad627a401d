"""How an exchange in advance ends: the old one comes and the security is released, or it does not and it is kept."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from aftersales.ids import new_id
from aftersales.module import Posted
from aftersales.outbox.schedule import schedule
from aftersales.products import service as catalogue
from aftersales.status.changes import event, move
from aftersales.work import Work
from rma import advances, repository
from rma.advance_machine import ADVANCE
from rma.advances import AdvanceView
from rma.machine import RETURN
from rma.models import ReturnExchange, ReturnLine, ReturnResolution
from rma.schemas import Why
from rma.service.advancing import KEEP, NOTICE, held, is_secured
from rma.service.exchanging import carried_over
from rma.service.sending import ENDS_IN, is_out, terms_of
from rma.service.settling import Standing, finish
from rma.worth import Resolution

_OVER = frozenset({"cancelled", "expired"})
FOLLOWED = frozenset({"in_transit", "partially_received", "received"}) | _OVER
"""Statuses of a return that an exchange in advance follows."""
# We are to fetch it, or it is with a courier: whatever keeps it is not the customer's fault.
_COMING = frozenset({"pickup_scheduled", "in_transit"})


async def followed(work: Work, posted: Posted) -> None:
    """The return has moved on: what is running in advance for it does too. Done twice it is done once."""
    standing = await Standing.read(work, posted.document_id)
    lines = {line.id: line for line in standing.lines}
    for one in await advances.running(work.session, work.scope, posted.document_id):
        if lines[one.line_id].received:
            await _came(work, standing, one, lines[one.line_id])
        elif standing.view.status == "in_transit" and one.status == "return_due":
            await work.post(move(ADVANCE, one.id, "send_back"))
        elif standing.view.status in _OVER and one.status in ("hold_asked", "hold_placed"):
            await _release(work, one)


async def _came(work: Work, standing: Standing, one: AdvanceView, line: ReturnLine) -> None:
    """The old one is here: it is exchanged for the one that went out, and the security is released."""
    await _release(work, one)
    if one.new_unit_id is None:
        return
    row = ReturnResolution(id=new_id(), return_id=one.return_id, line_id=line.id, first=1, quantity=1)
    row.resolution, row.chosen_at, row.done_at = Resolution.EXCHANGE.value, work.now, work.now
    work.session.add(row)
    await work.session.flush()
    made = ReturnExchange(id=new_id(), resolution_id=row.id, piece=1, old_unit_id=line.unit_id)
    made.new_unit_id, made.way, made.currency, made.difference_minor = one.new_unit_id, one.way or "", one.currency, 0
    made.made_at = made.done_at = work.now
    work.session.add(made)
    await work.session.flush()
    standing.rows.append(row)
    if line.unit_id is not None:
        await carried_over(work, standing.view.stream_id, line.unit_id, one.new_unit_id)
        await catalogue.give_up(work, line.unit_id)
    if changes := await finish(work, standing):
        await work.post(*changes)


async def _release(work: Work, one: AdvanceView) -> None:
    if one.status == "hold_asked":
        await work.post(move(ADVANCE, one.id, "hold_missed"))
    else:
        await work.post(move(ADVANCE, one.id, "release", data=_sums(one)))
    await work.ports.charges.release(work, one.hold_id)
    await _drop_next(work, one)


async def _drop_next(work: Work, one: AdvanceView) -> None:
    """What was to take the place of the security is not needed any more."""
    if one.next_hold_id is not None:
        await work.ports.charges.release(work.as_system(), one.next_hold_id)


async def remind(work: Work, data: Mapping[str, Any]) -> None:
    """The old one is due soon: the customer is reminded, while we wait for it."""
    one = await held(work, UUID(data["advance_id"]))
    if one.status == "return_due":
        await work.post(event(ADVANCE, one.id, "reminded"))


async def notice(work: Work, data: Mapping[str, Any]) -> None:
    """The old one was due and has not been sent: the customer is told from when the security is kept."""
    one = await held(work, UUID(data["advance_id"]))
    if one.status != "return_due" or not await is_secured(work, one):
        return
    about = await repository.one(work.session, work.scope, one.return_id)
    after = timedelta(days=terms_of(about).notice_days)
    if about.status in _COMING:
        await schedule(work.session, NOTICE, str(one.id), due_at=work.now + after, data=data)
        return
    row = await advances.row(work.session, work.scope, one.id)
    row.keep_at = work.now + after
    await work.session.flush()
    await work.post(event(ADVANCE, one.id, "noticed"))
    await schedule(work.session, KEEP, str(one.id), due_at=row.keep_at, data=data)


async def keep(work: Work, data: Mapping[str, Any]) -> None:
    """The old one has not come though the customer was told: the security is kept, and the return is over."""
    one = await held(work, UUID(data["advance_id"]))
    if one.status != "return_due" or one.keep_at is None or work.now < one.keep_at:
        return
    if not await is_secured(work, one):
        # The bank has freed it: there is nothing to keep, and what follows is for a person to say.
        return
    standing = await Standing.read(work, one.return_id)
    line = next(line for line in standing.lines if line.id == one.line_id)
    if line.received:
        return
    if standing.view.status in _COMING:
        after = timedelta(days=terms_of(standing.view).notice_days)
        await schedule(work.session, KEEP, str(one.id), due_at=work.now + after, data=data)
        return
    await work.post(move(ADVANCE, one.id, "keep", data=_sums(one)))
    await _over(work, standing)
    await work.ports.charges.capture(work, one.hold_id)
    await _drop_next(work, one)


async def call_off(work: Work, advance_id: UUID, body: Why) -> None:
    """Nothing has gone out and nothing will: the security is released."""
    one = await held(work, advance_id, "call_off")
    await _end(work, one, "call_off", body.note)


async def drop(work: Work, advance_id: UUID, body: Why) -> None:
    """The customer is not waited for any more: nothing goes out, and what they may have blocked is released."""
    one = await held(work, advance_id, "drop")
    await work.post(move(ADVANCE, one.id, "drop", if_version=work.if_version, note=body.note))
    await work.ports.charges.release(work.as_system(), one.hold_id)


async def let_off(work: Work, advance_id: UUID, body: Why) -> None:
    """The old one does not come, and we do not keep the security: it was lost on the way, or out of goodwill. The
    return is over as it is where the security is kept."""
    one = await held(work, advance_id, "let_off")
    await _end(work, one, "let_off", body.note)
    await _over(work, await Standing.read(work, one.return_id))


async def _end(work: Work, one: AdvanceView, verb: str, note: str) -> None:
    await work.post(move(ADVANCE, one.id, verb, if_version=work.if_version, data=_sums(one), note=note))
    await work.ports.charges.release(work.as_system(), one.hold_id)
    await _drop_next(work, one)


async def _over(work: Work, standing: Standing) -> None:
    """Something of the return does not come any more: it is over, unless something else of it has come or is still
    waited for."""
    given = standing.view.return_by
    waited_for = len(standing.lines) > 1 and given is not None and work.now < given
    if standing.view.status in ENDS_IN and not waited_for and not await is_out(work, standing.view.id):
        await work.as_system().post(move(RETURN, standing.view.id, "expire"))


def _sums(one: AdvanceView) -> dict[str, object]:
    return {"amount_minor": one.amount_minor, "currency": one.currency}
