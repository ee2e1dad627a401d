"""`kill -9` of workers and server in mid-story. Nothing that was acknowledged is lost, no update is lost, and none is
doubled but the one that a killed worker was just handing over. Of PostgreSQL: `make drill NAME=database`."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from aftersales.config import Settings
from tests.fixtures.database import TestDatabase
from tests.story.clerks import SEED, Clerk, Size, dice, progress, story
from tests.story.ledger import doctored, problems
from tests.story.processes import SERVER, WORKERS, Plant

pytestmark = pytest.mark.slow

# Long enough for a slow machine to send a letter in, short enough to wait for.
SHORT_LEASE = Size(lease_seconds=7.0)


async def kill_all_round(at: Plant, team: Sequence[Clerk], chance: random.Random) -> None:
    """Four times in the middle of it, some at the worst moment there is."""
    blows = ["inside DATA", "after DATA", "both"]
    chance.shuffle(blows)
    for blow in [*blows, "server"]:
        await progress(team, chance.randint(4, 12))
        worker = chance.choice(WORKERS)
        box = at.running[worker].box
        if blow == "inside DATA":
            await box.inside_data()
        elif blow == "after DATA":
            await box.after_taking()
        elif blow != "server":
            await box.after_some()
        await asyncio.sleep(chance.uniform(0, 0.02))
        dying = {"server": [SERVER], "both": [SERVER, worker]}.get(blow, [worker])
        for name in dying:
            await at.kill(name)
        for name in dying:
            await at.start(name)
        await at.answering()


async def test_kill_9_of_workers_and_server(fresh_database: TestDatabase, settings: Settings, tmp_path: Path) -> None:
    async with story(fresh_database, settings, tmp_path, SHORT_LEASE) as it:
        async with it.working():
            await kill_all_round(it.at, it.team, dice(SEED))
        found = await it.end()
    assert len(it.at.killed) == 5
    assert all(clerk.trouble["ConnectError"] for clerk in it.team)
    # What was taken when its worker was killed came again.
    assert len(found.arrivals) > len(found.records)
    # The check itself: one thing wrong, and it says so.
    for name, said, wrong in doctored(found):
        assert any(said in problem for problem in problems(wrong)), name
