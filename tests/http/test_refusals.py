"""Whoever may not, is told so and changes nothing: every verb, every role, every link, every form."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from aftersales import clock
from aftersales.auth import links
from aftersales.auth.models import CustomerLink
from aftersales.http import CUSTOMER_COOKIE, STAFF_COOKIE
from aftersales.ids import new_id
from aftersales.status.machine import By
from tests.factories.auth import PASSWORD
from tests.factories.bodies import routes
from tests.factories.world import API, World, bare_documents

PROBLEM = "application/problem+json"
SESSION = f"{API}/session"


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status, f"{answer.request.url}: {answer.status_code} {answer.text[:400]}"
    assert answer.headers["content-type"] == PROBLEM
    assert (answer.json()["code"], answer.json()["status"]) == (code, status)
    assert answer.json()["detail"]


async def test_an_illegal_verb_names_the_legal_ones(company: World) -> None:
    desk = company.by("manager")
    visit = await company.visit(dispatched=False)
    async with company.unchanged():
        answer = await desk.post(f"{API}/visits/{visit}/complete", json={})
        refused(answer, 409, "status.illegal")
        assert answer.json()["status"] == 409
        assert set(answer.json()["legal"]) >= {"confirm", "cancel"}
        assert "complete" not in answer.json()["legal"]
        form = {"csrf": desk.headers["X-CSRF-Token"]}
        page = await desk.post(f"/desk/visits/{visit}/complete", data=form)
        assert (page.status_code, "Possible now: " in page.text) == (409, True)


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ('"v1"', 412, "status.stale"),
        ('W/"v1"', 412, "status.stale"),
        ('"v999999999"', 412, "status.stale"),
        ("v", 422, "http.if_match"),
        ('"v1", "v2"', 422, "http.if_match"),
        ('"7"', 422, "http.if_match"),
        ('"v-1"', 422, "http.if_match"),
        ('"v99999999999999999999"', 422, "http.if_match"),
        ("", 422, "http.if_match"),
    ],
)
async def test_if_match(company: World, given: str, status: int, code: str) -> None:
    visit = await company.visit(dispatched=False)
    async with company.unchanged():
        answer = await company.by("manager").post(f"{API}/visits/{visit}/confirm", json={}, headers={"If-Match": given})
        refused(answer, status, code)


async def test_a_form_that_was_read_before_somebody_else_acted(company: World) -> None:
    desk = company.by("manager")
    visit = await company.visit(dispatched=False)
    form = {"csrf": desk.headers["X-CSRF-Token"], "version": "1"}
    async with company.unchanged():
        assert (await desk.post(f"/desk/visits/{visit}/confirm", data=form)).status_code == 412
    assert (await desk.post(f"/desk/visits/{visit}/confirm", data=form | {"version": "2"})).status_code == 303


async def test_a_document_of_another_kind_is_unknown(company: World) -> None:
    bare = await bare_documents(company)
    client = company.by("manager")
    async with company.unchanged():
        answer = await client.post(f"{API}/visits/{bare['estimate']}/confirm", json={})
        refused(answer, 404, "status.unknown_document")
        answer = await client.post(f"{API}/visits/{new_id()}/confirm", json={})
        refused(answer, 404, "status.unknown_document")


async def test_a_code_is_not_tried_by_who_may_not_take_the_verb(company: World) -> None:
    visit = await company.visit()
    phone = company.by("technician")
    for verb in ("accept", "depart"):
        answer = await phone.post(f"{API}/visits/{visit}/{verb}", json={})
        assert answer.status_code == 200, answer.text
    for name in ("finance", "elsewhere", "second"):
        answer = await company.by(name).post(f"{API}/visits/{visit}/arrive", json={"code": "000000"})
        assert answer.status_code in (403, 404), answer.text
    [(attempts,)] = await company.rows("SELECT attempts FROM one_time_code WHERE subject_id = :id", id=visit)
    assert attempts == 0
    answer = await phone.post(f"{API}/visits/{visit}/arrive", json={"code": "00000x"})
    refused(answer, 422, "auth.code_wrong")


async def test_a_customers_link_opens_one_case_alone(company: World) -> None:
    bare = await bare_documents(company)
    taken = [
        f"/track/{action.machine}s/{bare[action.machine]}/{action.verb}"
        for action in company.registry.actions.values()
        if action.by is By.CUSTOMER
    ]
    assert taken
    async with company.unchanged():
        for home in (company.neighbours, company.home):
            client = await company.customer(home)
            form = {"csrf": client.headers["X-CSRF-Token"], "note": "Mine?", "words": "Mine?"}
            for path in taken:
                assert (await client.post(path, data=form)).status_code == 404, path
            assert (await client.get(f"/track/returns/{bare['return']}/label.pdf")).status_code == 404
        with_ids = {p for _, p in routes(company.app) if p.startswith("/track") and "{" in p}
        assert with_ids - {re.sub(r"[0-9a-f-]{36}", "{document_id}", path) for path in taken} == {
            "/track/files/{file_id}",
            "/track/language/{code}",
            "/track/returns/{return_id}/label.pdf",
            # tests/http/test_own_warranty.py
            "/track/warranty/{registration_id}/certificate.pdf",
        }, "a new route of the tracking page needs a test here"
        stranger = await company.customer(company.neighbours)
        for path in (f"/track/files/{new_id()}", "/track/language/xx"):
            assert (await stranger.get(path)).status_code == 404, path
        ask = {
            "csrf": stranger.headers["X-CSRF-Token"],
            "unit_id": str(company.home.unit_id),
            "reason_code": "defective",
        }
        assert (await stranger.post("/track/returns", data=ask)).status_code in (404, 422)


async def test_links_that_are_not_good(company: World) -> None:
    link = await company.link(company.neighbours)
    token = links.token(company.settings, link)
    bad = [
        "x",
        "A" * 64,
        token[:-2] + ("AA" if token[-2:] != "AA" else "BB"),
        token[:-1],
        token + "A",
        "%00" * 64,
        "%FF" * 64,
        "é" * 64,
        token.replace(token[0], "!"),
        links.token(
            company.settings.model_copy(update={"secret_key": company.settings.secret_key}), replace_read(link)
        ),
    ]
    nobody = company.client()
    async with company.unchanged():
        for given in bad:
            answer = await nobody.get(f"/t/{given}")
            assert (answer.status_code, "set-cookie" in answer.headers) == (404, False), given
            assert "no longer good" in answer.text
    client = await company.customer(company.neighbours)
    assert (await client.get("/track")).status_code == 200
    async with company.database.unit_of_work() as session:
        await links.revoke(session, stream_id=link.stream_id, person_id=link.person_id)
    assert (await nobody.get(f"/t/{token}")).status_code == 404
    assert (await client.get("/track")).status_code == 401, "the cookie ends with its link"
    again = await company.link(company.neighbours)
    assert (await nobody.get(f"/t/{links.token(company.settings, again)}")).status_code == 303
    async with company.database.unit_of_work() as session:
        ended = {"then": clock.now() - timedelta(seconds=1), "id": link.id}
        await session.execute(text("UPDATE customer_link SET expires_at = :then WHERE id = :id"), ended)
    assert (await nobody.get(f"/t/{links.token(company.settings, again)}")).status_code == 404


def replace_read(link: CustomerLink) -> CustomerLink:
    """The same link as if it were the paper's: its token must not open this one."""
    return CustomerLink(id=link.id, generation=link.generation, read_only=not link.read_only)


async def test_a_printed_link_only_reads(company: World) -> None:
    bare = await bare_documents(company)
    on_paper = replace(company.home, case_id=bare["case"])
    client = await company.customer(on_paper, read_only=True)
    page = await client.get("/track")
    assert (page.status_code, "<textarea" in page.text) == (200, False)
    form = {"csrf": client.headers["X-CSRF-Token"], "words": "Hello there", "note": "Hello there"}
    async with company.unchanged():
        posting = [p for m, p in routes(company.app) if m == "POST" and p.startswith("/track")]
        assert len(posting) > 5
        for path in posting:
            machine = path.split("/")[2].removesuffix("s")
            answer = await client.post(path.replace("{document_id}", str(bare.get(machine, new_id()))), data=form)
            assert (answer.status_code, "only shows" in answer.text) == (403, True), path


async def test_forms_prove_where_they_come_from(company: World) -> None:
    """Every route that changes something, by staff and by customers: without the token, with another's, cross-site."""
    other = await company.sign_in_again("finance")
    staff = company.by("manager")
    customer = await company.customer(company.home)
    right = {STAFF_COOKIE: staff.headers.pop("X-CSRF-Token"), CUSTOMER_COOKIE: customer.headers.pop("X-CSRF-Token")}
    wrong = company.client(STAFF_COOKIE, other).headers["X-CSRF-Token"]
    # A provider proves itself by its signature: tests/http/test_hooks.py, test_voice*.py, test_stripe_hook.py.
    ways_in = [(m, p) for m, p in routes(company.app) if not p.startswith(("/hooks/", "/voice/"))]
    # Nobody is signed in there: cross-site alone is refused, by tests of their own.
    alone = ("/sign-in", SESSION, "/register-product", "/give-back")
    changing = [(m, p) for m, p in ways_in if m != "GET" and not p.startswith(alone)]
    assert len(changing) > 150
    async with company.unchanged():
        for method, template in changing:
            path = re.sub(r"\{[a-z_]+\}", str(new_id()), template)
            client, cookie = (customer, CUSTOMER_COOKIE) if path.startswith("/track") else (staff, STAFF_COOKIE)
            for headers in (
                {},
                {"X-CSRF-Token": wrong},
                {"X-CSRF-Token": right[cookie], "Origin": "https://elsewhere.example"},
            ):
                answer = await client.request(method, path, headers=headers)
                assert answer.status_code == 403, f"{method} {path} {headers}: {answer.status_code}"
                if path.startswith(API):
                    refused(answer, 403, "auth.cross_site" if "Origin" in headers else "auth.csrf")
        for given in ("", wrong[:-1], f"{right[STAFF_COOKIE]}x", right[CUSTOMER_COOKIE]):
            answer = await staff.post(f"{API}/cases", json={}, headers={"X-CSRF-Token": given})
            refused(answer, 403, "auth.csrf")


@pytest.mark.parametrize(
    "origin",
    ["null", "http://localhost:8070", "https://localhost", "http://localhost:8069.evil.example", "http://[", ""],
)
async def test_origins_that_are_not_ours(company: World, origin: str) -> None:
    desk = company.by("manager")
    async with company.unchanged():
        path = f"{API}/cases/{company.home.case_id}/note_added"
        answer = await desk.post(path, json={"note": "From where?"}, headers={"Origin": origin})
        refused(answer, 403, "auth.cross_site")


async def test_nobody_is_signed_in_by_another_site(company: World) -> None:
    """Else somebody would work, unknowingly, in the account of whoever made that site."""
    nobody, headers = company.client(), {"Origin": "https://elsewhere.example"}
    given = {"login": "manager", "password": PASSWORD}
    for answer in (
        await nobody.post("/sign-in", data=given, headers=headers),
        await nobody.post(SESSION, json=given, headers=headers),
    ):
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


async def test_a_form_may_come_from_anywhere_on_our_site(company: World) -> None:
    desk = company.by("manager")
    form = {"csrf": desk.headers.pop("X-CSRF-Token"), "note": "A note"}
    path = f"/desk/cases/{company.home.case_id}/note_added"
    for headers in (
        {"Origin": "http://localhost:8069", "Referer": "http://localhost:8069/desk"},
        {"Referer": "http://["},
        {"Referer": "https://elsewhere.example/phone/x"},
    ):
        answer = await desk.post(path, data=form, headers=headers)
        assert (answer.status_code, answer.headers["location"].startswith("/")) == (303, True)


async def test_a_session_is_of_one_kind(company: World) -> None:
    """A customer's cookie opens nothing of the staff's, and the other way round."""
    customer = await company.customer(company.home)
    token = next(iter(customer.cookies.values()))
    as_staff = company.client(STAFF_COOKIE, token)
    as_customer = company.client(CUSTOMER_COOKIE, company.tokens["manager"])
    assert (await as_staff.get(f"{API}/cases")).status_code == 401
    assert (await as_customer.get("/track")).status_code == 401


async def test_work_that_is_not_theirs_does_not_exist_for_a_technician(company: World) -> None:
    bare = await bare_documents(company)
    second = company.by("second")
    case_id = company.neighbours.case_id
    visit = await company.visit(company.neighbours)
    for path in (
        f"/desk/cases/{case_id}",
        f"/desk/cases/{case_id}/live",
        f"{API}/cases/{case_id}",
        f"{API}/cases/{case_id}/documents",
        f"{API}/cases/{case_id}/timeline",
        f"{API}/visits/{visit}",
        f"/phone/visits/{visit}",
        f"{API}/estimates/{bare['estimate']}",
    ):
        assert (await second.get(path)).status_code in (403, 404), path
    for path in (f"{API}/cases", f"{API}/visits"):
        assert (await second.get(path)).json()["items"] == []
    assert str(visit) not in (await second.get("/phone")).text
    mine = company.by("technician")
    assert (await mine.get(f"/phone/visits/{visit}")).status_code == 200
    assert [v["id"] for v in (await mine.get(f"{API}/visits")).json()["items"]].count(str(visit)) == 1


async def test_each_branch_has_its_own_cases(company: World) -> None:
    there = await company.open_case_there()
    here, elsewhere = company.by("coordinator"), company.by("elsewhere")
    for client, own, other in ((here, company.home.case_id, there), (elsewhere, there, company.home.case_id)):
        assert (await client.get(f"{API}/cases/{own}")).status_code == 200
        for path in (f"{API}/cases/{other}", f"/desk/cases/{other}", f"/desk/cases/{other}/live"):
            assert (await client.get(path)).status_code == 404, path
        listed = {UUID(row["id"]) for row in (await client.get(f"{API}/cases")).json()["items"]}
        assert own in listed
        assert other not in listed
        async with company.unchanged():
            note = await client.post(f"{API}/cases/{other}/note_added", json={"note": "Not mine"})
            refused(note, 404, "status.unknown_document")


async def test_finance_cannot_open_cases(company: World) -> None:
    finance = company.by("finance")
    body = {
        "customer_id": str(company.home.customer_id),
        "branch_id": str(company.here),
        "complaint": "Does not spin",
        "people": [{"person_id": str(company.home.person_id), "role": "owner"}],
    }
    async with company.unchanged():
        refused(await finance.post(f"{API}/cases", json=body), 403, "auth.permission_missing")
        assert (await finance.get("/desk/new-case")).status_code == 403
        form = {"csrf": finance.headers["X-CSRF-Token"], "match": f"{company.home.customer_id}:"}
        form |= {"branch_id": str(company.here), "complaint": "Does not spin"}
        assert (await finance.post("/desk/new-case", data=form)).status_code == 403
        far = await company.by("coordinator").post(f"{API}/cases", json=body | {"branch_id": str(company.there)})
        refused(far, 403, "auth.permission_missing")


async def test_what_does_not_exist(company: World) -> None:
    desk = company.by("manager")
    async with company.unchanged():
        for path in [p for m, p in routes(company.app) if m == "GET" and "{" in p]:
            if path in ("/t/{token}", "/track/language/{code}") or path.startswith("/static"):
                continue
            day = path.replace("{day}", "2026-11-23").replace("{key}", "terms")
            answer = await desk.get(re.sub(r"\{[a-z_]+\}", str(new_id()), day))
            lists = answer.status_code == 200 and answer.json() in ({"items": [], "next": None}, [])
            assert answer.status_code == 404 or lists or path.startswith("/track"), f"{path}: {answer.status_code}"
        unit = await desk.get(f"{API}/units", params={"identifier": "GW75-NO-SUCH"})
        refused(unit, 404, "products.unknown_identifier")
        unknown = {
            "customer_id": str(company.home.customer_id),
            "unit_id": str(new_id()),
            "branch_id": str(company.here),
            "complaint": "Does not spin",
            "people": [{"person_id": str(company.home.person_id), "role": "owner"}],
        }
        assert (await desk.post(f"{API}/cases", json=unknown)).status_code == 404
        nowhere = unknown | {"unit_id": None, "customer_id": str(new_id())}
        assert (await desk.post(f"{API}/cases", json=nowhere)).status_code in (404, 422)
        answer = await desk.get(f"{API}/nowhere")
        refused(answer, 404, "http.not_found")
        refused(await desk.delete(f"{API}/cases"), 405, "http.405")
