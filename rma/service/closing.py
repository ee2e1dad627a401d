"""A return that has ended is closed by itself: when nothing is left to do, or nobody came back to it."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from aftersales.module import Posted
from aftersales.outbox.schedule import schedule
from aftersales.status.changes import event, move
from aftersales.work import Work
from rma import repository, service
from rma.goods import Place, waits
from rma.machine import OVER, RETURN
from rma.models import ReturnMovement

CLOSE = "rma.close"
# What is decided after the end, or given back then, leaves nothing more to do.
OVER_BY = frozenset({"use_decided", "handed_back"})
RECEIVED = frozenset({"received", "partially_received"})
ENDED = frozenset(source for source in RETURN.by_verb["close"].sources if source is not None)
# What was refused can be looked at again, and what came back damaged be said, for this long.
OPEN_FOR = timedelta(days=30)


def at_an_end(steps: Iterable[ReturnMovement]) -> bool:
    """Whether of every piece that came it is decided what becomes of it, and none is on its way."""
    return all(not waits(one.disposition) and one.place != Place.COURIER for one in steps)


async def over(work: Work, posted: Posted) -> None:
    """It is settled, or the use of what came is decided after that: it is closed when both are so. What was rejected
    or given back is closed later."""
    held = await service.hold(work, posted.document_id)
    if held.status == "resolved":
        # To be resolved, all lines are settled and every refund is paid.
        if at_an_end(await repository.standing(work.session, work.scope, {held.id})):
            await work.post(move(RETURN, held.id, "close"))
    elif held.status in ENDED:
        data = {"return_id": str(held.id), "version": held.version}
        await schedule(work.session, CLOSE, f"{held.id}:{held.version}", due_at=posted.at + OPEN_FOR, data=data)


async def close(work: Work, data: Mapping[str, Any]) -> None:
    """Nobody came back to it in this time."""
    held = await service.hold(work, UUID(data["return_id"]))
    if held.status in ENDED and held.version == data["version"]:
        await work.post(move(RETURN, held.id, "close"))


async def taken_over(work: Work, posted: Posted) -> None:
    """What waited here to be handed back was received with another return: the one it came with says so, and one that
    was rejected or given back is closed, once nothing of it waits here any more."""
    new = await repository.one(work.session, work.scope, posted.document_id)
    for return_id in await repository.taken_from(work.session, work.scope, new.id, posted.at):
        held = await service.hold(work, return_id)
        if held.status not in OVER:
            continue
        await work.post(event(RETURN, return_id, "taken_over", data={"return_id": str(new.id)}, note=new.number))
        if held.status in ENDED and not await repository.kept_of(work.session, work.scope, {return_id}):
            await work.post(move(RETURN, return_id, "close"))
