"""“Tell me here”: the customer's browser asks to be told, or to be left alone."""

from typing import Annotated

from fastapi import Form, Response

from aftersales.http import CustomerWorkDep, customer_router
from aftersales.updates import browsers
from aftersales.updates.channels.push import PushChannel
from aftersales.updates.channels.ways import ways_on
from aftersales.updates.policy import PUSH
from aftersales.work import Work

router = customer_router()
Said = Annotated[str, Form(max_length=browsers.MAX_ENDPOINT)]


def offer(work: Work) -> dict[str, str] | None:
    """What the page needs to offer it; None where web push is off or the link only reads."""
    channel = ways_on(work.registry, work.settings).channels.get(PUSH)
    if work.scope.read_only or not isinstance(channel, PushChannel):
        return None
    return {"key": channel.public_key, "url": "/track/browser", "forget_url": "/track/browser/forget"}


@router.post("/track/browser", include_in_schema=False)
async def tell_me_here(work: CustomerWorkDep, endpoint: Said, p256dh: Said, auth: Said) -> Response:
    """Keep the browser's subscription for the person of the link."""
    await browsers.keep(work, endpoint=endpoint, p256dh=p256dh, auth=auth)
    return Response(status_code=204)


@router.post("/track/browser/forget", include_in_schema=False)
async def leave_me_alone(work: CustomerWorkDep, endpoint: Said) -> Response:
    """Let it go."""
    await browsers.forget(work.session, work.scope, endpoint)
    return Response(status_code=204)
