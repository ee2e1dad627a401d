"""`aftersales export` and `aftersales erase`, as they are typed."""

import argparse
import asyncio
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aftersales import handing
from aftersales.csvfile import BOM
from aftersales.errors import Invalid, NotFound
from aftersales.subject import number_of
from tests.factories.erasing import NAME, Traces, finish, leave_traces
from tests.factories.world import World


async def run(company: World, add: Callable[[argparse.ArgumentParser], None], *words: str) -> Any:
    """The command with these words, on a thread: it has an event loop of its own."""
    command = argparse.ArgumentParser()
    add(command)
    does = handing.export if add is handing.add_export else handing.erase
    return await asyncio.to_thread(does, company.settings, command.parse_args(words))


@pytest.fixture(scope="module")
async def traces(company: World) -> Traces:
    return await leave_traces(company)


@pytest.mark.usefixtures("traces")
async def test_every_list_is_written_whole(company: World, tmp_path: Path) -> None:
    for name in ("customers", "invoices"):
        file = tmp_path / f"{name}.csv"
        await run(company, handing.add_export, name, str(file))
        assert file.read_bytes().startswith(BOM)
    assert NAME in (tmp_path / "customers.csv").read_text("utf-8-sig")
    assert "118.00" in (tmp_path / "invoices.csv").read_text("utf-8-sig")


async def test_a_customer_is_found_by_number_id_and_case(company: World, traces: Traces, tmp_path: Path) -> None:
    customer = traces.home.customer_id
    [case] = await company.rows("SELECT number FROM document WHERE id = :id", id=traces.home.case_id)
    for place, who in enumerate((number_of(customer), str(customer), case.number)):
        file = tmp_path / f"{place}.zip"
        await run(company, handing.add_export, "customer", who, str(file))
        assert json.loads(zipfile.ZipFile(file).read("customer.json"))["number"] == number_of(customer)
    with pytest.raises(NotFound):
        await run(company, handing.add_export, "customer", "C-0000-0000", str(tmp_path / "nobody.zip"))
    assert not await asyncio.to_thread(lambda: list(tmp_path.glob("*nobody*"))), "whole or not at all"


async def test_erasing_looks_first_and_takes_the_files_itself(
    company: World, traces: Traces, capsys: pytest.CaptureFixture[str]
) -> None:
    number = number_of(traces.home.customer_id)
    assert await run(company, handing.add_erase, "customer", number) == 1
    assert "Still open" in capsys.readouterr().err
    await finish(company, traces.home)
    assert await run(company, handing.add_erase, "customer", number) == 0
    assert f"Nothing has been erased. To do it: --confirm {number}" in capsys.readouterr().out
    with pytest.raises(Invalid):
        await run(company, handing.add_erase, "customer", number, "--confirm", "C-1111-1111")
    before = [path for path in company.settings.files_dir.rglob("*") if path.is_file()]
    assert before
    assert await run(company, handing.add_erase, "customer", number, "--confirm", number) == 0
    told = capsys.readouterr().out
    assert "CGST Act 2017, section 36" in told
    assert NAME not in told
    left = [path for path in company.settings.files_dir.rglob("*") if path.is_file()]
    assert left == []
    assert await company.rows("SELECT id FROM person WHERE name = :name", name=NAME) == []
