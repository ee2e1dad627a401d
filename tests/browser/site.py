"""The demonstration company behind a real server with a real worker, and people with real browsers."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import httpx
import uvicorn
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page

from aftersales import clock
from aftersales.auth import links
from aftersales.auth.demo import DEMO_PASSWORD
from aftersales.config import Settings
from aftersales.outbox.worker import Worker
from tests.fixtures.browser import DESKTOP, PHONE
from tests.fixtures.database import TestDatabase
from tests.story.people import Company, company

PATIENCE_MS = 60_000
# What a browser itself says of an answer that was meant to be a refusal.
_REFUSED = re.compile(r"the server responded with a status of (401|403|404|409|412|422|429)")


class _Quiet(uvicorn.Server):
    """Leaves the signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Site:
    """Where the browsers go. `complaints` are errors of scripts and of the content policy, of every page."""

    company: Company
    browser: Browser
    address: str
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    async def page(self, *, phone: bool = False, scripts: bool = True, scheme: str = "light") -> Page:
        """A page in a browser of its own: nobody is signed in."""
        size = PHONE if phone else DESKTOP
        context = await self.browser.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            locale="en-IN",
            base_url=self.address,
            is_mobile=phone,
            has_touch=phone,
            java_script_enabled=scripts,
            reduced_motion="reduce",
            color_scheme="dark" if scheme == "dark" else "light",
        )
        context.set_default_timeout(PATIENCE_MS)
        self.contexts.append(context)
        page = await context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _REFUSED.search(message.text):
            self.complaints.append(f"{message.page.url if message.page else ''}: {message.text}")

    async def staff(self, login: str, *, phone: bool = False) -> Page:
        """Somebody of the company, signed in by keyboard."""
        page = await self.page(phone=phone)
        await page.goto("/sign-in")
        await page.get_by_label("Sign-in name").fill(login)
        await page.get_by_label("Password").fill(DEMO_PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url(re.compile(r"/(desk|phone)$"))
        return page

    async def customer(self, case_id: UUID, *, scripts: bool = True, language: str = "te") -> Page:
        """The owner of a case at their page, by the link that we send them."""
        page = await self.page(phone=True, scripts=scripts)
        await page.goto(await self.link(case_id))
        await page.goto(f"/track/language/{language}")
        return page

    async def link(self, case_id: UUID) -> str:
        """The address in our messages to a case's owner."""
        owner = await self.company.id_of(
            "SELECT person_id FROM matter_person WHERE case_id = :id AND role = 'owner'", id=case_id
        )
        async with self.company.database.unit_of_work() as session:
            link = await links.issue(session, stream_id=case_id, person_id=owner, now=clock.now())
            return links.url(self.company.settings, link)

    async def close_pages(self) -> None:
        """End every browser that was opened."""
        for context in self.contexts:
            await context.close()
        self.contexts.clear()


async def _answers(address: str) -> None:
    """Wait until the server does."""
    transport = httpx.AsyncHTTPTransport(retries=20)
    async with httpx.AsyncClient(transport=transport, base_url=address, timeout=60) as client:
        (await client.get("/sign-in")).raise_for_status()


@asynccontextmanager
async def serving(fresh: TestDatabase, settings: Settings, browser: Browser) -> AsyncIterator[Site]:
    """Server and worker on a port that is free, until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        address = f"http://localhost:{door.getsockname()[1]}"
        settings = settings.model_copy(update={"base_url": address})
        async with company(fresh, settings, address) as there:
            server = _Quiet(
                uvicorn.Config(
                    there.app, log_config=None, access_log=False, ws="none", lifespan="on", timeout_graceful_shutdown=1
                )
            )
            worker = Worker(there.database, there.registry, there.settings, poll_seconds=0.3)
            tasks = [asyncio.create_task(server.serve(sockets=[door])), asyncio.create_task(worker.run())]
            await _answers(address)
            try:
                yield Site(there, browser, address)
            finally:
                worker.stop()
                server.should_exit = True
                await asyncio.gather(*tasks)


def form(page: Page, machine: str, verb: str) -> Locator:
    """The form of a verb that the page offers."""
    return page.locator(f'form[action*="/{machine}s/"][action$="/{verb}"]').first


async def unfold(found: Locator) -> Locator:
    """A form, with whatever it is folded into opened by clicks, from the outside in."""
    await found.wait_for(state="attached")
    closed = found.locator("xpath=ancestor::details[not(@open)]")
    while await closed.count():
        await closed.first.locator("> summary").click()
    return found


async def send(found: Locator) -> None:
    """Press the form's own button and wait until the answer has taken the place of the page."""
    await press(found.page, found.locator("button[type=submit]").last)


async def press(page: Page, button: Locator) -> None:
    """Press a button and wait until the answer has taken the place of the page."""
    await page.locator("#page").evaluate("el => el.setAttribute('data-before', '')")
    await button.click()
    await page.locator("#page[data-before]").wait_for(state="detached")
