"""Roles and rights: who owns, who works, and what the application cannot do."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from aftersales.db import bootstrap as prepared
from aftersales.db.bootstrap import APPLICATION, OWNER, bootstrap, bootstrap_external, connected
from aftersales.db.embedded import EmbeddedServer
from tests.fixtures.database import TestDatabase

ROLES = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'aftersales%' AND (rolsuper OR rolcreatedb OR rolcreaterole)"


@pytest.fixture
async def other_name(postgres: EmbeddedServer, worker_id: str) -> AsyncIterator[str]:
    name = f"bootstrap_{worker_id}"
    yield name
    async with connected(make_url(postgres.url("postgres"))) as superuser:
        await superuser.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def test_is_idempotent(postgres: EmbeddedServer, other_name: str) -> None:
    first = await bootstrap(postgres, other_name)
    assert await bootstrap(postgres, other_name) == first
    async with connected(make_url(first.owner_url)) as owner:
        assert await owner.fetchval("SELECT current_user") == OWNER
        assert await owner.fetchval("SELECT datlocale FROM pg_database WHERE datname = $1", other_name) == "C.UTF-8"


async def test_no_role_rules_the_server(postgres: EmbeddedServer, database: TestDatabase) -> None:
    async with connected(make_url(postgres.url("postgres"))) as superuser:
        assert await superuser.fetch(ROLES) == []


async def test_the_application_reads_and_writes_rows_and_nothing_else(fresh_database: TestDatabase) -> None:
    async with connected(make_url(fresh_database.owner_url)) as owner:
        await owner.execute("CREATE TABLE thing (id bigint GENERATED ALWAYS AS IDENTITY, name text)")
    async with connected(make_url(fresh_database.app_url)) as application:
        assert await application.fetchval("SELECT current_user") == APPLICATION
        await application.execute("INSERT INTO thing (name) VALUES ('a')")
        await application.execute("UPDATE thing SET name = 'b'")
        await application.execute("DELETE FROM thing")
        for forbidden in ("TRUNCATE thing", "DROP TABLE thing", "CREATE TABLE other ()", "ALTER TABLE thing ADD x int"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await application.execute(forbidden)


async def test_a_server_of_your_own_gets_passwords(postgres: EmbeddedServer, other_name: str) -> None:
    addresses = await bootstrap_external(postgres.url("postgres"), other_name)
    for url, role in ((addresses.owner_url, OWNER), (addresses.app_url, APPLICATION)):
        assert make_url(url).username == role
        assert len(str(make_url(url).password)) >= 24
        async with connected(make_url(url)) as connection:
            assert await connection.fetchval("SELECT current_database()") == other_name


async def test_an_older_server_is_refused(postgres: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MINIMUM_VERSION", 99)
    with pytest.raises(prepared.BootstrapError, match="PostgreSQL 99 or newer"):
        await bootstrap(postgres, "never_made")
