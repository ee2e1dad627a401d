"""A storm of accidents: for 75 seconds servers, workers and PostgreSQL are killed, stopped and frozen at random, while
eight programs work at the API. Afterwards everything that was acknowledged is there, once.

The control takes away the one setting that this rests on, `synchronous_commit`.
"""

import asyncio
import logging
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from aftersales.config import Settings
from aftersales.db.bootstrap import bootstrap
from aftersales.db.embedded import DURABLE, EmbeddedServer
from aftersales.db.migrate import upgrade_async
from tests.fixtures.database import TestDatabase, own_folder
from tests.story import ledger
from tests.story.clerks import SEED, Size, Story, dice, story
from tests.story.processes import Plant, crash, described, family, serving, tell

STORM_SECONDS, CALM_SECONDS = 75.0, 6.0
# No blow freezes anything for as long as a lease: what was frozen has not lost what it held.
STORM = Size(lease_seconds=20.0, clerks=8, servers=2, backlog=400, patience_seconds=240.0)
CALM = Size(lease_seconds=60.0, clerks=8, servers=2, backlog=400)
# What is committed reaches the disk up to three times this later, or when so much of it has come together.
FORGETFUL = {
    **DURABLE,
    "synchronous_commit": "off",
    "wal_writer_delay": "10s",
    "wal_writer_flush_after": "1GB",
    "bgwriter_lru_maxpages": "0",
}
ROUNDS = 3
STOP_SECONDS = 10.0
log = logging.getLogger(__name__)
Record = Callable[[str, object], None]


@asynccontextmanager
async def company(
    settings: Settings, folder: Path, size: Size, options: Mapping[str, str] = DURABLE
) -> AsyncIterator[tuple[Story, EmbeddedServer]]:
    """A company, and the PostgreSQL of its own with these settings."""
    with own_folder() as root:
        server = EmbeddedServer(root, options)
        await asyncio.to_thread(server.start)
        try:
            addresses = await bootstrap(server)
            await upgrade_async(addresses.owner_url)
            database = TestDatabase("aftersales", addresses.owner_url, addresses.app_url, server)
            async with story(database, settings, folder, size) as it:
                yield it, server
        except BaseException as error:
            error.add_note(f"{server.log}:\n{server.log.read_text(errors='replace')[-6000:]}")
            raise
        finally:
            await asyncio.to_thread(server.close)


async def strike(at: Plant, chance: random.Random, struck: Counter[str], until: float) -> None:
    """One server or worker after the other, each in one of three ways; what ended by itself is started again."""
    while time.monotonic() < until:
        struck["ended by themselves"] += await at.revive()
        name = chance.choice(sorted(at.running))
        blow = chance.choice(("killed", "killed", "frozen", "ended"))
        struck[f"{name.partition('-')[0]}s {blow}"] += 1
        if blow == "frozen":
            await at.freeze(name, chance.uniform(0.5, 4.0))
        else:
            await (at.kill(name) if blow == "killed" else at.end(name))
            await asyncio.sleep(chance.uniform(0.0, 1.0))
            await at.start(name)
        await asyncio.sleep(chance.uniform(0.5, 2.0))


async def shake(server: EmbeddedServer, chance: random.Random, struck: Counter[str], until: float) -> None:
    """PostgreSQL, as a whole or one of its processes; started again wherever it does not do so by itself."""
    blows: list[str] = []
    while time.monotonic() < until:
        # Each once before any comes again.
        blows = blows or chance.sample(list(SHAKEN), len(SHAKEN))
        blow = blows.pop()
        struck[f"PostgreSQL {blow}"] += 1
        await SHAKEN[blow](server, chance)
        await asyncio.to_thread(server.start)
        await asyncio.sleep(chance.uniform(2.0, 5.0))


async def _crashed(server: EmbeddedServer, chance: random.Random) -> None:
    crash(server)
    await asyncio.sleep(chance.uniform(0.0, 1.5))


async def _frozen(server: EmbeddedServer, chance: random.Random) -> None:
    all_of_it = family(server)
    tell(all_of_it, signal.SIGSTOP)
    try:
        await asyncio.sleep(chance.uniform(0.5, 4.0))
    finally:
        tell(all_of_it, signal.SIGCONT)


async def _stopped(server: EmbeddedServer, chance: random.Random) -> None:
    tell(family(server)[:1], signal.SIGINT)
    patience = time.monotonic() + STOP_SECONDS
    while (server.data / "postmaster.pid").exists():
        if time.monotonic() > patience:
            # As whoever looks after services does with one that does not end when it is asked to.
            log.warning("PostgreSQL did not stop; left of it: %s", described(server))
            crash(server)
            break
        await asyncio.sleep(0.05)
    await asyncio.sleep(chance.uniform(0.0, 1.5))


async def _one_killed(server: EmbeddedServer, chance: random.Random) -> None:
    tell([chance.choice(family(server)[1:])], signal.SIGKILL)
    # It throws out everybody and recovers; whoever asked it at once would be told that it is ready, of before.
    await asyncio.sleep(0.5)


async def _one_ended(server: EmbeddedServer, chance: random.Random) -> None:
    found = serving(server)
    tell([chance.choice(found)] if found else [], signal.SIGTERM)


SHAKEN = {
    "crashed": _crashed,
    "frozen": _frozen,
    "stopped": _stopped,
    "one killed": _one_killed,
    "one ended": _one_ended,
}


async def test_kill_storm(settings: Settings, tmp_path: Path, record_property: Record) -> None:
    struck: Counter[str] = Counter()
    async with company(settings, tmp_path, STORM) as (it, server):
        async with it.working():
            until = time.monotonic() + STORM_SECONDS
            async with asyncio.TaskGroup() as both:
                both.create_task(strike(it.at, dice(SEED), struck, until))
                both.create_task(shake(server, dice(SEED + 1), struck, until))
            struck["ended by themselves"] += await it.at.revive()
            await it.at.answering()
        calm = time.monotonic()
        found = await it.end(crashes=sum(count for blow, count in struck.items() if blow.startswith("PostgreSQL")))
        drained = time.monotonic() - calm
    trouble = sum((clerk.trouble for clerk in it.team), Counter[str]())
    assert sum(struck.values()) > 30, struck
    assert trouble["replayed"], "no answer was lost on its way: the storm was none"
    record_property("acknowledged", len(found.acknowledged))
    record_property("timeline entries", len(found.entries))
    record_property("updates", len(found.records))
    record_property("letters", len(found.arrivals))
    record_property("of them a second time", len(found.arrivals) - len({one.message_id for one in found.arrivals}))
    for name, count in sorted((struck + trouble).items()):
        record_property(name, count)
    record_property("lost or doubled", len(ledger.problems(found)))
    record_property("seconds until all was done", round(drained, 1))


async def lost(settings: Settings, folder: Path, options: Mapping[str, str]) -> tuple[int, list[str]]:
    """How many changes were acknowledged before a crash, and which the check then misses."""
    async with company(settings, folder, CALM, options) as (it, server):
        tasks = [asyncio.create_task(clerk.work(asyncio.Event())) for clerk in it.team]
        await asyncio.sleep(CALM_SECONDS)
        crash(server)
        # Whoever went on would ask for what is no longer there.
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(server.start)
        promised = [one for clerk in it.team for one in clerk.acknowledged]
        found = await ledger.read(it.world, promised, {one.key: one.answer for one in promised}, it.at.arrivals, [])
    return len(promised), [one for one in ledger.problems(found) if one.startswith("acknowledged, but not so")]


async def test_one_crash_loses_nothing(settings: Settings, tmp_path: Path, record_property: Record) -> None:
    acknowledged, missed = await lost(settings, tmp_path, DURABLE)
    assert acknowledged > 0
    assert missed == []
    record_property("acknowledged", acknowledged)
    record_property("documents with something lost", 0)


async def test_control_without_synchronous_commit_the_same_crash_does(
    settings: Settings, tmp_path: Path, record_property: Record
) -> None:
    for attempt in range(1, ROUNDS + 1):
        acknowledged, missed = await lost(settings, tmp_path, FORGETFUL)
        if missed:
            record_property("rounds", attempt)
            record_property("acknowledged", acknowledged)
            record_property("documents with something lost", len(missed))
            return
    raise AssertionError("nothing was lost: the check proves nothing, or the database no longer forgets")
