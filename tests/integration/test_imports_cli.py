"""`aftersales import`: what it prints, what it writes, and what it leaves alone."""

import asyncio
import io
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from aftersales import cli
from aftersales.db.bootstrap import connected
from aftersales.importing import Bar
from aftersales.registry import load_registry
from tests.factories.files import EXAMPLES
from tests.fixtures.database import TestDatabase

BAD = "number;name;phone;since;colour\nB-1;Sita Devi;98490 11111;28-02-2020;red\nB-2;Gopal;12;01-01-2020;blue\n"


@pytest.fixture
def here(fresh_database: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestDatabase:
    monkeypatch.setenv("AFTERSALES_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("AFTERSALES_DATABASE_URL", fresh_database.app_url)
    return fresh_database


async def imported(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and error. In a thread: the command has an event loop of its own."""
    capsys.readouterr()
    code = await asyncio.to_thread(cli.main, ["import", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


async def names(database: TestDatabase) -> set[str]:
    async with connected(make_url(database.app_url)) as connection:
        return {row["own_number"] for row in await connection.fetch("SELECT own_number FROM customer")}


async def test_from_a_dry_run_to_the_corrected_file(
    here: TestDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "old.csv"
    file.write_text(BAD, encoding="utf-8-sig")
    code, out, error = await imported(capsys, "customers", str(file))
    assert (code, out) == (1, "")
    assert "--dates dmy, mdy or ymd" in error
    code, out, _ = await imported(capsys, "customers", str(file), "--dates", "dmy", "--dry-run")
    assert code == 1
    assert "Read as UTF-8, a semicolon between cells, 2 rows." in out
    assert "Not read: the columns colour." in out
    assert "row 3, phone: '12' is not a phone number" in out
    assert "[import.phone]" in out
    assert "1 new, 0 changed, 0 unchanged, 1 rejected." in out
    assert "A dry run: nothing was written." in out
    code, out, _ = await imported(capsys, "customers", str(file), "--dates", "dmy")
    assert (code, await names(here)) == (1, set())
    assert "Nothing was written." in out
    code, out, error = await imported(capsys, "customers", str(file), "--dates", "dmy", "--good-rows")
    assert (code, await names(here)) == (1, {"B-1"})
    assert "1 of 1" in error
    rejects = tmp_path / "old.rejects.csv"
    mended = rejects.read_text("utf-8-sig").replace(",12,", ",98490 11112,")
    rejects.write_text(mended, encoding="utf-8")
    code, out, _ = await imported(capsys, "customers", str(rejects), "--dates", "dmy")
    assert (code, await names(here)) == (0, {"B-1", "B-2"})


def test_help_names_every_column(capsys: pytest.CaptureFixture[str]) -> None:
    for kind in load_registry().imports.values():
        with pytest.raises(SystemExit):
            cli.main(["import", kind.name, "--help"])
        said = capsys.readouterr().out
        for field in kind.fields:
            assert f"{'*' if field.required else ' '}{field.name} " in said
            assert field.about in said
        assert (EXAMPLES / f"{kind.name}.csv").is_file()


async def test_progress_is_a_bar_on_a_terminal_and_lines_elsewhere() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for out in (io.StringIO(), Terminal()):
        bar = Bar(out)
        for done in range(0, 1001, 50):
            await bar.show(done, 1000)
        bar.end()
        said = out.getvalue()
        assert said.count("\n") == (0 if out.isatty() else 11)
        assert said.count("\r") == (22 if out.isatty() else 0)
        assert ("1,000 of 1,000" in said, "█" in said) == (True, out.isatty())
