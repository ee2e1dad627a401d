"""The customer's open page and real processes: told at once, told once what it missed, and closed with its link."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from aftersales.auth import links
from aftersales.config import Settings
from aftersales.http import CUSTOMER_COOKIE
from tests.factories.world import API, World, open_world
from tests.fixtures.database import TestDatabase
from tests.story.processes import SERVER, plant

pytestmark = pytest.mark.slow

# A second is what is promised of an idle machine; the machine of a test is not.
AT_ONCE = 5.0
PATIENCE = 60.0


@asynccontextmanager
async def watching(address: str, token: str, last: int | None = None) -> AsyncIterator[AsyncIterator[str]]:
    """The lines of the page's stream, as a browser reads them; `last` is what it was told last."""
    heads = {"Last-Event-ID": str(last)} if last is not None else {}
    async with (
        httpx.AsyncClient(base_url=address, cookies={CUSTOMER_COOKIE: token}, timeout=PATIENCE) as browser,
        browser.stream("GET", "/track/live", headers=heads) as answer,
    ):
        assert answer.status_code == 200
        yield answer.aiter_lines()


async def told(lines: AsyncIterator[str]) -> str:
    """The next event's name and data: `changed 7`."""
    name = ""
    async with asyncio.timeout(PATIENCE):
        async for line in lines:
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data:"):
                return f"{name} {line.removeprefix('data:').strip()}".strip()
    return "closed"


async def ended(lines: AsyncIterator[str]) -> bool:
    """Whether the server has closed it."""
    async with asyncio.timeout(PATIENCE):
        return not [line async for line in lines if line and not line.startswith(":")]


async def note(world: World) -> int:
    """Something happens on the case, by another process than the one that has the page open; the version it makes."""
    case_id = world.home.case_id
    answer = await world.by("manager").post(f"{API}/cases/{case_id}/note_added", json={"note": "Something new"})
    assert answer.status_code == 200, answer.text
    [(version,)] = await world.rows("SELECT version FROM stream WHERE id = :id", id=case_id)
    return int(version)


async def test_a_page_outlives_the_server(fresh_database: TestDatabase, settings: Settings, tmp_path: Path) -> None:
    async with (
        open_world(fresh_database, settings) as world,
        plant(world.settings, tmp_path, lease_seconds=7.0, workers=()) as at,
    ):
        token = next(iter((await world.customer(world.home)).cookies.values()))
        [address] = at.addresses
        [(known,)] = await world.rows("SELECT version FROM stream WHERE id = :id", id=world.home.case_id)
        async with watching(address, token, known) as lines:
            # Left in peace, as a page is that somebody reads: what is measured is a change, not the opening.
            await asyncio.sleep(1)
            last = await note(world)
            began = time.perf_counter()
            assert await told(lines) == f"changed {last}"
            seconds = time.perf_counter() - began
            sys.stdout.write(f"told after {1000 * seconds:.0f} ms\n")
            assert seconds < AT_ONCE
            await at.kill(SERVER)
        missed = [await note(world) for _ in range(2)]
        await at.start(SERVER)
        await at.answering()
        async with watching(address, token, last) as lines:
            assert await told(lines) == f"changed {missed[-1]}", "all that it missed, in one"
            newest = await note(world)
            assert await told(lines) == f"changed {newest}", "and not again"
            async with world.database.unit_of_work() as session:
                await links.revoke(session, stream_id=world.home.case_id, person_id=world.home.person_id)
            await note(world)
            assert await told(lines) == "ended"
            assert await ended(lines)
