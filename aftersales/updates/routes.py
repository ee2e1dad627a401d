"""The API of updates: reading them, and sending one again."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from aftersales.http import Page, PageDep, WorkDep, staff_router
from aftersales.updates import repository, service
from aftersales.updates.machine import UpdateState
from aftersales.updates.permissions import VIEW
from aftersales.updates.schemas import UpdateOut

api = staff_router("/updates", tags=["updates"])


@api.get("", name="list_updates")
async def list_updates(
    work: WorkDep, page: PageDep, state: Annotated[list[UpdateState] | None, Query(max_length=10)] = None
) -> Page[UpdateOut]:
    """What customers were told and what was held back, newest first."""
    work.scope.require(VIEW)
    found = await repository.mailbox(
        work.session, work.scope, states=state or (), before=page.after, limit=page.limit + 1
    )
    items = [UpdateOut.model_validate(update) for update in found[: page.limit]]
    return Page(items=items, next=str(items[-1].id) if len(found) > page.limit else None)


@api.post("/{update_id}/retry", status_code=204, name="retry_update")
async def retry_update(work: WorkDep, update_id: UUID) -> None:
    """Send again what failed, came back, or was held back for want of an address."""
    await service.send_again(work, update_id)
