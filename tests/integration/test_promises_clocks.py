"""Clocks of real cases: begun at the opening, moved by what happens, kept once, warned of once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from aftersales import clock
from aftersales.errors import Invalid
from aftersales.promises import repository
from aftersales.promises.service import clocks, hours
from aftersales.promises.terms import TERMS, week
from aftersales.scope import SYSTEM
from tests.factories.world import API, World, ok
from tests.fixtures.promises import ALWAYS


async def rows(shop: World, case_id: UUID) -> dict[str, dict[str, Any]]:
    async with shop.work() as work:
        return await repository.clocks(work.session, SYSTEM, case_id)


async def test_a_case_is_timed_from_its_opening(shop: World) -> None:
    case_id = await shop.open_case(shop.home)
    await shop.settle()
    kept = await rows(shop, case_id)
    assert kept["completion"]["state"] == "running"
    assert kept["completion"]["due_at"] > kept["first_response"]["due_at"] > clock.now()
    answer = await shop.by("coordinator").get(f"{API}/cases/{case_id}/clocks")
    assert answer.status_code == 200, answer.text
    assert answer.json()["rule"] == "everything else"
    shown = (await shop.by("coordinator").get(f"/desk/cases/{case_id}")).text
    assert "What nothing else applies to." in shown


async def test_a_visit_starts_and_stops_clocks(shop: World) -> None:
    visit = await shop.visit()
    [(case_id,)] = await shop.rows("SELECT stream_id FROM document WHERE id = :id", id=visit)
    await shop.settle()
    kept = await rows(shop, case_id)
    assert kept["first_response"]["state"] == "kept"
    assert sum(kept["first_response"]["spent"].values()) >= 0
    assert kept["arrival"]["state"] == "running"


async def test_reading_again_writes_nothing(shop: World) -> None:
    case_id = await shop.open_case(shop.home)
    await shop.settle()
    before = await shop.rows("SELECT clock, xmin::text FROM case_clock WHERE case_id = :id ORDER BY 1", id=case_id)
    async with shop.work() as work:
        await clocks.refresh(work, case_id)
    after = await shop.rows("SELECT clock, xmin::text FROM case_clock WHERE case_id = :id ORDER BY 1", id=case_id)
    assert before == after


async def test_a_change_of_priority_keeps_the_old_deadline(shop: World) -> None:
    case_id = await shop.open_case(shop.home)
    await shop.settle()
    old = (await rows(shop, case_id))["completion"]["due_at"]
    await ok(
        shop.by("coordinator"), f"{API}/cases/{case_id}/priority_changed", priority="urgent", note="A baby in the house"
    )
    await shop.settle()
    kept = (await rows(shop, case_id))["completion"]
    assert kept["due_at"] < old
    assert kept["former"][0][1] == old.isoformat()


async def test_what_the_customer_needs_comes_first(shop: World) -> None:
    answer = await shop.by("coordinator").post(
        f"{API}/cases",
        json={
            "customer_id": str(shop.home.customer_id),
            "branch_id": str(shop.here),
            "complaint": "Sparks when it is switched on",
            "need": "hazard",
            "people": [{"person_id": str(shop.home.person_id), "role": "owner"}],
        },
    )
    assert answer.status_code == 201, answer.text
    await shop.settle()
    found = (await shop.by("coordinator").get(f"{API}/cases/{answer.json()['id']}/clocks")).json()
    assert (found["rule"], found["urgency"]) == ("hazard", 100)
    assert found["words"] == TERMS["rules"][0]["words"]


async def test_warnings_are_raised_once_and_withdrawn(shop: World) -> None:
    """The case is made three days older than it is: everything is late, until its priority lets it wait."""
    case_id = await shop.open_case(shop.home)
    await shop.settle()
    notices = 'SELECT kind, step, "to", withdrawn_at IS NULL FROM clock_notice WHERE case_id = :id AND clock = :clock'
    later = clock.now() + timedelta(days=30)
    for _ in range(2):
        async with shop.work(now=later) as work:
            await clocks.refresh(work, case_id)
    raised = await shop.rows(f"{notices} ORDER BY kind, step", id=case_id, clock="completion")
    assert raised == [
        ("breach", 100, "owner", True),
        ("escalation", 1, "owner", True),
        ("escalation", 2, "manager", True),
        ("warning", 50, "owner", True),
        ("warning", 75, "owner", True),
        ("warning", 90, "owner", True),
    ]
    async with shop.work() as work:
        await clocks.refresh(work, case_id)
    assert {row[3] for row in await shop.rows(notices, id=case_id, clock="completion")} == {False}


async def test_the_watch_wakes_when_something_changes(shop: World) -> None:
    case_id = await shop.open_case(shop.home)
    await shop.settle()
    [(due,)] = await shop.rows(
        "SELECT due_at FROM delivery WHERE subscriber = 'promises.watch' AND key = :k", k=str(case_id)
    )
    first = (await rows(shop, case_id))["first_response"]
    assert due == first["started_at"] + (first["due_at"] - first["started_at"]) / 2


async def test_hours_are_versions_and_reach_running_clocks(shop: World) -> None:
    case_id = await shop.open_case(shop.home)
    await shop.settle()
    old = (await rows(shop, case_id))["completion"]["due_at"]
    desk = shop.by("manager")
    was = (await desk.get(f"{API}/branches/{shop.here}/hours")).json()
    answer = await desk.put(f"{API}/branches/{shop.here}/hours", json={"hours": week("Asia/Kolkata")})
    assert (answer.status_code, answer.json()["version"]) == (200, was["version"] + 1), answer.text
    await shop.settle()
    assert (await rows(shop, case_id))["completion"]["due_at"] > old
    again = await desk.put(f"{API}/branches/{shop.here}/hours", json={"hours": ALWAYS})
    assert again.status_code == 200
    await shop.settle()
    assert (await rows(shop, case_id))["completion"]["due_at"] == old
    for method, body in (("coordinator", ALWAYS), ("manager", {"tz": "Mars/Olympus"})):
        refused = await shop.by(method).put(f"{API}/branches/{shop.here}/hours", json={"hours": body})
        assert refused.status_code == (403 if method == "coordinator" else 422)


async def test_targets_that_cannot_be_are_refused(shop: World) -> None:
    body = {
        "effective_from": "2030-01-01",
        "terms": {"rules": [TERMS["rules"][-1] | {"targets": {"completion": {"minutes": -5}}}]},
    }
    answer = await shop.by("manager").post(f"{API}/targets", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "promises.targets")
    assert "-5 is no whole number of at least 1" in answer.json()["detail"]
    async with shop.work(origin="demo") as work:
        with pytest.raises(Invalid, match=r"promises\.targets"):
            await hours.publish(work, clock.now().date(), {})


async def test_published_hours_are_for_ever(shop: World) -> None:
    async with shop.database.engine.connect() as connection:
        for statement in ("UPDATE work_hours SET version = 9", "DELETE FROM work_hours", "TRUNCATE work_hours CASCADE"):
            with pytest.raises(Exception, match="permission denied"):
                await connection.execute(text(statement))
            await connection.rollback()
