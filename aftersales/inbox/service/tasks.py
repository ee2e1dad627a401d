"""Who waits for a person's answer, and by when it is promised; the answer itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales.auth import repository as auth
from aftersales.cases import repository as cases
from aftersales.cases.machine import CASE
from aftersales.cases.repository import CaseView
from aftersales.customers import repository as customers
from aftersales.errors import Conflict
from aftersales.i18n import N_, language_or_default
from aftersales.ids import new_id
from aftersales.inbox import repository
from aftersales.inbox.permissions import ANSWER
from aftersales.inbox.rules import due
from aftersales.inbox.schemas import Settled, Write
from aftersales.inbox.service import replies
from aftersales.inbox.service.replies import To
from aftersales.status import timeline
from aftersales.status.changes import event
from aftersales.status.machine import Audience
from aftersales.status.timeline import EntryView
from aftersales.updates.channels.ways import ways_on
from aftersales.updates.policy import window_until
from aftersales.work import Work

LOOKED_AT = 100
PAGE = "page"
"""The customer's own page, where they may write too: no channel of its own, its answers go as updates do."""


async def promise(
    work: Work, case_id: UUID, *, person_id: UUID, version: int, channel: str, asked: str, language: str
) -> datetime:
    """Somebody is to answer; answers by when it is promised, the earlier time where somebody waits already."""
    case = await cases.case(work.session, work.scope, case_id)
    zone = (await auth.branch(work.session, work.scope, case.branch_id)).timezone
    values = {
        "id": new_id(),
        "case_id": case_id,
        "person_id": person_id,
        "version": version,
        "channel": channel,
        "asked": asked,
        "language": language,
        "created_at": work.now,
        "due_at": by_when(work, zone),
    }
    by: datetime = await repository.open_task(work.session, work.scope, values)
    return by


def by_when(work: Work, zone: str) -> datetime:
    """When a message that comes now is answered."""
    return due(work.now, zone, work.settings.reply_minutes, work.settings.reply_hours)


async def last_word(work: Work, case_id: UUID) -> EntryView | None:
    """What the customer wrote last."""
    found = await timeline.latest(work.session, work.scope, case_id, Audience.STAFF, limit=LOOKED_AT)
    return next((one for one in found if one.name == "customer_wrote"), None)


async def way_back(work: Work, case: CaseView) -> tuple[To | None, datetime | None, str]:
    """Where an answer goes: the channel they wrote by, until when it takes our own words, and the channel's name.

    No `To` where that channel is off, closed, or none: then the answer goes as updates do.
    """
    last = await last_word(work, case.id)
    channel = str(last.data.get("channel") or PAGE) if last is not None else PAGE
    if last is None or last.actor.id is None or channel not in ways_on(work.registry, work.settings).channels:
        return None, None, channel
    system = work.as_system()
    known = await repository.last_address(work.session, system.scope, channel, last.actor.id)
    until = window_until(channel, known[1] if known else None, work.now)
    if known is None or until is None:
        return None, None, channel
    person = await customers.person(system.session, system.scope, last.actor.id)
    language = str(last.data.get("language") or person.language)
    to = To(channel, known[0], language_or_default(language), person_id=person.id)
    return to, until, channel


async def write(work: Work, case_id: UUID, body: Write) -> None:
    """Staff's own words to the customer: by the channel they wrote on while it is open, else as updates go."""
    case = await cases.case(work.session, work.scope, case_id)
    work.scope.require(ANSWER, case.branch_id)
    to, _, _ = await way_back(work, case)
    if to is None:
        await work.post(event(CASE, case_id, "we_wrote", note=body.words))
    else:
        data = {"channel": to.channel, "language": to.language}
        [entry] = await work.post(event(CASE, case_id, "we_answered", note=body.words, data=data))
        await replies.say(work, to, body.words, on=(case_id, entry.version))
    await repository.end_tasks(work.session, work.scope, [case_id], work.now, work.scope.staff_id)


async def settle_by_hand(work: Work, case_id: UUID, body: Settled) -> None:  # noqa: ARG001 - every verb takes a body
    """The matter was settled in another way, such as by telephone: nobody waits for an answer any more.

    Raises Conflict (`inbox.nobody_waits`) where nobody did.
    """
    case = await cases.case(work.session, work.scope, case_id)
    work.scope.require(ANSWER, case.branch_id)
    if not await repository.end_tasks(work.session, work.scope, [case_id], work.now, work.scope.staff_id):
        raise Conflict("inbox.nobody_waits", N_("Nobody waits for an answer on this case. Look at it again."))
    await work.post(event(CASE, case_id, "answer_settled"))


async def way_back_card(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """Who waits, by when, and by which channel an answer goes; None where the customer has written nothing."""
    case = await cases.case(work.session, work.scope, case_id)
    if await last_word(work, case_id) is None:
        return None
    to, until, channel = await way_back(work, case)
    waiting = await repository.tasks(work.session, work.scope, case_id=case_id, limit=1)
    zone = (await auth.branch(work.session, work.scope, case.branch_id)).timezone
    return {
        "due": waiting[0].due_at if waiting else None,
        "late": bool(waiting) and waiting[0].due_at < work.now,
        "zone": zone,
        "channel": channel,
        "direct": to is not None,
        "until": until if channel == "whatsapp" and to is not None else None,
        "replies": (await repository.replies(work.session, work.scope, case_id)).values(),
    }
