"""Open pages and real processes: told at once, told once what they missed, and closed with the link or the session."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy.engine import make_url

from aftersales.auth import links
from aftersales.auth import service as auth
from aftersales.config import Settings
from aftersales.db.bootstrap import connected
from aftersales.http import CUSTOMER_COOKIE, STAFF_COOKIE
from aftersales.outbox.wake import Waker
from tests.factories.world import API, World, open_world
from tests.fixtures.database import TestDatabase
from tests.story.processes import SERVER, plant

pytestmark = pytest.mark.slow

# A second is what is promised of an idle machine; the machine of a test is not.
AT_ONCE = 5.0
PATIENCE = 60.0


@asynccontextmanager
async def watching(
    address: str, token: str, last: int | None = None, *, path: str = "/track/live", cookie: str = CUSTOMER_COOKIE
) -> AsyncIterator[AsyncIterator[str]]:
    """The lines of the page's stream, as a browser reads them; `last` is what it was told last."""
    heads = {"Last-Event-ID": str(last)} if last is not None else {}
    async with (
        httpx.AsyncClient(base_url=address, cookies={cookie: token}, timeout=PATIENCE) as browser,
        browser.stream("GET", path, headers=heads) as answer,
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
    async with asyncio.timeout(PATIENCE):
        while True:
            path = f"{API}/cases/{case_id}/note_added"
            answer = await world.by("manager").post(path, json={"note": "Something new"})
            if answer.status_code == 200:
                break
            # A connection that was cut with the database's.
            assert answer.status_code == 503, answer.text
    [(version,)] = await world.rows("SELECT version FROM stream WHERE id = :id", id=case_id)
    return int(version)


@asynccontextmanager
async def out_of_reach(clone: TestDatabase) -> AsyncIterator[None]:
    """The database while it restarts: every connection is cut, and none is taken until the end of the block."""
    async with connected(make_url(clone.server.url("postgres"))) as superuser:
        await superuser.execute(f'ALTER DATABASE "{clone.name}" ALLOW_CONNECTIONS false')
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
        await superuser.execute(cut, clone.name)
        try:
            yield
        finally:
            await superuser.execute(f'ALTER DATABASE "{clone.name}" ALLOW_CONNECTIONS true')


async def test_a_page_outlives_server_and_database(
    fresh_database: TestDatabase, settings: Settings, tmp_path: Path
) -> None:
    async with (
        open_world(fresh_database, settings) as world,
        Waker(world.database),
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
            async with out_of_reach(fresh_database), httpx.AsyncClient(cookies={CUSTOMER_COOKIE: token}) as other:
                assert (await other.get(f"{address}/track")).status_code == 503
            newest = await note(world)
            assert await told(lines) == f"changed {newest}", "on the line that stood meanwhile"
            await both_end_with_their_right(world, address, newest, lines)


async def both_end_with_their_right(world: World, address: str, last: int, lines: AsyncIterator[str]) -> None:
    """At the next change after the link is revoked, and the desk's after the session has ended."""
    token = await world.sign_in_again("coordinator")
    path = f"/desk/cases/{world.home.case_id}/live"
    async with watching(address, token, last, path=path, cookie=STAFF_COOKIE) as desk:
        last = await note(world)
        assert await told(desk) == await told(lines) == f"changed {last}"
        async with world.database.unit_of_work() as session:
            await links.revoke(session, stream_id=world.home.case_id, person_id=world.home.person_id)
            await auth.sign_out(session, token)
        await note(world)
        for one in (desk, lines):
            assert await told(one) == "ended"
            assert await ended(one)
