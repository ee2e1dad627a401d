"""What customers were told, and what got stuck on its way."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request, Response
from starlette.responses import RedirectResponse

from aftersales.auth import links
from aftersales.cases.repository import CaseFilter, listed
from aftersales.errors import NotFound
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, day_time
from aftersales.listing import address
from aftersales.outbox import repository as outbox
from aftersales.outbox import service as outbox_service
from aftersales.updates import attempts
from aftersales.updates import repository as updates
from aftersales.updates import service as updates_service
from aftersales.updates.attempts import Before
from aftersales.updates.channels.ways import ways_on
from aftersales.updates.machine import STATES, UpdateState
from aftersales.updates.permissions import RETRY
from aftersales.updates.policy import MAILBOX
from aftersales.updates.repository import UpdateView
from aftersales.web.desk.entries import channel_label, reason_text
from aftersales.web.desk.shell import capped, desk, is_demo
from aftersales.web.render import page
from aftersales.work import Work

router = staff_router()
PAGE = 30
TABS: tuple[tuple[str, str, tuple[UpdateState, ...], str | None], ...] = (
    ("all", N_("All"), (), None),
    ("waiting", N_("On their way"), (UpdateState.QUEUED, UpdateState.SENDING, UpdateState.RETRYING), "open"),
    ("withheld", N_("Held back"), (UpdateState.WITHHELD,), "waiting"),
    ("trouble", N_("Failed"), (UpdateState.FAILED, UpdateState.BOUNCED), "trouble"),
)


@router.get("/desk/outgoing", include_in_schema=False)
async def outgoing(
    work: WorkDep,
    request: Request,
    show: Annotated[str, Query(pattern="^(all|waiting|withheld|trouble)$")] = "all",
    before: UUID | None = None,
) -> Response:
    """Messages, newest first, in their very words."""
    work.scope.require("updates.view")
    counts = await updates.counts(work.session, work.scope)
    states = next(states for name, _, states, _ in TABS if name == show)
    found = await updates.mailbox(work.session, work.scope, states=states, before=before, limit=PAGE)
    former = await attempts.before(work.session, [update.id for update in found if update.turn])
    tabs = [
        {
            "label": label,
            "url": f"/desk/outgoing?{urlencode({'show': name})}",
            "current": name == show,
            "count_text": capped(sum(counts.get(s, 0) for s in wanted)) if wanted else "",
            "category": category,
        }
        for name, label, wanted, category in TABS
    ]
    more = urlencode({"show": show, "before": str(found[-1].id)}) if len(found) == PAGE else ""
    context = await desk(
        request,
        work,
        "outgoing",
        demo=is_demo(request) and ways_on(work.registry, work.settings).order == (MAILBOX,),
        tabs=tabs,
        messages=[await _message(work, one, request.state.who.timezone, former.get(one.id, ())) for one in found],
        next_url=f"/desk/outgoing?{more}" if more else "",
        csv_url=address("updates", {"state": [str(state) for state in states]}),
    )
    return page(request, "desk/mailbox.html", context)


async def _message(work: Work, update: UpdateView, zone: str, before: Sequence[Before]) -> dict[str, Any]:
    state = STATES[update.state]
    again = update.state in (UpdateState.FAILED, UpdateState.BOUNCED) and work.scope.can(RETRY)
    return {
        "id": update.id,
        "to_name": update.name_local or update.name,
        "to_lang": update.language,
        "to_address": update.email or "",
        "purpose_label": N_("tried {count} times").format(count=update.attempts) if update.attempts > 1 else "",
        "channel": channel_label(update.channel),
        "category": str(state.category),
        "state_text": state.label,
        "at_text": day_time(update.sent_at or update.created_at, zone),
        "reason": reason_text(update, zone, before),
        "subject": update.subject,
        "words": await updates_service.shown(work, update),
        "lang": update.language,
        "case_number": update.number,
        "case_url": f"/desk/cases/{update.stream_id}",
        "link_url": f"/desk/outgoing/{update.id}/link" if work.settings.demo else "",
        "retry": {"url": f"/desk/outgoing/{update.id}/again", "label": N_("Send again"), "verb": "again"}
        if again
        else None,
    }


@router.get("/desk/outgoing/{update_id}/link", include_in_schema=False)
async def open_as_customer(work: WorkDep, update_id: UUID) -> Response:
    """In a demonstration alone: what the recipient of this message sees when they open its link."""
    if not work.settings.demo:
        raise NotFound("http.not_found", "There is nothing at this address.")
    update = await updates.one(work.session, work.scope, update_id)
    link = await links.issue(work.session, stream_id=update.stream_id, person_id=update.person_id, now=work.now)
    return RedirectResponse(links.url(work.settings, link), 303)


@router.post("/desk/outgoing/{update_id}/again", include_in_schema=False)
async def send_again(work: WorkDep, update_id: UUID) -> Response:
    """Puts a message that went wrong into the queue once more."""
    await updates_service.send_again(work, update_id)
    return RedirectResponse("/desk/outgoing?show=trouble", 303)


@router.get("/desk/deliveries", include_in_schema=False)
async def deliveries(work: WorkDep, request: Request, after: UUID | None = None) -> Response:
    """Deliveries that failed too often and wait for a person."""
    work.scope.require("outbox.view")
    found = await outbox.dead(work.session, work.scope, after=after, limit=PAGE)
    waiting = await outbox.pending(work.session, work.scope)
    streams = [letter.stream_id for letter in found if letter.stream_id is not None]
    cases = {row.id for row in await listed(work.session, work.scope, CaseFilter(ids=streams), limit=PAGE)}
    letters = [
        {
            "id": letter.id,
            "subscriber": letter.subscriber,
            "what": letter.key or N_("entry {version}").format(version=letter.version),
            "number": N_("The case") if letter.stream_id in cases else "",
            "case_url": f"/desk/cases/{letter.stream_id}" if letter.stream_id in cases else "",
            "attempts_text": N_("tried {count} times").format(count=letter.attempts),
            "failed_at_text": day_time(letter.created_at, request.state.who.timezone),
            "error": letter.error or "",
            "retry": {"url": f"/desk/deliveries/{letter.id}/retry", "label": N_("Try again"), "verb": "retry"},
        }
        for letter in found
    ]
    total = sum(one.waiting for one in waiting)
    context = await desk(
        request,
        work,
        "deliveries",
        letters=letters,
        waiting_text=N_("{total} more are on their way or will be tried again by themselves.").format(total=total)
        if total
        else "",
        next_url=f"/desk/deliveries?after={found[-1].id}" if len(found) == PAGE else "",
        csv_url=address("deliveries", {}),
    )
    return page(request, "desk/deliveries.html", context)


@router.post("/desk/deliveries/{delivery_id}/retry", include_in_schema=False)
async def retry(work: WorkDep, delivery_id: UUID) -> Response:
    """Gives a dead delivery a new life."""
    await outbox_service.retry_dead(work, delivery_id)
    return RedirectResponse("/desk/deliveries", 303)
