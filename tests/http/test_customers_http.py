"""The JSON API of customers, units, files and search."""

import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from PIL import Image

from aftersales import clock
from aftersales.config import Settings
from aftersales.customers import repository as customers
from aftersales.files import service as files
from aftersales.ids import new_id
from aftersales.products.schemas import BrandIn
from aftersales.status.changes import NewDocument, open_document
from aftersales.status.machine import Audience
from tests.factories.customers import add_household, add_shelf, work_for
from tests.factories.posting import JOB
from tests.factories.site import Site, open_site
from tests.fixtures.database import TestDatabase

CUSTOMERS = "/api/v1/customers"
PADMA = {
    "people": [
        {"name": "Padma", "name_local": "పద్మ", "courtesy": "గారు", "phones": ["70000 22338"]},
        {"name": "Venkateswarlu", "prefers": "voice", "phones": ["+91 70000-22339"]},
    ],
    "addresses": [{"line1": "Flat 302", "landmark": "the Ramalayam", "locality": "Kukatpally", "postcode": "500072"}],
}


@pytest.fixture
async def site(fresh_database: TestDatabase, settings: Settings) -> AsyncIterator[Site]:
    async with open_site(fresh_database, settings) as one:
        yield one


async def product_id(site: Site) -> str:
    async with site.database.unit_of_work() as session:
        return str((await add_shelf(work_for(session, site.settings))).product.id)


async def created(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(CUSTOMERS, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_household_from_first_word_to_last_change(site: Site) -> None:
    client, _ = await site.staff("coordinator")
    answer = await client.post(CUSTOMERS, json=PADMA)
    assert (answer.status_code, answer.headers["etag"]) == (201, '"v1"')
    customer = answer.json()
    assert customer["name"] == "Padma"
    assert [p["phones"] for p in customer["people"]] == [["+917000022338"], ["+917000022339"]]
    where = answer.headers["location"]
    assert (await client.get(where)).json() == customer

    second = await client.post(CUSTOMERS, json={"people": [{"name": "Srikanth", "phones": ["7000022338"]}]})
    page = (await client.get(CUSTOMERS, params={"phone": "0 70000 22338"})).json()
    assert [c["name"] for c in page["items"]] == ["Padma", "Srikanth"]
    assert page["next"] is None
    first = (await client.get(CUSTOMERS, params={"limit": 1})).json()
    rest = (await client.get(CUSTOMERS, params={"limit": 1, "after": first["next"]})).json()
    assert {first["items"][0]["id"], rest["items"][0]["id"]} == {customer["id"], second.json()["id"]}

    padma = customer["people"][0]["id"]
    changed = await client.patch(
        f"{where}/people/{padma}", json={"email": "p@example.com"}, headers={"If-Match": '"v1"'}
    )
    assert (changed.status_code, changed.headers["etag"]) == (200, '"v2"')
    stale = await client.patch(where, json={"notes": "x"}, headers={"If-Match": '"v1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "customers.stale")
    noted = await client.patch(where, json={"notes": "Ring twice"}, headers={"If-Match": '"v2"'})
    assert (noted.json()["notes"], noted.headers["etag"]) == ("Ring twice", '"v3"')
    added = await client.post(f"{where}/people", json={"name": "Anjali"})
    assert (added.status_code, added.headers["etag"]) == (201, '"v4"')
    home = customer["addresses"][0]
    moved = {**{k: v for k, v in home.items() if k != "id"}, "floor": "3rd floor"}
    assert (await client.put(f"{where}/addresses/{home['id']}", json=moved)).json()["floor"] == "3rd floor"
    more = await client.post(f"{where}/addresses", json=moved)
    assert more.status_code == 201
    assert len((await client.get(f"{where}/people")).json()["items"]) == 3
    assert len((await client.get(f"{where}/addresses")).json()["items"]) == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"people": []},
        {"people": [{"name": "A\x00B"}]},
        {"people": [{"name": "Padma", "phones": ["12345"]}]},
        {"people": [{"name": "Padma", "email": "nowhere"}]},
        {"people": [{"name": "Padma"}], "since": "10000-01-01"},
        {"people": [{"name": "Padma"}], "since": "2999-01-01"},
        {"people": [{"name": "Padma"}], "timezone": "Nowhere"},
        {"people": [{"name": "Padma"}], "name": "Not an organisation"},
        {"people": [{"name": "x" * 1000}]},
        {"people": [{"name": "Padma"}] * 21},
    ],
)
async def test_bad_input_is_a_clear_error_and_changes_nothing(site: Site, body: dict[str, Any]) -> None:
    client, _ = await site.staff("coordinator")
    answer = await client.post(CUSTOMERS, json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"]
    assert (await client.get(CUSTOMERS)).json()["items"] == []


async def test_broken_bodies_are_clear_errors(site: Site) -> None:
    client, _ = await site.staff("coordinator")
    for content, status in ((b'{"people": [{"name": "\xff\xfe"}]}', 422), (b"{", 422), (b"x" * 2_000_000, 413)):
        answer = await client.post(CUSTOMERS, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code in {status, 400}, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    surrogate = b'{"people": [{"name": "\\ud800"}]}'
    answer = await client.post(CUSTOMERS, content=surrogate, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    unknown = await client.get(CUSTOMERS, params={"phone": "12"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "customers.phone")


async def test_who_may_do_what(site: Site) -> None:
    coordinator, _ = await site.staff("coordinator")
    customer = await created(coordinator, PADMA)
    where = f"{CUSTOMERS}/{customer['id']}"
    finance, _ = await site.staff("finance")
    assert (await finance.get(where)).status_code == 200
    assert (await finance.patch(where, json={"notes": "x"})).status_code == 403
    technician, _ = await site.staff("technician")
    assert (await technician.get(CUSTOMERS)).status_code == 403
    assert (await technician.get(where)).status_code == 404
    assert (await technician.get(f"{where}/people")).status_code == 404
    assert (await technician.get(f"{where}/addresses")).status_code == 404
    assert (await technician.get(f"{where}/units")).json()["items"] == []
    assert (await technician.get("/api/v1/search", params={"q": "padma"})).json()["items"] == []
    nobody = site.client()
    assert (await nobody.get(where)).status_code == 401
    assert (await coordinator.get(f"{CUSTOMERS}/{new_id()}")).json()["code"] == "customers.unknown"


async def test_one_key_makes_one_household(site: Site) -> None:
    client, _ = await site.staff("coordinator")
    key = {"Idempotency-Key": "a-key-of-the-desk-1"}
    first = await client.post(CUSTOMERS, json=PADMA, headers=key)
    again = await client.post(CUSTOMERS, json=PADMA, headers=key)
    assert again.json() == first.json()
    assert len((await client.get(CUSTOMERS)).json()["items"]) == 1


async def test_units_over_http(site: Site) -> None:
    client, _ = await site.staff("coordinator")
    customer = await created(client, PADMA)
    body = {
        "product_id": await product_id(site),
        "customer_id": customer["id"],
        "identifiers": [{"kind": "serial", "value": "GW75-2203-11937"}],
        "purchased_on": "2025-07-14",
        "manufactured_on": "2025-08-01",
        "invoice_number": "GO/2507/08817",
    }
    answer = await client.post("/api/v1/units", json=body)
    assert (answer.status_code, answer.headers["etag"]) == (201, '"v1"'), answer.text
    unit = answer.json()
    assert unit["flags"] == ["purchased_before_manufactured"]
    assert (await client.get("/api/v1/units", params={"identifier": "gw75 2203 11937"})).json()["items"] == [unit]
    unknown = await client.get("/api/v1/units", params={"identifier": "NO-SUCH-1"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "products.unknown_identifier")
    twice = await client.post("/api/v1/units", json=body)
    assert (twice.status_code, twice.json()["code"]) == (409, "products.identifier_taken")
    tomorrow = (clock.now() + timedelta(days=2)).date().isoformat()
    bad: list[dict[str, object]] = [{"purchased_on": tomorrow}, {"identifiers": []}, {"purchased_on": "10000-01-01"}]
    for wrong in bad:
        assert (await client.post("/api/v1/units", json={**body, **wrong})).status_code == 422
    where = f"/api/v1/units/{unit['id']}"
    swapped = await client.post(f"{where}/identifiers", json={"kind": "serial", "value": "GW75-9999"})
    assert [i["value"] for i in swapped.json()["identifiers"]] == ["GW75-9999", "GW75-2203-11937"]
    fixed = await client.patch(where, json={"manufactured_on": "2025-05-01"}, headers={"If-Match": '"v2"'})
    assert (fixed.json()["flags"], fixed.headers["etag"]) == ([], '"v3"')
    assert (await client.get(where)).json() == fixed.json()
    mine = (await client.get(f"{CUSTOMERS}/{customer['id']}/units", params={"limit": 1})).json()
    assert [u["id"] for u in mine["items"]] == [unit["id"]]
    hits = (await client.get("/api/v1/search", params={"q": "GW75-2203"})).json()["items"]
    assert [(h["entity"], h["entity_id"]) for h in hits] == [("unit", unit["id"])]


async def test_the_catalogue_over_http(site: Site) -> None:
    manager, _ = await site.staff("manager")
    brand = (await manager.post("/api/v1/brands", json={"name": "Godavari", "accent": "#0b5d57"})).json()
    kind = {"code": "mixer", "name": "Mixer", "identifier_kinds": ["serial"]}
    category = (await manager.post("/api/v1/categories", json=kind)).json()
    body = {
        "brand_id": brand["id"],
        "category_id": category["id"],
        "model": "MX-1",
        "name": "MX 1",
        "price_minor": 349000,
    }
    answer = await manager.post("/api/v1/products", json=body)
    assert (answer.status_code, answer.headers["etag"]) == (201, '"v1"')
    where = f"/api/v1/products/{answer.json()['id']}"
    changed = await manager.patch(where, json={"active": False}, headers={"If-Match": '"v1"'})
    assert changed.json()["active"] is False
    assert (await manager.get(where)).headers["etag"] == '"v2"'
    page = (await manager.get("/api/v1/products", params={"category": "mixer", "active": False, "limit": 1})).json()
    assert [p["model"] for p in page["items"]] == ["MX-1"]
    assert (await manager.get("/api/v1/products", params={"after": page["next"]})).json()["items"] == []
    assert [b["name"] for b in (await manager.get("/api/v1/brands")).json()] == ["Godavari"]
    assert [c["code"] for c in (await manager.get("/api/v1/categories")).json()] == ["mixer"]
    technician, _ = await site.staff("technician")
    assert (await technician.get("/api/v1/brands")).status_code == 200
    refused = await technician.post("/api/v1/brands", json=BrandIn(name="X", accent="#000000").model_dump())
    assert refused.status_code == 403


async def shown_photo(site: Site) -> tuple[UUID, UUID, str, str]:
    """A document's stream, its customer's person, and two files: for the customer, and for staff."""
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "red").save(out, "JPEG")
    async with site.database.unit_of_work() as session:
        work = work_for(session, site.settings)
        customer = await add_household(work)
        document = new_id()
        new = NewDocument(
            document, site.branch_id, f"T-26-{document.int % 10**6:06d}", customer_id=customer.id, new_stream=True
        )
        await work.post(open_document(JOB, document, "receive", new))
        ids = [
            (
                await files.store(
                    work,
                    stream_id=document,
                    document_id=document,
                    kind="photo",
                    filename="a.jpg",
                    data=out.getvalue(),
                    audience=audience,
                )
            ).id
            for audience in (Audience.CUSTOMER, Audience.STAFF)
        ]
        (person,) = await customers.people(session, work.scope, customer.id)
    return document, person.id, str(ids[0]), str(ids[1])


async def test_files_over_http(site: Site) -> None:
    stream_id, person_id, shown, inside = await shown_photo(site)
    client, _ = await site.staff("coordinator")
    for file_id in (shown, inside):
        answer = await client.get(f"/api/v1/files/{file_id}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["content-security-policy"]
        assert Image.open(io.BytesIO(answer.content)).size == (640, 480)
    small = await client.get(f"/api/v1/files/{shown}", params={"variant": "thumbnail"})
    assert Image.open(io.BytesIO(small.content)).size == (320, 240)
    assert (await client.get(f"/api/v1/files/{new_id()}")).json()["code"] == "files.unknown"
    assert (await client.get(f"/api/v1/files/{shown}", params={"variant": "exe"})).status_code == 422
    technician, _ = await site.staff("technician")
    assert (await technician.get(f"/api/v1/files/{shown}")).status_code == 404
    assert (await site.client().get(f"/api/v1/files/{shown}")).status_code == 401
    customer = await site.customer(stream_id, person_id)
    assert (await customer.get(f"/track/files/{shown}")).headers["content-type"] == "image/jpeg"
    assert (await customer.get(f"/track/files/{inside}")).status_code == 404
    assert (await customer.get(f"/api/v1/files/{shown}")).status_code == 401
    other_stream, other_person, _, _ = await shown_photo(site)
    stranger = await site.customer(other_stream, other_person)
    assert (await stranger.get(f"/track/files/{shown}")).status_code == 404
