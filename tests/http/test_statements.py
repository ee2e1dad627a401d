"""How often a request asks the database: counted, and the same for one row and for many."""

from collections import Counter
from uuid import UUID

import httpx
import pytest

from aftersales.ids import new_id
from tests.factories.auth import PASSWORD
from tests.factories.world import API, Home, World, add_home, ok


async def counted(world: World, client: httpx.AsyncClient, method: str, path: str, **more: object) -> int:
    """The statements of one request, when nothing has to be looked up for the first time."""
    with world.statements() as seen:
        answer = await client.request(method, path, **more)  # type: ignore[arg-type]
    assert answer.status_code in (200, 201, 303), f"{path}: {answer.status_code} {answer.text[:400]}"
    repeated = [f"{n} × {s[:200]}" for s, n in Counter(seen).items() if n > 3]
    assert not repeated, f"{method} {path} asks in a loop: {repeated}"
    return len(seen)


@pytest.fixture(scope="module")
async def busy(company: World) -> tuple[Home, UUID, UUID]:
    """A household whose case has a claim, a visit on its way to the technician and a repair order."""
    home = await add_home(company, "Padma Venkateswarlu", "+919849012377")
    await company.settle()
    visit = await company.visit(home)
    order = await ok(company.by("manager"), f"{API}/repair_orders", case_id=str(home.case_id))
    await company.settle()
    return home, visit, UUID(order["id"])


async def test_pages(company: World, busy: tuple[Home, UUID, UUID]) -> None:
    home, visit, _ = busy
    desk, phone, customer = company.by("coordinator"), company.by("technician"), await company.customer(home)
    at_most = {
        "/desk": (desk, 9),
        "/desk/inbox": (desk, 6),
        "/desk/cases": (desk, 7),
        f"/desk/cases/{home.case_id}": (desk, 39),
        "/desk/search?q=venkateswarlu": (desk, 6),
        "/desk/customers": (desk, 4),
        f"/desk/customers/{home.customer_id}": (desk, 27),
        f"/desk/units/{home.unit_id}": (desk, 27),
        "/desk/outgoing": (company.by("manager"), 5),
        "/desk/new-case": (desk, 4),
        f"{API}/cases": (desk, 2),
        f"{API}/cases/{home.case_id}": (desk, 2),
        f"{API}/cases/{home.case_id}/timeline": (desk, 4),
        "/phone": (phone, 4),
        f"/phone/visits/{visit}": (phone, 9),
        "/track": (customer, 27),
    }
    found = {path: await counted(company, client, "GET", path) for path, (client, _) in at_most.items()}
    assert {path: n for path, n in found.items() if n > at_most[path][1]} == {}


async def test_signing_in(company: World) -> None:
    form = {"login": "coordinator", "password": PASSWORD}
    assert await counted(company, company.client(), "POST", "/sign-in", data=form) <= 6


async def test_verbs(company: World, busy: tuple[Home, UUID, UUID]) -> None:
    phone, desk = company.by("technician"), company.by("manager")
    first, second = await company.visit(), await company.visit()
    key = {"Idempotency-Key": str(new_id())}
    found = {
        "JSON": await counted(company, phone, "POST", f"{API}/visits/{first}/accept", json={}),
        "with a key": await counted(company, phone, "POST", f"{API}/visits/{second}/accept", json={}, headers=key),
        "again": await counted(company, phone, "POST", f"{API}/visits/{second}/accept", json={}, headers=key),
        # The step that also makes a one-time code and has it sent.
        "with a code": await counted(company, phone, "POST", f"{API}/visits/{first}/depart", json={}),
    }
    note = {"csrf": desk.headers["X-CSRF-Token"], "note": "Their gate is locked."}
    path = f"/desk/cases/{busy[0].case_id}/note_added"
    found["form"] = await counted(company, desk, "POST", path, data=note)
    assert found == {"JSON": 4, "with a key": 6, "again": 2, "with a code": 9, "form": 5}


async def test_a_page_costs_the_same_with_one_row_and_with_ten(company: World, busy: tuple[Home, UUID, UUID]) -> None:
    home, _, order = busy
    desk, manager, customer = company.by("coordinator"), company.by("manager"), await company.customer(home)
    pages = [(desk, path) for path in ("/desk", "/desk/cases", f"/desk/cases/{home.case_id}", f"{API}/cases")]
    pages += [(company.by("technician"), "/phone"), (customer, "/track"), (desk, "/desk/search?q=venkateswarlu")]
    pages += [(manager, "/desk/outgoing"), (desk, f"/desk/customers/{home.customer_id}"), (desk, "/desk/customers")]
    pages += [(desk, f"/desk/units/{home.unit_id}")]
    before = {path: await counted(company, client, "GET", path) for client, path in pages}
    for n in range(10):
        other = await add_home(company, f"Venkateswarlu {n}", f"+9198490124{n:02d}")
        await company.visit(other)
        await ok(manager, f"{API}/cases/{home.case_id}/note_added", note=f"Note {n}")
        await company.open_case(home)
        again = await manager.post(f"{API}/visits", json=booking(home))
        assert again.status_code in (201, 409), again.text
        if again.status_code == 201:
            await ok(manager, f"{API}/visits/{again.json()['id']}/cancel", note="Another day suits them.")
    await ok(manager, f"{API}/repair_orders/{order}/triage")
    await company.settle()
    after = {path: await counted(company, client, "GET", path) for client, path in pages}
    more = {path: (before[path], n) for path, n in after.items() if n > before[path] + 2}
    assert more == {}


def booking(home: Home) -> dict[str, str]:
    """A drop, beside the pickup that is under way."""
    return {"case_id": str(home.case_id), "kind": "inspection", "address_id": str(home.address_id)}


async def test_returns_cost_the_same_with_one_and_with_many(company: World) -> None:
    """The desk's list, a return's own page, the cards on the case's and the customer's page, and what is scanned."""
    home = await add_home(company, "Lakshmi Venkateswarlu", "+919849012399")
    desk, customer = company.by("coordinator"), await company.customer(home)
    first = await returned(company, home)
    at_most = {
        (desk, "/desk/returns?show=coming"): 10,
        (desk, f"/desk/returns/{first}"): 19,
        (desk, f"/desk/cases/{home.case_id}"): 46,
        (customer, "/track"): 34,
        (desk, f"{API}/returns"): 3,
        (desk, f"{API}/returns/{first}"): 3,
        (desk, f"{API}/returns/{first}/label.pdf"): 5,
        (company.client(), "/give-back"): 1,
    }
    before = {path: await counted(company, client, "GET", path) for client, path in at_most}
    assert {path: n for (_, path), most in at_most.items() if (n := before[path]) > most} == {}
    for n in range(6):
        await returned(company, await add_home(company, f"Venkateswarlu {n}", f"+9198490125{n:02d}"))
        line = {"model": "", "serial": f"SN-{new_id().hex[-8:]}", "quantity": 1, "reason_code": "defective"}
        answer = await desk.post(f"{API}/returns/{first}/line_added", json=line)
        assert answer.status_code in (200, 422), answer.text
    after = {path: await counted(company, client, "GET", path) for client, path in at_most}
    assert {path: (before[path], n) for path, n in after.items() if n > before[path] + 2} == {}


async def test_the_page_of_a_return_that_is_settled(company: World) -> None:
    """Each of the steps that are offered looks at what came and what was chosen, and that is asked for once."""
    first = await returned(company, await add_home(company, "Bhavani Venkateswarlu", "+919849012398"))
    desk, where = company.by("manager"), f"{API}/returns/{first}"
    for verb, body in (
        ("receive", {}),
        ("inspect", {}),
        ("condition_found", {"grade": "B"}),
        ("use_decided", {"disposition": "restock"}),
        ("paid_recorded", {"amount_minor": 64_900, "reference": "GO/1"}),
    ):
        await ok(desk, f"{where}/{verb}", **body)
    await desk.get(f"/desk/returns/{first}")
    assert await counted(company, desk, "GET", f"/desk/returns/{first}") <= 19
    await ok(desk, f"{where}/resolution_chosen", resolution="exchange")
    await company.settle()
    assert await counted(company, desk, "GET", f"/desk/returns/{first}") <= 19


async def returned(company: World, home: Home) -> UUID:
    """A return of the household that is awaited."""
    desk = company.by("coordinator")
    body = {"unit_id": str(home.unit_id), "reason_code": "defective", "words": "It stops.", "coming": "drop_off"}
    made = await ok(desk, f"{API}/cases/{home.case_id}/returns", **body)
    await ok(desk, f"{API}/returns/{made['id']}/authorise", goodwill_code="other", goodwill="They are friends.")
    await company.settle()
    return UUID(made["id"])
