"""Every declared list as a file: one route for programs, one for the desk, both made here and nowhere else."""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import StreamingResponse

from aftersales import clock
from aftersales.http import WorkDep, services, staff_router
from aftersales.listing import address, chunks, filename, statement
from aftersales.module import Listing
from aftersales.registry import Registry
from aftersales.web.desk.shell import desk
from aftersales.web.render import page

MEDIA_TYPE = "text/csv; charset=utf-8"
router = staff_router()


def routers(registry: Registry) -> tuple[APIRouter, APIRouter]:
    """`GET /<list>.csv` of every list: to include under /api/v1, and under /desk."""
    api, pages = staff_router(), staff_router()
    for listing in registry.listings.values():
        endpoint = _endpoint(listing)
        api.add_api_route(
            f"/{listing.name}.csv",
            endpoint,
            methods=["GET"],
            name=f"{listing.name}_csv",
            operation_id=f"{listing.name}_csv",
            summary=f"{listing.title} as CSV",
            tags=["lists as files"],
            response_class=Response,
            responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
        )
        pages.add_api_route(f"/{listing.name}.csv", endpoint, methods=["GET"], include_in_schema=False)
    return api, pages


@router.get("/desk/downloads", include_in_schema=False)
async def downloads(work: WorkDep, request: Request) -> Response:
    """Every list that the reader may have as a file."""
    found = [one for one in work.registry.listings.values() if not one.permission or work.scope.can(one.permission)]
    files = [{"title": one.title, "url": address(one.name, {})} for one in sorted(found, key=lambda one: one.title)]
    return page(request, "desk/downloads.html", await desk(request, work, "downloads", files=files))


def _endpoint(listing: Listing) -> Callable[..., Coroutine[Any, Any, Response]]:
    async def endpoint(work: WorkDep, request: Request, filters: Any) -> Response:
        query = await statement(work, listing, filters)
        zone = request.state.who.timezone
        day = clock.business_date(work.now, zone)
        # Read after this request's own transaction has ended: a slow line holds none open.
        body: AsyncIterator[bytes] = chunks(services(request).database, listing, query, ZoneInfo(zone))
        headers = {
            "Content-Disposition": f'attachment; filename="{filename(listing, day)}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return StreamingResponse(body, media_type=MEDIA_TYPE, headers=headers)

    endpoint.__annotations__["filters"] = Annotated[listing.filters, Query()]
    endpoint.__doc__ = (
        "The whole list, not a page of it, with the same filters: UTF-8 with a byte order mark, the first line names "
        "the columns, amounts in major units beside their currency, times with their offset."
    )
    return endpoint
