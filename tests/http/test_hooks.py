"""What providers post to us: who is heard, how often it counts, what is kept."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import func, select

from aftersales.app import create_app
from aftersales.config import Settings
from aftersales.customers.models import PersonPhone
from aftersales.db.session import Database
from aftersales.outbox.models import Delivery
from aftersales.updates.inbound import MAX_TEXT, TAKE
from aftersales.updates.models import CustomerUpdate, InboundMessage
from tests.factories.channels import KEY, Wire, wired
from tests.factories.settings import KEYS, settings_with
from tests.factories.updates import World

SIGNED = {"x-key": KEY, "content-type": "application/json"}


@pytest.fixture
def wire() -> Wire:
    return Wire("sms")


@pytest.fixture
def wired_world(world: World, wire: Wire, shared_database: Database) -> World:
    """The household, and one more channel."""
    return replace(world, registry=wired(world.registry, wire)).by(database_url=shared_database.url, quiet_hours="")


@pytest.fixture
async def provider(wired_world: World) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(wired_world.settings, registry=wired_world.registry)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8069") as client:
        yield client
    await app.state.services.database.dispose()


async def posted(provider: httpx.AsyncClient, *said: dict[str, str]) -> int:
    answer = await provider.post("/hooks/sms", content=json.dumps(said), headers=SIGNED)
    return answer.status_code


async def received(world: World) -> list[InboundMessage]:
    async with world.database.sessions() as session:
        return list((await session.scalars(select(InboundMessage).order_by(InboundMessage.id))).all())


async def test_what_somebody_sends_is_kept_once_and_taken_up_once(
    wired_world: World, provider: httpx.AsyncClient
) -> None:
    said = {"id": "m-1", "from": "+919848012345", "text": "Where is my repair\x00?", "name": "Padma", "photo": "p-9"}
    for _ in range(3):
        assert await posted(provider, said, said) == 204
    [message] = [one for one in await received(wired_world) if one.provider_id == "m-1"]
    assert (message.channel, message.sender, message.sender_name) == ("sms", "+919848012345", "Padma")
    assert message.text == "Where is my repair?"
    assert message.media == [{"reference": "p-9", "kind": "image/jpeg"}]
    async with wired_world.database.sessions() as session:
        waiting = (await session.scalars(select(Delivery.data).where(Delivery.subscriber == TAKE))).all()
    assert waiting == [{"inbound_id": str(message.id)}]


async def test_a_message_without_end_is_cut(wired_world: World, provider: httpx.AsyncClient) -> None:
    assert await posted(provider, {"id": "long", "from": "x" * 999, "text": "న" * (MAX_TEXT + 1)}) == 204
    [message] = [one for one in await received(wired_world) if one.provider_id == "long"]
    assert (len(message.text), len(message.sender)) == (MAX_TEXT, 200)


async def test_without_the_key_nothing_is_heard(wired_world: World, provider: httpx.AsyncClient) -> None:
    body = json.dumps([{"id": "forged", "from": "+911"}])
    answer = await provider.post("/hooks/sms", content=body, headers=SIGNED | {"x-key": "guess"})
    assert (answer.status_code, answer.json()["code"]) == (403, "channels.bad_signature")
    answer = await provider.post("/hooks/sms", content="{", headers=SIGNED)
    assert (answer.status_code, answer.json()["code"]) == (422, "channels.unreadable")
    assert "forged" not in {one.provider_id for one in await received(wired_world)}


async def test_nobody_is_expected_elsewhere(provider: httpx.AsyncClient) -> None:
    for answer in (await provider.post("/hooks/pigeon", content="[]"), await provider.get("/hooks/pigeon")):
        assert (answer.status_code, answer.json()["code"]) == (404, "updates.no_gate")


async def test_a_provider_that_never_tries_an_address_is_greeted_by_nobody(
    world: World, shared_database: Database
) -> None:
    keys = {name: getattr(settings_with("twilio"), name) for name in KEYS["twilio"]}
    settings = world.by(database_url=shared_database.url, **keys).settings
    app = create_app(settings, registry=world.registry)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8069") as client:
        posted, tried = await client.post("/hooks/twilio", content="a=1"), await client.get("/hooks/twilio")
    await app.state.services.database.dispose()
    assert (posted.status_code, posted.json()["code"]) == (403, "channels.bad_signature")
    assert (tried.status_code, tried.json()["code"]) == (404, "updates.no_gate")


async def test_a_provider_may_try_the_address(provider: httpx.AsyncClient) -> None:
    answer = await provider.get("/hooks/sms", params={"key": KEY, "say": "<b>42</b>"})
    assert (answer.text, answer.headers["content-type"]) == ("<b>42</b>", "text/plain; charset=utf-8")
    answer = await provider.get("/hooks/sms", params={"key": "guess", "say": "42"})
    assert answer.status_code == 403


async def test_a_body_over_the_cap_is_refused(provider: httpx.AsyncClient, settings: Settings) -> None:
    body = b"[" + b" " * settings.body_max_bytes + b"]"
    answer = await provider.post("/hooks/sms", content=body, headers=SIGNED)
    assert answer.status_code == 413


async def test_who_posts_without_end_is_told_to_wait(wired_world: World) -> None:
    settings = wired_world.settings.model_copy(update={"hook_requests_per_minute": 3})
    app = create_app(settings, registry=wired_world.registry)
    transport = httpx.ASGITransport(app, client=("203.0.113.9", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8069") as provider:
        codes = [await posted(provider) for _ in range(4)]
    await app.state.services.database.dispose()
    assert codes == [204, 204, 204, 429]


async def test_the_same_receipt_a_thousand_times(wired_world: World, provider: httpx.AsyncClient) -> None:
    async with wired_world.work() as work:
        work.session.add(PersonPhone(person_id=wired_world.padma, e164="+919848012345"))
    case_id = await wired_world.case()
    await wired_world.settle()
    [padma, _] = await wired_world.updates(case_id)
    assert padma.state == "sent"
    said = {"id": str(padma.provider_id), "became": "read"}
    for _ in range(40):
        assert await posted(provider, *[said] * 25) == 204
    assert await posted(provider, said | {"became": "delivered"}) == 204
    [again, _] = await wired_world.updates(case_id)
    assert (again.state, again.read_at == again.delivered_at) == ("read", True)
    async with wired_world.database.sessions() as session:
        number = await session.scalar(select(func.count()).where(CustomerUpdate.stream_id == case_id))
    assert number == 2
