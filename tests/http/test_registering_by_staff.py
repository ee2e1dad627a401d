"""A1: what staff register is marked as what customers send is, and is the owner's, whoever opened the case."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from aftersales.products import service as products
from tests.factories.customers import add_unit
from tests.factories.world import API, World, add_home, ok
from tests.http.test_own_warranty import CHECKED


async def test_marked_and_the_owners(company: World) -> None:
    desk = company.by("manager")
    before, owner = [
        await add_home(company, name, f"+91984904500{n}") for n, name in enumerate(("Ramana Reddy", "Sarojini"), 1)
    ]
    async with company.work() as work:
        made_on = (work.now - timedelta(days=60)).date()
        serial = ("serial", "GW75-45002")
        unit = await add_unit(work, company.shelf, before.customer_id, serial, manufactured_on=made_on)
    case_id = await company.open_case(replace(before, unit_id=unit.id))
    asked = {"unit_id": str(unit.id), "reason_code": "defective", "words": "It stops."}
    made = await ok(desk, f"{API}/cases/{case_id}/returns", **asked)
    async with company.work() as work:
        await products.pass_on(work, unit.id, owner.customer_id)
    path = f"{API}/cases/{case_id}/warranty_registrations"
    bought, earlier = ((made_on - timedelta(days=days)).isoformat() for days in (10, 20))
    for plan in ({"plan": "gold", "plan_from": earlier}, {"plan_from": bought}):
        refused = await desk.post(path, json={"purchased_on": bought} | plan)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "plan_from"), refused.text
    registered = await ok(desk, path, purchased_on=bought)
    [found] = await company.rows(
        "SELECT r.flags, d.customer_id FROM warranty_registration r JOIN document d ON d.id = r.id WHERE r.id = :id",
        id=UUID(registered["id"]),
    )
    assert tuple(found) == (["before_made"], owner.customer_id)
    api = f"{API}/warranty_registrations/{registered['id']}"
    page = await desk.get(f"/desk/warranty/registrations/{registered['id']}")
    assert "It was bought before it was made." in page.text
    silent = await desk.post(f"{api}/activate", json=CHECKED)
    assert (silent.status_code, silent.json()["code"]) == (422, "warranty.flags_open")
    await ok(desk, f"{api}/activate", **CHECKED, note="The maker has printed a wrong day.")
    again = await ok(desk, path, purchased_on=(made_on + timedelta(days=1)).isoformat())
    [(flags,)] = await company.rows("SELECT flags FROM warranty_registration WHERE id = :id", id=UUID(again["id"]))
    assert flags == ["duplicate"]
    # Exchanged in the case of before, it goes on in the owner's name.
    where = f"{API}/returns/{made['id']}"
    await ok(desk, f"{where}/authorise", goodwill_code="other", goodwill="They are friends.")
    await ok(desk, f"{where}/handed_over", serial="GW75-45003", way="door")
    carried = await company.rows(
        "SELECT d.customer_id, u.customer_id FROM warranty_registration r JOIN document d ON d.id = r.id"
        " JOIN unit u ON u.id = r.unit_id JOIN unit_identifier i ON i.unit_id = u.id WHERE i.value = 'GW75-45003'"
    )
    assert [tuple(one) for one in carried] == [(owner.customer_id, owner.customer_id)]
