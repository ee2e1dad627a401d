"""Open pages in Chromium while the server and PostgreSQL are killed: both show the next change by themselves, and each
line closes with what had opened it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Request, expect

from aftersales.auth import links
from aftersales.auth import service as auth
from aftersales.config import Settings
from aftersales.db.bootstrap import bootstrap
from aftersales.db.embedded import EmbeddedServer
from aftersales.db.migrate import upgrade_async
from aftersales.http import CUSTOMER_COOKIE, STAFF_COOKIE
from aftersales.outbox.wake import Waker
from tests.factories.world import API, Home, World, open_world
from tests.fixtures.database import TestDatabase
from tests.story.processes import SERVER, crash, plant

pytestmark = pytest.mark.browser

PATIENCE = 60.0
# Longer than a browser waits before it asks for a line again that was cut.
NOTHING_MORE_SECONDS = 4.0
# Longer than the signs of life are apart: their look at the session fails, and the lines are cut and refused.
AWAY_SECONDS = 20.0
Record = Callable[[str, object], None]


async def opened(browser: Browser, address: str, path: str, cookie: str, token: str) -> Page:
    """A page in a browser of its own, whose line stands; whatever loads it anew takes its mark away."""
    context = await browser.new_context(base_url=address, locale="en-IN")
    await context.add_cookies([{"name": cookie, "value": token, "url": address}])
    page = await context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    async with page.expect_response(lambda answer: "/live" in answer.url):
        await page.goto(path)
    await page.evaluate("document.body.dataset.before = '1'")
    return page


async def we_write(world: World, home: Home, words: str) -> None:
    """Something that both pages show, by another process; asked again while the database is not back."""
    async with asyncio.timeout(PATIENCE):
        while True:
            path = f"{API}/cases/{home.case_id}/we_wrote"
            answer = await world.by("manager").post(path, json={"words": words})
            if answer.status_code == 200:
                return
            assert answer.status_code == 503, answer.text
            await asyncio.sleep(0.1)


async def both_show(pages: list[Page], words: str, *, patience: float = PATIENCE) -> float:
    """Without having been loaded anew; after how many seconds."""
    began = time.perf_counter()
    for page in pages:
        await expect(page.locator("#page")).to_contain_text(words, timeout=patience * 1000)
        assert await page.evaluate("document.body.dataset.before") == "1", page.url
    return time.perf_counter() - began


@asynccontextmanager
async def durable(folder: Path, settings: Settings) -> AsyncIterator[tuple[EmbeddedServer, World]]:
    """A company on a PostgreSQL of its own, which may be killed."""
    server = EmbeddedServer(folder)
    await asyncio.to_thread(server.start)
    try:
        addresses = await bootstrap(server)
        await upgrade_async(addresses.owner_url)
        database = TestDatabase("aftersales", addresses.owner_url, addresses.app_url, server)
        async with open_world(database, settings) as world, Waker(world.database):
            yield server, world
    finally:
        await asyncio.to_thread(server.close)


async def test_server_and_database_killed(
    server_folder: Path, settings: Settings, tmp_path: Path, browser: Browser, record_property: Record
) -> None:
    async with (
        durable(server_folder, settings) as (server, world),
        plant(world.settings, tmp_path, lease_seconds=7.0, workers=()) as at,
    ):
        await ended_with_their_right(world, browser, at.addresses[0])
        pages = await both(world, browser, at.addresses[0])
        await we_write(world, world.home, "The part is here.")
        await both_show(pages, "The part is here.")
        await at.kill(SERVER)
        await we_write(world, world.home, "Ravi comes on Friday.")
        await at.start(SERVER)
        await at.answering()
        record_property("server back to shown, s", f"{await both_show(pages, 'Ravi comes on Friday.'):.1f}")
        for away, words in ((0.0, "He comes before noon."), (AWAY_SECONDS, "He comes at ten.")):
            crash(server)
            await asyncio.sleep(away)
            await asyncio.to_thread(server.start)
            await we_write(world, world.home, words)
            shown = await both_show(pages, words)
            record_property(f"database away {away:.0f} s, change to shown, s", f"{shown:.1f}")
        for page in pages:
            await page.context.close()


async def test_control_pages_without_their_line(
    server_folder: Path, settings: Settings, tmp_path: Path, browser: Browser
) -> None:
    """The same pages, whose line never comes: the check must say so."""
    async with (
        durable(server_folder, settings) as (_, world),
        plant(world.settings, tmp_path, lease_seconds=7.0, workers=()) as at,
    ):
        pages = await both(world, browser, at.addresses[0])
        for page in pages:
            await page.route("**/live*", lambda route: route.abort())
            await page.reload()
            await page.evaluate("document.body.dataset.before = '1'")
        await we_write(world, world.home, "The part is here.")
        for page in pages:
            with pytest.raises(AssertionError, match="The part is here"):
                await both_show([page], "The part is here.", patience=NOTHING_MORE_SECONDS)
            await page.context.close()


async def both(
    world: World, browser: Browser, address: str, home: Home | None = None, session_token: str = ""
) -> list[Page]:
    """The customer's page and the desk's, of one case."""
    home, session_token = home or world.home, session_token or world.tokens["manager"]
    link = next(iter((await world.customer(home)).cookies.values()))
    return [
        await opened(browser, address, "/track", CUSTOMER_COOKIE, link),
        await opened(browser, address, f"/desk/cases/{home.case_id}", STAFF_COOKIE, session_token),
    ]


async def ended_with_their_right(world: World, browser: Browser, address: str) -> None:
    """The link is revoked and the session signed out: at the next change both lines are closed, and not asked for."""
    session_token = await world.sign_in_again("manager")
    pages = await both(world, browser, address, world.neighbours, session_token)
    gone: asyncio.Queue[Request] = asyncio.Queue()
    again: list[str] = []
    for page in pages:
        for how in ("requestfinished", "requestfailed"):
            page.on(how, lambda one: gone.put_nowait(one) if "/live" in one.url else None)
        page.on("request", lambda one: again.append(one.url) if "/live" in one.url else None)
    async with world.database.unit_of_work() as session:
        await links.revoke(session, stream_id=world.neighbours.case_id, person_id=world.neighbours.person_id)
        await auth.sign_out(session, session_token)
    await we_write(world, world.neighbours, "Nobody of these may read this.")
    async with asyncio.timeout(PATIENCE):
        for _ in pages:
            await gone.get()
    # A browser comes back after three seconds to a line that was cut and not ended.
    await asyncio.sleep(NOTHING_MORE_SECONDS)
    assert again == []
    for page in pages:
        await expect(page.locator("#page")).not_to_contain_text("Nobody of these")
        await page.context.close()
