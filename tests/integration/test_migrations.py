"""Migrations: they make what the models say, run once however many start them, and refuse to be skipped."""

import asyncio

import asyncpg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url

from aftersales.db import migrate
from aftersales.db.bootstrap import connected
from aftersales.db.session import Base
from aftersales.db.tables import import_models
from tests.fixtures.database import TestDatabase


async def test_the_migrations_make_what_the_models_say(fresh_database: TestDatabase) -> None:
    await asyncio.to_thread(command.check, migrate.configuration(fresh_database.owner_url))


async def test_every_table_is_known_and_there(fresh_database: TestDatabase) -> None:
    import_models()
    async with connected(make_url(fresh_database.app_url)) as connection:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert {row["tablename"] for row in rows} - {"alembic_version"} == set(Base.metadata.tables)


async def test_several_at_once_do_the_work_once(fresh_database: TestDatabase) -> None:
    await asyncio.gather(*(migrate.upgrade_async(fresh_database.owner_url) for _ in range(3)))
    assert await migrate.revision(fresh_database.app_url) == migrate.head()


async def test_an_older_database_is_refused(fresh_database: TestDatabase) -> None:
    await migrate.require_current(fresh_database.app_url)
    async with connected(make_url(fresh_database.owner_url)) as owner:
        await owner.execute("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(migrate.NotMigratedError, match="aftersales migrate"):
        await migrate.require_current(fresh_database.app_url)


async def test_a_newer_database_is_fine(fresh_database: TestDatabase) -> None:
    async with connected(make_url(fresh_database.owner_url)) as owner:
        await owner.execute("UPDATE alembic_version SET version_num = '9999'")
    await migrate.require_current(fresh_database.app_url)


async def test_the_application_cannot_touch_the_history(fresh_database: TestDatabase) -> None:
    async with connected(make_url(fresh_database.app_url)) as application:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await application.execute("UPDATE alembic_version SET version_num = 'x'")


def test_the_history_is_one_numbered_line() -> None:
    script = ScriptDirectory.from_config(migrate.configuration(""))
    revisions = [revision.revision for revision in script.walk_revisions()]
    assert revisions == [f"{number:04d}" for number in range(len(revisions), 0, -1)]


@pytest.mark.slow
async def test_the_way_back_leads_to_the_first_tables_and_forth_again(fresh_database: TestDatabase) -> None:
    there = migrate.configuration(fresh_database.owner_url)
    await asyncio.to_thread(command.downgrade, there, "0001")
    assert await migrate.revision(fresh_database.app_url) == "0001"
    await migrate.upgrade_async(fresh_database.owner_url)
    await asyncio.to_thread(command.check, there)
