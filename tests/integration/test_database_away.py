"""A database that is away, refuses or is not there yet: one error inside, 503 outside."""

import httpx
import pytest

from aftersales.app import create_app
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.registry import Registry
from aftersales.status.numbers import Numbers
from tests.fixtures.database import TestDatabase

NOWHERE = "postgresql+asyncpg://nobody@/none?host=/nonexistent&port=1"


async def test_whatever_is_wrong_it_is_one_error(database: TestDatabase) -> None:
    for url in (NOWHERE, database.app_url.replace(database.name, "no_such_database")):
        one = Database(url)
        with pytest.raises(ConnectionError, match="no connection to the database"):
            async with one.unit_of_work() as session:
                await session.connection()
        with pytest.raises(ConnectionError, match="no connection to the database"):
            await Numbers(one).next("KKP", 2026)


async def test_people_and_programs_are_told_to_come_again(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"database_url": NOWHERE}), registry=Registry([]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        answer = await client.get("/healthz")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        answer = await client.post("/sign-in", data={"login": "padma", "password": "not a password"})
        assert answer.status_code == 503
