"""The demonstration's mailbox: what the customers of the latest cases would have been told, and whether they read it.

Demonstration data tells nobody; these records are written straight into the built-in mailbox, never to a mail server.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, cast, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.status import engine
from aftersales.status.models import Document, TimelineEntry
from aftersales.updates import registrations, service
from aftersales.updates.machine import UpdateState
from aftersales.updates.matrix import APPROVED, Registration
from aftersales.updates.models import CustomerUpdate
from aftersales.updates.policy import SMS
from aftersales.updates.standing import as_posted
from aftersales.work import Work

CASES, EARLIER = 12, 6
READ = ("en", "te", "hi")
ENTITY = "1201159100000000000"
UNREAD = timedelta(hours=20)


async def fill(work: Work, world: dict[str, Any]) -> None:
    """Tell the customers of the last `CASES` cases, and of the `EARLIER` ones that are under way for longest, what has
    happened on them, at the time it did."""
    opened = sorted(world["cases"], key=lambda one: one["opened_at"])
    latest = [one["case_id"] for one in opened[-CASES:]]
    running = select(Document.id).where(Document.machine == "case", Document.category == "open")
    old = running.where(Document.id.not_in(latest)).order_by(Document.opened_at).limit(EARLIER)
    stream_ids = [*latest, *await work.session.scalars(old)]
    told = {(text.machine, text.to or text.event) for text in work.registry.tells}
    mailbox = replace(work, registry=work.registry.without_ways())
    query = select(TimelineEntry).where(TimelineEntry.stream_id.in_(stream_ids))
    entries = await work.session.scalars(query.order_by(TimelineEntry.stream_id, TimelineEntry.version))
    for entry in entries.all():
        if (entry.machine, entry.to_status or entry.name) in told:
            # What they would have been told, had it been real.
            await service.tell(replace(mailbox, now=entry.at), replace(as_posted(entry), origin=engine.LIVE))
    await _read(work.session, work.now)


async def register(work: Work, world: dict[str, Any]) -> None:  # noqa: ARG001 - the shape of a part
    """What the company's customers read is registered and approved for every brand, so that SMS and WhatsApp could be
    tried at once."""
    every = await registrations.templates(work, READ)
    await registrations.keep(work, [_approved(number, one) for number, one in enumerate(every)])


def _approved(number: int, one: Registration) -> Registration:
    sender = {"header": "GDVSVC", "entity": ENTITY} if one.channel == SMS else {}
    return replace(one, name=_template(number, one), state=APPROVED, **sender)


def _template(number: int, one: Registration) -> str:
    """A DLT id has 19 digits; Meta's names are small letters, digits and underscores."""
    if one.channel == SMS:
        return f"1107{number:015d}"
    return f"{one.text}_{one.brand}".lower().replace(".", "_").replace(" ", "_")


async def _read(session: AsyncSession, now: datetime) -> None:
    """Four of five have read theirs within the hour; the newest are still unread."""
    chance = func.abs(func.hashtext(cast(CustomerUpdate.id, String)))
    after = func.make_interval(0, 0, 0, 0, 0, chance % 69 + 2)
    await session.execute(
        update(CustomerUpdate)
        .where(CustomerUpdate.state == UpdateState.SENT, CustomerUpdate.sent_at < now - UNREAD, chance % 5 != 0)
        .values(state=UpdateState.READ, delivered_at=CustomerUpdate.sent_at, read_at=CustomerUpdate.sent_at + after)
        .execution_options(synchronize_session=False)
    )
