"""Pages fetched over one keep-alive connection, as plainly as there can be."""

import asyncio
import re
import time
from types import TracebackType
from typing import Self

from bench.processes import HOST

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


class Reader:
    """One connection to the server on this port."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(HOST, self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    async def get(self, path: str, cookie: str = "") -> bytes:
        """The body. Raises RuntimeError for any answer but 200."""
        self._writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}:{self._port}\r\nCookie: {cookie}\r\n\r\n".encode())
        head = await self._reader.readuntil(b"\r\n\r\n")
        found = _LENGTH.search(head)
        body = await self._reader.readexactly(int(found[1])) if found else b""
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"{path}: {head.splitlines()[0].decode()}: {body[:200].decode()}")
        return body

    async def timed(self, path: str, cookie: str) -> float:
        """Milliseconds until the whole page is here."""
        began = time.perf_counter()
        await self.get(path, cookie)
        return 1000 * (time.perf_counter() - began)
