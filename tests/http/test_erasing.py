"""Erasing a customer: who may, what stands in the way, and that nothing is left anywhere but in the books."""

import io
import json
import re
import subprocess
import zipfile
from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

import pytest
from sqlalchemy.engine import make_url

from aftersales.clock import now
from aftersales.db.embedded import installation
from aftersales.privacy import service
from aftersales.products import service as products
from aftersales.scope import SYSTEM
from aftersales.subject import number_of
from tests.factories.erasing import LOCAL, NAME, PHONE, WORDS, Traces, finish, leave_traces
from tests.factories.world import API, ROLES, World, add_home, csrf_of, ok


def dump(company: World) -> bytes:
    """Every row of the database, as pg_dump writes it."""
    url = make_url(str(company.settings.database_url))
    where = {"host": url.query["host"], "port": url.query["port"], "dbname": url.database, "user": "postgres"}
    program = str(installation() / "bin" / "pg_dump")
    named = [f"--{key}={value}" for key, value in where.items()]
    return subprocess.run([program, "--data-only", *named], check=True, capture_output=True).stdout


def found_in(company: World, texts: Iterable[str]) -> set[str]:
    """Which of the texts are anywhere: in a row, in bytes kept in a row, in a file or its name."""
    rows = dump(company)
    files = b"".join(path.read_bytes() + path.name.encode() for path in _files(company))
    everything = (rows + files).lower()
    return {
        one
        for one in texts
        if one.lower().encode() in everything
        or one.encode().hex().encode() in everything
        or json.dumps(one)[1:-1].lower().encode() in everything
    }


def _files(company: World) -> list[Path]:
    return [path for path in company.settings.files_dir.rglob("*") if path.is_file()]


async def erase(company: World, traces: Traces) -> UUID:
    async with company.work() as work:
        customer = traces.home.customer_id
        made = await service.erase(work, customer, confirmed=number_of(customer))
    await company.settle()
    return made


async def test_after_an_erasure_nothing_is_found_but_the_books(company: World) -> None:
    traces = await leave_traces(company)
    assert found_in(company, traces.texts) == set(traces.texts), "the search finds what is there"
    before = len(_files(company))
    timeline = await company.rows("SELECT count(*) FROM timeline_entry")
    await finish(company, traces.home)
    made = await erase(company, traces)
    assert found_in(company, traces.texts) == set()
    assert found_in(company, traces.kept) == set(traces.kept)
    # Two pictures, each with its small form.
    assert len(_files(company)) == before - 8 or len(_files(company)) < before
    assert await company.rows("SELECT count(*) FROM timeline_entry") == timeline
    [row] = await company.rows("SELECT report FROM erasure WHERE id = :id", id=made)
    kept = {line["what"]: line for line in row.report if line["kept"]}
    assert kept["Payments with their references"]["count"] == 1
    assert kept["Invoices with their lines"]["until"] > str(now().year + 6)
    assert "CGST Act 2017, section 36" in kept["Invoices with their lines"]["why"]
    assert await erase(company, traces) == made, "again changes nothing"
    assert await company.rows("SELECT id FROM erasure") == [(made,)]


async def test_what_names_them_on_a_product_that_has_passed_on_goes_too(company: World) -> None:
    name, desk = "Satyanarayana Vemulapalli", company.by("manager")
    home, new = await add_home(company, name, "+919700055511"), await add_home(company, "Uma", "+919700055512")
    made = await ok(desk, f"{API}/cases/{home.case_id}/warranty_registrations", purchased_on="2026-05-05")
    why = {"note": f"The bill that {name} sent is of another shop."}
    await ok(desk, f"{API}/warranty_registrations/{made['id']}/declare_void", **why)
    async with company.work() as work:
        await products.pass_on(work, home.unit_id, new.customer_id)
    await company.settle()
    await finish(company, home)
    async with company.work() as work:
        told = await service.told(work, home.customer_id)
        assert why["note"] in {one["note"] for one in told["matters"]["history"]}
        await service.erase(work, home.customer_id, confirmed=number_of(home.customer_id))
    assert found_in(company, [name]) == set()


@pytest.mark.parametrize("name", ["search", "returns"])
async def test_without_one_holding_something_is_left(company: World, name: str) -> None:
    traces = await leave_traces(company)
    await finish(company, traces.home)
    whole = company.registry.holdings
    company.registry.holdings = MappingProxyType({key: one for key, one in whole.items() if key != name})
    try:
        await erase(company, traces)
        assert found_in(company, traces.texts) != set()
    finally:
        company.registry.holdings = whole
    await erase(company, traces)
    assert found_in(company, traces.texts) == set()


async def test_what_is_open_or_owed_stands_in_the_way_and_nothing_is_done(company: World) -> None:
    traces = await leave_traces(company)
    where = f"/desk/customers/{traces.home.customer_id}/erase"
    desk = company.by("manager")
    html = (await desk.get(where)).text
    assert "Still open:" in html
    assert "Not paid:" in html
    assert "Erase for good" not in html
    answer = await desk.post(where, data={"number": number_of(traces.home.customer_id)})
    assert answer.status_code == 409
    assert found_in(company, traces.texts) == set(traces.texts)
    await finish(company, traces.home)
    await erase(company, traces)


async def test_looking_first_changes_nothing_and_the_number_must_be_typed(company: World) -> None:
    traces = await leave_traces(company)
    await finish(company, traces.home)
    desk = company.by("manager")
    where = f"/desk/customers/{traces.home.customer_id}/erase"
    page = await desk.get(where)
    assert page.status_code == 200
    assert "Words of messages" in page.text
    assert found_in(company, traces.texts) == set(traces.texts)
    wrong = await desk.post(where, data={"number": "C-0000-0000", "csrf": csrf_of(page.text)})
    assert wrong.status_code == 422
    assert found_in(company, traces.texts) == set(traces.texts)
    done = await desk.post(where, data={"number": number_of(traces.home.customer_id).lower()})
    assert done.status_code == 303
    shown = await desk.get(done.headers["location"])
    assert "Kept, and why" in shown.text
    file = await desk.get(f"{done.headers['location']}.txt")
    assert "CGST Act 2017, section 36" in file.text
    assert NAME not in shown.text + file.text
    customer = await desk.get(f"/desk/customers/{traces.home.customer_id}")
    assert "Erased on" in customer.text
    assert (await desk.get(f"/desk/cases/{traces.home.case_id}")).status_code == 200
    await company.settle()
    assert found_in(company, traces.texts) == set()


@pytest.mark.parametrize("role", [*ROLES, "customer", "nobody"])
async def test_only_the_manager_hands_out_and_erases(company: World, role: str) -> None:
    home = company.home
    if role == "customer":
        client = await company.customer(home)
    else:
        client = company.client() if role == "nobody" else company.by(role)
    here = f"/desk/customers/{home.customer_id}"
    number = {"number": number_of(home.customer_id)}
    async with company.unchanged():
        answers = [
            (await client.get(f"{here}/everything.zip")).status_code,
            (await client.get(f"{here}/erase")).status_code,
            (await client.post(f"{here}/erase", data=number)).status_code,
        ]
    # The manager is told why not: the case is open.
    expected = {"manager": [200, 200, 409], "nobody": [303, 303, 303], "customer": [303, 303, 303]}
    assert answers == expected.get(role, [403, 403, 403]), role


async def test_one_customer_whole(company: World) -> None:
    traces = await leave_traces(company)
    answer = await company.by("manager").get(f"/desk/customers/{traces.home.customer_id}/everything.zip")
    assert answer.status_code == 200
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    assert packed.testzip() is None
    found = packed.read("customer.json").decode()
    whole = json.loads(found)
    everywhere = found + json.dumps(packed.namelist())
    assert {one for one in (*traces.texts, *traces.kept) if one not in everywhere} <= {PHONE[3:]}
    assert set(whole) >= {one.name for one in company.registry.holdings.values() if one.export is not None}
    assert whole["identity"]["people"][0]["name_local"] == LOCAL
    assert whole["access"]["links"][0]["created_at"]
    pictures = [name for name in packed.namelist() if name.startswith("files/")]
    assert len(pictures) == len(whole["files"]) == 2
    assert all(packed.read(name).startswith(b"\xff\xd8\xff") for name in pictures)
    assert number_of(traces.home.customer_id) in packed.read("README.txt").decode()
    assert "Padma Venkateswarlu" not in found
    await finish(company, traces.home)
    await erase(company, traces)


async def test_others_who_share_the_phone_keep_theirs(company: World) -> None:
    traces = await leave_traces(company)
    desk = company.by("manager")
    here = f"{API}/customers/{traces.home.customer_id}"
    husband = {"name": "Raghavendra Kandukuri", "language": "te", "phones": [PHONE]}
    added = await desk.post(f"{here}/people", json=husband)
    assert added.status_code == 201, added.text
    await desk.post(f"{API}/cases/{traces.home.case_id}/note_added", json={"note": f"{NAME} called again"})
    await finish(company, traces.home)
    async with company.work() as work:
        customer = traces.home.customer_id
        await service.erase(work, customer, traces.home.person_id, confirmed=number_of(customer))
    await company.settle()
    left = found_in(company, traces.texts)
    assert not {NAME, LOCAL, WORDS["complaint"], WORDS["note"]} & left
    assert {PHONE, WORDS["street"]} <= left, "the phone is his too, and he lives there"
    [found] = (await desk.get(f"{API}/customers?phone={PHONE[1:]}")).json()["items"]
    assert found["id"] == str(customer)
    hits = (await desk.get(f"{API}/search?q=Raghavendra")).text
    assert str(customer) in hits
    assert str(customer) not in (await desk.get(f"{API}/search?q=Yashodhara")).text
    await erase(company, traces)
    assert not {PHONE, WORDS["street"], "Raghavendra"} & found_in(company, [*traces.texts, "Raghavendra"])


async def test_the_record_names_nobody_and_cannot_be_rewritten(company: World) -> None:
    columns = await company.rows(
        "SELECT privilege_type FROM information_schema.role_table_grants "
        "WHERE table_name = 'erasure' AND grantee = 'aftersales_app'"
    )
    assert {row[0] for row in columns} == {"SELECT", "INSERT"}
    for row in await company.rows("SELECT report::text AS report FROM erasure"):
        assert not re.search(r"\+91|@", row.report)
    assert SYSTEM.actor.id is None


async def test_by_the_api_looked_at_then_erased_once(company: World) -> None:
    traces = await leave_traces(company)
    path = f"{API}/customers/{traces.home.customer_id}/erasures"
    number = number_of(traces.home.customer_id)
    desk = company.by("manager")
    blocked = (await desk.get(f"{path}/plan")).json()
    assert blocked["number"] == number
    assert len(blocked["blocked"]) == 2
    refused = await desk.post(path, json={"number": number})
    assert (refused.status_code, refused.json()["code"]) == (409, "privacy.blocked")
    await finish(company, traces.home)
    plan = (await desk.get(f"{path}/plan")).json()
    assert plan["blocked"] == []
    assert {"what", "count", "kept", "why", "until"} == plan["lines"][0].keys()
    assert found_in(company, traces.texts) == set(traces.texts), "a dry run changes nothing"
    wrong = await desk.post(path, json={"number": "C-0000-0000"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "privacy.confirm")
    for role in ROLES:
        if role != "manager":
            assert (await company.by(role).get(f"{path}/plan")).status_code in (403, 404)
            assert (await company.by(role).post(path, json={"number": number})).status_code in (403, 404)
    key = {"Idempotency-Key": "erase-one-customer"}
    made = await desk.post(path, json={"number": number}, headers=key)
    assert made.status_code == 201, made.text
    again = await desk.post(path, json={"number": number}, headers=key)
    assert (again.status_code, again.json()) == (201, made.json())
    await company.settle()
    assert found_in(company, traces.texts) == set()
    record = await desk.get(made.headers["location"])
    assert record.json() == made.json()
    assert [one for one in record.json()["lines"] if one["kept"]]


# Last: it leaves the words of a customer who stays.
async def test_by_the_api_one_customer_whole(company: World) -> None:
    traces = await leave_traces(company)
    path = f"{API}/customers/{traces.home.customer_id}/everything"
    found = await company.by("manager").get(path)
    assert found.status_code == 200
    told = found.json()
    assert told["number"] == number_of(traces.home.customer_id)
    assert NAME in json.dumps(told["identity"], ensure_ascii=False)
    packed = await company.by("manager").get(f"{path}.zip")
    assert (packed.status_code, packed.headers["content-type"]) == (200, "application/zip")
    assert packed.headers["cache-control"] == "private, no-store"
    with zipfile.ZipFile(io.BytesIO(packed.content)) as inside:
        assert json.loads(inside.read("customer.json")).keys() == told.keys()
        assert any(name.startswith("files/") for name in inside.namelist())
    for where in (path, f"{path}.zip"):
        assert (await company.by("coordinator").get(where)).status_code == 403
        assert (
            await company.by("manager").get(where.replace(str(traces.home.customer_id), str(UUID(int=1))))
        ).status_code == 404
