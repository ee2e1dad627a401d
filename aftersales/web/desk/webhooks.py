"""Webhooks on the desk: who hears what, its secret shown once, every attempt, and sending again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from starlette.responses import RedirectResponse

from aftersales.errors import Invalid, Problem
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, day_time, several
from aftersales.web.desk.shell import desk
from aftersales.web.forms import validated
from aftersales.web.legal import ui_problem
from aftersales.web.render import page
from aftersales.webhooks import repository, service
from aftersales.webhooks.permissions import MANAGE
from aftersales.webhooks.repository import MessageView, WebhookView
from aftersales.webhooks.schemas import ReplayIn, WebhookIn
from aftersales.work import Work

router = staff_router()
HOME = "/desk/webhooks"
DAY = timedelta(days=1)
STATES = {
    "active": ("done", N_("Active")),
    "paused": ("waiting", N_("Paused")),
    "failed": ("trouble", N_("Paused: it failed for days")),
    "gone": ("trouble", N_("Stopped: the other side said it is gone")),
}
OUTCOMES = {
    "pending": ("waiting", N_("Waiting")),
    "delivered": ("done", N_("Delivered")),
    "dead": ("trouble", N_("Given up")),
}
PROBLEMS = {
    "refused_address": N_("The address leads into a network: nothing was sent."),
    "unknown_host": N_("Nobody knows this host."),
    "timeout": N_("No answer in time."),
    "certificate": N_("The certificate is not that of this host."),
    "tls": N_("No secure connection."),
    "no_connection": N_("No connection."),
    "broken_answer": N_("The answer broke off."),
}
VERBS = {
    "pause": (N_("Pause"), N_("What happens meanwhile is not kept for it."), False),
    "resume": (N_("Resume"), N_("What still waited goes first."), False),
    "rotate": (N_("Make a new secret"), N_("For a day messages carry both signatures."), False),
    "replay": (
        N_("Send the last day again"),
        N_("Each message under its own id, so that the other side knows it."),
        False,
    ),
    "end": (N_("End it"), N_("It hears nothing from this moment, for good."), True),
}


@router.get(HOME, include_in_schema=False)
async def webhooks(work: WorkDep, request: Request) -> Response:
    """The page."""
    work.scope.require(MANAGE)
    return await _list(request, work)


@router.post(HOME, include_in_schema=False)
async def add(work: WorkDep, request: Request) -> Response:
    """Makes one and shows its secret, this once. Takes no Idempotency-Key: the answer must not be kept."""
    work.scope.require(MANAGE)
    form = await request.form()
    if request.headers.get("idempotency-key") or form.get("key"):
        raise Invalid("idempotency.secret", "This answer holds a secret and is not kept: send no Idempotency-Key.")
    values = {name: str(form.get(name, "")) for name in ("name", "url", "events")}
    try:
        body = validated(WebhookIn, values | {"events": values["events"].replace(",", " ").split()})
        made, secret = await service.add(work, body)
    except Problem as problem:
        if problem.status != 422:
            raise
        return await _list(request, work, values=values, problem=problem)
    return await _one(request, work, made, secret=secret)


@router.get(HOME + "/{webhook_id}", include_in_schema=False)
async def webhook(work: WorkDep, request: Request, webhook_id: UUID, after: UUID | None = None) -> Response:
    """One of them, with what was sent to it."""
    work.scope.require(MANAGE)
    return await _one(request, work, webhook_id, after=after)


@router.post(HOME + "/{webhook_id}/rotate", include_in_schema=False)
async def rotate(work: WorkDep, request: Request, webhook_id: UUID) -> Response:
    """Makes a new secret and shows it, this once."""
    work.scope.require(MANAGE)
    if request.headers.get("idempotency-key") or (await request.form()).get("key"):
        raise Invalid("idempotency.secret", "This answer holds a secret and is not kept: send no Idempotency-Key.")
    secret = await service.rotate(work, webhook_id)
    return await _one(request, work, webhook_id, secret=secret)


@router.post(HOME + "/{webhook_id}/pause", include_in_schema=False)
async def pause(work: WorkDep, webhook_id: UUID) -> Response:
    """Sends nothing more."""
    work.scope.require(MANAGE)
    await service.pause(work, webhook_id)
    return RedirectResponse(f"{HOME}/{webhook_id}", 303)


@router.post(HOME + "/{webhook_id}/resume", include_in_schema=False)
async def resume(work: WorkDep, webhook_id: UUID) -> Response:
    """Goes on."""
    work.scope.require(MANAGE)
    await service.resume(work, webhook_id)
    return RedirectResponse(f"{HOME}/{webhook_id}", 303)


@router.post(HOME + "/{webhook_id}/end", include_in_schema=False)
async def end(work: WorkDep, webhook_id: UUID) -> Response:
    """Ends it for good."""
    work.scope.require(MANAGE)
    await service.end(work, webhook_id)
    return RedirectResponse(HOME, 303)


@router.post(HOME + "/{webhook_id}/replay", include_in_schema=False)
async def replay(work: WorkDep, request: Request, webhook_id: UUID) -> Response:
    """Sends one message again, or all of the last day."""
    work.scope.require(MANAGE)
    given = str((await request.form()).get("message_id", ""))
    body = validated(ReplayIn, {"message_id": given} if given else {"since": (work.now - DAY).isoformat()})
    await service.replay(work, webhook_id, body)
    return RedirectResponse(f"{HOME}/{webhook_id}", 303)


async def _list(
    request: Request, work: Work, *, values: dict[str, str] | None = None, problem: Problem | None = None
) -> Response:
    found = await repository.webhooks(work.session, work.scope)
    context = await desk(
        request,
        work,
        "webhooks",
        problem=ui_problem(problem) if problem else None,
        webhooks=[_row(one, request.state.who.timezone) for one in found],
        form={"url": HOME, "fields": _fields(values or {})},
    )
    return page(request, "desk/webhooks.html", context, status=problem.status if problem else 200)


async def _one(
    request: Request, work: Work, webhook_id: UUID, *, after: UUID | None = None, secret: str = ""
) -> Response:
    zone = request.state.who.timezone
    found = await repository.webhook(work.session, work.scope, webhook_id)
    sent = await repository.messages(work.session, work.scope, webhook_id, after=after)
    active = found.state == "active"
    verbs = ("pause", "replay", "rotate", "end") if active else ("resume", "rotate", "end")
    context = await desk(
        request,
        work,
        "webhooks",
        secret=secret,
        webhook=_row(found, zone),
        messages=[_message(one, found, zone) for one in sent],
        actions=[_action(found.id, verb) for verb in verbs],
        next_url=f"{HOME}/{webhook_id}?after={sent[-1].id}" if len(sent) == repository.PAGE else "",
    )
    return page(request, "desk/webhook.html", context)


def _action(webhook_id: UUID, verb: str) -> dict[str, Any]:
    label, explain, danger = VERBS[verb]
    return {"url": f"{HOME}/{webhook_id}/{verb}", "label": label, "danger": danger, "verb": verb, "explain": explain}


def _row(one: WebhookView, zone: str) -> dict[str, Any]:
    category, text = STATES[one.state]
    failing = one.failing_since
    if one.state == "active" and failing is not None:
        category, text = "waiting", N_("Failing since {when}").format(when=day_time(failing, zone))
    return {
        "name": one.name,
        "url": one.url,
        "events": ", ".join(one.events),
        "owner": one.owner,
        "where": N_("all centres")
        if one.branch_ids is None
        else several("{count} centre", "{count} centres", len(one.branch_ids)),
        "page_url": f"{HOME}/{one.id}",
        "category": category,
        "state_text": text,
    }


def _message(one: MessageView, webhook: WebhookView, zone: str) -> dict[str, Any]:
    category, text = OUTCOMES[one.state]
    again = _action(webhook.id, "replay") | {"label": N_("Send again"), "explain": ""}
    return {
        "id": str(one.id),
        "event": one.event,
        "at_text": day_time(one.created_at, zone),
        "category": category,
        "state_text": text,
        "body": one.body,
        "attempts_text": several("{count} attempt", "{count} attempts", one.attempts),
        "attempts": [
            {
                "at_text": day_time(attempt.at, zone),
                "took_text": f"{attempt.took_ms} ms",
                "status_text": str(attempt.status)
                if attempt.status
                else PROBLEMS.get(attempt.problem, attempt.problem),
                "answer": attempt.answer,
            }
            for attempt in one.last
        ],
        "again": again if webhook.state == "active" and one.state != "pending" else None,
    }


def _fields(values: dict[str, str]) -> list[dict[str, Any]]:
    told = {
        "name": (N_("Name"), N_("What it is, so that everybody knows it: Web shop, Warehouse."), 120),
        "url": (N_("Address"), N_("It begins with https:// and is not inside a network."), 2000),
        "events": (
            N_("Events"),
            N_("With spaces between: visit.* case.closed repair_order.ready, or * for all."),
            2000,
        ),
    }
    return [
        {
            "name": name,
            "label": label,
            "kind": "text",
            "required": True,
            "maxlength": longest,
            "value": values.get(name, ""),
            "help": text,
        }
        for name, (label, text, longest) in told.items()
    ]
