"""Finding a purchase on the public page by phone, serial number and a one-time code.

Whether a phone or a number is known is told to nobody: what is answered, and what it costs, is the same either way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales.auth import codes
from aftersales.auth import repository as auth
from aftersales.errors import Conflict, Invalid, TooMany
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.outbox.schedule import schedule
from aftersales.status import documents
from aftersales.status.changes import NewDocument, move, open_document
from aftersales.work import Work
from rma import owners
from rma.enquiry import ENQUIRY
from rma.owners import Owner

LAPSE = "rma.lapse"
LASTS = timedelta(days=1)
CODE_LASTS = timedelta(minutes=30)
"""Long enough to look for the invoice and to take photos."""


async def ask(work: Work, phone: str, number: str) -> None:
    """Send a code to whoever owns the product that bears the number and has this phone; else do nothing.

    Asked for too often, no further code is sent, and that too is told to nobody.
    """
    system = work.as_system()
    owner = await owners.owner(system.session, system.scope, phone, number)
    if owner is None:
        return
    enquiry_id = await owners.enquiry(system.session, system.scope, owner.key) or await _opened(system, owner)
    if enquiry_id is None:
        return
    try:
        async with work.session.begin_nested():
            await codes.request(system, codes.RETURNS, enquiry_id, owner.unit_id, owner.person_id, ttl=CODE_LASTS)
    except TooMany:
        return


async def _opened(system: Work, owner: Owner) -> UUID | None:
    """A new enquiry; the one that somebody has opened at this very moment, if it can be seen by now."""
    try:
        async with system.session.begin_nested():
            return await _open(system, owner)
    except Conflict:
        return await owners.enquiry(system.session, system.scope, owner.key)


async def _open(system: Work, owner: Owner) -> UUID:
    branch_id = await owners.home_branch(system.session, system.scope, owner.customer_id)
    branch = await auth.branch(system.session, system.scope, branch_id)
    enquiry_id = new_id()
    new = NewDocument(
        stream_id=owner.unit_id,
        branch_id=branch.id,
        number=await system.numbers.next(f"{branch.code}-Q", system.now.astimezone(ZoneInfo(branch.timezone)).year),
        unit_id=owner.unit_id,
        customer_id=owner.customer_id,
        open_key=owner.key,
    )
    await system.post(open_document(ENQUIRY, enquiry_id, "ask", new))
    data = {"enquiry_id": str(enquiry_id)}
    await schedule(system.session, LAPSE, str(enquiry_id), due_at=system.now + LASTS, data=data)
    return enquiry_id


async def enter(work: Work, phone: str, number: str, given: str) -> tuple[Owner, UUID] | None:
    """Whose product it is, and the enquiry, for the right code; None for a wrong one, and for what is not known.

    **Commit** also when it is None: a wrong guess stays counted.
    """
    system = work.as_system()
    owner = await owners.owner(system.session, system.scope, phone, number)
    # Asked whoever it is, so that what is not known is answered no sooner.
    enquiry_id = await owners.enquiry(system.session, system.scope, owner.key if owner is not None else "")
    right = await codes.check(
        work.session,
        work.settings,
        purpose=codes.RETURNS,
        subject_id=enquiry_id or new_id(),
        given=given,
        now=work.now,
        person_id=owner.person_id if owner is not None else None,
    )
    return (owner, enquiry_id) if right and owner is not None and enquiry_id is not None else None


async def spend(work: Work, enquiry_id: UUID) -> None:
    """The code is used up. Raises Invalid (`auth.code_wrong`) for one that is so already."""
    if not await codes.consume(work.session, purpose=codes.RETURNS, subject_id=enquiry_id, now=work.now):
        raise Invalid("auth.code_wrong", N_("This code has been used already. Ask for a new one."))


async def use(work: Work, enquiry_id: UUID, case_id: UUID) -> None:
    """A case has taken the place of the enquiry."""
    await work.as_system().post(move(ENQUIRY, enquiry_id, "use", data={"case": case_id}))


@dataclass(frozen=True, slots=True)
class Before:
    """What was sent before with the same code: the case that it opened, and when."""

    case_id: UUID
    person_id: UUID
    at: datetime


async def before(work: Work, phone: str, number: str, given: str) -> Before | None:
    """What was sent with this code before; None for a wrong one, and for what is not known.

    **Commit** also when it is None: a wrong guess stays counted.
    """
    system = work.as_system()
    owner = await owners.owner(system.session, system.scope, phone, number)
    found = await codes.spent(
        work.session,
        work.settings,
        purpose=codes.RETURNS,
        stream_id=owner.unit_id if owner is not None else new_id(),
        person_id=owner.person_id if owner is not None else new_id(),
        given=given,
        now=work.now,
    )
    if owner is None or found is None:
        return None
    case_id = await owners.led_to(system.session, system.scope, found[0])
    return Before(case_id, owner.person_id, found[1]) if case_id is not None else None


async def lapse(work: Work, data: Mapping[str, Any]) -> None:
    """Nobody has entered the code."""
    found = await documents.get(work.session, work.scope, UUID(data["enquiry_id"]), ENQUIRY.name)
    if found.status == "asked":
        await work.post(move(ENQUIRY, found.id, "lapse"))
