"""People of the story, each with a browser of their own, and the company they meet in."""

import asyncio
import io
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import httpx
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import text

from aftersales.app import create_app
from aftersales.auth.demo import DEMO_PASSWORD
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.demo import fill
from aftersales.outbox.worker import drain
from aftersales.registry import Registry
from tests.factories.registries import everything
from tests.fixtures.database import TestDatabase
from tests.fixtures.demo import filled

ADDRESS = "http://localhost:8069"
BUSY = """SELECT EXISTS (SELECT FROM outbox_message)
  OR EXISTS (SELECT FROM delivery WHERE state <> 'dead' AND due_at <= now())"""
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass(slots=True)
class Person:
    """Somebody at a browser. Forms are sent as a browser sends them: with the page's CSRF token and its address."""

    browser: httpx.AsyncClient
    page: str = ""
    html: str = ""

    async def open(self, path: str) -> str:
        """Go to a page; it must answer."""
        answer = await self.browser.get(path, follow_redirects=True)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:400]}"
        self.page, self.html = str(answer.url.path), answer.text
        return answer.text

    async def send(
        self,
        path: str,
        values: Mapping[str, str] | None = None,
        photos: Mapping[str, bytes] | None = None,
        *,
        expect: int = 200,
    ) -> str:
        """Fill in a form of the page at hand and send it; `expect` is what the page after it answers."""
        found = _CSRF.search(self.html)
        assert found, f"no form on {self.page}"
        files = {name: ("photo.jpg", data, "image/jpeg") for name, data in (photos or {}).items()}
        answer = await self.browser.post(
            path,
            data={"csrf": found[1], **(values or {})},
            files=files or None,
            headers={"Referer": f"{self.browser.base_url}{self.page.lstrip('/')}"},
            follow_redirects=True,
        )
        assert answer.status_code == expect, f"{path}: {answer.status_code} {_problem(answer.text)}"
        self.page, self.html = str(answer.url.path) if expect == 200 else self.page, answer.text
        return answer.text

    def offers(self, machine: str, verb: str) -> str | None:
        """The address of a form on the page at hand, if the verb is offered there."""
        found = re.search(rf'action="(/[a-z]+/{machine}s/[0-9a-f-]+/{verb})"', self.html)
        return found[1] if found else None

    async def do(
        self,
        machine: str,
        verb: str,
        values: Mapping[str, str] | None = None,
        photos: Mapping[str, bytes] | None = None,
        *,
        expect: int = 200,
    ) -> str:
        """Take a verb that the page at hand offers."""
        path = self.offers(machine, verb)
        assert path, f"{machine}.{verb} is not offered on {self.page}"
        return await self.send(path, values, photos, expect=expect)


def _problem(html: str) -> str:
    found = re.search(r'class="problem.*?</div>', html, re.DOTALL)
    return re.sub(r"<[^>]+>", " ", found[0])[:600] if found else html[:300]


@dataclass(slots=True)
class Company:
    """The demonstration company, with its worker at hand."""

    app: FastAPI
    settings: Settings
    database: Database
    registry: Registry
    address: str = ADDRESS
    people: list[httpx.AsyncClient] = field(default_factory=list)

    def person(self) -> Person:
        """A new browser."""
        browser = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=self.address)
        self.people.append(browser)
        return Person(browser)

    async def staff(self, login: str) -> Person:
        """Somebody of the company, signed in through the page."""
        person = self.person()
        answer = await person.browser.post("/sign-in", data={"login": login, "password": DEMO_PASSWORD})
        assert answer.status_code == 303, answer.text[:300]
        return person

    async def work(self) -> None:
        """Let the worker deliver everything that is due; where another one is at it too, until both are done."""
        while True:
            await drain(self.database, self.registry, self.settings)
            if await self.rows(BUSY) == [(False,)]:
                return
            await asyncio.sleep(0.1)

    async def rows(self, sql: str, **values: object) -> list[tuple[object, ...]]:
        """What the database holds."""
        async with self.database.sessions() as session:
            return [tuple(row) for row in await session.execute(text(sql), values)]

    async def id_of(self, sql: str, **values: object) -> UUID:
        """The one id that a query finds."""
        found = await self.rows(sql, **values)
        assert len(found) == 1, found
        key = found[0][0]
        assert isinstance(key, UUID)
        return key


@asynccontextmanager
async def company(fresh: TestDatabase, settings: Settings, address: str = ADDRESS) -> AsyncIterator[Company]:
    """A demonstration company on a database of its own."""
    await filled(fresh, settings)
    settings = settings.model_copy(update={"database_url": fresh.app_url, "demo": True})
    registry = everything()
    app = create_app(settings, registry=registry)
    database: Database = app.state.services.database
    await fill(database, registry, settings)
    made = Company(app, settings, database, registry, address)
    await made.work()
    try:
        yield made
    finally:
        for browser in made.people:
            await browser.aclose()
        await database.dispose()


def photo(shade: int) -> bytes:
    """A small photograph."""
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (shade, 90, 60)).save(out, "JPEG")
    return out.getvalue()
