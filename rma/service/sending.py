"""How a return comes to us: its label, and the time in which it may come."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from aftersales.auth import repository as auth
from aftersales.errors import Conflict
from aftersales.outbox.schedule import rearm
from aftersales.products import repository as products
from aftersales.status import engine
from aftersales.status.changes import event, move
from aftersales.work import Work
from rma import advances, repository
from rma.advance_machine import OUT
from rma.documents import Label, draw
from rma.machine import RETURN
from rma.repository import ReturnView
from rma.rules import Terms

TERMS: TypeAdapter[Terms] = TypeAdapter(Terms)
EXPIRE = "rma.expire"
REMIND = "rma.remind"
REMINDED_BEFORE = timedelta(days=3)
SHOWN_IN = frozenset(RETURN.by_verb["receive"].sources)
ENDS_IN = frozenset(RETURN.by_verb["expire"].sources)
# Where no policy held, its usual times do.
NO_POLICY = Terms(1, "1", (), (), "1", (), "1")


def terms_of(view: ReturnView) -> Terms:
    """The terms a return was asked under; the usual times where no policy held."""
    return TERMS.validate_python(view.terms) if view.terms is not None else NO_POLICY


def settle_by(view: ReturnView, now: datetime) -> datetime:
    """Until when a return is settled whose settlement begins now."""
    return now + timedelta(days=terms_of(view).settle_days)


async def wait_for(work: Work, held: ReturnView) -> datetime:
    """Arm the end of an authorisation that is given now, or given anew, and the reminder before it. Answers until when
    it may come."""
    given = timedelta(days=terms_of(held).send_days)
    data = {"return_id": str(held.id)}
    await rearm(work.session, EXPIRE, str(held.id), due_at=work.now + given, data=data)
    before = min(REMINDED_BEFORE, given / 2)
    await rearm(work.session, REMIND, str(held.id), due_at=work.now + given - before, data=data)
    return work.now + given


async def remind(work: Work, data: Mapping[str, Any]) -> None:
    """The time in which it may come is nearly over: the customer is reminded, while we still wait."""
    held = await _held(work, data)
    if held.status in ENDS_IN and not await is_out(work, held.id):
        await work.post(event(RETURN, held.id, "reminded"))


async def expire(work: Work, data: Mapping[str, Any]) -> None:
    """Nothing has come in the time that was given: the authorisation ends; not while another one is out in advance,
    which has times of its own."""
    held = await _held(work, data)
    if held.status in ENDS_IN and not await is_out(work, held.id):
        await work.post(move(RETURN, held.id, "expire"))


async def is_out(work: Work, return_id: UUID) -> bool:
    """Whether the customer has, or is about to get, another one before the old one has come."""
    return any(one.status in OUT for one in await advances.running(work.session, work.scope, return_id))


async def _held(work: Work, data: Mapping[str, Any]) -> ReturnView:
    """The return a timer is about, with its stream held."""
    return_id = UUID(data["return_id"])
    await engine.lock(work.session, [(await repository.one(work.session, work.scope, return_id)).stream_id])
    return await repository.one(work.session, work.scope, return_id)


async def label(work: Work, return_id: UUID, language: str) -> tuple[str, bytes]:
    """The number of the return, and its label as a PDF. Raises Conflict (`return.no_label`) before it is authorised
    and once it has come."""
    held = await repository.one(work.session, work.scope, return_id)
    if held.status not in SHOWN_IN:
        raise Conflict("return.no_label", "There is a label from when a return is allowed until it has reached us.")
    system = work.as_system()
    unit = await products.unit(system.session, system.scope, held.unit_id)
    branch = await auth.branch(system.session, system.scope, held.branch_id)
    lines = tuple(line.strip() for line in branch.address.splitlines() if line.strip())
    made = Label(language, held.number, unit.product_name, branch.name, lines, held.status == "pickup_scheduled")
    return held.number, await asyncio.to_thread(draw, made)
