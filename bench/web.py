"""The whole way over HTTP: a case is closed, as the desk's API client closes it. One keep-alive connection each.

The client shares the processor with what it measures, so it is the plainest that there can be.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self
from uuid import UUID

from aftersales.auth import csrf
from aftersales.http import STAFF_COOKIE
from aftersales.ids import new_id
from bench.company import Company
from bench.processes import HOST

BODY = b'{"reached":"phone","note":"She says that it runs well."}'


class Client:
    """One connection of the coordinator's."""

    def __init__(self, company: Company, port: int) -> None:
        token = company.session_token
        self._port = port
        self._headers = (
            f"Host: {HOST}:{port}\r\nCookie: {STAFF_COOKIE}={token}\r\n"
            f"X-CSRF-Token: {csrf.token(company.settings.signing_key, token)}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n"
        )

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(HOST, self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    async def close_case(self, case_id: UUID) -> None:
        """POST …/close, with a key of its own. Raises RuntimeError for any answer but 200."""
        head = f"POST /api/v1/cases/{case_id}/close HTTP/1.1\r\n{self._headers}Idempotency-Key: {new_id()}\r\n\r\n"
        self._writer.write(head.encode() + BODY)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        size = answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        body = await self._reader.readexactly(int(size))
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"{answer.splitlines()[0].decode()}: {body.decode()}")


async def closing(
    company: Company, port: int, cases: Sequence[UUID], clients: int, seconds: float
) -> tuple[int, float]:
    """How many of these resolved cases were closed over HTTP in so many seconds, and in how many really."""
    left = iter(cases)
    began = time.perf_counter()
    done = await asyncio.gather(*(_client(company, port, left, began + seconds) for _ in range(clients)))
    return sum(done), time.perf_counter() - began


async def _client(company: Company, port: int, left: Iterator[UUID], until: float) -> int:
    done = 0
    async with Client(company, port) as client:
        while time.perf_counter() < until and (case_id := next(left, None)) is not None:
            await client.close_case(case_id)
            done += 1
    return done
