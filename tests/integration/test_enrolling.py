"""`aftersales branch …` and `aftersales staff …`: what follows the setup, from the command line."""

import asyncio
import re
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from aftersales import cli
from aftersales.auth import passwords
from aftersales.db.bootstrap import connected
from tests.fixtures.database import TestDatabase

FIRST = (
    *("setup", "--branch", "Begumpet service centre", "--code", "BGP", "--phone", "040 2315 0110"),
    *("--address", "4 Lake Road, Begumpet, Hyderabad", "--postcode", "500016"),
    *("--manager", "Anitha Rao", "--login", "anitha", "--make-password"),
)
CENTRE = (
    *("branch", "add", "--code", "sec", "--name", "Secunderabad service centre", "--phone", "040 2784 0220"),
    *("--address", "12 Sarojini Devi Road, Secunderabad", "--postcode", "500003"),
)
LAKSHMI = ("staff", "add", "--login", "Lakshmi", "--name", "Lakshmi Prasanna", "--branch", "SEC")
SHOWN = re.compile(r"^Password, shown this once and changed at the first sign-in: (\S{19})$", re.MULTILINE)


@pytest.fixture(autouse=True)
async def _founded(
    fresh_database: TestDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("AFTERSALES_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("AFTERSALES_DATABASE_URL", fresh_database.app_url)
    assert await run(*FIRST) == 0
    assert await run(*CENTRE) == 0
    capsys.readouterr()


async def run(*given: str) -> int:
    """The command in this process, in a thread for its event loop: its exit code."""
    return await asyncio.to_thread(cli.main, given)


async def rows(database: TestDatabase, query: str) -> list[tuple[object, ...]]:
    async with connected(make_url(database.app_url)) as connection:
        return [tuple(row) for row in await connection.fetch(query)]


async def test_a_colleague_is_added_listed_disabled_and_let_in_again(
    fresh_database: TestDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(*LAKSHMI, "--language", "te", "--grant", "coordinator@sec", "--grant", "finance") == 0
    [password] = SHOWN.findall(capsys.readouterr().out)
    [(stored, must_change, active)] = await rows(
        fresh_database, "SELECT password_hash, must_change, active FROM staff WHERE login = 'lakshmi'"
    )
    assert await passwords.verify(str(stored), password)
    assert (must_change, active) == (True, True)
    assert await run("staff", "list") == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split() for line in listed] == [
        ["anitha", "Anitha", "Rao", "BGP", "manager"],
        ["lakshmi", "Lakshmi", "Prasanna", "SEC", "coordinator@SEC", "finance"],
    ]
    assert await run("branch", "list") == 0
    assert [line[:3] for line in capsys.readouterr().out.splitlines()] == ["BGP", "SEC"]
    assert await run("staff", "disable", "LAKSHMI") == 0
    assert await run("staff", "list") == 0
    assert "(no access)" in capsys.readouterr().out.splitlines()[-1]
    assert await run("staff", "enable", "lakshmi") == 0
    assert await run("staff", "reset", "lakshmi") == 0
    [again] = SHOWN.findall(capsys.readouterr().out)
    assert again != password


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("staff", "disable", "anitha"), "auth.last_manager: Nobody else could look after colleagues"),
        (("staff", "disable", "nobody"), "nobody signs in as nobody"),
        ((*LAKSHMI, "--grant", "coordinator@XYZ"), "there is no service centre 'XYZ'; there are BGP, SEC"),
        ((*LAKSHMI, "--grant", "emperor"), "auth.unknown_role: There is no role “emperor”"),
        ((*LAKSHMI, "--language", "xx"), "language: give one of en, te"),
        (CENTRE, "auth.code_taken: There is a service centre SEC already"),
        ((*CENTRE, "--code", "X1"), "code: "),
        ((*CENTRE, "--code", "XX", "--latitude", "17"), "give latitude and longitude, or neither"),
    ],
)
async def test_what_cannot_be_is_said_and_changes_nothing(
    fresh_database: TestDatabase, capsys: pytest.CaptureFixture[str], given: tuple[str, ...], said: str
) -> None:
    count = "SELECT (SELECT count(*) FROM staff WHERE active), (SELECT count(*) FROM branch)"
    before = await rows(fresh_database, count)
    assert await run(*given) == 1
    out = capsys.readouterr()
    assert said in out.err
    assert out.out == ""
    assert await rows(fresh_database, count) == before
