"""Point 6 through the real workshop and billing: dead on arrival opens an offer on the case and on the customer's own
page; what is taken is carried out, with another product or with money."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from aftersales import clock
from aftersales.i18n import translator
from aftersales.products import repository
from aftersales.products import service as products
from aftersales.products.schemas import ProductIn
from aftersales.web.refusals import LANGUAGE_COOKIE
from tests.factories.world import API, Home, World, add_home, csrf_of, ok


async def offered(company: World, home: Home, days: int = 2) -> UUID:
    """The offer on the household's case: the machine came so many days ago and is found to be broken."""
    came = str((clock.now() - timedelta(days=days)).date())
    desk = company.by("manager")
    dates = {"purchased_on": came, "delivered_on": came, "invoice_number": f"GO/{home.serial}"}
    assert (await desk.patch(f"{API}/units/{home.unit_id}", json=dates)).status_code == 200
    await company.settle()
    order = await ok(desk, f"{API}/repair_orders", case_id=str(home.case_id))
    where = f"{API}/repair_orders/{order['id']}"
    await ok(desk, f"{where}/triage")
    await ok(desk, f"{where}/diagnose", engineer_id=str(company.staff["service_engineer"].id))
    found = {"fault_code": "22-B", "cause_code": "WR", "note": "The drum bearing is broken."}
    await ok(desk, f"{where}/diagnosed", **found)
    await company.settle()
    [(offer, status)] = await company.rows(
        "SELECT id, status FROM document WHERE machine = 'replacement_offer' AND stream_id = :id", id=home.case_id
    )
    assert status == "offered"
    return UUID(str(offer))


async def taken_as_money(company: World, offer: UUID) -> Any:
    """The customer takes the money: what was offered, as it is kept, after it was taken up."""
    [(choices,)] = await company.rows("SELECT choices FROM warranty_offer WHERE id = :id", id=offer)
    assert choices[-1]["rung"] == "refund"
    await ok(company.by("manager"), f"{API}/replacement_offers/{offer}/take_up", choice=len(choices))
    return choices[-1]


async def at_once(company: World, path: str, **body: object) -> list[tuple[int, str]]:
    """The same sent four times at once: each status with its code."""
    desk = company.by("manager")
    answers = await asyncio.gather(*(desk.post(path, json=body) for _ in range(4)))
    return sorted((one.status_code, one.json().get("code", "")) for one in answers)


async def given_up(company: World, home: Home) -> None:
    """Who took the money has the product no longer: not in our books, nor among theirs on their page."""
    [(since,)] = await company.rows("SELECT given_up_on FROM unit WHERE id = :id", id=home.unit_id)
    assert since is not None
    async with company.work() as work:
        theirs = await repository.units_of(work.session, work.scope, home.customer_id)
    assert home.unit_id not in {one.id for one in theirs}


ONE_OF_FOUR = [(200, ""), *[(409, "status.illegal")] * 3]


async def test_a_product_that_is_dead_on_arrival_is_offered_anew_and_taken(company: World) -> None:
    home = await add_home(company, "Sarojini Naidu", "+919849055001")
    offer, case_id, desk = await offered(company, home), home.case_id, company.by("manager")
    assert "It failed within its first days." in (await desk.get(f"/desk/cases/{case_id}")).text
    waiting = (await desk.get("/desk/warranty", params={"show": "offers"})).text
    assert (f"/desk/cases/{case_id}" in waiting, "It failed within its first days." in waiting) == (True, True)
    async with company.work() as work:
        reads = text("UPDATE staff SET language = :language WHERE id = :id")
        await work.session.execute(reads, {"language": "te", "id": company.staff["manager"].id})
    said = translator("te").gettext("It failed within its first days.")
    assert said in (await desk.get("/desk/warranty", params={"show": "offers"})).text
    async with company.work() as work:
        await work.session.execute(reads, {"language": "en", "id": company.staff["manager"].id})

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
    done, new = f"{API}/replacement_offers/{offer}/fulfil", {"number": f"NEW-{home.serial}"}
    assert (await company.by("finance").post(done, json=new)).status_code == 403
    assert (await desk.post(done, json={})).status_code == 422
    shown = (await desk.get(f"/desk/cases/{case_id}")).text
    assert (f"/{offer}/fulfil" in shown, f"/{offer}/give_money" in shown) == (True, False)
    taken = await desk.post(done, json={"number": company.neighbours.serial})
    assert (taken.status_code, taken.json()["code"]) == (422, "warranty.unknown_number")
    assert await at_once(company, done, **new) == ONE_OF_FOUR
    units = await company.rows(
        "SELECT i.value, u.given_up_on IS NULL FROM unit u JOIN unit_identifier i ON i.unit_id = u.id"
        " WHERE u.customer_id = :id ORDER BY u.created_at, u.id",
        id=home.customer_id,
    )
    assert [tuple(row) for row in units] == [(home.serial, False), (new["number"], True)]


async def test_what_is_left_of_the_price_goes_back_the_way_it_came_once_with_its_tax(company: World) -> None:
    home = await add_home(company, "Aruna Asaf Ali", "+919849055002")
    offer = await offered(company, home)
    assert await taken_as_money(company, offer) == {
        "rung": "refund", "product_id": None, "amount_minor": 31_990_00, "currency": "INR"
    }  # fmt: skip
    desk, path = company.by("manager"), f"{API}/replacement_offers/{offer}/give_money"
    body: dict[str, object] = {"way": "upi", "paid_minor": 31_990_00, "reference": "GO/77"}
    for missing in ({"way": ""}, {"paid_minor": None}, {"reference": ""}, {"tax_rate": "101"}):
        assert (await desk.post(path, json=body | missing)).status_code == 422, missing
    less = await desk.post(path, json=body | {"paid_minor": 31_989_99})
    assert (less.status_code, less.json()["code"]) == (409, "warranty.more_than_paid")
    assert await company.rows("SELECT 1 FROM refund WHERE key = :id", id=offer) == []

    assert await at_once(company, path, **body) == ONE_OF_FOUR
    [(refund, *asked)] = await company.rows(
        "SELECT id, amount_minor, tax_minor, currency, method, source_reference, about_id FROM refund WHERE key = :id",
        id=offer,
    )
    assert asked == [31_990_00, 4_879_83, "INR", "upi", "GO/77", offer]
    finance = company.by("finance")
    await ok(finance, f"{API}/refunds/{refund}/pay", reference="633012345678")
    again = await finance.post(f"{API}/refunds/{refund}/pay", json={"reference": "633012345679"})
    assert again.status_code == 409
    await company.settle()
    told = "SELECT words FROM customer_update WHERE stream_id = :id AND text = 'refund.paid'"
    [(words,)] = await company.rows(told, id=home.case_id)
    assert "₹31,990.00" in words
    [(status,)] = await company.rows("SELECT status FROM document WHERE id = :id", id=offer)
    assert status == "fulfilled"
    await given_up(company, home)


async def test_what_is_left_of_the_price_becomes_credit_in_the_currency_of_the_price(company: World) -> None:
    home = await add_home(company, "Kamala Nehru", "+919849055003")
    async with company.work() as work:
        sold = ProductIn(
            brand_id=company.shelf.brand_id, category_id=company.shelf.category_id, model="FL-75-UK",
            name="Godavari FL-75 UK", price_minor=420_00, currency="GBP",
        )  # fmt: skip
        model = await products.add_product(work, sold)
        change = text("UPDATE unit SET product_id = :product WHERE id = :id")
        await work.session.execute(change, {"product": model.id, "id": home.unit_id})
    offer = await offered(company, home)
    left = await taken_as_money(company, offer)
    assert (left["amount_minor"], left["currency"]) == (420_00, "GBP")
    path = f"{API}/replacement_offers/{offer}/give_money"
    assert await at_once(company, path, way="store_credit") == ONE_OF_FOUR
    entries = "SELECT currency, amount_minor, balance_minor, document_id FROM credit_entry WHERE customer_id = :id"
    assert [tuple(row) for row in await company.rows(entries, id=home.customer_id)] == [("GBP", 420_00, 420_00, offer)]
    assert await company.rows("SELECT 1 FROM refund WHERE key = :id", id=offer) == []
    await given_up(company, home)
