"""One request, one unit of work.

`staff_router()` and `customer_router()` make routers whose routes open the unit of work, recognise the caller, check
the CSRF token and the idempotency key, run the endpoint, keep its answer when a key was given, and commit **before**
the answer is sent. An endpoint asks for `WorkDep` (staff) or `CustomerWorkDep` (a customer's link) and returns; it
never commits. Whatever it raises rolls everything back.
"""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import clock
from aftersales.auth import clients, csrf, idempotency, limits, links, sessions
from aftersales.auth.limits import Allowance
from aftersales.auth.sessions import SignedIn
from aftersales.config import Settings
from aftersales.db.reading import remember
from aftersales.db.session import Database
from aftersales.errors import Forbidden, Invalid, TooMany, Unauthenticated
from aftersales.readable import body_digest, refuse_unreadable
from aftersales.registry import Registry
from aftersales.scope import ActorKind, Scope
from aftersales.status.numbers import Numbers
from aftersales.work import Work

STAFF_COOKIE = "aftersales"
CUSTOMER_COOKIE = "aftersales_case"
API = "/api/"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Where somebody may go who has to choose a password first.
BEFORE_OWN_PASSWORD = frozenset(
    {"/desk/account", "/desk/account/password", "/desk/account/language", "/sign-out", "/api/v1/session", "/api/v1/me"}
)
T = TypeVar("T")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


@dataclass(frozen=True, slots=True)
class Services:
    """What the composition root puts at `app.state.services`."""

    settings: Settings
    database: Database
    registry: Registry
    numbers: Numbers


def services(request: Request) -> Services:
    """The application's services."""
    found: Services = request.app.state.services
    return found


def cookie_name(settings: Settings, name: str) -> str:
    """The cookie's name: `__Host-` prefixed wherever the site is served over https."""
    return f"__Host-{name}" if settings.base_url.startswith("https:") else name


class _WorkRoute(APIRoute, ABC):
    """Everything but who the caller is."""

    cookie: str
    signed_out: Callable[[], Unauthenticated]

    @abstractmethod
    async def caller(self, request: Request, session: AsyncSession, token: str) -> tuple[Scope, str] | None:
        """The caller's scope and CSRF token, None without a live session; leaves the view at `request.state.who`."""

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            found = services(request)
            bearer = bearer_token(request)
            client = await _recognised(request, bearer) if bearer is not None else None
            token = request.cookies.get(cookie_name(found.settings, self.cookie), "")
            if client is None and not token:
                raise self.signed_out()
            # Uploads that an endpoint took from the form itself are closed with it.
            async with contextlib.AsyncExitStack() as stack:
                stack.push_async_callback(request.close)
                # The body is read first: a slow phone must not hold a connection and a transaction meanwhile.
                await refuse_unreadable(request)
                session = await stack.enter_async_context(found.database.unit_of_work())
                if client is not None:
                    # No browser adds this header by itself, so no other site can have sent it: nothing to check.
                    scope, csrf_token = client.scope, None
                else:
                    known = await self.caller(request, session, token)
                    if known is None:
                        raise self.signed_out()
                    scope, csrf_token = known
                if request.method in SAFE:
                    remember(session)
                elif csrf_token is not None:
                    await _check_csrf(request, csrf_token)
                request.state.work = Work(
                    session=session,
                    scope=scope,
                    registry=found.registry,
                    numbers=found.numbers,
                    settings=found.settings,
                    now=clock.now(),
                    if_version=if_match(request.headers.get("if-match")),
                )
                return await self._once(request, session, scope, inner)

        return handler

    async def _once(self, request: Request, session: AsyncSession, scope: Scope, inner: Handler) -> Response:
        if request.method in SAFE:
            return await inner(request)
        key = request.headers.get("idempotency-key")
        if key is None:
            key = await _key_of_form(request)
        if key is None:
            return await inner(request)
        principal = f"{scope.actor.kind}:{scope.actor.id}"
        route = f"{request.method} {request.scope['path']}"
        digest = await body_digest(request)
        replay = await idempotency.begin(session, principal=principal, route=route, key=key, body_hash=digest)
        if replay is not None:
            return Response(replay.body, replay.status, headers={**replay.headers, "Idempotency-Replayed": "true"})
        response = await inner(request)
        if response.status_code >= 400:
            # A form shown again with what is wrong in it: nothing was carried out that could be reported later.
            return response
        kept = {n: v for n, v in response.headers.items() if n in ("content-type", "etag", "location")}
        await idempotency.store(
            session,
            principal=principal,
            route=route,
            key=key,
            body_hash=digest,
            status=response.status_code,
            headers=kept,
            body=bytes(response.body),
        )
        return response


def _sign_in() -> Unauthenticated:
    return Unauthenticated("auth.sign_in", "Your session has ended, or you are not signed in. Sign in first.")


def _open_link() -> Unauthenticated:
    return Unauthenticated("auth.open_link", "Open the link from our latest message to you again.")


class StaffRoute(_WorkRoute):
    """For signed-in staff and, under /api/, programs with a token; 401 `auth.sign_in` for everybody else."""

    cookie = STAFF_COOKIE
    signed_out = staticmethod(_sign_in)

    async def caller(self, request: Request, session: AsyncSession, token: str) -> tuple[Scope, str] | None:
        """Whoever signed in with this cookie.

        Raises Forbidden (`auth.password_first`) where they have yet to choose a password of their own.
        """
        found = services(request)
        who = await sessions.signed_in(session, found.registry, found.settings, token, clock.now())
        request.state.who = who
        if who is not None and who.must_change and request.scope["path"] not in BEFORE_OWN_PASSWORD:
            raise Forbidden("auth.password_first", "Choose a password of your own first, on your account’s page.")
        return (who.scope, who.csrf_token) if who is not None else None


class CustomerRoute(_WorkRoute):
    """For whoever opened a customer link, else 401 `auth.open_link`; read-only links may only read."""

    cookie = CUSTOMER_COOKIE
    signed_out = staticmethod(_open_link)

    async def caller(self, request: Request, session: AsyncSession, token: str) -> tuple[Scope, str] | None:
        """Whoever opened the link that this cookie was given for."""
        found = services(request)
        who = await links.customer_scope(session, found.settings, token, clock.now())
        if who is not None and who.read_only and request.method not in SAFE:
            raise Forbidden("auth.read_only_link", "This printed link only reads. Use the link in our messages.")
        request.state.who = who
        return (who.scope, who.csrf_token) if who is not None else None


class PublicRoute(APIRoute):
    """For anybody: nobody is recognised, and each address is counted."""

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            found = services(request)
            limit = limits.per_minute("address", found.settings.public_requests_per_minute)
            address = request.client.host if request.client else ""
            async with found.database.unit_of_work() as session:
                [left] = await limits.taken(session, [(limit, address)], clock.now())
            _refuse_over(request, left)
            return await inner(request)

        return handler


def bearer_token(request: Request) -> str | None:
    """What an `Authorization: Bearer` header of a request to the API holds; None without one, and on all pages."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and request.url.path.startswith(API) else None


async def _recognised(request: Request, bearer: str) -> SignedIn:
    """The API client, counted, in a transaction of its own. Raises Unauthenticated and TooMany."""
    found = services(request)
    async with found.database.unit_of_work() as session:
        known = await clients.recognise(session, found.registry, found.settings, bearer, clock.now())
    _refuse_over(request, known.allowance)
    request.state.who = known.who
    return known.who


def _refuse_over(request: Request, left: Allowance) -> None:
    """Says what is left in the headers of whatever is answered. Raises TooMany (`auth.too_many_requests`)."""
    request.state.own_headers.extend(left.headers)
    if left.wait is not None:
        raise TooMany(
            "auth.too_many_requests", "Too many requests. Come again when Retry-After says.", retry_after=left.wait
        )


def public_router(prefix: str = "", *, tags: Sequence[str] = ()) -> APIRouter:
    """A router of the API for anybody."""
    return APIRouter(prefix=prefix, tags=list(tags), route_class=PublicRoute)


def staff_router(prefix: str = "", *, tags: Sequence[str] = ()) -> APIRouter:
    """A router for signed-in staff; put it in a manifest's `api` (under /api/v1) or `pages`."""
    return APIRouter(prefix=prefix, tags=list(tags), route_class=StaffRoute)


def customer_router(prefix: str = "", *, tags: Sequence[str] = ()) -> APIRouter:
    """A router for customers with a link; put it in a manifest's `pages` (under /track)."""
    return APIRouter(prefix=prefix, tags=list(tags), route_class=CustomerRoute)


def own_path(request: Request, address: str) -> str | None:
    """The path of an address on this very site (scheme aside: a proxy may end TLS); None for any other."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts.path if parts.netloc and parts.netloc == request.headers.get("host") else None


def refuse_cross_site(request: Request) -> None:
    """Raise Forbidden (`auth.cross_site`) for what a page of another site had a browser send."""
    origin = request.headers.get("origin")
    if origin is not None and own_path(request, origin) is None:
        raise Forbidden("auth.cross_site", "This request came from another site.")


def refuse_key(request: Request, in_form: str = "") -> None:
    """Raise Invalid (`idempotency.secret`) where a key asks to keep an answer that must not be kept."""
    if request.headers.get("idempotency-key") or in_form:
        raise Invalid("idempotency.secret", "This answer holds a secret and is not kept: send no Idempotency-Key.")


def _is_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "")
    return kind.startswith(("multipart/form-data", "application/x-www-form-urlencoded"))


async def _key_of_form(request: Request) -> str | None:
    """The key that a page put into its form, so that a form sent twice is carried out once."""
    return str((await request.form()).get("key") or "") or None if _is_form(request) else None


async def _check_csrf(request: Request, token: str) -> None:
    """The token comes in the header (scripts, API clients) or in the form field `csrf`; the origin must be ours."""
    refuse_cross_site(request)
    given = request.headers.get("x-csrf-token")
    if given is None and _is_form(request):
        given = str((await request.form()).get("csrf", ""))
    if given is None or not csrf.matches(given, token):
        raise Forbidden("auth.csrf", "The form has expired. Load the page again and repeat it.")


def _work(request: Request) -> Work:
    work: Work = request.state.work
    return work


async def _staff_work(request: Request) -> Work:
    work = _work(request)
    if work.scope.staff_id is None:
        raise Forbidden("auth.staff_only", "Only staff may do this.")
    return work


async def _customer_work(request: Request) -> Work:
    work = _work(request)
    if work.scope.actor.kind is not ActorKind.CUSTOMER:
        raise Forbidden("auth.customers_only", "Only the customer may do this.")
    return work


# Dependencies are coroutines, although they wait for nothing: a plain function would be sent to a thread.
WorkDep = Annotated[Work, Depends(_staff_work)]
CustomerWorkDep = Annotated[Work, Depends(_customer_work)]


def etag(version: int) -> str:
    """The entity tag of a version, for the ETag header."""
    return f'"v{version}"'


def if_match(header: str | None) -> int | None:
    """The version in an If-Match header, None if there is none. Raises Invalid (`http.if_match`)."""
    if header is None or header.strip() == "*":
        return None
    value = header.strip().removeprefix("W/").strip('"')
    if not (value.startswith("v") and value[1:].isascii() and value[1:].isdigit() and len(value) < 11):
        raise Invalid("http.if_match", 'If-Match takes the ETag of the document as you read it, such as "v7".')
    return int(value[1:])


class Page(BaseModel, Generic[T]):
    """One page of a list. `next` is the cursor to pass as `after`; null on the last page."""

    items: list[T]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class PageParams:
    """What a list was asked for: `limit` rows after the row with the key `after`."""

    limit: int
    after: UUID | None


async def page_params(
    limit: Annotated[int, Query(ge=1, le=100, description="Rows per page")] = 50,
    after: Annotated[UUID | None, Query(description="The `next` of the page before")] = None,
) -> PageParams:
    """The paging parameters of every list."""
    return PageParams(limit, after)


PageDep = Annotated[PageParams, Depends(page_params)]
