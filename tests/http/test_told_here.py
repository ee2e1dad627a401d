"""“Tell me here”: whose browser is kept, which is refused, and that nothing is offered where web push is off."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from aftersales.app import create_app
from aftersales.auth import csrf
from aftersales.http import CUSTOMER_COOKIE
from aftersales.updates.channels.push import MAX_BROWSERS
from aftersales.updates.channels.sealing import encoded
from tests.factories.provider_peers import Browser
from tests.factories.settings import KEYS, settings_with
from tests.factories.world import Home, World, add_home, csrf_of

BROWSER = Browser()
KEYS_OF = {"p256dh": encoded(BROWSER.public), "auth": encoded(BROWSER.auth)}
ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/"


@pytest.fixture(scope="module")
async def home(company: World) -> Home:
    return await add_home(company, "Annapurna", "+919849017701")


@pytest.fixture
async def page(company: World, home: Home) -> AsyncIterator[httpx.AsyncClient]:
    """The owner's page, of an application with web push."""
    async for client in _page(company, home):
        yield client


async def _page(company: World, home: Home, *, read_only: bool = False) -> AsyncIterator[httpx.AsyncClient]:
    keys = settings_with("push")
    settings = company.settings.model_copy(update={name: getattr(keys, name) for name in KEYS["push"]})
    customer = await company.customer(home, read_only=read_only)
    app = create_app(settings, registry=company.registry)
    cookie = next(iter(customer.cookies.values()))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost:8069", cookies={CUSTOMER_COOKIE: cookie}
    ) as client:
        yield client
    await app.state.services.database.dispose()


async def asked(page: httpx.AsyncClient, path: str = "/track/browser", **form: str) -> httpx.Response:
    token = csrf_of((await page.get("/track")).text)
    return await page.post(path, data={"csrf": token, **form})


async def kept(company: World) -> list[str]:
    rows = await company.rows("SELECT endpoint FROM push_subscription ORDER BY created_at, endpoint")
    return [row.endpoint for row in rows]


async def test_a_browser_is_kept_once_and_let_go(company: World, home: Home, page: httpx.AsyncClient) -> None:
    for _ in range(2):
        assert (await asked(page, endpoint=f"{ENDPOINT}one", **KEYS_OF)).status_code == 204
    [row] = await company.rows("SELECT * FROM push_subscription")
    assert (row.person_id, row.p256dh, row.auth) == (home.person_id, KEYS_OF["p256dh"], KEYS_OF["auth"])
    assert (await asked(page, "/track/browser/forget", endpoint=f"{ENDPOINT}two")).status_code == 204
    assert await kept(company) == [f"{ENDPOINT}one"]
    assert (await asked(page, "/track/browser/forget", endpoint=f"{ENDPOINT}one")).status_code == 204
    assert await kept(company) == []


async def test_the_oldest_beyond_five_goes(company: World, page: httpx.AsyncClient) -> None:
    names = [f"{ENDPOINT}{number}" for number in range(MAX_BROWSERS + 2)]
    for name in names:
        assert (await asked(page, endpoint=name, **KEYS_OF)).status_code == 204
    assert await kept(company) == names[2:]
    for name in names[2:]:
        await asked(page, "/track/browser/forget", endpoint=name)


async def test_another_household_lets_nobody_elses_go(company: World, page: httpx.AsyncClient) -> None:
    assert (await asked(page, endpoint=f"{ENDPOINT}mine", **KEYS_OF)).status_code == 204
    neighbour = await company.customer(await add_home(company, "Neighbour", "+919849017702"))
    assert (await asked(neighbour, "/track/browser/forget", endpoint=f"{ENDPOINT}mine")).status_code == 204
    assert await kept(company) == [f"{ENDPOINT}mine"]
    await asked(page, "/track/browser/forget", endpoint=f"{ENDPOINT}mine")


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "https://127.0.0.1/x"},
        {"endpoint": "http://169.254.169.254/latest"},
        {"endpoint": "https://fcm.googleapis.com.evil.example/x"},
        {"endpoint": "file:///etc/passwd"},
        {"p256dh": "AAAA"},
        {"auth": "AAAA"},
        {"auth": "not base64!"},
        {"p256dh": "ప"},
    ],
)
async def test_what_is_no_browser_of_a_push_service_is_refused(
    company: World, page: httpx.AsyncClient, wrong: dict[str, str]
) -> None:
    answer = await asked(page, **{"endpoint": f"{ENDPOINT}x", **KEYS_OF, **wrong})
    assert answer.status_code == 422, answer.text
    assert await kept(company) == []


async def test_without_the_pages_token_nothing_is_kept(company: World, page: httpx.AsyncClient) -> None:
    answer = await page.post("/track/browser", data={"endpoint": f"{ENDPOINT}x", **KEYS_OF})
    assert answer.status_code == 403
    assert await kept(company) == []


async def test_the_page_offers_it_with_our_key(page: httpx.AsyncClient) -> None:
    text = (await page.get("/track")).text
    found = re.search(r'id="told" data-key="([\w-]{87})"', text)
    assert found is not None
    assert "/static/js/told.js" in text


async def test_a_printed_link_and_a_house_without_push_offer_nothing(company: World, home: Home) -> None:
    plain = await company.customer(home)
    assert 'id="told"' not in (await plain.get("/track")).text
    async for printed in _page(company, home, read_only=True):
        assert 'id="told"' not in (await printed.get("/track")).text
        token = csrf.token(company.settings.signing_key, printed.cookies[CUSTOMER_COOKIE])
        answer = await printed.post("/track/browser", data={"csrf": token, "endpoint": f"{ENDPOINT}x", **KEYS_OF})
        assert answer.status_code == 403
        assert "This printed link only shows." in answer.text
    assert await kept(company) == []
