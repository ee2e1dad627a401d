"""The application as a client meets it: real routes, a real database, and whoever signs in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx
from fastapi import FastAPI

from aftersales import clock
from aftersales.app import create_app
from aftersales.auth import csrf, links, sessions
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.http import CUSTOMER_COOKIE, STAFF_COOKIE
from tests.factories.auth import add_branch, add_staff
from tests.factories.registries import kernel
from tests.fixtures.database import TestDatabase

ADDRESS = "http://localhost:8069"


@dataclass(frozen=True, slots=True)
class Site:
    """A running application with one branch."""

    app: FastAPI
    database: Database
    settings: Settings
    branch_id: UUID

    def client(self, cookie: str | None = None, token: str = "") -> httpx.AsyncClient:
        """A browser with this cookie, or with none."""
        cookies = {} if cookie is None else {cookie: token}
        headers = {"X-CSRF-Token": csrf.token(self.settings.signing_key, token)}
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url=ADDRESS, cookies=cookies, headers=headers
        )

    async def staff(self, role: str) -> tuple[httpx.AsyncClient, UUID]:
        """Somebody who has signed in with this role, and their id."""
        async with self.database.unit_of_work() as session:
            branch = await add_branch(session)
            person = await add_staff(session, branch, (role, self.branch_id))
            token = sessions.start(session, person.id, clock.now())
            await session.flush()
        return self.client(STAFF_COOKIE, token), person.id

    async def customer(self, stream_id: UUID, person_id: UUID) -> httpx.AsyncClient:
        """The person with the link to the stream."""
        async with self.database.unit_of_work() as session:
            link = await links.issue(session, stream_id=stream_id, person_id=person_id, now=clock.now())
            opened = await links.exchange(session, self.settings, links.token(self.settings, link), clock.now())
        assert opened is not None
        return self.client(CUSTOMER_COOKIE, opened[0])


@asynccontextmanager
async def open_site(fresh: TestDatabase, settings: Settings) -> AsyncIterator[Site]:
    """The kernel's application on a database of its own."""
    settings = settings.model_copy(update={"database_url": fresh.app_url})
    app = create_app(settings, registry=kernel())
    database: Database = app.state.services.database
    async with database.unit_of_work() as session:
        branch = await add_branch(session)
    yield Site(app, database, settings, branch.id)
    await database.dispose()
