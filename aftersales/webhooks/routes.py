"""Webhooks by the API."""

from uuid import UUID

from fastapi import Request, Response

from aftersales.errors import Invalid
from aftersales.http import Page, PageDep, WorkDep, staff_router
from aftersales.webhooks import repository, service
from aftersales.webhooks.permissions import MANAGE
from aftersales.webhooks.schemas import MadeOut, MessageOut, ReplayedOut, ReplayIn, WebhookIn, WebhookOut

api = staff_router("/webhooks", tags=["webhooks"])


@api.get("", name="list_webhooks")
async def list_webhooks(work: WorkDep) -> list[WebhookOut]:
    """Those that have not ended, the newest first."""
    work.scope.require(MANAGE)
    return [WebhookOut.model_validate(one) for one in await repository.webhooks(work.session, work.scope)]


@api.post("", name="add_webhook", status_code=201)
async def add_webhook(work: WorkDep, body: WebhookIn, request: Request, response: Response) -> MadeOut:
    """A new one. Its secret is in this answer alone, which is not kept: send no Idempotency-Key."""
    work.scope.require(MANAGE)
    _no_key(request)
    made, secret = await service.add(work, body)
    response.headers["Location"] = f"/api/v1/webhooks/{made}"
    return MadeOut(id=made, secret=secret)


@api.get("/{webhook_id}", name="get_webhook")
async def get_webhook(work: WorkDep, webhook_id: UUID) -> WebhookOut:
    """One of them."""
    work.scope.require(MANAGE)
    return WebhookOut.model_validate(await repository.webhook(work.session, work.scope, webhook_id))


@api.post("/{webhook_id}/rotate", name="rotate_webhook_secret")
async def rotate_webhook_secret(work: WorkDep, webhook_id: UUID, request: Request) -> MadeOut:
    """A new secret, in this answer alone. For a day messages carry both signatures."""
    work.scope.require(MANAGE)
    _no_key(request)
    return MadeOut(id=webhook_id, secret=await service.rotate(work, webhook_id))


@api.post("/{webhook_id}/pause", name="pause_webhook", status_code=204)
async def pause_webhook(work: WorkDep, webhook_id: UUID) -> Response:
    """Nothing is sent until it is resumed."""
    work.scope.require(MANAGE)
    await service.pause(work, webhook_id)
    return Response(status_code=204)


@api.post("/{webhook_id}/resume", name="resume_webhook")
async def resume_webhook(work: WorkDep, webhook_id: UUID) -> ReplayedOut:
    """Goes on, with what still waited first."""
    work.scope.require(MANAGE)
    return ReplayedOut(count=await service.resume(work, webhook_id))


@api.post("/{webhook_id}/end", name="end_webhook", status_code=204)
async def end_webhook(work: WorkDep, webhook_id: UUID) -> Response:
    """Ends it for good."""
    work.scope.require(MANAGE)
    await service.end(work, webhook_id)
    return Response(status_code=204)


@api.post("/{webhook_id}/replay", name="replay_webhook")
async def replay_webhook(work: WorkDep, webhook_id: UUID, body: ReplayIn) -> ReplayedOut:
    """Sends one message again, or those of a time, each under its own id."""
    work.scope.require(MANAGE)
    return ReplayedOut(count=await service.replay(work, webhook_id, body))


@api.get("/{webhook_id}/messages", name="list_webhook_messages")
async def list_webhook_messages(work: WorkDep, webhook_id: UUID, page: PageDep) -> Page[MessageOut]:
    """What was sent, the newest first, with every attempt of late."""
    work.scope.require(MANAGE)
    rows = await repository.messages(work.session, work.scope, webhook_id, after=page.after, limit=page.limit)
    more = str(rows[-1].id) if len(rows) == page.limit else None
    return Page(items=[MessageOut.model_validate(row) for row in rows], next=more)


def _no_key(request: Request) -> None:
    if request.headers.get("idempotency-key"):
        raise Invalid("idempotency.secret", "This answer holds a secret and is not kept: send no Idempotency-Key.")
