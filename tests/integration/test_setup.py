"""`aftersales setup`: an empty database becomes a place where somebody can sign in and begin, once."""

import asyncio
import io
import os
import pty
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from sqlalchemy.engine import make_url

from aftersales import cli
from aftersales.app import create_app
from aftersales.config import load_settings
from aftersales.db.bootstrap import connected
from tests.fixtures.database import TestDatabase

pytestmark = pytest.mark.slow

PASSWORD = "neem tree by the gate"
GIVEN = {
    "--branch": "Begumpet service centre",
    "--code": "bgp",
    "--phone": "040 2315 0110",
    "--address": "4 Lake Road, Begumpet, Hyderabad",
    "--postcode": "500016",
    "--manager": "Anitha Rao",
    "--login": "Anitha",
}


@pytest.fixture
def environment(fresh_database: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    own = {"AFTERSALES_DATA_DIR": str(tmp_path), "AFTERSALES_DATABASE_URL": fresh_database.app_url}
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    return {**os.environ, **own}


async def set_up(monkeypatch: pytest.MonkeyPatch, *more: str, given: Mapping[str, str] = GIVEN, typed: str = "") -> int:
    """The command in this process, in a thread for its event loop: its exit code."""
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    options = [part for pair in given.items() for part in pair]
    return await asyncio.to_thread(cli.main, ["setup", *options, *more])


async def rows(database: TestDatabase, query: str) -> list[tuple[object, ...]]:
    async with connected(make_url(database.app_url)) as connection:
        return [tuple(row) for row in await connection.fetch(query)]


BRANCH = "SELECT code, name, phone, timezone, currency FROM branch"
STAFF = "SELECT s.login, s.name, g.role, g.branch_id FROM staff s JOIN staff_grant g ON g.staff_id = s.id"


async def test_somebody_can_sign_in_and_begin(fresh_database: TestDatabase, environment: dict[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "aftersales.cli", "setup", *(part for pair in GIVEN.items() for part in pair)),
        "--password-stdin",
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, error = await process.communicate(f"{PASSWORD}\n".encode())
    assert (process.returncode, error) == (0, b"")
    out = said.decode()
    assert "Begumpet service centre (BGP) is set up. Sign in at http://localhost:8069 as anitha." in out
    assert PASSWORD not in out
    assert await rows(fresh_database, BRANCH) == [
        ("BGP", "Begumpet service centre", "+914023150110", "Asia/Kolkata", "INR")
    ]
    assert await rows(fresh_database, STAFF) == [("anitha", "Anitha Rao", "manager", None)]
    settings = load_settings(data_dir=Path(environment["AFTERSALES_DATA_DIR"]), database_url=fresh_database.app_url)
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=settings.base_url, follow_redirects=True) as browser:
        body = {"login": "anitha", "password": PASSWORD}
        signed_in = await browser.post("/api/v1/session", json=body)
        assert signed_in.status_code == 201, signed_in.text
        for page in ("/desk", "/desk/cases", "/desk/customers", "/desk/imports", "/desk/api-clients"):
            assert (await browser.get(page)).status_code == 200, page
        headers = {"X-CSRF-Token": signed_in.json()["csrf_token"]}
        household = {"people": [{"name": "Sita", "phones": ["98490 12345"]}]}
        made = await browser.post("/api/v1/customers", json=household, headers=headers)
        assert made.status_code == 201, made.text
    await app.state.services.database.dispose()


async def test_a_second_time_is_refused_before_anything_is_asked(
    fresh_database: TestDatabase,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await set_up(monkeypatch, "--make-password") == 0
    assert re.search(r"^Password, shown this once: [\w-]{20}$", capsys.readouterr().out, re.MULTILINE)
    assert await set_up(monkeypatch, given={}) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(
        "aftersales setup: auth.founded: This installation is set up already; nothing has been changed"
    )
    assert len(await rows(fresh_database, STAFF)) == 1


async def test_two_at_once_make_one(
    fresh_database: TestDatabase,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    codes = await asyncio.gather(*(set_up(monkeypatch, "--make-password") for _ in range(2)))
    assert sorted(codes) == [0, 1]
    assert len(await rows(fresh_database, STAFF)) == 1


WRONG: tuple[tuple[dict[str, str], str, str], ...] = (
    ({"--code": "B1"}, PASSWORD, "code: "),
    ({"--phone": "12"}, PASSWORD, "phone: is not a phone number in IN"),
    ({"--timezone": "Hyderabad"}, PASSWORD, "timezone: give a time zone by its name"),
    ({"--currency": "rupees"}, PASSWORD, "currency: give one of"),
    ({"--login": "a b"}, PASSWORD, "login: "),
    ({"--branch": ""}, PASSWORD, "give --branch"),
    ({}, "anitha-anitha", "password: Choose one that does not repeat your sign-in name"),
)


async def test_what_is_wrong_is_named_and_nothing_is_made(
    fresh_database: TestDatabase,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for wrong, password, words in WRONG:
        assert await set_up(monkeypatch, "--password-stdin", given=GIVEN | wrong, typed=password) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert words in said.err
        assert password not in said.err
    assert await set_up(monkeypatch) == 1
    assert "give --password-stdin or --make-password" in capsys.readouterr().err
    monkeypatch.setenv("AFTERSALES_COUNTRY", "AE")
    assert await set_up(monkeypatch, "--make-password") == 1
    assert "give --timezone, --currency" in capsys.readouterr().err, "only India's are known"
    assert await rows(fresh_database, BRANCH) == []


async def test_at_a_terminal_everything_is_asked_for(fresh_database: TestDatabase, environment: dict[str, str]) -> None:
    mine, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "aftersales.cli", "setup"),
        env=environment,
        stdin=theirs,
        stdout=asyncio.subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    answers = ["Begumpet", "BGP", "040 2315 0110", "4 Lake Road", "500016", "", "", "Anitha Rao", "anitha"]
    os.write(mine, "".join(f"{one}\n" for one in answers).encode())
    assert process.stdout is not None
    told = b""
    # `getpass` forgets what was typed before it asked.
    shown = asyncio.create_task(asyncio.to_thread(_until, mine, b"The password: "))
    try:
        async with asyncio.timeout(60):
            heard = await shown
            os.write(mine, f"{PASSWORD}\n".encode())
            heard += await asyncio.to_thread(_until, mine, b"The same again: ")
            os.write(mine, f"{PASSWORD}\n".encode())
            told = await process.stdout.read()
            assert await process.wait() == 0
    finally:
        os.close(mine)
    assert PASSWORD.encode() not in heard
    assert b"Begumpet (BGP) is set up" in told
    assert await rows(fresh_database, BRANCH) == [("BGP", "Begumpet", "+914023150110", "Asia/Kolkata", "INR")]


def _until(terminal: int, words: bytes) -> bytes:
    heard = b""
    while words not in heard:
        heard += os.read(terminal, 1024)
    return heard
