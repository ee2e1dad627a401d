"""Files on the desk: sent, looked through, written; by whoever may, and by nobody else."""

import re

import httpx
import pytest
from sqlalchemy import select, update

from aftersales.customers.imports import CUSTOMERS
from aftersales.imports import service
from aftersales.imports.models import ImportRun
from aftersales.imports.service import CLEAN, KEEP
from aftersales.outbox.models import Delivery
from tests.factories.files import csv_of, example
from tests.factories.world import World, csrf_of

PAGE = "/desk/imports"


async def sent(
    client: httpx.AsyncClient, data: bytes, *, what: str = "customers", dates: str = "dmy", **more: str
) -> httpx.Response:
    """The answer to a file from the page's form."""
    form = {"what": what, "dates": dates, "country": "IN", "csrf": client.headers["X-CSRF-Token"], **more}
    return await client.post(PAGE, data=form, files={"file": ("Old system.csv", data, "text/csv")})


async def shown(client: httpx.AsyncClient, where: str) -> str:
    answer = await client.get(where)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


async def customers_of(world: World) -> int:
    [row] = await world.rows("SELECT count(*) FROM customer")
    return int(row[0])


async def test_a_file_is_looked_through_then_written(company: World) -> None:
    manager = company.by("manager")
    before = await customers_of(company)
    rows = [
        {"number": "H-1", "name": "Sita Devi", "name_local": "సీతా దేవి", "phone": "98490 77001", "since": "14-03-2019"},
        {"number": "H-2", "name": "=SUM(A1)", "phone": "12", "since": ""},
    ]
    answer = await sent(manager, csv_of(CUSTOMERS, rows))
    assert answer.status_code == 303
    where = answer.headers["location"]
    assert "Being looked through" in await shown(manager, where)
    await company.settle()
    page = await shown(manager, where)
    assert "Not written yet" in page
    assert "Row 3 · phone “12” is not a phone number" in page
    assert "Row 2 · Sita Devi" in page
    assert await customers_of(company) == before
    refused = await manager.post(f"{where}/write", data={"csrf": manager.headers["X-CSRF-Token"], "good_rows": ""})
    assert refused.status_code == 409
    file = await manager.get(f"{where}/rejects.csv")
    assert file.headers["content-disposition"] == 'attachment; filename="customers.rejects.csv"'
    assert "'=SUM(A1)" in file.content.decode("utf-8-sig")
    done = await manager.post(f"{where}/write", data={"csrf": manager.headers["X-CSRF-Token"], "good_rows": "1"})
    assert done.status_code == 303
    await company.settle()
    assert "Written" in await shown(manager, where)
    assert await customers_of(company) == before + 1
    twice = await manager.post(f"{where}/write", data={"csrf": manager.headers["X-CSRF-Token"], "good_rows": "1"})
    assert twice.status_code == 409
    [run] = await company.rows("SELECT content, state FROM import_run ORDER BY created_at DESC LIMIT 1")
    assert (run.content, run.state) == (None, "written"), "the file itself is not kept once it is written"
    found = await company.by("coordinator").get("/desk/search", params={"q": "సీతా"}, follow_redirects=True)
    assert "సీతా దేవి" in found.text
    again = await sent(manager, csv_of(CUSTOMERS, rows[:1]))
    await company.settle()
    assert "There is nothing to write" in await shown(manager, again.headers["location"])


async def test_what_is_no_list_is_said_beside_the_form(company: World) -> None:
    manager = company.by("manager")
    for data, dates, words in (
        (b"", "dmy", "Choose a CSV file first"),
        (b"a,b\n1,2\n", "dmy", "The file lacks: name"),
        (example("customers"), "", "order day, month and year"),
        (b"\x89PNG\x00\x00", "dmy", "no text file"),
        (b"name,phone\n" + b"x" * (15 * 1024 * 1024), "dmy", "larger than 15 MB"),
    ):
        answer = await sent(manager, data, dates=dates)
        assert answer.status_code in (413, 422), words
        assert words in answer.text
        assert 'value="dmy"' in answer.text
    for wrong in ({"what": "secrets"}, {"dates": "ydm"}, {"country": "XX"}):
        assert (await sent(manager, example("customers"), **wrong)).status_code == 422


@pytest.mark.parametrize("role", ["coordinator", "technician", "finance", "service_engineer"])
async def test_only_who_may_take_in_files(company: World, role: str) -> None:
    manager, other = company.by("manager"), company.by(role)
    where = (await sent(manager, example("customers"))).headers["location"]
    async with company.unchanged():
        for path in (PAGE, where, f"{where}/rejects.csv", f"{PAGE}/examples/jobs.csv"):
            assert (await other.get(path)).status_code == 403, path
        assert (await sent(other, example("customers"))).status_code == 403
        csrf = {"csrf": other.headers["X-CSRF-Token"], "good_rows": ""}
        assert (await other.post(f"{where}/write", data=csrf)).status_code == 403
    assert "Imports" not in await shown(other, "/desk")


async def test_without_the_forms_token_nothing_is_taken(company: World) -> None:
    manager = company.by("manager")
    token = csrf_of((await manager.get(PAGE)).text)
    assert token == manager.headers["X-CSRF-Token"]
    manager.headers.pop("X-CSRF-Token")
    file = {"file": ("a.csv", example("customers"), "text/csv")}
    for forged in ({}, {"csrf": "x" * 43}):
        answer = await manager.post(PAGE, data={"what": "customers", "dates": "dmy", **forged}, files=file)
        assert answer.status_code == 403


async def test_the_example_of_the_page_has_every_column(company: World) -> None:
    answer = await company.by("manager").get(f"{PAGE}/examples/units.csv")
    header = answer.content.decode("utf-8-sig").splitlines()[0]
    assert header == example("units").decode().splitlines()[0]


async def test_a_file_is_forgotten_after_a_week(company: World) -> None:
    manager = company.by("manager")
    where = (await sent(manager, example("customers"))).headers["location"]
    await company.settle()
    async with company.work() as work:
        keys = await work.session.scalars(select(Delivery.key).where(Delivery.subscriber == CLEAN))
        assert list(keys)
        old = work.now - KEEP
        await work.session.execute(update(ImportRun).values(created_at=old - KEEP))
        await service.clean(work, {})
    assert (await manager.get(where)).status_code == 404
