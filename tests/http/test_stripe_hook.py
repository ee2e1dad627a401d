"""What Stripe posts to us: who is heard, how often it counts, and in whatever order."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from aftersales import clock
from aftersales.app import create_app
from billing.gateways.signed import notice
from billing.holds import hearing
from tests.factories.card_holds import asked, entries
from tests.factories.entitlement import Household
from tests.factories.stripe_peer import SECRET, Stripe


@pytest.fixture
def shop(card_shop: Household) -> Household:
    """The household of a company that takes cards online."""
    return card_shop


@pytest.fixture
async def outside(shop: Household) -> AsyncIterator[httpx.AsyncClient]:
    """Stripe, as it posts to us."""
    app = create_app(shop.settings, registry=shop.registry)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8069") as client:
        yield client
    await app.state.services.database.dispose()


async def forgotten_in_time(shop: Household) -> None:
    """What was said is kept for a month and let go within a day after it, though nothing else is ever said."""
    kept = text("SELECT count(*), min(heard_at), max(heard_at) FROM gateway_notice")
    timers = text("SELECT due_at FROM delivery WHERE subscriber = :name ORDER BY due_at")
    async with shop.work() as work:
        count, first, last = (await work.session.execute(kept)).one()
        due = (await work.session.scalars(timers, {"name": hearing.FORGET})).all()
    assert (count > 0, len(due) <= 2) == (True, True), "one timer for the notices of a day"
    assert last + hearing.KEPT < due[-1] <= last + hearing.KEPT + timedelta(days=1)
    for now, left in ((first + hearing.KEPT, count), (due[-1], 0)):
        async with shop.work() as work:
            later = replace(work, now=now)
            await hearing.forget(later, {})
            assert (await work.session.execute(kept)).one()[0] == left
            waiting = (await work.session.scalars(timers, {"name": hearing.FORGET})).all()
            if left:
                assert waiting == due, "the rest is waited for still"
            await work.session.rollback()


@pytest.mark.slow
async def test_a_webhook_is_heard_once_however_often_and_in_whatever_order(
    shop: Household, account: Stripe, outside: httpx.AsyncClient
) -> None:
    hold_id = await asked(shop)
    account.pay(account.session(1), card="refused")
    account.pay(account.session(1))
    # The newest first, and each twice.
    for event in [*reversed(account.events), *account.events]:
        body, heads = account.signed(event)
        assert (await outside.post("/hooks/billing/stripe", content=body, headers=heads)).status_code == 204
        await shop.settle()
    assert await entries(shop, hold_id) == ["ask", "block"]
    before = len(account.asked)
    body, heads = account.signed(account.events[-1])
    posts = [outside.post("/hooks/billing/stripe", content=body, headers=heads) for _ in range(50)]
    assert {one.status_code for one in await asyncio.gather(*posts)} == {204}
    said = notice(body, heads["stripe-signature"], SECRET, clock.now())
    async with shop.work() as work:
        assert not any([await hearing.heard(work, said) for _ in range(950)])
    await shop.settle()
    assert (len(account.asked), await entries(shop, hold_id)) == (before, ["ask", "block"])
    await forgotten_in_time(shop)
    others = account.events[-1] | {"id": "evt_other", "data": {"object": {"id": "pi_9", "metadata": {"hold": "x"}}}}
    body, heads = account.signed(others)
    assert (await outside.post("/hooks/billing/stripe", content=body, headers=heads)).status_code == 204
    for wrong in (
        account.signed(others, at=time.time() - 301),
        account.signed(others, at=time.time() + 301),
        account.signed(others, secret="whsec_of_another"),
        (body + b" ", heads),
        (body, {"stripe-signature": "t=1,v1="}),
        (b"\xff\xfe", {}),
    ):
        answer = await outside.post("/hooks/billing/stripe", content=wrong[0], headers=wrong[1])
        assert (answer.status_code, answer.json()["code"]) == (403, "gateway.signature")
    body, heads = account.signed({"object": "event"})
    assert (await outside.post("/hooks/billing/stripe", content=body, headers=heads)).status_code == 422
