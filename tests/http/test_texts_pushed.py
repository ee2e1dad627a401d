"""A text tested in one's own browser: a real push service, and what is said to whoever has none."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from aftersales import clock
from aftersales.updates.channels.sealing import encoded
from aftersales.updates.models import PushSubscription
from tests.factories.provider_peers import VAPID, Browser
from tests.factories.providers import Peer, provider
from tests.factories.world import World, add_home


@pytest.fixture
async def service(company: World) -> AsyncIterator[tuple[Peer, Browser]]:
    """The company with the keys of push messages, and a browser with its service."""
    services, browser = company.app.state.services, Browser(at=clock.now())
    async with provider(browser.service) as peer:
        chosen = {"push_private_key": SecretStr(VAPID), "push_contact": "mailto:care@example.org"}
        settings = company.settings.model_copy(update={**chosen, "push_services": peer.url})
        company.app.state.services = replace(services, settings=settings)
        async with company.database.unit_of_work() as session:
            values = {"phone": "+919800000088", "id": company.staff["manager"].id}
            await session.execute(text("UPDATE staff SET email = NULL, phone = :phone WHERE id = :id"), values)
            await session.execute(text("DELETE FROM rate_limit"))
        yield peer, browser
    company.app.state.services = services


async def tried(company: World) -> httpx.Response:
    return await company.by("manager").post("/desk/texts/case.received/test", data={"channel": "push"})


async def test_one_s_own_browser_shows_it(company: World, service: tuple[Peer, Browser]) -> None:
    peer, browser = service
    none = await tried(company)
    assert (none.status_code, "No browser of yours is known" in none.text) == (409, True)
    other = await add_home(company, "Sita Devi", "+919800000087")
    own = await add_home(company, "Asha Reddy", "+919800000088")
    for home, path in ((other, "/push/other"), (own, "/push/own")):
        one = browser.subscription(peer, path)
        keys = {"p256dh": encoded(one.p256dh), "auth": encoded(one.auth)}
        async with company.database.unit_of_work() as session:
            session.add(
                PushSubscription(endpoint=one.endpoint, person_id=home.person_id, created_at=clock.now(), **keys)
            )
    answer = await tried(company)
    assert (answer.status_code, "A test has gone to your browser" in answer.text) == (200, True)
    assert [asked.path for asked in peer.asked] == ["/push/own"]
    [shown] = browser.opened
    assert str(shown["title"]).startswith("[TEST] ")
    assert str(shown["body"]).startswith("[TEST] ")


async def test_who_has_neither_number_nor_address_has_no_browser(company: World, service: tuple[Peer, Browser]) -> None:
    async with company.database.unit_of_work() as session:
        await session.execute(text("UPDATE staff SET phone = NULL"))
    answer = await tried(company)
    assert (answer.status_code, service[1].opened) == (409, [])
