"""What stands at the edge of every request: caps on bodies, headers on answers, an id for the logs."""

import contextlib
import logging
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

import orjson

from aftersales import logs, metrics, tracing
from aftersales.ids import new_id

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger("aftersales.http")
# A UUID, a proxy's 32 hex digits, a trace id. Too long for a telephone number, and no name: it is written into the log.
_REQUEST_ID = re.compile(rb"[0-9A-Fa-f-]{20,64}")
_PROBES = ("/healthz", "/readyz")

_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# What reads codes is WebAssembly. It runs in a worker, whose rules come with its own file, so that no page allows it.
_READER = "/static/js/scan-worker.js"
_READERS_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"


class BodyLimit:
    """Refuses a body over its cap with 413, by its announced length or as soon as it has streamed too far."""

    def __init__(self, app: App, *, json_bytes: int, upload_bytes: int) -> None:
        self._app = app
        self._json = json_bytes
        self._upload = upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        multipart = headers.get(b"content-type", b"").startswith(b"multipart/form-data")
        # A form with one photo carries its boundary and fields too.
        cap = self._upload * 4 + self._json if multipart else self._json
        announced = headers.get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > cap:
            await _too_large(scope, send, cap)
            return
        seen = 0
        started = False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > cap:
                raise _BodyTooLarge
            return message

        async def watched(message: Message) -> None:
            # Whoever reads the body may take the interruption for an unreadable one, and answer that.
            nonlocal started
            if seen > cap and not started:
                return
            started = True
            await send(message)

        with contextlib.suppress(_BodyTooLarge):
            await self._app(scope, counted, watched)
        if seen > cap and not started:
            await _too_large(scope, send, cap)


class _BodyTooLarge(Exception):
    """Internal to BodyLimit."""


async def _too_large(scope: Scope, send: Send, cap: int) -> None:
    problem = {"type": "about:blank", "status": 413, "code": "http.too_large", "title": "Too large"}
    problem |= {"detail": f"Send at most {cap} bytes.", "request_id": scope.get("state", {}).get("request_id", "")}
    body = orjson.dumps(problem)
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Headers:
    """Security headers, a request id, a count, and one line of log: the template of the route, never the address.

    `prefixes` are those under which routers are included. A well-formed X-Request-ID is kept, else one is made.
    """

    def __init__(self, app: App, *, https: bool, prefixes: Sequence[str] = ()) -> None:
        self._app = app
        self._prefixes = frozenset(prefixes)
        self._headers = [
            (b"content-security-policy", _POLICY.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
        ]
        if https:
            self._headers.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        own = [*self._headers, (b"x-request-id", request_id.encode())]
        scope.setdefault("state", {}).update(request_id=request_id, own_headers=own)
        logs.about.set({"request_id": request_id})
        began = time.perf_counter()
        answered = False

        async def dressed(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                taken = {name.lower() for name, _ in message["headers"]}
                extra = [(n, v) for n, v in own if n not in taken]
                if scope["path"] == _READER:
                    extra = [(n, _READERS_POLICY.encode() if n == b"content-security-policy" else v) for n, v in extra]
                if scope["path"].startswith("/static/"):
                    extra.append((b"cache-control", b"public, max-age=31536000, immutable"))
                message["headers"] = [*message["headers"], *extra]
                self._note(scope, message["status"], time.perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, dressed)
        except Exception:
            # The page for it is made outside of us.
            if not answered:
                self._note(scope, 500, time.perf_counter() - began)
            raise

    def _note(self, scope: Scope, status: int, took: float) -> None:
        route = template(scope, self._prefixes)
        scope["state"]["route"] = route
        metrics.request(route, scope["method"], status, took)
        work = scope["state"].get("work")
        facts = {"method": scope["method"][:10], "route": route, "status": status, "ms": round(took * 1000, 1)}
        if work is not None:
            facts["actor"] = f"{work.actor.kind}:{work.actor.id}"
        log.log(logging.DEBUG if route in _PROBES else logging.INFO, "answered", extra={"facts": facts})


def template(scope: Scope, prefixes: frozenset[str]) -> str:
    """The route as the code names it, `/api/v1/cases/{case_id}`: what was put into it may be a secret or a name."""
    path: str = scope["path"]
    if path.startswith("/static/"):
        return "/static"
    own: str | None = getattr(scope.get("route"), "path", None)
    if own is None:
        # Plain routes without parameters name themselves.
        return path if "endpoint" in scope and not scope.get("path_params") else "none"
    if not prefixes or path.count("/") <= own.count("/"):
        return own
    # The router knows its own part; before it stands the prefix under which it was included.
    prefix = "/".join(path.split("/")[: path.count("/") - own.count("/") + 1])
    return prefix + own if prefix in prefixes else own


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return str(value.decode())
    return str(new_id())


class Traced:
    """A span for each request; part of the application only where traces are sent. Outermost, to see every answer."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with tracing.span("request", headers=scope["headers"]) as span:

            async def noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    state = scope["state"]
                    span.note(
                        {
                            "http.request.method": scope["method"][:10],
                            "http.route": state.get("route", "none"),
                            "http.response.status_code": message["status"],
                            "aftersales.request_id": state.get("request_id", ""),
                        }
                    )
                    if message["status"] >= 500:
                        span.failed(str(message["status"]))
                await send(message)

            await self._app(scope, receive, noted)
