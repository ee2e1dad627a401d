"""A port of its own for those who keep it running: `/healthz`, `/readyz`, `/metrics`. Not for the public.

The same for server and worker. It lives on the process's own event loop, so that a process that hangs does not answer.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Final

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.registry import Collector

from aftersales import metrics
from aftersales.config import Settings
from aftersales.operations.backlog import Backlog
from aftersales.operations.gauges import Gauges
from aftersales.operations.readiness import Readiness

REQUEST_SECONDS: Final = 5.0
REQUEST_BYTES: Final = 8192
PLAIN, JSON = "text/plain; charset=utf-8", "application/json"

_log = logging.getLogger(__name__)
Answer = tuple[HTTPStatus, str, bytes]


class _Held(Collector):
    """Families that were asked for already, as the exposition wants them."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


class Port:
    """Answers GET on the three paths, one request for each connection."""

    def __init__(self, readiness: Readiness, backlog: Backlog, gauges: Gauges) -> None:
        self._readiness = readiness
        self._backlog = backlog
        self._gauges = gauges

    async def answer(self, path: str) -> Answer:
        """Status, content type and body for a path."""
        if path == "/healthz":
            return HTTPStatus.OK, PLAIN, b"ok"
        if path == "/readyz":
            found = await self._readiness.ask()
            status = HTTPStatus.OK if found.well else HTTPStatus.SERVICE_UNAVAILABLE
            return status, JSON, orjson.dumps(found.document())
        if path == "/metrics":
            return HTTPStatus.OK, CONTENT_TYPE_LATEST, await self._metrics()
        return HTTPStatus.NOT_FOUND, PLAIN, b"/healthz, /readyz, /metrics"

    async def _metrics(self) -> bytes:
        asked = CollectorRegistry()
        asked.register(_Held([*self._gauges.read(), *await self._backlog.ask()]))
        return generate_latest(metrics.REGISTRY) + generate_latest(asked)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(REQUEST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            method, _, rest = head.partition(b" ")
            path = rest.partition(b" ")[0].partition(b"?")[0].decode("latin-1")
            if method == b"GET":
                status, kind, body = await self.answer(path)
            else:
                status, kind, body = HTTPStatus.METHOD_NOT_ALLOWED, PLAIN, b"GET"
            writer.write(
                f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {kind}\r\n"
                f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n".encode()
                + body
            )
            async with asyncio.timeout(REQUEST_SECONDS):
                await writer.drain()
        writer.close()


@asynccontextmanager
async def opened(settings: Settings, readiness: Readiness, backlog: Backlog, gauges: Gauges) -> AsyncIterator[None]:
    """The port is open within the block, if one is set. Raises OSError when it is taken."""
    if settings.operations_port is None:
        yield
        return
    port = Port(readiness, backlog, gauges)
    server = await asyncio.start_server(
        port.serve, settings.operations_host, settings.operations_port, limit=REQUEST_BYTES
    )
    _log.info("health and metrics on %s:%s", settings.operations_host, settings.operations_port)
    try:
        yield
    finally:
        server.close()
