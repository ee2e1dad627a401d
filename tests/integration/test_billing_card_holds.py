"""An amount that the customer blocks on a card online: a strict Stripe on this machine, in every trouble there is, ends
with exactly one of cancelled and captured, and with what was decided here."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from aftersales import clock
from aftersales.errors import Conflict
from aftersales.ids import new_id
from aftersales.money import Money
from aftersales.outbox import worker
from aftersales.ports.charges import Security
from aftersales.registry import load_registry
from aftersales.work import Work
from billing.holds import service as holding
from billing.holds.schemas import Executed, Lapse
from tests.factories.card_holds import (
    AMOUNT,
    Crashing,
    asked,
    blocked,
    counted,
    decided,
    entries,
    look,
    paged,
    quick,
    row,
    status,
    tended_by,
    until_done,
)
from tests.factories.entitlement import Household
from tests.factories.stripe_peer import Stripe
from tests.integration.test_rma_advance import authorised


async def test_it_is_blocked_by_the_customer_and_released(shop: Household, account: Stripe) -> None:
    hold_id = await asked(shop)
    found = await row(shop, hold_id)
    assert (await status(shop, hold_id), found.page) == ("asked", f"{account.url}/c/pay/{account.session(1)}#fid")
    assert account.sessions[account.session(1)]["success_url"] == f"{shop.settings.base_url}/track"
    account.pay(account.session(1), card="refused")
    for _ in range(2):
        await look(shop, hold_id)
    assert (await row(shop, hold_id)).refused
    until = int(time.time()) + 12 * 86400
    reference = account.pay(account.session(1), until=until)
    await look(shop, hold_id)
    found = await row(shop, hold_id)
    assert (found.page, found.reference, found.refused) == (None, reference, False)
    assert found.held_until is not None
    assert int(found.held_until.timestamp()) == until
    with pytest.raises(Conflict, match=r"hold\.by_gateway"):
        await by_finance(shop, lambda work: holding.lapse(work, hold_id, Lapse(note="The terminal says so.")))
    await decided(shop, hold_id, "release")
    assert await status(shop, hold_id) == "releasing"
    with pytest.raises(Conflict, match=r"hold\.by_gateway"):
        await by_finance(shop, lambda work: holding.let_go(work, hold_id, Executed(reference="X123456")))
    await shop.settle()
    assert (await status(shop, hold_id), account.of(reference)) == ("released", ["held", "canceled"])
    assert await entries(shop, hold_id) == ["ask", "card_refused", "block", "release", "let_go"]
    assert await counted(shop, hold_id) == []


@pytest.fixture
def shop(card_shop: Household) -> Household:
    """The household of a company that takes cards online."""
    return card_shop


async def by_finance(shop: Household, step: Callable[[Work], Awaitable[Any]]) -> None:
    async with shop.work(shop.staff(shop.srinivas, "finance")) as work:
        await step(work)


async def test_it_is_captured_and_counted_once(shop: Household, account: Stripe) -> None:
    hold_id, reference = await blocked(shop, account)
    await decided(shop, hold_id, "capture")
    await shop.settle()
    for _ in range(2):
        await look(shop, hold_id)
        await decided(shop, hold_id, "capture")
    with pytest.raises(Conflict, match=r"hold\.decided"):
        await decided(shop, hold_id, "release")
    assert (await status(shop, hold_id), account.of(reference)) == ("captured", ["held", "captured"])
    assert await counted(shop, hold_id) == [(reference, AMOUNT.minor)]


async def test_a_page_ends_and_another_begins_until_the_time_is_over(shop: Household, account: Stripe) -> None:
    hold_id = await asked(shop)
    account.close(account.session(1))
    await look(shop, hold_id)
    assert (await row(shop, hold_id)).session == account.session(2)
    async with shop.work() as work:
        await work.session.execute(text("UPDATE card_hold SET asked_until = now()"))
    await look(shop, hold_id)
    assert await status(shop, hold_id) == "asked", "an open page may still be used"
    account.close(account.session(2))
    await look(shop, hold_id)
    assert await status(shop, hold_id) == "not_held"
    with pytest.raises(Conflict, match=r"hold\.free"):
        await decided(shop, hold_id, "capture")
    await decided(shop, hold_id, "release")
    assert (await status(shop, hold_id), account.ledger) == ("not_held", [])
    # What Stripe never takes is said at once.
    other = await asked(replace(shop, mixer=shop.washer), Money("INR", 100))
    assert await status(shop, other) == "not_held"


async def test_called_off_while_the_customer_is_at_the_page(shop: Household, account: Stripe) -> None:
    hold_id = await asked(shop)
    await decided(shop, hold_id, "release")
    account.on_free = lambda: account.pay(account.session(1))
    await shop.settle()
    assert await status(shop, hold_id) == "released"
    assert [what for _, what in account.ledger] == ["held", "canceled"]
    other = await asked(replace(shop, mixer=shop.washer))
    await decided(shop, other, "release")
    await shop.settle()
    assert (await status(shop, other), account.sessions[account.session(2)]["status"]) == ("released", "expired")


async def test_the_bank_frees_it_and_nobody_is_surprised(shop: Household, account: Stripe) -> None:
    hold_id, reference = await blocked(shop, account, until=int(time.time()) + 3600)
    assert await entries(shop, hold_id) == ["ask", "block", "ending"]
    account.by_hand(reference, "cancel")
    await look(shop, hold_id)
    assert await status(shop, hold_id) == "lapsed"
    with pytest.raises(Conflict, match=r"hold\.free"):
        await decided(shop, hold_id, "capture")
    await decided(shop, hold_id, "release")
    other, second = await blocked(replace(shop, mixer=shop.washer), account)
    await decided(shop, other, "capture")
    account.by_hand(second, "cancel")
    await shop.settle()
    assert (await status(shop, other), await counted(shop, other)) == ("lapsed", [])


async def test_what_somebody_captures_at_stripe_by_hand_is_for_a_person(shop: Household, account: Stripe) -> None:
    hold_id, reference = await blocked(shop, account)
    account.by_hand(reference, "capture")
    await decided(shop, hold_id, "release")
    for _ in range(2):
        await look(shop, hold_id)
    assert (await status(shop, hold_id), (await entries(shop, hold_id))[-1]) == ("releasing", "differs")
    await by_finance(shop, lambda work: holding.let_go(work, hold_id, Executed(reference="RE123456")))
    assert await status(shop, hold_id) == "released"


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["lost", "500", "done500", "429", "silent"])
async def test_stripe_in_trouble_at_every_step(shop: Household, account: Stripe, trouble: str) -> None:
    """Whatever becomes of an answer: one page is known to the customer, and the payment ends once."""
    return_id = await authorised(shop)
    for end, how in (("released", "release"), ("captured", "capture")):
        account.trouble.append(trouble)
        hold_id = await paged(shop, return_id)
        reference = account.pay((await row(shop, hold_id)).session or "")
        await until_done(shop, hold_id, "held")
        account.trouble.append(trouble)
        await decided(shop, hold_id, how)
        await until_done(shop, hold_id, end)
        assert not account.trouble
        assert account.of(reference) == ["held", {"release": "canceled", "capture": "captured"}[how]]
        assert await counted(shop, hold_id) == ([(reference, AMOUNT.minor)] if how == "capture" else [])


@pytest.mark.slow
@pytest.mark.parametrize("how", ["release", "capture"])
async def test_wherever_the_process_ends(shop: Household, account: Stripe, how: str) -> None:
    deed, end = {"release": ("free", "released"), "capture": ("take", "captured")}[how]
    begins = ("before begin", "after begin") if how == "release" else ("before look", "after look")
    left: list[str] = []
    shop = replace(shop, registry=tended_by(lambda settings: Crashing(quick(settings), left)))
    return_id = await authorised(shop)
    for crash in (*begins, f"before {deed}", f"after {deed}"):
        left.append(crash)
        hold_id = await paged(shop, return_id)
        before = len(account.sessions)
        reference = account.pay((await row(shop, hold_id)).session or "")
        await until_done(shop, hold_id, "held")
        await decided(shop, hold_id, how)
        await until_done(shop, hold_id, end)
        assert left == []
        assert len(account.sessions) == before
        assert account.of(reference) == ["held", {"free": "canceled", "take": "captured"}[deed]]
    assert len(account.sessions) == 4, "a page that was begun and not noted is the same page"


async def test_twenty_decisions_at_once_and_the_ledger_shows_one_end(shop: Household, account: Stripe) -> None:
    hold_id, reference = await blocked(shop, account)

    async def attempt(number: int) -> str:
        try:
            await decided(shop, hold_id, "release" if number % 2 else "capture")
        except Conflict as refused:
            return refused.code
        await worker.drain(shop.database, shop.registry, shop.settings, strict=False)
        return "release" if number % 2 else "capture"

    results = Counter(await asyncio.gather(*map(attempt, range(20))))
    [winner] = results.keys() - {"hold.decided"}
    await until_done(shop, hold_id, {"release": "released", "capture": "captured"}[winner])
    assert account.of(reference) == ["held", {"release": "canceled", "capture": "captured"}[winner]]
    assert results["hold.decided"] == 10


async def test_without_keys_nobody_is_asked(home: Household) -> None:
    bare = replace(home, registry=load_registry(["rma", "billing"]), now=clock.now())
    return_id = await authorised(bare)
    with pytest.raises(Conflict, match=r"hold\.no_gateway"):
        async with bare.work() as work:
            await holding.place(work, return_id, Security(new_id(), AMOUNT, "online", "card", None))
