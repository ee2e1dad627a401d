"""A database that is away, refuses or is not there yet: one error inside, 503 outside."""

import httpx
import pytest
from sqlalchemy import text

from aftersales.app import create_app
from aftersales.config import Settings
from aftersales.db.migrate import head
from aftersales.db.session import Database
from aftersales.operations.backlog import Backlog
from aftersales.operations.readiness import Readiness
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
        # Alive all the same: starting the process again would not bring the database back.
        assert (await client.get("/healthz")).text == "ok"
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        said = {"database": "does not answer (ConnectionError)", "migrations": "not known"}
        assert answer.json() == {"ready": False, "checks": said}
        answer = await client.post("/sign-in", data={"login": "padma", "password": "not a password"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_what_is_behind_is_said_without_an_address(fresh_database: TestDatabase) -> None:
    owner, one = Database(fresh_database.owner_url), Database(fresh_database.app_url)
    readiness = Readiness(one, idle=lambda: 61.0)
    async with owner.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    found = await readiness.ask()
    assert found.checks["migrations"] == f"at 0000, {head()} is needed: aftersales migrate"
    assert (found.checks["database"], found.checks["outbox"], found.well) == ("ok", "not looked at for 61 s", False)
    async with owner.engine.begin() as connection:
        await connection.execute(text("DROP TABLE alembic_version"))
    assert (await readiness.ask()).checks["migrations"].startswith("at none, ")
    backlog = Backlog(Database(NOWHERE), Registry([]))
    assert {sample.value for family in await backlog.ask() for sample in family.samples} == {0}
    for database in (owner, one):
        await database.dispose()
