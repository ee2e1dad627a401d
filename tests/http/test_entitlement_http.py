"""Warranty, policies and returns over HTTP: the API, the desk, and the customer's page in Telugu and English."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import httpx
import pytest
from PIL import Image

from aftersales import clock
from aftersales.auth import csrf
from aftersales.config import Settings
from aftersales.http import CUSTOMER_COOKIE, STAFF_COOKIE
from aftersales.ids import new_id
from rma.terms import WORDS as RETURN_WORDS
from tests.factories.claims import CHECKED
from tests.factories.entitlement import Household
from tests.factories.site import Site
from warranty import terms
from warranty.service.entitlement import TERMS

RATS = "Rats gnawed through the wires to the motor."


@pytest.fixture
def now(home: Household) -> Household:
    """The same household today: HTTP knows no other time."""
    return replace(home, now=clock.now())


def form_token(site: Site, client: httpx.AsyncClient) -> str:
    cookie = client.cookies.get(STAFF_COOKIE) or client.cookies.get(CUSTOMER_COOKIE) or ""
    return csrf.token(site.settings.signing_key, cookie)


def photo() -> tuple[str, bytes, str]:
    buffer = BytesIO()
    Image.new("RGB", (32, 24), "#a3261e").save(buffer, "JPEG")
    return "invoice.jpg", buffer.getvalue(), "image/jpeg"


async def reviewed(now: Household) -> tuple[UUID, UUID]:
    case_id = await now.case()
    repair_id = await now.workshop(case_id)
    await now.diagnosed(repair_id, "RD-2")
    await now.photo(case_id, repair_id)
    return case_id, (await now.claim(case_id)).id


async def test_the_story_of_the_denial_over_http(site: Site, now: Household) -> None:
    case_id, claim_id = await reviewed(now)
    anil, _ = await site.staff("service_engineer")
    url = f"/api/v1/warranty_claims/{claim_id}"
    body = {"cause_code": "RD-2", "clause": "4.2", "words": RATS}
    first = await anil.post(f"{url}/denial_proposed", json=body)
    assert first.status_code == 200, first.text
    assert (await anil.post(f"{url}/deny", json={})).json()["code"] == "warranty.same_person"
    manager, _ = await site.staff("manager")
    stale = await manager.post(f"{url}/deny", json={}, headers={"If-Match": '"v1"'})
    assert stale.status_code == 412
    denied = await manager.post(f"{url}/deny", json={}, headers={"If-Match": first.headers["etag"]})
    assert (denied.status_code, denied.json()["status"]) == (200, "denied")
    again = await manager.post(f"{url}/deny", json={})
    assert (again.status_code, again.json()["legal"]) == (409, ["appeal"])
    read = (await manager.get(url)).json()
    assert (read["policy_version"], read["cause_code"]) == (7, "RD-2")
    assert read["verdict"]["trace"][-1]["clause"] == "4.2"
    desk = (await manager.get(f"/desk/cases/{case_id}")).text
    assert "Not covered" in desk
    assert RATS in desk
    assert "signed by two" in desk
    padma = await site.customer(case_id, now.padma)
    page = (await padma.get("/track")).text
    assert RATS in page
    assert "4.2" in page
    assert f"/track/warranty_claims/{claim_id}/appeal" in page
    appealed = await padma.post(
        f"/track/warranty_claims/{claim_id}/appeal",
        data={"csrf": form_token(site, padma), "note": "We had it treated."},
    )
    assert appealed.status_code == 303
    assert (await manager.get(url)).json()["status"] == "appealed"


@pytest.mark.parametrize("role", ["technician", "finance"])
async def test_a_role_without_the_permission(site: Site, now: Household, role: str) -> None:
    case_id, claim_id = await reviewed(now)
    client, _ = await site.staff(role)
    for verb in ("deny", "approve", "review"):
        answer = await client.post(f"/api/v1/warranty_claims/{claim_id}/{verb}", json={})
        assert answer.status_code in (403, 404)
    assert (await now.claim(case_id)).status == "in_review"


async def test_the_card_says_what_covers_and_by_which_proof(site: Site, now: Household) -> None:
    case_id = await now.case()
    client, _ = await site.staff("coordinator")
    desk = (await client.get(f"/desk/cases/{case_id}")).text
    for words in ("Covered", "parts", "labour", "policy v7", "GO/2603/00042", "18 March 2026", "Why this answer"):
        assert words in desk
    assert f"/desk/units/{now.washer}/proofs" in desk


async def test_a_proof_with_its_photo(site: Site, now: Household) -> None:
    client, _ = await site.staff("coordinator")
    url = f"/api/v1/units/{now.washer}/proofs"
    values = {"dated_on": "2026-03-18", "reference": "GO/2603/00042"}
    made = await client.post(url, data=values, files={"file": photo()})
    assert made.status_code == 201, made.text
    assert made.json()["file_id"]
    assert (await client.post(url, data=values)).json()["file_id"] is None
    for wrong in ({"dated_on": "yesterday"}, {"dated_on": "10000-01-01"}, {"kind": "gossip"}, {"reference": "a\x00b"}):
        answer = await client.post(url, data=values | wrong)
        assert answer.status_code == 422, answer.text
    bad = await client.post(url, data=values, files={"file": ("x.jpg", b"not an image", "image/jpeg")})
    assert bad.status_code == 422
    # A part without a file name is looked at too: words are no photo.
    nameless = await client.post(url, files={**{n: (None, v) for n, v in values.items()}, "file": (None, "words")})
    assert (nameless.status_code, nameless.json()["code"][:6]) == (422, "files.")
    assert (await client.post(f"/api/v1/units/{new_id()}/proofs", data=values)).status_code == 404


async def test_the_proof_form_leads_back_to_the_case(site: Site, now: Household) -> None:
    case_id = await now.case()
    client, _ = await site.staff("coordinator")
    body = {
        "csrf": form_token(site, client),
        "case_id": str(case_id),
        "kind": "invoice",
        "dated_on": "2026-03-18",
        "reference": "X-1",
    }
    answer = await client.post(f"/desk/units/{now.washer}/proofs", data=body, files={"file": ("", b"", "image/jpeg")})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/desk/cases/{case_id}")


async def test_claims_are_listed_and_opened_all_the_same(site: Site, now: Household) -> None:
    old = clock.now().date() - timedelta(days=1500)
    await now.change_unit(now.washer, purchased_on=old, delivered_on=old)
    case_id = await now.case()
    client, _ = await site.staff("coordinator")
    assert "Open a claim all the same" in (await client.get(f"/desk/cases/{case_id}")).text
    made = await client.post(f"/api/v1/cases/{case_id}/warranty_claims")
    assert made.status_code == 201, made.text
    again = await client.post(
        f"/desk/cases/{case_id}/warranty_claims",
        data={"csrf": form_token(site, client)},
        headers={"Accept": "text/html"},
    )
    assert again.status_code == 409
    listed = (await client.get("/api/v1/warranty_claims", params={"status": "submitted", "limit": 1})).json()
    assert (listed["items"][0]["id"], listed["next"]) == (made.json()["id"], made.json()["id"])


async def test_a_registration_over_http(site: Site, now: Household) -> None:
    case_id = await now.case()
    client, _ = await site.staff("coordinator")
    made = await client.post(f"/api/v1/cases/{case_id}/warranty_registrations", json={"purchased_on": "2026-03-18"})
    assert made.status_code == 201, made.text
    moved = await client.post(f"/api/v1/warranty_registrations/{made.json()['id']}/activate", json=CHECKED.model_dump())
    assert moved.json()["status"] == "active"


async def test_terms_are_published_by_the_manager_and_read_by_all(site: Site) -> None:
    version = terms.VERSIONS[2]
    body = {
        "code": "category:kettle",
        "effective_from": clock.now().date().isoformat(),
        "terms": TERMS.dump_python(version.terms, mode="json"),
        "words": {clause: terms.WORDS[clause] for clause in sorted(version.terms.clauses())},
    }
    coordinator, _ = await site.staff("coordinator")
    assert (await coordinator.post("/api/v1/warranty_terms", json=body)).status_code == 403
    manager, _ = await site.staff("manager")
    made = await manager.post("/api/v1/warranty_terms", json=body)
    assert (made.status_code, made.json()["version"]) == (201, 1)
    read = await coordinator.get(f"/api/v1/policies/{made.json()['id']}")
    assert read.json()["words"] == body["words"]
    listed = (await coordinator.get("/api/v1/policies", params={"code": "category:kettle", "limit": 1})).json()
    assert [item["id"] for item in listed["items"]] == [made.json()["id"]]
    script = body | {"words": {**body["words"], "1.1": "<script>alert(1)</script>"}}
    assert (await manager.post("/api/v1/warranty_terms", json=script)).status_code == 422
    returns = {
        "effective_from": "2030-01-01",
        "code": "category:kettle",
        "terms": {
            "days": 30,
            "window_clause": "1.1",
            "counted_from": ["delivery"],
            "categories": ["kettle"],
            "category_clause": "2.1",
            "reasons": ["defective"],
            "reason_clause": "3.1",
        },
        "words": {clause: RETURN_WORDS[clause] for clause in ("1.1", "2.1", "3.1")},
    }
    assert (await manager.post("/api/v1/return_terms", json=returns)).status_code == 201


async def ask(site: Site, now: Household, client: httpx.AsyncClient, **changes: str) -> httpx.Response:
    body = {
        "csrf": form_token(site, client),
        "unit_id": str(now.mixer),
        "reason_code": "defective",
        "words": "It stops after a minute.",
        **changes,
    }
    return await client.post("/track/returns", data=body)


async def test_a_return_is_asked_for_on_the_tracking_page_and_answered(site: Site, now: Household) -> None:
    delivered = clock.now().date() - timedelta(days=10)
    await now.change_unit(now.mixer, purchased_on=delivered, delivered_on=delivered)
    case_id = await now.case()
    padma = await site.customer(case_id, now.padma)
    page = (await padma.get("/track")).text
    assert 'action="/track/returns"' in page
    assert f'value="{now.mixer}"' in page
    answer = await ask(site, now, padma)
    assert (answer.status_code, answer.headers["location"]) == (303, "/track#returns")
    assert (await ask(site, now, padma)).status_code == 409
    client, _ = await site.staff("coordinator")
    [asked] = [r for r in (await client.get("/api/v1/returns")).json()["items"] if r["unit_id"] == str(now.mixer)]
    assert (asked["verdict"]["outcome"], asked["policy_version"]) == ("eligible", 4)
    assert "The rule says yes" in (await client.get(f"/desk/cases/{case_id}")).text
    url = f"/api/v1/returns/{asked['id']}"
    rejected = await client.post(f"{url}/reject", json={"note": "N"})
    assert rejected.status_code == 422
    rejected = await client.post(f"{url}/reject", json={"note": "We would rather not."})
    assert (rejected.status_code, rejected.json()["code"]) == (409, "return.rule_says_yes")
    done = await client.post(f"{url}/authorise", json={})
    assert (done.status_code, done.json()["status"]) == (200, "authorised")
    assert (await client.get(url)).headers["etag"] == done.headers["etag"]
    again = await client.post(f"{url}/reject", json={"note": "On second thoughts."})
    assert (again.status_code, again.json()["code"]) == (409, "status.illegal")
    stale = await client.post(f"{url}/reject", json={"note": "On second thoughts."}, headers={"If-Match": '"v1"'})
    assert stale.status_code == 412
    await now.settle()
    assert "Godavari MX-500" in (await padma.get("/track")).text


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"words": "  "}, 422),
        ({"words": "a\x00bc"}, 422),
        ({"reason_code": "boredom"}, 422),
        ({"unit_id": "x"}, 422),
        ({"csrf": "x"}, 403),
        ({"unit_id": "01900000-0000-7000-8000-000000000000"}, 404),
    ],
)
async def test_a_wish_that_is_refused(site: Site, now: Household, changes: dict[str, str], status: int) -> None:
    case_id = await now.case()
    padma = await site.customer(case_id, now.padma)
    del padma.headers["X-CSRF-Token"]
    assert (await ask(site, now, padma, **changes)).status_code == status
    assert await now.documents(case_id, "return") == []


async def test_staff_ask_in_the_customers_name(site: Site, now: Household) -> None:
    case_id = await now.case()
    client, _ = await site.staff("coordinator")
    body = {"unit_id": str(now.mixer), "reason_code": "damaged", "words": "Dented when it came."}
    form = body | {"csrf": form_token(site, client)}
    assert (await client.post(f"/desk/cases/{case_id}/returns", data=form)).status_code == 303
    assert (await client.post(f"/api/v1/cases/{case_id}/returns", json=body)).status_code == 409
    [found] = await now.documents(case_id, "return")
    cancelled = await client.post(f"/api/v1/returns/{found.id}/cancel", json={})
    assert cancelled.json()["status"] == "cancelled"
    made = await client.post(f"/api/v1/cases/{case_id}/returns", json=body)
    assert (made.status_code, made.headers["location"]) == (201, f"/api/v1/returns/{made.json()['id']}")


async def test_nobody_without_a_link_asks(site: Site, settings: Settings) -> None:
    del settings
    answer = await site.client().post("/track/returns", data={"words": "x"})
    assert answer.status_code == 401


async def test_a_second_case_leads_to_the_claim_that_answers_and_the_card_to_the_scan(
    site: Site, now: Household
) -> None:
    first = await now.case()
    second = await now.case()
    client, _ = await site.staff("coordinator")
    claim = await now.claim(first)
    desk = (await client.get(f"/desk/cases/{second}")).text
    assert "No answer yet" not in desk
    assert "The claim that is open for this unit answers for this case too." in desk
    assert f'href="/desk/cases/{first}">{claim.number}' in desk
    assert "Open a claim all the same" not in desk
    assert "answers for this case too" not in (await client.get(f"/desk/cases/{first}")).text
    values = {"dated_on": "2026-03-18", "reference": "GO/2603/00042"}
    made = await client.post(f"/api/v1/units/{now.washer}/proofs", data=values, files={"file": photo()})
    scan = f"/api/v1/files/{made.json()['file_id']}"
    assert f'<a href="{scan}">Photo or scan</a>' in (await client.get(f"/desk/cases/{first}")).text
    assert (await client.get(scan)).status_code == 200
