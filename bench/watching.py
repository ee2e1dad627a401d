"""Open pages: what each of a thousand costs the server, and when the last of them has heard the news."""

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from aftersales.cases.machine import CASE
from aftersales.outbox.wake import Waker
from aftersales.scope import SYSTEM_ACTOR
from aftersales.status.changes import move
from aftersales.status.engine import post
from bench.company import Company
from bench.growth import opened
from bench.processes import HOST, memory, running
from bench.report import Table

PAGES = 1000
AT_ONCE = 50
HEARD_SECONDS = 60.0
_OWNERS = text("SELECT case_id, person_id FROM matter_person WHERE case_id = ANY(:ids)")


class _Page:
    """One open page; `heard` is when the first news came."""

    def __init__(self) -> None:
        self.heard = 0.0

    async def open(self, port: int, cookie: str) -> None:
        """Returns once the server has begun to answer."""
        self._reader, self._writer = await asyncio.open_connection(HOST, port)
        self._writer.write(f"GET /track/live HTTP/1.1\r\nHost: {HOST}:{port}\r\nCookie: {cookie}\r\n\r\n".encode())
        head = await self._reader.readuntil(b"retry: 3000\n\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(head.splitlines()[0].decode())

    async def news(self) -> None:
        """Until a change is told."""
        await self._reader.readuntil(b"event: changed")
        self.heard = time.perf_counter()

    def close(self) -> None:
        self._writer.close()


async def watching(company: Company) -> Table:
    """`PAGES` customers' pages over as many cases, and all on one."""
    rows = []
    for name, count in (("each on a case of its own", PAGES), ("all on one case", 1)):
        cases = await company.cases(count)
        people = await owners(company, cases)
        cookies = await opened(company, [(key, people[key]) for key in cases])
        print(f"  opening {PAGES} pages, {name} …", flush=True)
        rows.append([f"{PAGES:,} pages, {name}", *await _one(company, cases, cookies)])
    head = ["", "server's memory each, kB", "post to half of them, ms", "to the last, ms"]
    words = "From before the statement that posts (one for 500 changes) until the page has read the event."
    return Table("live", "Open pages", head, rows, words)


async def owners(company: Company, cases: Sequence[UUID]) -> dict[UUID, UUID]:
    """Who owns each of these cases."""
    async with company.database.sessions() as session:
        found = await session.execute(_OWNERS, {"ids": list(cases)})
        return {row[0]: row[1] for row in found}


async def _one(company: Company, cases: Sequence[UUID], cookies: Sequence[str]) -> list[str]:
    pages = [_Page() for _ in range(PAGES)]
    async with running(company) as site, Waker(company.database):
        await _opened(site.port, pages[:AT_ONCE], cookies)
        before = memory(site.server)
        await _opened(site.port, pages[AT_ONCE:], cookies)
        after = memory(site.server)
        await asyncio.sleep(2)
        waiting = asyncio.gather(*(page.news() for page in pages))
        began = time.perf_counter()
        for start in range(0, len(cases), 500):
            async with company.database.unit_of_work() as session:
                changes = [move(CASE, key, "acknowledge") for key in cases[start : start + 500]]
                await post(session, changes, actor=SYSTEM_ACTOR)
        async with asyncio.timeout(HEARD_SECONDS):
            await waiting
        for page in pages:
            page.close()
    heard = sorted(page.heard - began for page in pages)
    each = f"{(after.rss - before.rss) / (PAGES - AT_ONCE):.0f}" if before and after else "?"
    return [each, f"{1000 * heard[PAGES // 2]:.0f}", f"{1000 * heard[-1]:.0f}"]


async def _opened(port: int, pages: Sequence[_Page], cookies: Sequence[str]) -> None:
    for start in range(0, len(pages), AT_ONCE):
        some = pages[start : start + AT_ONCE]
        await asyncio.gather(*(page.open(port, cookies[(start + n) % len(cookies)]) for n, page in enumerate(some)))
