"""A1: a household's own page of a unit: its registration and certificate, and whether it may pass to a new owner."""

from dataclasses import replace
from io import BytesIO

import httpx
from pypdf import PdfReader

from aftersales.web.refusals import LANGUAGE_COOKIE
from tests.factories.world import API, Home, World, add_home, csrf_of, ok

CHECKED = {"number_fits": True, "proof_seen": True, "day_fits": True}


async def registered(company: World, home: Home) -> str:
    """The address of an active registration of the household's unit."""
    desk = company.by("manager")
    made = await ok(desk, f"{API}/cases/{home.case_id}/warranty_registrations", purchased_on="2026-05-05")
    address = f"{API}/warranty_registrations/{made['id']}"
    await ok(desk, f"{address}/activate", **CHECKED)
    return address


def of_unit(home: Home, owner: Home | None = None) -> Home:
    """Whoever is of the household `owner` with a link to the unit itself."""
    return replace(home, case_id=home.unit_id, person_id=(owner or home).person_id)


async def in_english(company: World, home: Home) -> httpx.AsyncClient:
    """Their browser, in which they chose English."""
    client = await company.customer(home)
    client.cookies.set(LANGUAGE_COOKIE, "en")
    return client


async def test_a_unit_passes_on_by_the_pages_of_both(company: World) -> None:
    home = await add_home(company, "Padma Venkateswarlu", "+919849044001")
    new = await add_home(company, "Lalitha Devi", "+919849044002")
    address = await registered(company, home)
    number = address.rpartition("/")[2]
    desk = company.by("manager")
    page = await desk.get(f"/desk/warranty/registrations/{number}")
    assert "Pass to a new owner" in page.text
    form = {"csrf": csrf_of(page.text), "phone": "98490 44099"}
    path = f"/desk/warranty_registrations/{number}/transfer_asked"
    refused = await desk.post(path, data=form)
    assert (refused.status_code, "Add the new owner first" in refused.text) == (422, True)
    assert (await company.by("finance").post(f"{address}/transfer_asked", json={"phone": "x"})).status_code == 403
    assert (await desk.post(path, data=form | {"phone": "98490 44002"})).status_code == 303
    [(transfer,)] = await company.rows("SELECT id FROM warranty_transfer WHERE registration_id = :id", id=number)
    await company.settle()

    owner, taker = await in_english(company, of_unit(home)), await in_english(company, of_unit(home, new))
    stranger = await in_english(company, of_unit(home, company.neighbours))
    asked = await owner.get("/track")
    assert (asked.status_code, "May your warranty pass to the new owner?" in asked.text) == (200, True)
    assert "Lalitha" not in asked.text
    assert "Do you take the product over with its warranty?" in (await taker.get("/track")).text
    assert "There is nothing to do for you here" in (await stranger.get("/track")).text
    yes = f"/track/warranty_transfers/{transfer}/consent_given"
    assert (await stranger.post(yes, data={"csrf": stranger.headers["X-CSRF-Token"]})).status_code == 403
    assert (await taker.post(yes, data={"csrf": taker.headers["X-CSRF-Token"]})).status_code == 303
    assert "You have agreed. We wait for the other owner" in (await taker.get("/track")).text
    seen = await desk.get(f"/desk/warranty/transfers/{transfer}")
    assert (seen.status_code, "Has not agreed" in seen.text, "on their page" in seen.text) == (200, True, True)
    await ok(desk, f"{API}/warranty_transfers/{transfer}/consent_given", party="owner", source="phone")

    [(mine,)] = await company.rows(
        "SELECT id FROM document WHERE machine = 'warranty_registration' AND customer_id = :id AND status = 'active'",
        id=new.customer_id,
    )
    certificate = f"/track/warranty/{mine}/certificate.pdf"
    shown = await taker.get("/track")
    assert certificate in shown.text
    paper = await taker.get(f"{certificate}?lang=te")
    assert paper.headers["content-type"] == "application/pdf"
    assert PdfReader(BytesIO(paper.content)).pages
    for other in (owner, stranger):
        assert (await other.get(certificate)).status_code == 404
    assert "Passed to a new owner" in (await owner.get("/track")).text
    assert (await desk.get(f"/desk/units/{home.unit_id}")).text.count("Lalitha Devi")


async def test_the_certificate_is_on_the_page_of_the_case_and_ways_can_be_chosen_on_that_of_the_unit(
    company: World,
) -> None:
    home = await add_home(company, "Kavitha Rao", "+919849044003")
    address = await registered(company, home)
    certificate = f"/track/warranty/{address.rpartition('/')[2]}/certificate.pdf"
    customer = await in_english(company, home)
    assert certificate in (await customer.get("/track")).text
    assert (await customer.get(certificate)).headers["content-type"] == "application/pdf"
    neighbour = await in_english(company, company.neighbours)
    assert (await neighbour.get(certificate)).status_code == 404
    own = await in_english(company, of_unit(home))
    page = await own.get("/track/preferences")
    assert page.status_code == 200
    order = {"csrf": csrf_of(page.text), "channel.1": "mailbox"}
    sent = await own.post("/track/preferences/ways", data=order)
    assert (sent.status_code, "code of six digits" in sent.text) == (200, True), sent.text[:2000]
    await company.settle()
    [(state,)] = await company.rows(
        "SELECT state FROM customer_update WHERE person_id = :id AND code_id IS NOT NULL", id=home.person_id
    )
    assert state in ("sent", "queued")
    assert (await own.post("/track/reply", data={"csrf": csrf_of(page.text), "words": "Hello"})).status_code == 404


async def test_a_registration_that_is_refused_says_why_to_the_customer(company: World) -> None:
    home = await add_home(company, "Sujatha Reddy", "+919849044004")
    desk = company.by("manager")
    made = await ok(desk, f"{API}/cases/{home.case_id}/warranty_registrations", purchased_on="2026-05-05")
    why = "The bill is of another shop's product."
    await ok(desk, f"{API}/warranty_registrations/{made['id']}/declare_void", note=why)
    await company.settle()
    [(words,)] = await company.rows(
        "SELECT words FROM customer_update WHERE text = 'warranty.registration_refused' AND person_id = :id",
        id=home.person_id,
    )
    assert why in words
