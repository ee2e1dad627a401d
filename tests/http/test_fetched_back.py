"""A2: a return that is fetched at the door: booked, collected, received; and what becomes of the visit otherwise."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from aftersales.ids import new_id
from aftersales.status.changes import move
from field_service.visits.machine import VISIT
from tests.factories.customers import add_unit
from tests.factories.world import API, Home, World, add_home, ok


async def wanted(company: World, coming: str | None = "pickup") -> tuple[Home, UUID]:
    """A household's return that is authorised, to be fetched."""
    home = await add_home(company, "Lakshmi Narayana", f"+9197{int(new_id().hex[-8:], 16) % 10**8:08}")
    return home, await given_back(company, home, home.unit_id, coming=coming)


async def given_back(company: World, home: Home, unit_id: UUID, *, coming: str | None) -> UUID:
    """A return of the unit on the household's case, authorised; received where nobody has said how it comes."""
    client = company.by("manager")
    body = {"unit_id": str(unit_id), "reason_code": "defective", "words": "It stops.", "coming": coming}
    made = await ok(client, f"{API}/cases/{home.case_id}/returns", **body)
    await ok(client, f"{API}/returns/{made['id']}/authorise", goodwill_code="other", goodwill="They are friends.")
    if coming is None:
        await ok(client, f"{API}/returns/{made['id']}/receive")
    await company.settle()
    return UUID(made["id"])


async def orders(company: World, home: Home) -> int:
    """How many repairs were begun on the household's case."""
    query = "SELECT count(*) FROM document WHERE machine = 'repair_order' AND stream_id = :id"
    return int((await company.rows(query, id=home.case_id))[0][0])


async def standing(company: World, return_id: UUID) -> str:
    [(status,)] = await company.rows("SELECT status FROM document WHERE id = :id", id=return_id)
    return str(status)


async def visits(company: World, home: Home) -> list[tuple[UUID, str]]:
    rows = await company.rows(
        "SELECT id, status FROM document WHERE stream_id = :id AND machine = 'visit' ORDER BY id", id=home.case_id
    )
    return [(row[0], row[1]) for row in rows]


async def driven(company: World, visit: UUID, *verbs: str) -> None:
    """The visit goes on, as a whole day of clicks would take it."""
    async with company.work() as work:
        await work.post(*(move(VISIT, visit, verb, note="-") for verb in verbs))
    await company.settle()


async def test_it_is_fetched_and_comes_as_a_return_not_as_a_repair(company: World) -> None:
    home, return_id = await wanted(company)
    assert await standing(company, return_id) == "pickup_scheduled"
    [(visit, status)] = await visits(company, home)
    assert status == "requested"
    page = await (await company.customer(home)).get("/track")
    assert page.text.count('<li class="step-') == 1, "no step of a repair is promised"
    await driven(company, visit, "schedule", "confirm", "dispatch", "accept", "depart", "arrive", "check", "collect")
    assert await standing(company, return_id) == "in_transit"
    await ok(company.by("manager"), f"{API}/returns/{return_id}/receive")
    await driven(company, visit, "complete")
    assert await standing(company, return_id) == "received"
    assert await orders(company, home) == 0


async def test_what_the_household_gives_back_of_something_else_leaves_the_repair_alone(company: World) -> None:
    home = await add_home(company, "Lakshmi Bai", "+919790012399")
    async with company.work() as work:
        other = await add_unit(work, company.shelf, home.customer_id, ("serial", f"MX-{new_id().hex[-10:].upper()}"))
    await given_back(company, home, other.id, coming=None)
    visit = await company.visit(home)
    await driven(company, visit, "accept", "depart", "arrive", "check", "collect")
    assert await orders(company, home) == 1


async def test_who_cancels_the_return_is_not_visited(company: World) -> None:
    home, return_id = await wanted(company)
    customer = await company.customer(home)
    answer = await customer.post(f"/track/returns/{return_id}/cancel")
    assert answer.status_code == 303, answer.text
    await company.settle()
    assert [status for _, status in await visits(company, home)] == ["cancelled"]
    assert await standing(company, return_id) == "cancelled"


async def test_a_visit_that_does_not_take_place_leaves_the_return_awaited(company: World) -> None:
    home, return_id = await wanted(company)
    [(first, _)] = await visits(company, home)
    await driven(company, first, "schedule", "miss")
    assert await standing(company, return_id) == "pickup_scheduled"
    await ok(company.by("manager"), f"{API}/visits/{first}/rebook")
    await company.settle()
    second = (await visits(company, home))[-1][0]
    # Meanwhile the time to bring it has gone by, and its timer with it.
    async with company.work() as work:
        gone = "UPDATE product_return SET return_by = now() - interval '1 day' WHERE id = :id"
        await work.session.execute(text(gone), {"id": return_id})
        rung = "DELETE FROM delivery WHERE subscriber IN ('rma.expire', 'rma.remind') AND key = :id"
        await work.session.execute(text(rung), {"id": str(return_id)})
    await driven(company, second, "cancel")
    assert await standing(company, return_id) == "awaiting_return"
    [(days,)] = await company.rows("SELECT return_by - now() FROM product_return WHERE id = :id", id=return_id)
    assert days > timedelta(days=13), "that nobody came is not the customer's fault"
    timers = "SELECT count(*) FROM delivery WHERE subscriber IN ('rma.expire', 'rma.remind') AND key = :id"
    assert [tuple(row) for row in await company.rows(timers, id=str(return_id))] == [(2,)]
    await ok(company.by("coordinator"), f"{API}/returns/{return_id}/schedule_pickup")
    assert await standing(company, return_id) == "pickup_scheduled"
    twice = await company.by("coordinator").post(f"{API}/returns/{return_id}/schedule_pickup", json={})
    assert (twice.status_code, twice.json()["code"]) == (409, "status.illegal")


async def test_what_is_brought_is_awaited_and_what_cannot_be_fetched_says_so(company: World) -> None:
    home, return_id = await wanted(company, "drop_off")
    assert await standing(company, return_id) == "awaiting_return"
    await company.visit(home)
    answer = await company.by("coordinator").post(f"{API}/returns/{return_id}/schedule_pickup", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "return.nobody_fetches")
