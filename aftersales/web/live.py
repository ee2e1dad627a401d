"""Live pages: an event whenever something was posted on the case that the page shows."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import StreamingResponse

from aftersales import clock
from aftersales.auth import links, sessions
from aftersales.errors import NotFound
from aftersales.http import (
    CUSTOMER_COOKIE,
    STAFF_COOKIE,
    CustomerWorkDep,
    WorkDep,
    cookie_name,
    customer_router,
    services,
    staff_router,
)
from aftersales.outbox.live import Live
from aftersales.scope import Scope
from aftersales.status import documents

router = staff_router()
Since = Annotated[int, Query(ge=0, le=2**62)]
customers = customer_router()


@router.get("/desk/cases/{case_id}/live", include_in_schema=False)
async def case_live(work: WorkDep, request: Request, case_id: UUID, since: Since = 0) -> StreamingResponse:
    """Server-sent events for the desk, from the version `since` that the page shows."""
    document = await documents.get(work.session, work.scope, case_id, "case")
    work.scope.require("case.view", document.branch_id)
    return _stream(request, case_id, STAFF_COOKIE, since)


@customers.get("/track/live", include_in_schema=False)
async def track_live(work: CustomerWorkDep, request: Request, since: Since = 0) -> StreamingResponse:
    """Server-sent events for the customer's page."""
    return _stream(request, work.scope.own_stream, CUSTOMER_COOKIE, since)


router.include_router(customers)


def _stream(request: Request, stream_id: UUID, cookie: str, since: int) -> StreamingResponse:
    hub: Live = request.app.state.live

    # The page's own version stands in the address for ever; a browser that comes back says what it was told last.
    known = max(since, _last_told(request))

    async def events() -> AsyncIterator[str]:
        yield "retry: 3000\n\n"
        async with hub.watch(stream_id, known or None) as changes:
            async for version in changes:
                if not await _still_allowed(request, cookie, stream_id):
                    yield "event: ended\ndata: \n\n"
                    return
                yield f"id: {version}\nevent: changed\ndata: {version}\n\n" if version is not None else ": \n\n"

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events(), media_type="text/event-stream", headers=headers)


def _last_told(request: Request) -> int:
    """The version in `Last-Event-ID`, 0 without one that could be ours."""
    told = request.headers.get("last-event-id", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 11 else 0


async def _visible(session: AsyncSession, scope: Scope, case_id: UUID) -> bool:
    try:
        await documents.get(session, scope, case_id, "case")
    except NotFound:
        return False
    return True


async def _still_allowed(request: Request, cookie: str, stream_id: UUID) -> bool:
    """A page left open must not outlive its session, nor the right to see the case: asked again at every event."""
    found = services(request)
    token = request.cookies.get(cookie_name(found.settings, cookie), "")
    async with found.database.sessions() as session:
        if cookie == STAFF_COOKIE:
            who = await sessions.signed_in(session, found.registry, found.settings, token, clock.now())
            return who is not None and await _visible(session, who.scope, stream_id)
        customer = await links.customer_scope(session, found.settings, token, clock.now())
        return customer is not None and customer.stream_id == stream_id
