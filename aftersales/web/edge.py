"""What stands at the edge of every request: caps on bodies, headers on answers, an id for the logs."""

import contextlib
import logging
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from aftersales.ids import new_id

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger("aftersales.http")
_SECRET = re.compile(r"^/t/.+")

_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


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
            await _too_large(send, cap)
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
            await _too_large(send, cap)


class _BodyTooLarge(Exception):
    """Internal to BodyLimit."""


async def _too_large(send: Send, cap: int) -> None:
    body = (
        b'{"type":"about:blank","status":413,"code":"http.too_large","title":"Too large",'
        b'"detail":"Send at most %d bytes."}' % cap
    )
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Headers:
    """Security headers, a request id, and one line of log without query strings, secrets or personal data."""

    def __init__(self, app: App, *, https: bool) -> None:
        self._app = app
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
        request_id = str(new_id())
        own = [*self._headers, (b"x-request-id", request_id.encode())]
        scope.setdefault("state", {}).update(request_id=request_id, own_headers=own)
        began = time.perf_counter()

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                taken = {name.lower() for name, _ in message["headers"]}
                extra = [(n, v) for n, v in own if n not in taken]
                if scope["path"].startswith("/static/"):
                    extra.append((b"cache-control", b"public, max-age=31536000, immutable"))
                message["headers"] = [*message["headers"], *extra]
                path = _SECRET.sub("/t/…", scope["path"])
                took = (time.perf_counter() - began) * 1000
                log.info("%s %s %s %.1f ms %s", scope["method"], path, message["status"], took, request_id)
            await send(message)

        await self._app(scope, receive, dressed)
