"""The command line: each command does what its help says, and a wrong one says what is wrong in a line."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from aftersales import cli
from aftersales.db.bootstrap import connected
from aftersales.db.embedded import EmbeddedServer
from tests.fixtures.database import TestDatabase

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(server_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AFTERSALES_DATA_DIR", str(server_folder))
    return server_folder


async def test_database_stays_until_it_is_stopped(folder: Path) -> None:
    assert await run_elsewhere(["db", "start"]) == 0
    assert EmbeddedServer(folder).postmaster() is not None
    assert cli.main(["db", "stop"]) == 0
    assert EmbeddedServer(folder).postmaster() is None


def test_stopping_nothing_is_no_error(folder: Path) -> None:
    assert cli.main(["db", "stop"]) == 0


def test_migrate_makes_the_embedded_database(folder: Path) -> None:
    assert cli.main(["migrate"]) == 0
    assert (folder / "pg" / "PG_VERSION").exists()
    assert EmbeddedServer(folder).postmaster() is None


def test_migrate_asks_for_the_owner(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AFTERSALES_DATABASE_URL", "postgresql://app@nowhere/aftersales")
    assert cli.main(["migrate"]) == 1
    assert "AFTERSALES_MIGRATION_URL" in capsys.readouterr().err


async def test_migrate_takes_a_database_of_your_own(fresh_database: TestDatabase, folder: Path) -> None:
    code = await run_elsewhere(
        ["migrate"],
        AFTERSALES_DATA_DIR=str(folder),
        AFTERSALES_DATABASE_URL=fresh_database.app_url,
        AFTERSALES_MIGRATION_URL=fresh_database.owner_url,
    )
    assert code == 0
    async with connected(make_url(fresh_database.app_url)) as connection:
        assert await connection.fetchval("SELECT count(*) FROM alembic_version") == 1


def test_a_bad_setting_is_said_in_words(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AFTERSALES_PORT", "many")
    assert cli.main(["modules"]) == 1
    assert "port" in capsys.readouterr().err


def test_lists_and_checks_the_modules(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["modules"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in ("warranty", "rma", "field_service", "billing"))
    assert cli.main(["check"]) == 0
    assert "0 problems" in capsys.readouterr().out


def test_a_wrong_command_shows_the_right_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["dance"])
    assert left.value.code == 2
    assert "demo" in capsys.readouterr().err


async def run_elsewhere(arguments: list[str], **environment: str) -> int:
    """Run the command in a process of its own: this one has an event loop already."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "aftersales.cli", *arguments, env={**os.environ, **environment}
    )
    return await process.wait()
