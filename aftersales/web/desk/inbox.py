"""What waits for an answer, the oldest promise first, and the requests that are no cases yet."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from aftersales import phones
from aftersales.auth import repository as auth
from aftersales.errors import Problem
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, OFFERED, day_time
from aftersales.inbox import repository
from aftersales.inbox.machine import DraftState
from aftersales.inbox.models import InboxDraft
from aftersales.inbox.permissions import ANSWER, DECIDE
from aftersales.inbox.repository import TaskRow
from aftersales.inbox.schemas import Confirm, Decline
from aftersales.inbox.service import drafts
from aftersales.web.desk.entries import CHANNELS
from aftersales.web.desk.shell import desk
from aftersales.web.forms import validated
from aftersales.web.legal import ui_problem
from aftersales.web.render import page
from aftersales.work import Work

router = staff_router()
COMPLAINT = 2000
ASKED = {
    "person": N_("Wants to speak to a person"),
    "unknown": N_("Wrote to us"),
}


@router.get("/desk/inbox", include_in_schema=False)
async def inbox_page(work: WorkDep, request: Request) -> Response:
    """The page; two statements for each list, however long it is."""
    work.scope.require(ANSWER)
    return await show_inbox(request, work)


@router.get("/desk/inbox/photos/{photo_id}", include_in_schema=False)
async def photo(work: WorkDep, photo_id: UUID, small: bool = False) -> Response:
    """A photo of a request, which no browser may take for anything else."""
    work.scope.require(DECIDE)
    data = await repository.photo(work.session, work.scope, photo_id, small=small)
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=600",
    }
    return Response(data, media_type="image/jpeg", headers=headers)


@router.post("/desk/inbox/{draft_id}/confirm", include_in_schema=False)
async def confirm(work: WorkDep, request: Request, draft_id: UUID) -> Response:
    """Makes the request a case, in one click or with what was corrected."""
    work.scope.require(DECIDE)
    await repository.draft(work.session, work.scope, draft_id)
    form = await request.form()
    try:
        async with work.session.begin_nested():
            case_id = await drafts.confirm(work, draft_id, _body(Confirm, form))
    except Problem as problem:
        return await _again(request, work, draft_id, form, problem)
    return RedirectResponse(f"/desk/cases/{case_id}", 303)


@router.post("/desk/inbox/{draft_id}/decline", include_in_schema=False)
async def decline(work: WorkDep, request: Request, draft_id: UUID) -> Response:
    """Does not take the request; they are told why."""
    work.scope.require(DECIDE)
    await repository.draft(work.session, work.scope, draft_id)
    form = await request.form()
    try:
        async with work.session.begin_nested():
            await drafts.decline(work, draft_id, _body(Decline, form))
    except Problem as problem:
        return await _again(request, work, draft_id, form, problem)
    return RedirectResponse("/desk/inbox", 303)


def _body(schema: type[Any], form: FormData) -> Any:
    given = {name: value for name, value in form.items() if isinstance(value, str) and name in schema.model_fields}
    made: BaseModel = validated(schema, given)
    return made


async def _again(request: Request, work: Work, draft_id: UUID, form: FormData, problem: Problem) -> Response:
    if problem.status not in (409, 412, 422):
        raise problem
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    return await show_inbox(request, work, problem=problem, typed={draft_id: typed})


async def show_inbox(
    request: Request,
    work: Work,
    *,
    problem: Problem | None = None,
    typed: Mapping[UUID, Mapping[str, str]] | None = None,
) -> Response:
    """The page; after a refusal with the problem, and the form as it was sent."""
    zone = request.state.who.timezone
    waiting = await repository.tasks(work.session, work.scope)
    requests = await repository.drafts(work.session, work.scope) if work.scope.can(DECIDE) else []
    photos = await repository.photos(work.session, work.scope, [one.id for one in requests]) if requests else {}
    owners = await auth.staff_names(work.session, work.scope, {one.owner_id for one in waiting if one.owner_id})
    branches = await auth.branches(work.session, work.scope) if requests else []
    places = [{"value": str(one.id), "label": one.name} for one in branches if work.scope.can(DECIDE, one.id)]
    context = await desk(
        request,
        work,
        "inbox",
        tasks=[_task(work, one, owners, zone) for one in waiting],
        drafts=[_draft(work, one, photos, places, zone, (typed or {}).get(one.id, {})) for one in requests],
        problem=ui_problem(problem) if problem is not None else None,
    )
    return page(request, "desk/inbox.html", context, status=problem.status if problem is not None else 200)


def _task(work: Work, row: TaskRow, owners: Mapping[UUID, str], zone: str) -> dict[str, Any]:
    late = row.due_at < work.now
    by = day_time(row.due_at, zone)
    return {
        "url": f"/desk/cases/{row.case_id}#next",
        "number": row.number,
        "title": row.complaint,
        "who": row.name,
        "where": CHANNELS.get(row.channel, row.channel.capitalize()),
        "category": "trouble" if late else "waiting",
        "status_label": ASKED.get(row.asked, ASKED["unknown"]),
        "next_text": (N_("Promised by {by}, which is over") if late else N_("Promised by {by}")).format(by=by),
        "next_category": "trouble" if late else None,
        "owner": owners.get(row.owner_id, "") if row.owner_id else N_("Nobody yet"),
    }


def _draft(
    work: Work,
    row: InboxDraft,
    photos: Mapping[UUID, list[UUID]],
    places: list[dict[str, str]],
    zone: str,
    typed: Mapping[str, str],
) -> dict[str, Any]:
    asking = row.state == DraftState.ASKING
    known = {
        "name": row.sender_name or phones.spoken(row.sender),
        "branch_id": str(row.branch_id or ""),
        "complaint": row.words[:COMPLAINT],
        "language": row.language,
        "postcode": row.postcode or "",
        "reason": "",
        **typed,
    }
    return {
        "id": row.id,
        "sender": phones.spoken(row.sender) if row.sender.startswith("+") else row.sender,
        "name": row.sender_name,
        "channel": CHANNELS.get(row.channel, row.channel.capitalize()),
        "lang": row.language,
        "words": row.words,
        "at_text": day_time(row.created_at, zone),
        "due_text": "" if asking else day_time(row.due_at, zone),
        "category": "waiting" if asking else "trouble" if row.due_at < work.now else "open",
        "state_text": N_("Asked for what is missing") if asking else N_("To decide"),
        "photos": [
            {"url": f"/desk/inbox/photos/{one}", "thumb_url": f"/desk/inbox/photos/{one}?small=true"}
            for one in photos.get(row.id, [])
        ],
        "version": row.version,
        "known": row.person_id is not None,
        "edited": bool(typed),
        "fields": _fields(known, places, ask_name=row.person_id is None),
        "given": known,
    }


def _fields(known: Mapping[str, str], places: list[dict[str, str]], *, ask_name: bool) -> list[dict[str, Any]]:
    """What stands in the form already; a customer's name and language are theirs, not the sender's to change."""
    languages = [{"value": code, "label": language.name} for code, language in OFFERED.items()]
    found: list[dict[str, Any]] = [
        {"name": "name", "label": N_("Name"), "kind": "text" if ask_name else "hidden", "required": True},
        {"name": "complaint", "label": N_("What is wrong"), "kind": "textarea", "required": True},
        {"name": "branch_id", "label": N_("Service centre"), "kind": "select", "required": True, "options": places},
        {"name": "postcode", "label": "PIN code", "kind": "text", "inputmode": "numeric"},
        {"name": "language", "label": N_("Language"), "kind": "select" if ask_name else "hidden", "options": languages},
    ]
    return [{"required": False, "help": None, "error": None, **one, "value": known[one["name"]]} for one in found]
