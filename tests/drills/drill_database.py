"""`kill -9` of PostgreSQL in mid-story: nothing that was acknowledged is lost, and no update is lost or doubled.

Its control is that of the storm (`make drill NAME=killed`), and the doctored ledgers of `tests/story/test_killed.py`.
"""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

from aftersales.config import Settings
from aftersales.db.bootstrap import bootstrap
from aftersales.db.embedded import EmbeddedServer
from aftersales.db.migrate import upgrade_async
from tests.fixtures.database import TestDatabase
from tests.story.clerks import SEED, Clerk, Size, dice, progress, story
from tests.story.processes import WORKERS, Plant, crash

# No worker dies, so nothing waits for its lease.
LONG_LEASE = Size(lease_seconds=60.0)


async def crash_twice(server: EmbeddedServer, at: Plant, team: Sequence[Clerk], chance: random.Random) -> None:
    """PostgreSQL, in the middle of it; the second time while a letter has been taken and not yet noted."""
    await progress(team, chance.randint(15, 25))
    crash(server)
    await asyncio.to_thread(server.start)
    await progress(team, chance.randint(15, 25))
    box = at.running[chance.choice(WORKERS)].box
    await box.after_taking()
    crash(server)
    box.speak()
    await asyncio.sleep(0.5)
    await asyncio.to_thread(server.start)
    await progress(team, 10)


async def test_kill_9_of_postgresql(server_folder: Path, settings: Settings, tmp_path: Path) -> None:
    server = EmbeddedServer(server_folder)
    await asyncio.to_thread(server.start)
    try:
        addresses = await bootstrap(server)
        await upgrade_async(addresses.owner_url)
        database = TestDatabase("aftersales", addresses.owner_url, addresses.app_url, server)
        async with story(database, settings, tmp_path, LONG_LEASE) as it:
            async with it.working():
                await crash_twice(server, it.at, it.team, dice(SEED))
            found = await it.end(crashes=2)
        # They recovered by themselves, and what was handed over while the database was away was noted afterwards.
        assert it.at.killed == []
        assert sum(clerk.trouble["503"] for clerk in it.team)
        assert len(found.arrivals) == len(found.records)
    finally:
        await asyncio.to_thread(server.close)
