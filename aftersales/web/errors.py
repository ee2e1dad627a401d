"""Errors as answers: problem+json (RFC 9457) for programs, a page for people."""

import errno
import logging
from typing import Any, cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse

from aftersales.errors import Invalid, NotFound, Problem, TooMany, Unauthenticated
from aftersales.http import API, bearer_token
from aftersales.i18n import DESK, N_
from aftersales.logs import places
from aftersales.web.forms import invalid
from aftersales.web.openapi import methods_at
from aftersales.web.refusals import BACK, PLACES, for_customer, reading
from aftersales.web.render import base_shell, desk_language, page

log = logging.getLogger("aftersales.http")


def install(app: FastAPI) -> None:
    """Make every error of the application an answer a caller can act on."""

    async def on_problem(request: Request, error: Exception) -> Response:
        return answer(request, cast(Problem, error))

    async def on_invalid(request: Request, error: Exception) -> Response:
        return answer(request, invalid(cast(RequestValidationError, error).errors()))

    async def on_http(request: Request, error: Exception) -> Response:
        refused = cast(HTTPException, error)
        if refused.status_code == 404:
            return answer(request, NotFound("http.not_found", "There is nothing at this address."))
        if refused.status_code == 400:
            return answer(request, Invalid("http.unreadable", "The body cannot be read: send valid UTF-8 JSON."))
        made = Problem(f"http.{refused.status_code}", str(refused.detail))
        made.status = refused.status_code
        headers = dict(refused.headers or {})
        if refused.status_code == 405 and (methods := methods_at(request.app, request.url.path)):
            # The router names those of the first route that it met, and verbs of one address lie in several.
            headers["Allow"] = ", ".join(methods)
        return answer(request, made, headers=headers)

    async def on_unicode(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the handler's shape
        return answer(request, Invalid("http.unreadable", "The body cannot be read: send valid UTF-8."))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(UnicodeDecodeError, on_unicode)
    for kind in (DBAPIError, PoolTimeout, ConnectionError):
        app.add_exception_handler(kind, _on_database)
    app.add_exception_handler(OSError, _on_disk)
    app.add_exception_handler(Exception, _on_bug)


async def _on_database(request: Request, error: Exception) -> Response:
    """What it could not carry out is our mistake; anything else means that it is not well."""
    if isinstance(error, ProgrammingError | IntegrityError | DataError) or _state_of(error).startswith("22"):
        return await _on_bug(request, error)
    log.error("database: %s %s", type(error).__name__, _state_of(error))
    # Lost on the way to the commit or on the way back: which of the two, nobody can say.
    said = N_("The database does not answer. Look in a moment whether it was done, and repeat it if it was not.")
    made = Problem("http.unavailable", said)
    made.status, made.title = 503, N_("For the moment not available")
    return answer(request, made, headers={"Retry-After": "2"})


async def _on_disk(request: Request, error: Exception) -> Response:
    """A disk that is full takes no photos; what needs no room goes on."""
    if getattr(error, "errno", None) not in (errno.ENOSPC, errno.EDQUOT):
        return await _on_bug(request, error)
    log.error("no space left for files")
    made = Problem("http.no_space", "There is no room left for files. Nothing was changed: tell whoever runs this.")
    made.status, made.title = 503, N_("For the moment not available")
    return answer(request, made, headers={"Retry-After": "60"})


async def _on_bug(request: Request, error: Exception) -> Response:
    # What an error says can hold what people wrote: its class and its places are enough to find it.
    facts = {"error": type(error).__name__, "sqlstate": _state_of(error), "places": places(error)}
    log.error("unexpected", extra={"facts": facts})
    made = Problem(
        "http.unexpected",
        "Something is wrong on our side. Nothing was changed. If it happens again, tell the support the request id.",
    )
    made.status, made.title = 500, N_("Something went wrong")
    # This answer is sent from outside of what dresses all others.
    own = getattr(request.state, "own_headers", [])
    return answer(request, made, headers={name.decode(): value.decode() for name, value in own})


def _challenge(request: Request, error: Problem) -> str | None:
    """What RFC 6750 has a refusal say of the token: nothing was wrong with one that was not sent."""
    said = 'Bearer realm="aftersales"'
    if error.status == 401 and error.code.startswith("auth.token_"):
        return f'{said}, error="invalid_token", error_description="{error.detail}"'
    if error.code == "auth.permission_missing" and bearer_token(request) is not None:
        return f'{said}, error="insufficient_scope", scope="{error.extra.get("permission", "")}"'
    return said if error.status == 401 else None


def _state_of(error: Exception) -> str:
    """The SQLSTATE of an error of the database, else nothing."""
    return str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")


def answer(request: Request, error: Problem, *, headers: dict[str, str] | None = None) -> Response:
    """The error as JSON under /api, /hooks and /voice, as a page elsewhere; a signed-out person is shown the way in."""
    headers = dict(headers or {})
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.extra.get("retry_after", 60))
    if request.url.path.startswith((API, "/hooks/", "/voice/")):
        if (challenge := _challenge(request, error)) is not None:
            headers["WWW-Authenticate"] = challenge
        body = {"type": "about:blank", "status": error.status, "title": error.title, "code": error.code}
        body |= {"detail": error.detail, "request_id": getattr(request.state, "request_id", "")}
        return JSONResponse(
            body | {k: v for k, v in error.extra.items() if k not in body},
            error.status,
            headers=headers,
            media_type="application/problem+json",
        )
    if (way := _way_in(request, error)) is not None:
        if request.headers.get("hx-request"):
            return Response(status_code=204, headers={"HX-Redirect": way})
        return RedirectResponse(way, 303)
    customer = request.url.path.startswith(PLACES)
    language = _language(request, customer=customer)
    words = for_customer(error, language) if customer else {"title": error.title, "detail": error.detail}
    shown: dict[str, Any] = {
        "shell": base_shell(request, language),
        "csrf": "",
        "flash": "",
        "problem": None,
        "kept": [],
        "error": {
            "status": error.status,
            "reference": getattr(request.state, "request_id", ""),
            "next": _ways_on(error, customer=customer),
            **words,
        },
    }
    response = page(request, "error.html", shown, language=language, status=error.status)
    response.headers.update(headers)
    return response


def _language(request: Request, *, customer: bool) -> str:
    """Of whoever is signed in; before that is known, what the browser asks for."""
    if customer:
        return reading(request)
    return desk_language(request) if getattr(request.state, "who", None) is not None else reading(request, DESK)


def _way_in(request: Request, error: Problem) -> str | None:
    """Where staff are sent instead of being refused: to sign in, or to choose a password first."""
    if error.code == "auth.password_first":
        return "/desk/account"
    signed_out = isinstance(error, Unauthenticated) and not request.url.path.startswith("/track")
    return "/sign-in" if signed_out else None


def _ways_on(error: Problem, *, customer: bool) -> list[dict[str, str]]:
    """Where one can go from an error's page; a customer without a good link has nowhere but our message."""
    if not customer:
        return [{"label": N_("To the desk"), "url": "/desk"}]
    lost = isinstance(error, Unauthenticated) or error.code == "auth.link"
    return [] if lost else [{"label": BACK, "url": "/track"}]
