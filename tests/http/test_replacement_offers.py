"""Point 6 through the real workshop: dead on arrival opens an offer on the case and on the customer's own page."""

from datetime import timedelta

from aftersales import clock
from aftersales.web.refusals import LANGUAGE_COOKIE
from tests.factories.world import API, World, add_home, csrf_of, ok


async def test_a_product_that_is_dead_on_arrival_is_offered_anew_and_taken(company: World) -> None:
    home = await add_home(company, "Sarojini Naidu", "+919849055001")
    yesterday = (clock.now() - timedelta(days=2)).date()
    desk = company.by("manager")
    dates = {"purchased_on": str(yesterday), "delivered_on": str(yesterday), "invoice_number": "GO/1"}
    assert (await desk.patch(f"{API}/units/{home.unit_id}", json=dates)).status_code == 200
    case_id = home.case_id
    await company.settle()
    order = await ok(desk, f"{API}/repair_orders", case_id=str(case_id))
    where = f"{API}/repair_orders/{order['id']}"
    await ok(desk, f"{where}/triage")
    await ok(desk, f"{where}/diagnose", engineer_id=str(company.staff["service_engineer"].id))
    found = {"fault_code": "22-B", "cause_code": "WR", "note": "The drum bearing is broken."}
    await ok(desk, f"{where}/diagnosed", **found)
    await company.settle()
    [(offer, status)] = await company.rows(
        "SELECT id, status FROM document WHERE machine = 'replacement_offer' AND stream_id = :id", id=case_id
    )
    assert status == "offered"
    assert "It failed within its first days." in (await desk.get(f"/desk/cases/{case_id}")).text

    owner = await company.customer(home)
    owner.cookies.set(LANGUAGE_COOKIE, "en")
    page = await owner.get("/track")
    assert "Would you like another product instead?" in page.text
    assert "the same model, new: Godavari FL-75" in page.text
    stranger = await company.customer(company.neighbours)
    path = f"/track/replacement_offers/{offer}/take_up"
    assert (await stranger.post(path, data={"csrf": stranger.headers["X-CSRF-Token"]})).status_code == 404
    wrong = await owner.post(path, data={"csrf": csrf_of(page.text), "choice": "9"})
    assert (wrong.status_code, "Would you like another product" in wrong.text) == (422, True)
    assert (await owner.post(path, data={"csrf": csrf_of(page.text), "choice": "1"})).status_code == 303
    assert "Would you like another product" not in (await owner.get("/track")).text
    assert (await company.by("finance").post(f"{API}/replacement_offers/{offer}/fulfil", json={})).status_code == 403
    early = await desk.post(f"{API}/replacement_offers/{offer}/fulfil", json={})
    assert (early.status_code, early.json()["code"]) == (422, "warranty.unknown_number")
