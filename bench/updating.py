"""Customer updates through the engine: rendered and handed to a channel that does nothing; how soon after a commit."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import update

from aftersales.cases.machine import CASE
from aftersales.customers.models import Person
from aftersales.module import Module, Ways
from aftersales.outbox.wake import Waker
from aftersales.registry import Registry, load_registry
from aftersales.scope import SYSTEM_ACTOR
from aftersales.status.changes import MAX_CHANGES, move
from aftersales.status.engine import post
from aftersales.updates.channels import Answer, Letter, Sent
from bench.company import Company
from bench.handover import WAIT_SECONDS, raw_loop, working
from bench.report import Table

# Of this the owner is told, and nobody else hears: what others do about a change is not the way of an update.
TOLD_OF = "request_cancel"


@dataclass(eq=False)
class Nowhere:
    """Takes every letter and does nothing with it but note when it came."""

    name: str = "nowhere"
    repeatable: bool = True
    came: list[float] = field(default_factory=list)
    goal: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, letter: Letter) -> Answer:
        """Taken."""
        self.came.append(time.perf_counter())
        if len(self.came) == self.goal:
            self.done.set()
        return Sent(letter.message_id)


@asynccontextmanager
async def telling(company: Company, channel: Nowhere) -> AsyncIterator[None]:
    """A worker as in life, in this process, with the modules of the kernel; all are told by this channel."""
    ways = Ways(lambda _: {channel.name: channel}, lambda _: {})
    modules = [*load_registry([]).modules, Module("bench", "Bench", "bench", ways=ways)]
    settings = company.settings.model_copy(update={"merge_seconds": 0.0, "quiet_hours": ""})
    async with working(company, Registry(modules), settings):
        yield


async def handed(company: Company, count: int, rounds: int) -> Sequence[str]:
    """A row for the table of the outbox: updates per second, from the change to the channel, beside the raw loop."""
    pairs: list[tuple[float, float]] = []
    for number in range(rounds):
        print(f"  telling, round {number + 1} of {rounds} …", flush=True)
        ids = await _cases(company, count)
        await company.settle()
        raw = await raw_loop(company, ids)
        await company.settle()
        channel = Nowhere(goal=len(ids))
        for start in range(0, len(ids), MAX_CHANGES):
            await _post(company, ids[start : start + MAX_CHANGES])
        began = time.perf_counter()
        async with telling(company, channel), asyncio.timeout(WAIT_SECONDS):
            await channel.done.wait()
        pairs.append((raw, len(ids) / (channel.came[-1] - began)))
    raws, ours = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(mine / plain for plain, mine in pairs)
    return ["updates rendered and handed over", f"{raws:,.0f}", f"{ours:,.0f}", f"**{ratio:.2f}**", "≥ 0.3"]


async def woken(company: Company, count: int, per_second: int) -> Sequence[str]:
    """A row for the table of waking: milliseconds from the commit of a change to its update in the channel's hands."""
    ids = await _cases(company, count)
    await company.settle()
    waits: list[float] = []
    channel = Nowhere()
    async with telling(company, channel), Waker(company.database):
        await asyncio.sleep(1.5)
        for key in ids:
            channel.done.clear()
            channel.goal = len(channel.came) + 1
            await _post(company, [key])
            committed = time.perf_counter()
            async with asyncio.timeout(WAIT_SECONDS):
                await channel.done.wait()
            waits.append(1000 * (channel.came[-1] - committed))
            await asyncio.sleep(max(0.0, committed + 1 / per_second - time.perf_counter()))
    cuts = statistics.quantiles(waits, n=20)
    return ["commit to update handed over", f"{cuts[9]:.1f}", f"{cuts[18]:.1f}", f"{max(waits):.1f}"]


def with_row(table: Table, row: Sequence[str], words: str) -> Table:
    """The table with one row more, and what is to be said of it."""
    return replace(table, rows=[*table.rows, row], words=f"{table.words} {words}")


async def _cases(company: Company, count: int) -> list[UUID]:
    async with company.database.unit_of_work() as session:
        await session.execute(update(Person).values(email="padma@example.org"))
    return await company.cases(count)


async def _post(company: Company, ids: Sequence[UUID]) -> None:
    async with company.database.unit_of_work() as session:
        await post(session, [move(CASE, key, TOLD_OF, note="As was asked.") for key in ids], actor=SYSTEM_ACTOR)
