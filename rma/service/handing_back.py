"""What came though its return is over goes back as it is, and until then it is known where it is."""

from uuid import UUID

from aftersales.errors import Conflict
from aftersales.i18n import N_
from aftersales.status.changes import event
from aftersales.work import Work
from rma import repository, service
from rma.goods import Disposition, Place, kept
from rma.machine import OVER, RETURN
from rma.models import ReturnMovement
from rma.schemas import Nothing
from rma.service.receiving import step, write


async def hand_back(work: Work, return_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """It is with the customer again. Raises Conflict (`return.nothing_kept`)."""
    held = await service.hold(work, return_id)
    if held.status not in OVER or work.if_version not in (None, held.version):
        await work.post(event(RETURN, return_id, "handed_back", if_version=work.if_version))
    waiting = await _waiting(work, return_id)
    if not waiting:
        raise Conflict("return.nothing_kept", N_("Nothing of this return waits here to be handed back."))
    data = {"quantity": len(waiting)}
    await work.post(event(RETURN, return_id, "handed_back", if_version=work.if_version, data=data))
    lines = {line.id: line for line in await repository.lines(work.session, work.scope, {return_id})}
    back = Disposition.HAND_BACK
    await write(work, [step(work, lines[one.line_id], one.item, one, Place.CUSTOMER, back) for one in waiting])


async def why_not(work: Work, return_id: UUID) -> str | None:
    """Empty (it does not concern the return) unless something of it waits here."""
    return None if await _waiting(work, return_id) else ""


async def _waiting(work: Work, return_id: UUID) -> list[ReturnMovement]:
    steps = await repository.standing(work.session, work.scope, {return_id})
    return [one for one in steps if kept(one.place, one.disposition)]
