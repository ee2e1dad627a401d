"""Webhooks, from the request that makes one to the strict server of somebody else's, and what is seen of them."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from aftersales import clock
from aftersales.auth import sessions
from aftersales.auth.models import Branch
from aftersales.config import load_settings
from aftersales.db.embedded import EmbeddedServer
from aftersales.http import STAFF_COOKIE
from aftersales.outbox.worker import drain
from tests.factories.auth import add_staff
from tests.factories.peer import Peer, peer
from tests.factories.world import API, World, csrf_of, open_world, refused
from tests.fixtures.database import cloned

HOOKS = f"{API}/webhooks"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{43}=")


@pytest.fixture(scope="module")
async def world(
    postgres: EmbeddedServer, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """The company, whose webhooks may go to this machine."""
    settings = load_settings(
        data_dir=tmp_path_factory.mktemp("hooks"),
        secret_key="k" * 43,
        demo=True,
        base_url="http://localhost:8069",
        webhook_loopback=True,
    )
    async with cloned(postgres, f"hooks_{worker_id}") as clone, open_world(clone, settings) as made:
        yield made


@pytest.fixture
async def other(world: World) -> AsyncIterator[Peer]:
    """Somebody else's server; afterwards nobody listens to anything."""
    async with peer() as made:
        yield made
    await change(world, "UPDATE webhook SET state = 'ended'", "DELETE FROM delivery WHERE subscriber LIKE 'webhooks.%'")


async def change(world: World, *statements: str) -> None:
    async with world.database.unit_of_work() as session:
        for statement in statements:
            await session.execute(text(statement))


async def subscribed(world: World, to: Peer, *events: str) -> str:
    """A subscription of the manager's: its id. The other side is given its secret."""
    answer = await world.by("manager").post(
        HOOKS, json={"name": "Warehouse", "url": to.url, "events": list(events or ("case.*",))}
    )
    assert answer.status_code == 201, answer.text
    to.secrets = [answer.json()["secret"]]
    return str(answer.json()["id"])


async def settle(world: World) -> None:
    """Everything that is due now, whatever fails."""
    await drain(world.database, world.registry, world.settings, strict=False)


async def later(world: World) -> None:
    """What waits to be tried again is due."""
    await change(
        world,
        "UPDATE delivery SET due_at = now() - interval '1 second' WHERE subscriber = 'webhooks.deliver'",
        "UPDATE webhook SET quiet_until = NULL",
    )
    await settle(world)


async def messages(world: World, webhook_id: str) -> list[dict[str, Any]]:
    """What was sent, the newest first."""
    answer = await world.by("manager").get(f"{HOOKS}/{webhook_id}/messages")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def state_of(world: World, webhook_id: str) -> dict[str, Any]:
    return dict((await world.by("manager").get(f"{HOOKS}/{webhook_id}")).json())


async def test_what_happens_is_heard_signed_in_order_without_a_name(world: World, other: Peer) -> None:
    webhook_id = await subscribed(world, other)
    case_id = await world.open_case(world.home)
    await settle(world)
    assert other.taken[0][1]["type"] == "case.received"
    versions = [said["data"]["stream_version"] for _, said in other.taken]
    assert versions == sorted(versions)
    assert {said["data"]["stream_id"] for _, said in other.taken} == {str(case_id)}
    assert not re.search(r"Padma|Does not spin|9849", str(other.taken))
    sent = await messages(world, webhook_id)
    assert {one["state"] for one in sent} == {"delivered"}
    assert [(a["status"], a["answer"]) for a in sent[0]["last"]] == [(200, "taken")]
    assert f"msg_{UUID(sent[-1]['id']).hex}" == other.taken[0][0]


async def test_the_secret_is_shown_once_and_kept_nowhere(world: World, other: Peer) -> None:
    webhook_id = await subscribed(world, other)
    desk = world.by("manager")
    for path in (HOOKS, f"{HOOKS}/{webhook_id}", "/desk/webhooks", f"/desk/webhooks/{webhook_id}"):
        answer = await desk.get(path)
        assert answer.status_code == 200
        assert not SECRET.search(answer.text)
    [row] = await world.rows("SELECT to_jsonb(webhook)::text FROM webhook WHERE id = :id", id=UUID(webhook_id))
    assert "whsec" not in row[0]
    assert other.secrets[0][6:20] not in row[0]


async def test_nobody_who_listens_costs_nothing(world: World) -> None:
    await world.open_case(world.home)
    await settle(world)
    [row] = await world.rows("SELECT count(*) FROM webhook WHERE state = 'active'")
    assert row[0] == 0
    before = await world.rows("SELECT count(*) FROM webhook_message")
    await world.open_case(world.home)
    await settle(world)
    assert await world.rows("SELECT count(*) FROM webhook_message") == before


async def test_one_that_fails_is_tried_again_and_holds_up_nobody(world: World, other: Peer) -> None:
    async with peer() as well:
        failing, fine = await subscribed(world, other), await subscribed(world, well)
        other.status, other.answer = 500, b"<script>alert(1)</script>"
        await world.open_case(world.home)
        await settle(world)
        assert other.asked == 1, "while it fails, one message asks"
        assert len(well.taken) >= 1
        assert {one["state"] for one in await messages(world, fine)} == {"delivered"}
        waiting = await messages(world, failing)
        assert {one["state"] for one in waiting} == {"pending"}
        assert [a["status"] for a in waiting[-1]["last"]] == [500]
        assert (await state_of(world, failing))["failing_since"] is not None
        page = await world.by("manager").get(f"/desk/webhooks/{failing}")
        assert "&lt;script&gt;alert(1)" in page.text
        assert "<script>alert" not in page.text
        other.status = 200
        await later(world)
        await later(world)
        versions = [said["data"]["stream_version"] for _, said in other.taken]
        assert versions == [said["data"]["stream_version"] for _, said in well.taken], "in order, none lost, none twice"
        assert (await state_of(world, failing))["failing_since"] is None
        assert [a["status"] for a in (await messages(world, failing))[-1]["last"]] == [200, 500]


async def test_the_same_message_has_the_same_id_at_every_attempt(world: World, other: Peer) -> None:
    webhook_id = await subscribed(world, other, "case.received")
    other.status = 302
    other.heads = {"Location": "http://localhost:1/"}
    await world.open_case(world.home)
    await settle(world)
    await later(world)
    other.status, other.heads = 204, {}
    await later(world)
    [(name, _)] = other.taken
    [one] = await messages(world, webhook_id)
    assert name == f"msg_{UUID(one['id']).hex}"
    assert [a["status"] for a in one["last"]] == [204, 302, 302]


async def test_after_three_days_it_is_given_up_and_after_five_of_failing_paused(world: World, other: Peer) -> None:
    webhook_id = await subscribed(world, other, "case.received")
    other.status = 503
    await world.open_case(world.home)
    await settle(world)
    await change(world, "UPDATE webhook_message SET since = since - interval '3 days' WHERE state = 'pending'")
    await later(world)
    assert [one["state"] for one in await messages(world, webhook_id)] == ["dead"]
    assert (await state_of(world, webhook_id))["state"] == "active"
    await change(world, "UPDATE webhook SET failing_since = failing_since - interval '5 days' WHERE state = 'active'")
    await world.open_case(world.home)
    await later(world)
    assert (await state_of(world, webhook_id))["state"] == "failed"
    assert (
        "it failed for days"
        in (await world.by("manager").get("/desk")).text + (await world.by("manager").get("/desk/webhooks")).text
    )
    # What waits is kept, and goes first when somebody has put it right.
    other.status = 200
    answer = await world.by("manager").post(f"{HOOKS}/{webhook_id}/resume")
    assert answer.json() == {"count": 1}
    await settle(world)
    assert len(other.taken) == 1


async def test_who_is_gone_is_asked_no_more(world: World, other: Peer) -> None:
    webhook_id = await subscribed(world, other, "case.received")
    other.status = 410
    await world.open_case(world.home)
    await settle(world)
    assert (await state_of(world, webhook_id))["state"] == "gone"
    await world.open_case(world.home)
    await later(world)
    assert other.asked == 1
    assert re.search(r"Webhooks</span>.*?1", (await world.by("manager").get("/desk/cases")).text, re.DOTALL)


async def test_for_a_day_both_secrets_sign(world: World, other: Peer) -> None:
    webhook_id = await subscribed(world, other, "case.received")
    [old] = other.secrets
    answer = await world.by("manager").post(f"{HOOKS}/{webhook_id}/rotate")
    new = answer.json()["secret"]
    assert new != old
    for secret in (old, new):
        other.secrets = [secret]
        await world.open_case(world.home)
        await settle(world)
    assert len(other.taken) == 2
    assert [len(made) for made in other.signatures] == [2, 2]
    await change(world, "UPDATE webhook SET both_until = now() - interval '1 second'")
    other.secrets = [old]
    await world.open_case(world.home)
    await settle(world)
    assert len(other.taken) == 2, "the old one is void"


async def test_messages_are_sent_again_one_or_of_a_time(world: World, other: Peer) -> None:
    webhook_id = await subscribed(world, other, "case.received")
    began = clock.now()
    for _ in range(3):
        await world.open_case(world.home)
    await settle(world)
    names = [name for name, _ in other.taken]
    assert len(names) == 3
    manager = world.by("manager")
    one = (await messages(world, webhook_id))[0]["id"]
    answer = await manager.post(f"{HOOKS}/{webhook_id}/replay", json={"message_id": one})
    assert answer.json() == {"count": 1}
    await settle(world)
    assert other.taken[3][0] == f"msg_{UUID(one).hex}"
    answer = await manager.post(f"{HOOKS}/{webhook_id}/replay", json={"since": began.isoformat()})
    assert answer.json() == {"count": 3}
    await settle(world)
    assert sorted(name for name, _ in other.taken[4:]) == sorted(names)
    for body in ({}, {"message_id": one, "since": began.isoformat()}, {"since": "2026-01-01T00:00:00"}):
        refused(await manager.post(f"{HOOKS}/{webhook_id}/replay", json=body), body)
    assert (await manager.post(f"{HOOKS}/{webhook_id}/replay", json={"message_id": str(uuid4())})).json()["count"] == 0


async def test_paused_and_ended(world: World, other: Peer) -> None:
    webhook_id = await subscribed(world, other, "case.received")
    manager = world.by("manager")
    assert (await manager.post(f"{HOOKS}/{webhook_id}/pause")).status_code == 204
    await world.open_case(world.home)
    await settle(world)
    refused(await manager.post(f"{HOOKS}/{webhook_id}/replay", json={"since": clock.now().isoformat()}), "", 409)
    assert (await manager.post(f"{HOOKS}/{webhook_id}/resume")).json() == {"count": 0}
    assert (await manager.post(f"{HOOKS}/{webhook_id}/end")).status_code == 204
    await world.open_case(world.home)
    await settle(world)
    assert other.asked == 0
    refused(await manager.get(f"{HOOKS}/{webhook_id}"), "", 404)


@pytest.mark.parametrize(
    ("change_of", "field"),
    [
        ({"url": "http://example.org/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"events": ["case.invented"]}, "events"),
        ({"events": ["spaceship.*"]}, "events"),
        ({"events": []}, "events"),
        ({"events": ["DROP TABLE"]}, "events.0"),
    ],
)
async def test_what_cannot_be_sent_is_refused(world: World, change_of: dict[str, object], field: str) -> None:
    body = {"name": "Shop", "url": "https://example.org/", "events": ["*"]} | change_of
    answer = await world.by("manager").post(HOOKS, json=body)
    refused(answer, body)
    assert answer.json()["errors"][0]["field"] == field


async def test_no_answer_with_a_secret_is_kept(world: World, other: Peer) -> None:
    webhook_id = await subscribed(world, other)
    key = {"Idempotency-Key": "once"}
    body = {"name": "Shop", "url": other.url, "events": ["*"]}
    refused(await world.by("manager").post(HOOKS, json=body, headers=key), key)
    refused(await world.by("manager").post(f"{HOOKS}/{webhook_id}/rotate", headers=key), key)


async def test_another_branch_sees_and_hears_nothing_of_it(world: World, other: Peer) -> None:
    webhook_id = await subscribed(world, other, "case.received")
    async with world.database.unit_of_work() as session:
        branch = await session.get_one(Branch, world.there)
        chief = await add_staff(session, branch, ("manager", world.there), login=f"chief{uuid4().hex[:6]}")
        token = sessions.start(session, chief.id, clock.now())
    there = world.client(STAFF_COOKIE, token)
    assert (await there.get(HOOKS)).json() == []
    refused(await there.get(f"{HOOKS}/{webhook_id}"), "", 404)
    refused(await there.post(f"{HOOKS}/{webhook_id}/end"), "", 404)
    await world.open_case_there()
    await settle(world)
    assert other.asked == 0


async def test_the_desk_makes_one_and_shows_what_became_of_it(world: World, other: Peer) -> None:
    desk = world.by("manager")
    csrf = csrf_of((await desk.get("/desk/webhooks")).text)
    form = {"name": "Shop & co", "url": other.url, "events": "case.received, visit.*", "csrf": csrf}
    bad = await desk.post("/desk/webhooks", data=form | {"url": "https://192.168.0.1/"})
    assert bad.status_code == 422
    assert "inside a network" in bad.text
    assert "Shop &amp; co" in bad.text, "what was typed is kept"
    made = await desk.post("/desk/webhooks", data=form)
    found = SECRET.search(made.text.replace("&#43;", "+"))
    assert made.status_code == 200
    assert found
    other.secrets = [found[0]]
    await world.open_case(world.home)
    await settle(world)
    [(name, _)] = other.taken
    [one] = [w for w in (await desk.get(HOOKS)).json() if w["name"] == "Shop & co"]
    where = f"/desk/webhooks/{one['id']}"
    page = await desk.get(where)
    assert "Delivered" in page.text
    assert name.removeprefix("msg_") in page.text.replace("-", "")
    for verb in ("replay", "pause", "resume"):
        assert (await desk.post(f"{where}/{verb}", data={"csrf": csrf})).status_code == 303
    await settle(world)
    assert len(other.taken) == 2
    turned = await desk.post(f"{where}/rotate", data={"csrf": csrf})
    assert SECRET.search(turned.text.replace("&#43;", "+"))
    assert (await desk.post(f"{where}/end", data={"csrf": csrf})).status_code == 303


async def test_old_messages_go(world: World, other: Peer) -> None:
    await subscribed(world, other, "case.received")
    await world.open_case(world.home)
    await settle(world)
    await change(
        world,
        "UPDATE webhook_message SET created_at = created_at - interval '31 days'",
        "UPDATE delivery SET due_at = now() WHERE subscriber = 'webhooks.clean'",
    )
    await settle(world)
    [row] = await world.rows(
        "SELECT (SELECT count(*) FROM webhook_message), (SELECT count(*) FROM webhook_attempt)",
    )
    assert tuple(row) == (0, 0)


async def test_a_page_of_messages_takes_few_statements(world: World, other: Peer) -> None:
    webhook_id = await subscribed(world, other, "case.received")
    for _ in range(4):
        await world.open_case(world.home)
    await settle(world)
    client: httpx.AsyncClient = world.by("manager")
    with world.statements() as seen:
        assert (await client.get(f"/desk/webhooks/{webhook_id}")).status_code == 200
    assert len(seen) <= 7, seen
