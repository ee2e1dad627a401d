"""Templates that providers know: handed in as CSV, taken back, and what the command says of the matrix."""

import argparse
import asyncio
import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from aftersales import telling
from aftersales.auth.rules import customer_scope
from aftersales.errors import Forbidden, Invalid
from aftersales.scope import SYSTEM
from aftersales.updates import registrations
from aftersales.updates.matrix import REGISTERED
from tests.factories.world import World

TEXT = "case.received"


async def run(company: World, *words: str) -> int:
    """The command with these words, on a thread: it has an event loop of its own."""
    command = argparse.ArgumentParser()
    telling.add_arguments(command)
    return await asyncio.to_thread(telling.run, company.settings, command.parse_args(words))


def rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))


async def test_the_matrix_is_whole_and_says_so(company: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run(company, "matrix", "--language", "te", "--language", "en") == 0
    out = capsys.readouterr().out
    assert "case.received" in out
    assert "0 errors" in out.splitlines()[-1]


async def test_the_matrix_as_a_file(company: World, tmp_path: Path) -> None:
    file = tmp_path / "matrix.csv"
    assert await run(company, "matrix", "--channel", "sms", "--language", "te", "--csv", str(file)) == 0
    [one] = [row for row in rows(file) if row["text"] == TEXT and row["brand"] == company.settings.brand_name]
    assert one["audience"] == "owner, caller"
    assert one["segments"] in {"2", "3"}
    assert one["wording"].startswith("{brand}: మీ రిక్వెస్ట్ {number}")
    assert "not registered" in one["problems"]


async def test_what_is_missing_fails_where_the_channel_is_on(
    company: World, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = {"msg91_key": "k", "msg91_header": "GDVSVC", "msg91_entity_id": "1" * 19, "msg91_hook_secret": "s" * 16}
    on = company.settings.model_validate(company.settings.model_dump() | keys | {"sms_links": "localhost"})
    command = argparse.ArgumentParser()
    telling.add_arguments(command)
    chosen = command.parse_args(["matrix", "--channel", "sms", "--language", "en", "--brand", "Nobody"])
    assert await asyncio.to_thread(telling.run, on, chosen) == 1
    said = capsys.readouterr()
    assert "case.received · sms · en · Nobody: it is not registered with the provider" in said.err
    assert await run(company, "matrix", "--channel", "sms", "--language", "en", "--brand", "Nobody") == 0


async def test_templates_go_out_and_come_back(company: World, tmp_path: Path) -> None:
    file = tmp_path / "templates.csv"
    mine = ("--language", "en", "--brand", "Aftersales")
    await run(company, "registrations", "export", str(file), *mine)
    found = rows(file)
    assert {row["channel"] for row in found} == set(REGISTERED)
    sms = next(row for row in found if row["text"] == TEXT and row["channel"] == "sms")
    assert sms["wording"].startswith("Aftersales: we have your request {#var#}")
    for row in found:
        row.update(name="1107", entity="1201", state="approved")
        if row["channel"] == "sms":
            row["header"] = "GDVSVC"
    headed = {row["text"] for row in found if row["header"] == "document"}
    returns = {"return.awaiting_return", "return.reminded", "advance.due", "advance.reminded", "advance.noticed"}
    assert headed == {"warranty.registered", *returns}
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, registrations.COLUMNS)
        writer.writeheader()
        writer.writerows(found)
    assert await run(company, "registrations", "import", str(file), *mine) == 0
    async with company.work() as work:
        held = await registrations.held(work.session, SYSTEM)
        cells = await registrations.cells(work, languages=["en"], channels=REGISTERED, named=["Aftersales"])
    assert held["Aftersales", "sms", TEXT, "en"].state == "approved"
    assert [one.words for cell in cells for one in cell.found if one.problem == "registration"] == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"channel": "pigeon"}, "the channel is sms or whatsapp"),
        ({"language": "xx"}, "no language of ours"),
        ({"state": "fine"}, "the state is pending"),
        ({"text": "case.unknown"}, "there is no such template"),
        ({"brand": "Nobody"}, "there is no such template"),
        ({"name": "x" * 3000}, "too long"),
    ],
)
async def test_a_bad_row_takes_nothing_in(company: World, change: dict[str, str], problem: str) -> None:
    good = {"brand": "Aftersales", "channel": "sms", "text": TEXT, "language": "te", "state": "approved"}
    names = [*good, "name"]
    content = "\n".join([",".join(names), *(",".join((good | one).get(n, "") for n in names) for one in ({}, change))])
    async with company.work() as work:
        cells = await registrations.cells(work, channels=REGISTERED)
        with pytest.raises(Invalid) as refused:
            registrations.read(content.encode(), cells)
    assert str(refused.value).count("row ") == 1
    assert "row 3: " in str(refused.value)
    assert problem in str(refused.value)


async def test_what_is_no_such_file(company: World) -> None:
    async with company.work() as work:
        cells = await registrations.cells(work, languages=["en"], channels=REGISTERED)
        for content in (b"\xff\xfe", b"a,b\n1,2\n", b"", b'brand,"x\n'):
            with pytest.raises(Invalid):
                registrations.read(content, cells)
        same = b"brand,channel,text,language\nAftersales,sms,case.received,en\n"
        [one] = registrations.read(same, cells)
        assert (one.state, one.wording[:12]) == ("pending", "Aftersales: ")
        with pytest.raises(Invalid, match="1 rows"):
            registrations.read(same + b"Aftersales,sms,case.received,en\n", cells)


async def test_it_asks_for_the_right(company: World) -> None:
    async with company.work() as work:
        customer = replace(work, scope=customer_scope(company.home.person_id, company.home.case_id, read_only=False))
        with pytest.raises(Forbidden):
            await registrations.keep(customer, [])
        with pytest.raises(Forbidden):
            await registrations.held(work.session, customer.scope)
