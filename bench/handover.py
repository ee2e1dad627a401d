"""The outbox: deliveries a second, beside the barest loop on the same table, and how soon a commit is heard of."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.module import Module, Posted, Subscriber
from aftersales.outbox.wake import Waker
from aftersales.outbox.worker import Worker
from aftersales.registry import Registry
from aftersales.scope import SYSTEM_ACTOR
from aftersales.status.changes import move
from aftersales.status.engine import post
from aftersales.work import Work
from bench.baseline import APPLICATION
from bench.company import Company
from bench.posting import THERE_AND_BACK
from bench.report import Table
from field_service.repairs.machine import REPAIR_ORDER

NAME = "bench"
WAIT_SECONDS = 300.0
_FILL = """INSERT INTO delivery (subscriber, stream_id, version)
SELECT 'bench', id, 1 FROM unnest($1::uuid[]) AS id"""
_LEASE = """UPDATE delivery SET state = 'leased', lease = $1, leased_until = now() + interval '1 minute',
attempts = attempts + 1 WHERE id = (SELECT id FROM delivery WHERE subscriber = 'bench' AND state = 'pending'
AND due_at <= now() ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id"""
_DELETE = "DELETE FROM delivery WHERE id = $1 AND lease = $2"


@asynccontextmanager
async def listening(company: Company, handler: Callable[[Work, Posted], Awaitable[None]]) -> AsyncIterator[None]:
    """A worker as in life, in this process, whose only subscriber is this handler."""
    subscriber = Subscriber(NAME, handler, machine=REPAIR_ORDER.name)
    registry = Registry([Module(NAME, NAME, "bench", machines=(REPAIR_ORDER,), subscribers=(subscriber,))])
    async with working(company, registry, company.settings):
        yield


@asynccontextmanager
async def working(company: Company, registry: Registry, settings: Settings) -> AsyncIterator[None]:
    """A worker in this process, until the end of the block."""
    database = Database(company.addresses.app_url, application_name="bench worker")
    worker = Worker(database, registry, settings)
    running = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await running
        await database.dispose()


async def hand_over(company: Company, ids: Sequence[UUID], rounds: int) -> Table:
    """Messages per second through fan-out, claim, a handler that does nothing, and finish; the raw loop in turn."""
    pairs: list[tuple[float, float]] = []
    for number in range(rounds):
        print(f"  handing over, round {number + 1} of {rounds} …", flush=True)
        await company.settle()
        raw = await raw_loop(company, ids)
        await company.settle()
        pairs.append((raw, await _through_the_worker(company, ids, THERE_AND_BACK[number % 2])))
    raws, ours = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(mine / plain for plain, mine in pairs)
    places = company.settings.worker_concurrency
    row = ["messages handed over", f"{raws:,.0f}", f"{ours:,.0f}", f"**{ratio:.2f}**", "≥ 0.3"]
    words = (
        f"Medians of {rounds} rounds of {len(ids):,} in turns. Raw: {places} connections, each leases the next row and "
        "deletes it, two commits, no fan-out, no order, no handler. Ours: one worker, from the message to the end."
    )
    return Table("handover", "Outbox", ["", "raw loop /s", "worker /s", "ratio", "wanted"], [row], words)


async def raw_loop(company: Company, ids: Sequence[UUID]) -> float:
    """Deliveries per second that the barest loop leases and deletes, one for each of these streams."""
    dsn = company.server.dsn("aftersales", APPLICATION)
    links = [await asyncpg.connect(dsn) for _ in range(company.settings.worker_concurrency)]
    try:
        await links[0].execute(_FILL, list(ids))
        began = time.perf_counter()
        done = sum(await asyncio.gather(*map(_leased_and_deleted, links)))
        return done / (time.perf_counter() - began)
    finally:
        for link in links:
            await link.close()


async def _leased_and_deleted(link: "asyncpg.Connection[asyncpg.Record]") -> int:
    lease, done = UUID(int=link.get_server_pid()), 0
    while (key := await link.fetchval(_LEASE, lease)) is not None:
        await link.execute(_DELETE, key, lease)
        done += 1
    return done


async def _through_the_worker(company: Company, ids: Sequence[UUID], verb: str) -> float:
    left, done = len(ids), asyncio.Event()

    async def nothing(work: Work, posted: Posted) -> None:  # noqa: ARG001 - what a handler is called with
        nonlocal left
        left -= 1
        if not left:
            done.set()

    for start in range(0, len(ids), 500):
        async with company.database.unit_of_work() as session:
            await post(session, [move(REPAIR_ORDER, key, verb) for key in ids[start : start + 500]], actor=SYSTEM_ACTOR)
    began = time.perf_counter()
    async with listening(company, nothing):
        async with asyncio.timeout(WAIT_SECONDS):
            await done.wait()
        took = time.perf_counter() - began
    return len(ids) / took


async def wake_up(company: Company, ids: Sequence[UUID], per_second: int) -> Table:
    """Milliseconds from the commit of one change to the beginning of its handler, with nothing else to do."""
    await company.settle()
    committed: dict[UUID, float] = {}
    begun: dict[UUID, float] = {}
    all_begun = asyncio.Event()

    async def note(work: Work, posted: Posted) -> None:  # noqa: ARG001 - what a handler is called with
        begun[posted.document_id] = time.perf_counter()
        if len(begun) == len(ids):
            all_begun.set()

    async with listening(company, note), Waker(company.database):
        await asyncio.sleep(1.5)
        print("  waking …", flush=True)
        start = time.perf_counter()
        for place, key in enumerate(ids):
            await asyncio.sleep(max(0.0, start + place / per_second - time.perf_counter()))
            async with company.database.unit_of_work() as session:
                await post(session, [move(REPAIR_ORDER, key, THERE_AND_BACK[0])], actor=SYSTEM_ACTOR)
            committed[key] = time.perf_counter()
        async with asyncio.timeout(WAIT_SECONDS):
            await all_begun.wait()
    waits = sorted(1000 * (begun[key] - committed[key]) for key in begun)
    cuts = statistics.quantiles(waits, n=20)
    row = ["commit to handler begun", f"{cuts[9]:.1f}", f"{cuts[18]:.1f}", f"{waits[-1]:.1f}"]
    words = f"{len(waits)} changes, {per_second} a second, one worker, nothing else to do."
    return Table("wakeup", "Wake-up", ["", "half, ms", "95 %, ms", "slowest, ms"], [row], words)
