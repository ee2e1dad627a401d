"""Signing in and out, and the way to a person's own first page."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from aftersales import clock
from aftersales.auth import service, sessions
from aftersales.config import Settings
from aftersales.demo import Account, accounts
from aftersales.http import STAFF_COOKIE, WorkDep, cookie_name, refuse_cross_site, services, staff_router
from aftersales.i18n import DESK, N_
from aftersales.readable import refuse_unreadable
from aftersales.web.desk.shell import is_demo
from aftersales.web.refusals import reading
from aftersales.web.render import base_shell, page
from aftersales.work import Work

router = APIRouter(include_in_schema=False)
signed_in = staff_router()


async def _form(request: Request, login: str = "", error: str = "", status: int = 200) -> Response:
    fields = [
        {
            "name": "login",
            "label": N_("Sign-in name"),
            "kind": "text",
            "required": True,
            "value": login,
            "autocomplete": "username",
            "error": error,
        },
        {
            "name": "password",
            "label": N_("Password"),
            "kind": "password",
            "required": True,
            "autocomplete": "current-password",
        },
    ]
    language = reading(request, DESK)
    context: dict[str, Any] = {
        "shell": base_shell(request, language, staff=True),
        "csrf": "",
        "flash": "",
        "problem": None,
        "form": {"url": "/sign-in", "fields": fields},
        "demo": await _accounts(request) if is_demo(request) else [],
    }
    return page(request, "signin.html", context, language=language, status=status)


async def _accounts(request: Request) -> Sequence[Account]:
    found = services(request)
    async with found.database.sessions() as session:
        return await accounts(session, found.registry)


@router.get("/")
async def root() -> Response:
    """Staff begin at the desk; customers come by their links."""
    return RedirectResponse("/desk", 303)


@router.get("/sign-in")
async def sign_in_page(request: Request) -> Response:
    """The form."""
    return await _form(request)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Checks name and password; attempts are counted, and too many answered with 429."""
    refuse_cross_site(request)
    await refuse_unreadable(request)
    form = await request.form()
    login, password = str(form.get("login", ""))[:100], str(form.get("password", ""))[:200]
    found = services(request)
    ip = request.client.host if request.client else ""
    async with found.database.unit_of_work() as session:
        result = await service.sign_in(session, login=login, password=password, ip=ip, now=clock.now())
    if result.token is None:
        if result.retry_after:
            minutes = (result.retry_after + 59) // 60
            response = await _form(
                request, login, N_("Too many attempts. Try again in {minutes} minutes.").format(minutes=minutes), 429
            )
            response.headers["Retry-After"] = str(result.retry_after)
            return response
        return await _form(request, login, N_("Name or password is not right. Try again, or ask your manager."), 401)
    async with found.database.unit_of_work() as session:
        who = await sessions.signed_in(session, found.registry, found.settings, result.token, clock.now())
    screens = list(found.registry.screens)
    home = f"/{screens[0]}" if who is not None and who.scope.assigned_only and screens else "/desk"
    response = RedirectResponse(home, 303)
    keep(response, found.settings, result.token)
    return response


def keep(response: Response, settings: Settings, token: str) -> None:
    """Put the session into the answer's cookie: for this site alone, out of reach of scripts."""
    https = settings.base_url.startswith("https:")
    name = cookie_name(settings, STAFF_COOKIE)
    response.set_cookie(name, token, httponly=True, secure=https, samesite="lax", path="/")


async def forget(work: Work, request: Request, response: Response) -> None:
    """End the session on the server, then let the browser forget its cookie."""
    name = cookie_name(work.settings, STAFF_COOKIE)
    await service.sign_out(work.session, request.cookies.get(name, ""))
    response.delete_cookie(name, path="/", secure=work.settings.base_url.startswith("https:"), httponly=True)


@signed_in.post("/sign-out", include_in_schema=False)
async def sign_out(work: WorkDep, request: Request) -> Response:
    """Ends the session on the server, then forgets the cookie."""
    response = RedirectResponse("/sign-in", 303)
    await forget(work, request, response)
    # What was kept for the button that leads back is not the next person's.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


router.include_router(signed_in)
