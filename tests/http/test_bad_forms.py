"""Forms, uploads, addresses and cookies that are not right: said, and nothing has changed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi import FastAPI

from aftersales.app import create_app
from aftersales.config import Settings
from aftersales.http import STAFF_COOKIE
from aftersales.ids import new_id
from tests.factories.bodies import queries, routes
from tests.factories.site import Site
from tests.factories.world import API, World, bare_documents, refused
from tests.fixtures.images import bomb, picture


async def test_too_much_in_a_form(company: World) -> None:
    """With caps small enough to try: by announced length and while it streams."""
    settings = company.settings.model_copy(update={"body_max_bytes": 4_000, "upload_max_bytes": 20_000})
    path = f"/desk/visits/{await company.visit()}/check"
    token = company.tokens["manager"]
    async with small(company, settings) as app, company.unchanged():
        desk = Site(app, company.database, settings, company.here).client(STAFF_COOKIE, token)
        company.clients.append(desk)
        csrf = {"csrf": desk.headers.pop("X-CSRF-Token")}
        form = csrf | {"note": "x" * 5_000}
        assert (await desk.post(f"/desk/cases/{company.home.case_id}/note_added", data=form)).status_code == 413
        files = [("photos", (f"{n}.jpg", b"\xff\xd8" + b"x" * 19_000, "image/jpeg")) for n in range(6)]
        assert (await desk.post(path, data=csrf | {"condition": "good"}, files=files)).status_code == 413
        one = [("photos", ("1.jpg", picture() + b"x" * 30_000, "image/jpeg"))]
        answer = await desk.post(path, data=csrf | {"condition": "good"}, files=one)
        assert (answer.status_code, "larger than" in answer.text) == (413, True)
        boundary = b"--b\r\nContent-Disposition: form-data; name=photos; filename=a\r\n\r\n"

        async def endless() -> AsyncIterator[bytes]:
            yield boundary
            for _ in range(20):
                yield b"x" * 10_000

        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        assert (await desk.post(path, content=endless(), headers=headers)).status_code == 413


@asynccontextmanager
async def small(company: World, settings: Settings) -> AsyncIterator[FastAPI]:
    """The same company served with other settings."""
    app = create_app(settings, registry=company.registry)
    try:
        yield app
    finally:
        await app.state.services.database.dispose()


@pytest.mark.parametrize(
    ("content", "statuses"),
    [
        (b"note=%FF%FE", {422}),
        (b"note=\xff\xfe", {422}),
        (b"note=a%00b", {422}),
        (b"note=%ED%A0%80abc", {422}),
        (b"note=&note=&=&&&;", {422}),
        (b"note=" + b"x" * 10_000, {422}),
        (b"&" * 100_000, {422, 400}),
        (b"a=1&" * 5_000, {422, 400}),
        (b"note=abc&version=%D9%A3", {303}),
        (b"note=abc&version=9999999999999", {303}),
    ],
)
async def test_forms_that_cannot_be_read(company: World, content: bytes, statuses: set[int]) -> None:
    desk = company.by("manager")
    csrf = f"csrf={desk.headers.pop('X-CSRF-Token')}&".encode()
    path = f"/desk/cases/{company.home.case_id}/note_added"
    before = await company.state()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await desk.post(path, content=csrf + content, headers=headers)
    assert answer.status_code in statuses, answer.text[:500]
    assert (await company.state() == before) is (answer.status_code != 303)
    customer = await company.customer(company.home)
    csrf = f"csrf={customer.headers.pop('X-CSRF-Token')}&".encode()
    if answer.status_code != 303:
        async with company.unchanged():
            content = content.replace(b"note", b"words").replace(b"x" * 10_000, b"x" * 2001)
            told = await customer.post("/track/reply", content=csrf + content, headers=headers)
            assert told.status_code in statuses, told.text[:500]


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "punycode", "nonsense", "utf-16"])
async def test_multipart_in_odd_alphabets(company: World, charset: str) -> None:
    desk = company.by("manager")
    csrf = desk.headers["X-CSRF-Token"]
    part = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    body = part.format("csrf", csrf) + part.format("note", "\\ud800\\udc00\\x00abc") + "--b--\r\n"
    answer = await desk.post(
        f"/desk/cases/{company.home.case_id}/note_added",
        content=body.encode(),
        headers={"Content-Type": f"multipart/form-data; charset={charset}; boundary=b"},
    )
    assert answer.status_code in (303, 403, 422), answer.text[:500]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"--b",
        b"--b\r\n\r\n\r\n--b--",
        b'--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n',
        b"--b\r\nContent-Disposition: nonsense\r\n\r\nx\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n' * 3_000,
    ],
)
@pytest.mark.parametrize("kind", [f"multipart/form-data{rest}" for rest in ("; boundary=b", "", "; boundary=")])
async def test_multipart_that_is_none(company: World, content: bytes, kind: str) -> None:
    desk = company.by("manager")
    path = f"/desk/cases/{company.home.case_id}/note_added"
    async with company.unchanged():
        answer = await desk.post(path, content=content, headers={"Content-Type": kind})
        assert answer.status_code in (400, 403, 422), answer.text[:300]
        desk.headers.pop("X-CSRF-Token")
        answer = await desk.post(path, content=content, headers={"Content-Type": kind})
        assert answer.status_code in (400, 403, 422), answer.text[:300]


def files_on(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file()) if folder.exists() else 0


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        # Made in the test: it takes half a second, and every worker loads this file.
        ("bomb.png", None, 422),
        ("a.jpg", b"", 422),
        ("a.jpg", b"<script>alert(1)</script>", 422),
        ("a.jpg", picture()[:200], 422),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 422),
        ("a.pdf", b"%PDF-1.7\n/JavaScript", 422),
        ("a.gif", b"GIF89a" + b"\x00" * 40, 422),
        ("../../../etc/passwd\x00.jpg", b"\x7fELF" + b"\x00" * 100, 422),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_uploads_that_are_not_photos(company: World, name: str, data: bytes | None, status: int) -> None:
    data = bomb(60_000, 60_000) if data is None else data
    visit = await company.visit()
    desk = company.by("manager")
    form = {"csrf": desk.headers["X-CSRF-Token"], "condition": "good"}
    stored = files_on(company.settings.files_dir)
    async with company.unchanged():
        files = {"photos": (name, data, "image/jpeg")}
        answer = await desk.post(f"/desk/visits/{visit}/check", data=form, files=files)
        # An empty file is none: then it is the photo that is missing.
        assert answer.status_code == status if data else 409, answer.text[:400]
        assert "Traceback" not in answer.text
        refused(await desk.post(f"{API}/documents/{visit}/files", files={"file": files["photos"]}), name, status)
    assert files_on(company.settings.files_dir) == stored


QUERIES = [
    "q=%00",
    "q=%ED%A0%80",
    "q=%FF",
    "q=" + "x" * 20_000,
    "q=%25%25%25_",
    "status=%00",
    "status=" + "&status=".join(["x"] * 30),
    "status=%ED%A0%80",
    "show=%00",
    "category=%00",
    "branch=x",
    "branch=%00",
    "branch_id=x",
    "owner_id=%00",
    "after=x",
    "after=-1",
    "after=4294967296",
    "after=99999999999999999999999999",
    "after=%00",
    "before=-1",
    "before=0",
    "before=99999999999999999999999999",
    "before=x",
    "limit=0",
    "limit=-1",
    "limit=101000",
    "limit=99999999999999999999999999",
    "limit=x",
    "limit=1.5",
    "customer=x",
    "unit=%00",
    "kind=%00",
    "identifier=%00",
    "phone=%00",
    "variant=%00",
    "identifier=%ED%A0%80",
    "active=maybe",
    "category=%ED%A0%80",
    "brand_id=x",
    "product_id=x",
]


async def test_queries_that_are_not_right(company: World) -> None:
    """Every page and list, with every parameter spoilt: never an error of ours, and a spoilt cursor is said."""
    bare = await bare_documents(company)
    desk = company.by("manager")
    async with company.unchanged():
        for template, known in queries(company.app):
            if "/live" in template or template.startswith(("/track", "/t/", "/static")):
                continue
            path = template
            for name, value in {"case_id": company.home.case_id, "customer_id": company.home.customer_id}.items():
                path = path.replace(f"{{{name}}}", str(value))
            path = path.replace("{unit_id}", str(company.home.unit_id)).replace("{visit_id}", str(bare["visit"]))
            if "{" in path:
                continue
            for query in QUERIES:
                name = query.split("=")[0]
                if name not in known:
                    continue
                answer = await desk.get(f"{path}?{query}")
                assert answer.status_code < 500, f"{path}?{query[:80]}: {answer.text[:300]}"
                if path.startswith(API) and ("%" in query.replace("%25", "") or name in ("after", "limit", "before")):
                    refused(answer, query, 422, 404)


async def test_ids_that_are_none(company: World) -> None:
    desk = company.by("manager")
    for given in ("x", "%00", "1", "../../etc", quote("é" * 50), "0" * 5000, "%ED%A0%80", "%FF", str(new_id())[:-1]):
        for method, template in routes(company.app):
            if "_id}" not in template or template.startswith(("/track", "/static")) or method != "GET":
                continue
            start, _, rest = template.partition("{")
            path = start + given + "".join(f"{given}" if "{" in part else part for part in [rest.partition("}")[2]])
            if "{" in path:
                path = path.split("{")[0] + given
            answer = await desk.get(path)
            assert answer.status_code in (404, 422, 405, 200, 303), f"{path[:80]}: {answer.status_code}"
            if path.startswith(API) and answer.status_code == 422:
                refused(answer, given)


@pytest.mark.parametrize("given", ["%00", "a%00b", "%ED%A0%80", "%FF"])
async def test_sign_in_with_what_is_no_text(company: World, given: str) -> None:
    nobody = company.client()
    body = f"login={given}&password={given}".encode()
    answer = await nobody.post("/sign-in", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code in (401, 422), answer.text[:300]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("cookie", ["\x7f", "é", "x" * 4000, "%00", "a b", '"', "\ud800"])
async def test_cookies_that_are_none(company: World, cookie: str) -> None:
    for name in (STAFF_COOKIE, "aftersales_case", "aftersales_language"):
        raw = f"{name}={cookie}".encode("utf-8", "surrogatepass")
        nobody = company.client()
        assert (await nobody.get(f"{API}/cases", headers=[(b"Cookie", raw)])).status_code == 401
        assert (await nobody.get("/track", headers=[(b"Cookie", raw)])).status_code == 401
