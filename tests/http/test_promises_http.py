"""What is about to break: in the order of its time, page by page, in scope, at the same cost for one row and many."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from aftersales import clock
from aftersales.promises import watchlist
from aftersales.promises.service import hours
from aftersales.promises.terms import publish_all
from aftersales.scope import SYSTEM
from aftersales.status.machine import WaitsOn
from tests.factories.world import API, World, csrf_of, refused

ALWAYS: dict[str, Any] = {
    "tz": "UTC",
    "weekly": {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
}
DUE = f"{API}/promises/due"


@pytest.fixture(scope="module")
async def shop(company: World) -> World:
    """The company with targets and with hours that never end: a first response is due in two of them."""
    async with company.work(origin="demo") as work:
        await publish_all(work)
        await hours.set_hours(work, company.here, ALWAYS)
        await hours.set_hours(work, company.there, ALWAYS)
    for _ in range(2):
        await company.open_case(company.home)
    await company.settle()
    return company


async def listed(client: httpx.AsyncClient, **params: str) -> list[dict[str, Any]]:
    answer = await client.get(DUE, params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def made_late(shop: World, case_id: UUID, which: str = "first_response") -> None:
    """As if the clock had been due an hour ago, and the worker had seen it."""
    async with shop.database.unit_of_work() as session:
        values = {"id": case_id, "clock": which, "at": clock.now() - timedelta(hours=1)}
        late = "UPDATE case_clock SET due_at = :at, state = 'late', level = 100"
        await session.execute(text(f"{late} WHERE case_id = :id AND clock = :clock"), values)
        notice = 'INSERT INTO clock_notice (id, case_id, clock, kind, step, "to", raised_at) VALUES '
        row = "(uuidv7(), :id, :clock, 'breach', 100, 'owner', :at)"
        await session.execute(text(f"{notice} {row}"), values)


async def test_what_is_due_soon_is_listed_by_its_time(shop: World) -> None:
    case_id = await shop.open_case(shop.home)
    await shop.settle()
    found = await listed(shop.by("coordinator"))
    times = [row["due_at"] for row in found]
    assert times == sorted(times)
    [mine] = [row for row in found if row["case_id"] == str(case_id)]
    assert (mine["clock"], mine["turn"], mine["name"]) == ("first_response", "us", "Padma Venkateswarlu")
    shown = (await shop.by("coordinator").get("/desk/promises")).text
    assert mine["number"] in shown
    assert "Turn: us" in shown


async def test_what_is_late_stands_with_its_notices(shop: World) -> None:
    case_id = await shop.open_case(shop.home)
    await shop.settle()
    await made_late(shop, case_id)
    [mine] = [row for row in await listed(shop.by("coordinator"), show="late") if row["case_id"] == str(case_id)]
    assert mine["notices"] == [{"kind": "breach", "step": 100, "to": "owner"}]
    assert str(case_id) not in {row["case_id"] for row in await listed(shop.by("coordinator"), show="soon")}
    shown = (await shop.by("coordinator").get("/desk/promises?show=late")).text
    assert "Breach raised" in shown
    assert re.search(r'Late <span class="count">[1-9]', shown)


async def test_promises_and_targets_stand_in_one_list_by_their_time(shop: World) -> None:
    case_id = await shop.open_case(shop.home)
    await shop.settle()
    async with shop.database.unit_of_work() as session:
        values = {"id": case_id, "at": clock.now() + timedelta(minutes=5)}
        await session.execute(text("UPDATE open_promise SET due_at = :at WHERE case_id = :id"), values)
    desk = shop.by("coordinator")
    rows = await listed(desk, limit="100")
    first, *others = [row for row in rows if row["case_id"] == str(case_id)]
    assert (first["clock"], first["basis"], first["language"], first["amount"]) == ("next_update", "targets", "te", 0)
    assert first["said_at"] is not None
    assert [(row["clock"], row["said_at"]) for row in others] == [("first_response", None)]
    assert [row["due_at"] for row in rows] == sorted(row["due_at"] for row in rows)
    page = await desk.get("/desk/promises")
    mine = [row for row in page.text.split("data-row")[1:] if str(case_id) in row]
    assert ["Promised</span>" in row for row in mine] == [True, False]
    assert ["Our target</span>" in row for row in mine] == [False, True]
    # What is over and has not ended yet is late, whatever it is.
    async with shop.database.unit_of_work() as session:
        values |= {"at": clock.now() - timedelta(minutes=5)}
        await session.execute(text("UPDATE open_promise SET due_at = :at WHERE case_id = :id"), values)
    for show, wanted in (("late", ["next_update"]), ("soon", ["first_response"]), ("promised", ["next_update"])):
        found = await listed(desk, show=show, limit="100")
        assert [row["clock"] for row in found if row["case_id"] == str(case_id)] == wanted, show
    assert await listed(shop.by("elsewhere"), show="late") == []
    async with shop.database.unit_of_work() as session:
        values |= {"at": clock.now() + timedelta(minutes=5)}
        await session.execute(text("UPDATE open_promise SET due_at = :at WHERE case_id = :id"), values)


async def test_whose_turn_it_is_follows_from_what_is_under_way(shop: World) -> None:
    visit = await shop.visit(dispatched=False)
    await shop.settle()
    [(case_id,)] = await shop.rows("SELECT stream_id FROM document WHERE id = :id", id=visit)
    await made_late(shop, case_id, "completion")
    turns = []
    theirs = next(one.name for one in shop.registry.machines["visit"].states if one.waits_on is WaitsOn.CUSTOMER)
    for status, category in (("requested", "open"), (theirs, "waiting")):
        async with shop.database.unit_of_work() as session:
            values = {"id": visit, "status": status, "category": category}
            await session.execute(
                text("UPDATE document SET status = :status, category = :category WHERE id = :id"), values
            )
        [mine] = [row for row in await listed(shop.by("coordinator"), show="late") if row["case_id"] == str(case_id)]
        turns.append(mine["turn"])
    assert turns == ["us", "customer"]


async def test_pages_follow_each_other_without_a_gap(shop: World) -> None:
    desk = shop.by("coordinator")
    whole = await listed(desk, limit="100")
    walked: list[dict[str, Any]] = []
    after = ""
    while True:
        answer = (await desk.get(DUE, params={"limit": "1", "after": after})).json()
        walked += answer["items"]
        if answer["next"] is None:
            break
        after = answer["next"]
    assert {row["said_at"] is None for row in whole} == {True, False}, "of both kinds"
    assert [(row["case_id"], row["clock"], row["due_at"]) for row in walked] == [
        (row["case_id"], row["clock"], row["due_at"]) for row in whole
    ]
    for wrong in (
        "nonsense",
        "2026-01-01~x~y",
        f"2026-01-01T00:00:00Z~{shop.home.case_id}~y",
        f"2026-01-01T00:00:00~{shop.home.case_id}~first_response",
    ):
        refused(await desk.get(DUE, params={"after": wrong}), wrong)


async def test_the_other_branch_sees_its_own(shop: World) -> None:
    there = await shop.open_case_there()
    await shop.settle()
    mine, theirs = await listed(shop.by("coordinator")), await listed(shop.by("elsewhere"))
    assert str(there) not in {row["case_id"] for row in mine}
    assert {row["case_id"] for row in theirs} == {str(there)}
    assert await listed(shop.by("coordinator"), branch_id=str(shop.there)) == []
    assert await listed(shop.by("technician")) == []


async def test_it_costs_the_same_for_one_row_and_for_many(shop: World) -> None:
    desk, costs = shop.by("coordinator"), []
    for _ in range(2):
        with shop.statements() as seen:
            answer = await desk.get("/desk/promises")
        assert answer.status_code == 200
        costs.append(len(seen))
        for _ in range(6):
            await shop.open_case(shop.home)
        await shop.settle()
    assert costs[0] == costs[1] <= 8


async def test_the_list_reads_along_its_indexes(shop: World) -> None:
    async with shop.database.unit_of_work() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        query = watchlist.count(SYSTEM, clock.now())
        sql = query.compile(session.bind, compile_kwargs={"literal_binds": True})
        plan = "\n".join(row[0] for row in await session.execute(text(f"EXPLAIN {sql}".replace(":", "\\:"))))
    assert "ix_case_clock_due" in plan
    assert "ix_open_promise_due" in plan


async def test_hours_are_set_on_the_desk_and_kept_as_versions(shop: World) -> None:
    desk = shop.by("manager")
    page = await desk.get("/desk/hours")
    assert page.status_code == 200, page.text
    form = {"csrf": csrf_of(page.text), "mon": "09:30-13:00, 14:00-18:30", "off": "sat 2, 4", "holidays": "2027-01-26"}
    wrong = await desk.post(f"/desk/hours/{shop.here}", data=form | {"tue": "nine to five"})
    assert wrong.status_code == 422
    assert "is not a span such as 09:30-18:00" in wrong.text
    assert 'value="nine to five"' in wrong.text
    [(before,)] = await shop.rows("SELECT max(version) FROM work_hours WHERE branch_id = :id", id=shop.here)
    done = await desk.post(f"/desk/hours/{shop.here}", data=form)
    assert done.status_code == 303, done.text
    [(version, kept)] = await shop.rows(
        "SELECT version, hours FROM work_hours WHERE branch_id = :id ORDER BY version DESC LIMIT 1", id=shop.here
    )
    assert version == before + 1
    assert kept["weekly"] == {"mon": [["09:30", "13:00"], ["14:00", "18:30"]]}
    assert kept["nth_weekday_off"] == [{"weekday": "sat", "nth": [2, 4]}]
    shown = (await desk.get(f"/desk/hours?branch={shop.here}")).text
    assert f"Version {version}" in shown
    assert 'value="09:30-13:00, 14:00-18:30"' in shown
    assert (await shop.by("coordinator").get("/desk/hours")).status_code == 403


async def test_holidays_are_suggested_into_the_form_and_nothing_is_kept(shop: World) -> None:
    desk = shop.by("manager")
    before = await shop.rows("SELECT count(*) FROM work_hours")
    form = {"csrf": desk.headers["X-CSRF-Token"], "mon": "09:30-18:00", "holidays": "2027-02-02 Our own"}
    path = f"/desk/hours/{shop.here}/holidays"
    shown = await desk.post(path, data={**form, "state": "TS", "year": str(clock.now().year)})
    assert shown.status_code == 200, shown.text
    assert "2027-02-02 Our own" in shown.text
    assert f"{clock.now().year}-01-26 Republic Day" in shown.text
    assert 'value="09:30-18:00"' in shown.text
    assert await shop.rows("SELECT count(*) FROM work_hours") == before
    refused = await desk.post(path, data={**form, "state": "XX", "year": "1066"})
    assert refused.status_code == 422
    assert "Choose a state and a year" in refused.text
    assert "2027-02-02 Our own" in refused.text
