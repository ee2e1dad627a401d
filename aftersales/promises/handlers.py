"""What the worker calls: a posted change, a clock that says something else by now, hours that are new."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aftersales.module import Posted
from aftersales.outbox.schedule import rearm
from aftersales.promises.service import clocks, hours
from aftersales.work import Work


async def on_change(work: Work, posted: Posted) -> None:
    """Whatever happens on a case may start, stop or pause a clock."""
    await clocks.refresh(work, posted.stream_id)


async def on_watch(work: Work, data: Mapping[str, Any]) -> None:
    """The moment has come at which a clock of the case `data["case_id"]` says something else by itself."""
    await clocks.refresh(work, UUID(data["case_id"]))


async def on_hours(work: Work, data: Mapping[str, Any]) -> None:
    """The open cases of a service centre, page by page, each page in its own transaction."""
    after = UUID(data["after"]) if data["after"] else None
    last = await hours.recalculate(work, UUID(data["branch_id"]), after)
    if last is not None:
        more = {"branch_id": data["branch_id"], "after": str(last)}
        await rearm(work.session, hours.RECALCULATE, data["branch_id"], due_at=work.now, data=more)
