"""The page of one document at the desk: what its module shows of it, and what can be done with it."""

from typing import Any

from fastapi import Request, Response

from aftersales.status.documents import DocumentView
from aftersales.web.desk.shell import desk
from aftersales.web.legal import Failed, offers, ui_actions, unplaced
from aftersales.web.render import page
from aftersales.work import Work


async def home_page(
    request: Request,
    work: Work,
    document: DocumentView,
    template: str,
    current: str,
    *,
    failed: Failed | None,
    **context: Any,
) -> Response:
    """The template with this context, and with `actions` and `blocked` as a case has them; with `failed`, its form
    again as it was sent. `current` is the place on the rail."""
    free, blocked = await offers(work, document)
    own = (document, failed) if failed is not None else None
    actions = await ui_actions(work, [(document, action) for action in free], failed=own)
    shown = await desk(request, work, current, actions=actions, blocked=blocked, **context)
    problem = unplaced(failed, actions)
    if problem is not None:
        shown["problem"] = problem
    return page(request, template, shown, status=failed.problem.status if failed is not None else 200)
