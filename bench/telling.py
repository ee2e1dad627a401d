"""What it takes to tell the customer: the change over HTTP, fan-out, the update composed, and in the mailbox."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from bench.company import Company
from bench.processes import cpu_seconds, running
from bench.web import Client, closing

_TOLD = text("SELECT count(*) FROM customer_update WHERE state = 'sent' AND text = 'case.closed'")
_WAITED = text("""
SELECT percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM u.sent_at - e.posted_at) * 1000)
FROM customer_update u JOIN timeline_entry e ON e.stream_id = u.stream_id AND e.version = u.version
WHERE u.text = 'case.closed' AND u.stream_id = ANY(:ids)
""")
TOLD_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Told:
    """Milliseconds of processor per change by server and worker, and from the change to the customer (50 %, 95 %)."""

    server: float
    worker: float
    half: float
    most: float

    @property
    def together(self) -> float:
        """Server and worker."""
        return self.server + self.worker


async def told(company: Company, cases: Sequence[UUID], clients: int, per_second: int) -> tuple[Told, Told]:
    """Half of these resolved cases closed as fast as `clients` can, half at a steady pace; all customers told."""
    async with running(company, worker=True) as processes:
        assert processes.worker is not None
        pair = (processes.server, processes.worker)
        # Caches fill and connections open before anything counts.
        warm, fast, steady = cases[:40], cases[40 : (len(cases) + 40) // 2], cases[(len(cases) + 40) // 2 :]
        await closing(company, processes.port, warm, clients, TOLD_SECONDS)
        await all_told(company, len(warm))
        before = _used(pair)
        await closing(company, processes.port, fast, clients, TOLD_SECONDS)
        await all_told(company, len(warm) + len(fast))
        between = _used(pair)
        await _at_pace(company, processes.port, steady, per_second)
        await all_told(company, len(cases))
        after = _used(pair)
    return await _result(company, fast, before, between), await _result(company, steady, between, after)


def _used(pair: tuple[int, int]) -> tuple[float, float]:
    server, worker = (cpu_seconds([process]) for process in pair)
    return (server or 0.0, worker or 0.0)


async def _result(
    company: Company, cases: Sequence[UUID], before: tuple[float, float], after: tuple[float, float]
) -> Told:
    server, worker = (1000 * (now - then) / len(cases) for then, now in zip(before, after, strict=True))
    async with company.database.sessions() as session:
        half, most = (await session.execute(_WAITED, {"ids": list(cases)})).scalar_one()
    return Told(server, worker, half, most)


async def _at_pace(company: Company, port: int, cases: Sequence[UUID], per_second: int) -> None:
    async with Client(company, port) as client:
        began = time.perf_counter()
        for place, case_id in enumerate(cases):
            await asyncio.sleep(max(0.0, began + place / per_second - time.perf_counter()))
            await client.close_case(case_id)


async def all_told(company: Company, count: int, seconds: float = TOLD_SECONDS) -> None:
    """Until so many letters about closed cases lie in the mailbox. Raises TimeoutError."""
    async with asyncio.timeout(seconds), company.database.sessions() as session:
        while (await session.execute(_TOLD)).scalar_one() < count:
            await session.rollback()
            await asyncio.sleep(0.25)
