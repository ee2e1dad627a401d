"""What every answer carries for the browser's sake, how cookies are kept, and what errors do not tell."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request

from aftersales.app import create_app
from aftersales.auth import links
from aftersales.config import Settings
from aftersales.http import CUSTOMER_COOKIE, STAFF_COOKIE
from tests.factories.auth import PASSWORD
from tests.factories.world import API, World, csrf_of
from tests.fixtures.images import picture

SIGN_IN = {"login": "manager", "password": PASSWORD}


def cookie_of(answer: httpx.Response) -> tuple[str, str, set[str]]:
    """Name, value and flags of the one cookie that is set."""
    [header] = answer.headers.get_list("set-cookie")
    first, *flags = [part.strip() for part in header.split(";")]
    name, _, value = first.partition("=")
    return name, value, {flag.lower() for flag in flags}


@asynccontextmanager
async def served(company: World, **changes: object) -> AsyncIterator[tuple[FastAPI, Settings, httpx.AsyncClient]]:
    """The company with other settings, or with a route of the test's own; errors are answers, as on a server."""
    settings = company.settings.model_copy(update=changes)
    app = create_app(settings, registry=company.registry)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as client:
            yield app, settings, client
    finally:
        await app.state.services.database.dispose()


async def test_every_answer_says_what_a_browser_may_do_with_it(company: World) -> None:
    desk, customer, nobody = company.by("manager"), await company.customer(company.home), company.client()
    answers = [
        await desk.get("/desk"),
        await desk.get(f"/desk/cases/{company.home.case_id}"),
        await desk.get(f"{API}/cases"),
        await desk.get(f"{API}/nowhere"),
        await desk.get("/nowhere"),
        await desk.post(f"{API}/cases", json={}),
        await desk.post(f"{API}/cases", content=b"x" * 2_000_000),
        await customer.get("/track"),
        await nobody.get("/sign-in"),
        await nobody.get("/t/nothing"),
        await nobody.get("/desk"),
        await nobody.get("/static/css/base.css"),
        await nobody.get("/healthz"),
    ]
    for answer in answers:
        where = f"{answer.request.url} {answer.status_code}"
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'self'", where
        assert {policy[name] for name in ("object-src", "base-uri", "frame-ancestors")} == {"'none'"}, where
        assert policy["form-action"] == "'self'", where
        assert "unsafe" not in answer.headers["content-security-policy"], where
        assert "*" not in answer.headers["content-security-policy"], where
        assert answer.headers["x-content-type-options"] == "nosniff", where
        assert answer.headers["referrer-policy"] in ("same-origin", "no-referrer"), where
        assert answer.headers["cross-origin-opener-policy"] == "same-origin", where
        assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-request-id"]), where
        assert "access-control-allow-origin" not in answer.headers, where
        assert "server" not in answer.headers, where
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert answer.headers["cache-control"] == "no-store", where
            # Neither scripts nor styles stand in the page: the policy would not let them.
            assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son[a-z]+=|\sstyle=|javascript:", answer.text), where
    assert "immutable" in answers[-2].headers["cache-control"]


async def test_webassembly_is_allowed_to_the_worker_that_reads_codes_and_to_nothing_else(company: World) -> None:
    nobody, desk = company.client(), company.by("manager")
    worker = await nobody.get("/static/js/scan-worker.js")
    policy = worker.headers["content-security-policy"]
    assert policy == "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
    assert worker.headers["x-content-type-options"] == "nosniff"
    reader = await nobody.get("/static/vendor/zxing.wasm")
    assert (reader.status_code, reader.headers["content-type"]) == (200, "application/wasm")
    pages = [await desk.get("/desk/returns"), await nobody.get("/register-product"), await nobody.get("/give-back")]
    for answer in (*pages, reader, await nobody.get("/static/js/scan.js"), await nobody.get("/static/vendor/zxing.js")):
        assert answer.status_code == 200
        assert "wasm" not in answer.headers["content-security-policy"], answer.request.url


async def test_cookies_are_kept_from_scripts_and_other_sites(company: World) -> None:
    nobody = company.client()
    name, value, flags = cookie_of(await nobody.post("/sign-in", data=SIGN_IN))
    assert (name, flags) == (STAFF_COOKIE, {"httponly", "samesite=lax", "path=/"})
    assert len(value) >= 32
    link = await company.link(company.home)
    name, value, flags = cookie_of(await nobody.get(f"/t/{links.token(company.settings, link)}"))
    assert (name, flags - {"max-age=2592000"}) == (CUSTOMER_COOKIE, {"httponly", "samesite=lax", "path=/"})
    assert value not in links.token(company.settings, link)


async def test_over_https_cookies_are_bound_to_the_host(company: World) -> None:
    async with served(company, base_url="https://service.example") as (_, settings, client):
        answer = await client.post("/sign-in", data=SIGN_IN)
        name, _, flags = cookie_of(answer)
        assert (name, "secure" in flags, "domain" in "".join(flags)) == (f"__Host-{STAFF_COOKIE}", True, False)
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
        page = await client.get("/desk")
        assert page.status_code == 200
        link = await company.link(company.home)
        name, _, flags = cookie_of(await client.get(f"/t/{links.token(settings, link)}"))
        assert (name, "secure" in flags) == (f"__Host-{CUSTOMER_COOKIE}", True)
        name, _, flags = cookie_of(await client.get("/track/language/te"))
        assert "secure" in flags
        out = await client.post("/sign-out", data={"csrf": csrf_of(page.text)})
        name, _, flags = cookie_of(out)
        assert (name, "secure" in flags, "max-age=0" in flags) == (f"__Host-{STAFF_COOKIE}", True, True)
        # A cookie without the prefix, as another host of the domain could set it, opens nothing.
        plain = {"Cookie": f"{STAFF_COOKIE}={company.tokens['manager']}"}
        assert (await client.get(f"{API}/cases", headers=plain)).status_code == 401


async def test_signing_out_ends_the_session_itself(company: World) -> None:
    token = await company.sign_in_again("manager")
    first, second = company.client(STAFF_COOKIE, token), company.client(STAFF_COOKIE, token)
    page = await first.get("/desk")
    assert (await second.get(f"{API}/cases")).status_code == 200
    out = await first.post("/sign-out", data={"csrf": csrf_of(page.text)})
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    assert "max-age=0" in cookie_of(out)[2]
    assert out.headers["clear-site-data"] == '"cache"', "the next person at this desk does not go back to it"
    assert (await second.get(f"{API}/cases")).status_code == 401, "whoever had copied the cookie is out too"
    assert (await company.by("manager").get(f"{API}/cases")).status_code == 200, "their other session is not"


async def test_every_sign_in_is_a_new_session(company: World) -> None:
    """A cookie that was put there before signing in is worth nothing after it."""
    planted = company.client(STAFF_COOKIE, "planted" * 6)
    answer = await planted.post("/sign-in", data=SIGN_IN)
    assert cookie_of(answer)[1] != "planted" * 6
    assert (await company.client(STAFF_COOKIE, "planted" * 6).get(f"{API}/cases")).status_code == 401


async def test_a_mistake_of_ours_tells_nothing_of_the_inside(company: World) -> None:
    async def bug(request: Request) -> None:
        raise RuntimeError(f"secret {request.app.state.services.settings.signing_key!r}")

    async with served(company) as (app, _, client):
        for path in ("/bug", "/api/v1/bug", "/track/bug"):
            app.add_api_route(path, bug)
            answer = await client.get(path)
            assert answer.status_code == 500
            for inside in ("secret", "Traceback", "RuntimeError", "kkkk", ".py", "aftersales.http"):
                assert inside not in answer.text
            assert answer.headers["x-request-id"] in answer.text, "what one can tell us of it"
            assert "unsafe" not in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            kind = "application/problem+json" if path.startswith("/api/") else "text/html"
            assert answer.headers["content-type"].startswith(kind)


async def test_without_a_database_one_is_told_to_come_back(company: World) -> None:
    nowhere = "postgresql+asyncpg://nobody@127.0.0.1:1/none"
    async with served(company, database_url=nowhere) as (_, _, client):
        client.cookies.set(STAFF_COOKIE, company.tokens["manager"])
        for path in ("/desk", f"{API}/cases"):
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2"), path
            assert "127.0.0.1" not in answer.text
            assert "asyncpg" not in answer.text


async def test_uploaded_files_are_downloads(company: World) -> None:
    desk = company.by("manager")
    path = f"{API}/documents/{company.home.case_id}/files"
    sent = {"file": ('a"\r\nX-Evil: 1.html', picture(), "text/html")}
    made = await desk.post(path, files=sent)
    assert made.status_code == 201, made.text
    where = f"{API}/files/{made.json()['id']}"
    answer = await desk.get(where)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "x-evil" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"].startswith("private")
    assert (await company.by("elsewhere").get(where)).status_code == 404
    assert (await company.by("second").get(where)).status_code == 404
    assert (await company.client().get(where)).status_code == 401
    for home in (company.home, company.neighbours):
        customer = await company.customer(home)
        seen = await customer.get(f"/track/files/{made.json()['id']}")
        assert seen.status_code == 404, "kept for staff"
    async with company.unchanged():
        other = await company.by("elsewhere").post(path, files={"file": ("a.jpg", picture())})
        assert other.status_code == 404


async def test_what_people_wrote_is_shown_as_they_wrote_it(company: World) -> None:
    """Nothing that is typed becomes a part of the page."""
    bad = "<script>alert(1)</script><img src=x onerror=alert(1)>'\"&{{7*7}}{% raw %}"
    desk, customer = company.by("manager"), await company.customer(company.home)
    note = await desk.post(f"{API}/cases/{company.home.case_id}/note_added", json={"note": bad})
    assert note.status_code == 200
    assert (await customer.post("/track/reply", data={"words": bad})).status_code == 303
    for page in (
        (await desk.get(f"/desk/cases/{company.home.case_id}")).text,
        (await customer.get("/track")).text,
        (await desk.get("/desk/search", params={"q": bad})).text,
        (await desk.get("/desk/new-case", params={"q": bad})).text,
        (await company.client().post("/sign-in", data={"login": bad, "password": "x"})).text,
    ):
        assert "alert(1)" in page
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "49" not in re.findall(r"alert\(1\).{0,80}", page)[0]
