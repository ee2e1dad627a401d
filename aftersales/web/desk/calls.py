"""Whom we have promised to call, and by when."""

from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request, Response
from starlette.responses import RedirectResponse

from aftersales.http import WorkDep, staff_router
from aftersales.i18n import LANGUAGES, day_time, language_or_default
from aftersales.voice import call_backs, repository
from aftersales.voice.permissions import CALL_BACK, VIEW
from aftersales.web.desk.shell import desk
from aftersales.web.render import page

router = staff_router()
PAGE = 100


@router.get("/desk/calls", include_in_schema=False)
async def calls_to_make(work: WorkDep, request: Request) -> Response:
    """Everybody who waits, the one promised first on top."""
    work.scope.require(VIEW)
    zone = request.state.who.timezone
    found = await repository.call_backs(work.session, work.scope, limit=PAGE)
    rows = [
        {
            "id": one.id,
            "name": one.name_local or one.name,
            "number": one.number,
            "language": LANGUAGES[language_or_default(one.language)].name,
            "asked_text": day_time(one.asked_at, zone),
            "by_text": day_time(one.promised_at, zone),
            "late": one.promised_at < work.now,
            "missed": one.missed,
            "owner": one.owner,
            "case_number": one.case_number,
            "case_url": f"/desk/cases/{one.stream_id}" if one.stream_id else "",
            "find_url": f"/desk/search?{urlencode({'q': one.number})}",
            "done_url": f"/desk/calls/{one.id}/done" if work.scope.can(CALL_BACK) else "",
        }
        for one in found
    ]
    return page(request, "desk/call_backs.html", await desk(request, work, "calls", rows=rows))


@router.post("/desk/calls/{call_back_id}/done", include_in_schema=False)
async def called(work: WorkDep, call_back_id: UUID) -> Response:
    """They have been called."""
    case_id = await call_backs.done(work, call_back_id)
    return RedirectResponse(f"/desk/cases/{case_id}" if case_id else "/desk/calls", 303)
