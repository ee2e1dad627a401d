"""What the worker calls: a posted change, a clock that says something else by now, hours that are new."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aftersales.cases.machine import CASE
from aftersales.module import Posted
from aftersales.outbox.schedule import rearm
from aftersales.promises.clock import Clock, State
from aftersales.promises.service import clocks, hours, keeping, outlook
from aftersales.work import Work


async def on_change(work: Work, posted: Posted) -> None:
    """Whatever happens on a case may start, stop or pause a clock, and end a promise."""
    found = await clocks.refresh(work, posted.stream_id)
    await keeping.settle(work, posted.stream_id, found.steps if found is not None else None)
    if posted.machine == CASE.name and posted.to_status == "received":
        await outlook.ask(work)


async def on_watch(work: Work, data: Mapping[str, Any]) -> None:
    """The moment has come at which a clock of the case `data["case_id"]` says something else by itself."""
    case_id = UUID(data["case_id"])
    found = await clocks.refresh(work, case_id)
    if found and any(one.clock is Clock.NEXT_UPDATE and one.state is State.LATE for one in found.readings):
        await keeping.fell_silent(work, case_id)


async def on_due(work: Work, data: Mapping[str, Any]) -> None:
    """The time of the promise `data["promise_id"]` has come."""
    await keeping.look(work, UUID(data["case_id"]), UUID(data["promise_id"]))


async def on_hours(work: Work, data: Mapping[str, Any]) -> None:
    """The open cases of a service centre, page by page, each page in its own transaction."""
    after = UUID(data["after"]) if data["after"] else None
    last = await hours.recalculate(work, UUID(data["branch_id"]), after)
    if last is not None:
        more = {"branch_id": data["branch_id"], "after": str(last)}
        await rearm(work.session, hours.RECALCULATE, data["branch_id"], due_at=work.now, data=more)


async def on_foresee(work: Work, data: Mapping[str, Any]) -> None:
    """New cases soon, and all open ones in the night: page by page, each page in its own transaction."""
    new = bool(data.get("new"))
    last = await outlook.foresee(work, UUID(data["after"]) if data["after"] else None, new=new)
    if last is not None:
        key = outlook.SOON if new else outlook.MORE
        more = {"after": str(last), "new": new}
        await rearm(work.session, outlook.FORESEE, key, due_at=work.now, data=more)
    await outlook.again_at_night(work)
