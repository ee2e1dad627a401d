"""`post()` in this process: one change by each of several tasks at once, and 500 in one batch."""

import asyncio
import itertools
import time
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from aftersales import clock
from aftersales.scope import SYSTEM_ACTOR
from aftersales.status.changes import move
from aftersales.status.engine import post
from bench.baseline import APPLICATION, unnest
from bench.company import Company
from field_service.repairs.machine import REPAIR_ORDER

# Both begin with repair orders that are being estimated, and leave them so.
THERE_AND_BACK = ("await_approval", "estimate")


async def single(company: Company, ids: Sequence[UUID], clients: int, seconds: float) -> float:
    """Changes per second, each in a transaction of its own."""
    began = time.perf_counter()
    shares = [ids[number::clients] for number in range(clients)]
    counts = await asyncio.gather(*(_client(company, share, began + seconds) for share in shares))
    return sum(counts) / (time.perf_counter() - began)


async def _client(company: Company, ids: Sequence[UUID], until: float) -> int:
    done = 0
    for key, verb in itertools.cycle(itertools.product(ids, THERE_AND_BACK)):
        if time.perf_counter() >= until and verb == THERE_AND_BACK[0]:
            break
        async with company.database.unit_of_work() as session:
            await post(session, [move(REPAIR_ORDER, key, verb)], actor=SYSTEM_ACTOR)
        done += 1
    return done


async def batches(company: Company, ids: Sequence[UUID], turns: int) -> tuple[float, float]:
    """Changes per second by the plain `unnest` and by `post()`, taking turns on the same documents, there and back."""
    connection = await asyncpg.connect(company.server.dsn("aftersales", APPLICATION))

    async def plain(verb: str) -> float:
        began = time.perf_counter()
        await unnest(connection, ids, REPAIR_ORDER.by_verb[verb].to, clock.now())
        return time.perf_counter() - began

    async def posted(verb: str) -> float:
        began = time.perf_counter()
        async with company.database.unit_of_work() as session:
            await post(session, [move(REPAIR_ORDER, key, verb) for key in ids], actor=SYSTEM_ACTOR)
        return time.perf_counter() - began

    there, back = THERE_AND_BACK
    by_plain = by_post = 0.0
    try:
        for _ in range(turns):
            by_plain += await plain(there)
            by_post += await posted(back) + await posted(there)
            by_plain += await plain(back)
    finally:
        await connection.close()
    changes = 2 * turns * len(ids)
    return changes / by_plain, changes / by_post
