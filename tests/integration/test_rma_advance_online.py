"""An exchange in advance whose security the customer blocks on a card online: nothing goes out before it is held."""

import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from aftersales.errors import Conflict, Forbidden, Stale
from aftersales.ids import new_id
from billing.holds import repository as holds
from rma import service
from rma.advances import AdvanceView
from rma.schemas import Advance, NewOne, Nothing, Why
from rma.service import advancing, ahead, receiving, securing
from tests.factories.card_holds import look, row
from tests.factories.entitlement import Household
from tests.factories.stripe_peer import Stripe
from tests.integration.test_rma_advance import authorised, by_desk, security, texts, the_one, timer
from tests.integration.test_rma_goods import held

ONLINE = Advance(way="online", amount_minor=649_000)


@pytest.fixture
def shop(card_shop: Household) -> Household:
    """The household of a company that takes cards online."""
    return card_shop


async def asked(shop: Household) -> tuple[UUID, AdvanceView]:
    """The customer is asked for security on an authorised return."""
    return_id = await authorised(shop)
    async with shop.work() as work:
        [*_, last] = (await advancing.choices(work, return_id))["way"]
    assert last.value == "online"
    await by_desk(shop, lambda work: advancing.agree(work, return_id, ONLINE))
    await shop.settle()
    return return_id, await the_one(shop, return_id)


def new_one() -> NewOne:
    return NewOne(serial=f"NEW-{new_id().hex[-10:]}")


async def blocked(shop: Household, account: Stripe, **more: int) -> tuple[UUID, AdvanceView, str]:
    """The customer has blocked it, and another one is with them."""
    return_id, one = await asked(shop)
    reference = account.pay((await row(shop, one.hold_id)).session or "", **more)  # type: ignore[arg-type]
    await look(shop, one.hold_id)
    await by_desk(shop, lambda work: advancing.hand_over(work, one.id, new_one()))
    return return_id, await the_one(shop, return_id), reference


async def test_another_one_goes_out_once_it_is_held_and_what_is_held_is_released(
    shop: Household, account: Stripe
) -> None:
    return_id, one = await asked(shop)
    assert one.status == "hold_asked"
    with pytest.raises(Conflict, match=r"status\.illegal"):
        await by_desk(shop, lambda work: advancing.ship(work, one.id, new_one()))
    reference = account.pay((await row(shop, one.hold_id)).session or "")
    await look(shop, one.hold_id)
    assert (await the_one(shop, return_id)).status == "hold_placed"
    await by_desk(shop, lambda work: advancing.hand_over(work, one.id, new_one()))
    await by_desk(shop, lambda work: receiving.receive(work, return_id, Nothing()))
    await shop.settle()
    assert ((await the_one(shop, return_id)).status, account.of(reference)) == ("hold_released", ["held", "canceled"])
    told = await texts(shop, (await held(shop, return_id)).stream_id)
    assert [name for name in told if name.startswith(("advance.", "hold."))] == [
        "hold.asked",
        "advance.placed",
        "advance.due",
        "advance.released",
    ]


async def test_it_is_kept_after_notice(shop: Household, account: Stripe) -> None:
    return_id, one, reference = await blocked(shop, account, until=int(time.time()) + 30 * 86400)
    assert one.due_at is not None
    await timer(shop, ahead.notice, one, one.due_at)
    await timer(shop, ahead.keep, one, one.due_at + timedelta(days=3))
    await look(shop, one.hold_id)
    assert ((await the_one(shop, return_id)).status, account.of(reference)) == ("hold_captured", ["held", "captured"])
    counted = "SELECT reference, amount_minor FROM direct_payment WHERE about_id = :r"
    async with shop.work() as work:
        assert [tuple(one) for one in await work.session.execute(text(counted), {"r": return_id})] == [
            (reference, 649_000)
        ]


async def test_before_the_bank_frees_it_the_customer_blocks_it_anew(shop: Household, account: Stripe) -> None:
    soon, late = int(time.time()) + 3600, int(time.time()) + 30 * 86400
    return_id, one, first = await blocked(shop, account, until=soon)
    await shop.settle()
    one = await the_one(shop, return_id)
    assert one.next_hold_id is not None, "warned of the end, the customer was asked at once"
    second = account.pay((await row(shop, one.next_hold_id)).session or "", until=late)
    await look(shop, one.next_hold_id)
    after = await the_one(shop, return_id)
    assert (after.hold_id, after.next_hold_id) == (one.next_hold_id, None)
    assert (account.of(first), account.of(second)) == (["held", "canceled"], ["held"])
    assert after.due_at is not None
    await timer(shop, ahead.notice, after, after.due_at)
    await timer(shop, ahead.keep, after, after.due_at + timedelta(days=3))
    await look(shop, after.hold_id)
    assert (account.of(first), account.of(second)) == (["held", "canceled"], ["held", "captured"])
    assert "hold.asked_anew" in await texts(shop, (await held(shop, return_id)).stream_id)


async def test_the_desk_asks_for_it_anew_once(shop: Household, account: Stripe) -> None:
    """A bank says nothing of its end, or the customer let the first request pass: somebody at the desk asks again."""
    late = int(time.time()) + 30 * 86400
    return_id, one, first = await blocked(shop, account, until=late)
    desk = shop.staff(shop.anil, "coordinator")
    async with shop.work(desk) as work:
        assert await securing.why_not_ask(work, one.id) is None
        with pytest.raises(Stale):
            await securing.ask_anew(replace(work, if_version=one.version - 1), one.id, Nothing())

    async def pressed() -> str:
        try:
            await by_desk(shop, lambda work: securing.ask_anew(work, one.id, Nothing()))
        except Conflict as refused:
            return refused.code
        return "asked"

    assert Counter(await asyncio.gather(*(pressed() for _ in range(8)))) == {"asked": 1, "advance.asked_already": 7}
    await shop.settle()
    async with shop.work(desk) as work:
        assert await securing.why_not_ask(work, one.id) == securing.ASKED
    assert "hold.asked_anew" in await texts(shop, (await held(shop, return_id)).stream_id)
    asked_again = (await the_one(shop, return_id)).next_hold_id
    assert asked_again is not None
    # They let it pass: the first one holds, and they can be asked once more.
    async with shop.work() as work:
        await work.session.execute(
            text("UPDATE card_hold SET asked_until = now() WHERE hold_id = :h"), {"h": asked_again}
        )
    account.close((await row(shop, asked_again)).session or "")
    await look(shop, asked_again)
    await shop.settle()
    assert (await the_one(shop, return_id)).next_hold_id is None
    assert await pressed() == "asked"
    await shop.settle()
    last = (await the_one(shop, return_id)).next_hold_id
    assert last is not None
    second = account.pay((await row(shop, last)).session or "", until=late)
    await look(shop, last)
    await shop.settle()
    after = await the_one(shop, return_id)
    assert (after.hold_id, after.next_hold_id, after.status) == (last, None, "return_due")
    assert (account.of(first), account.of(second)) == (["held", "canceled"], ["held"])


async def test_what_is_no_card_is_not_asked_for_anew(shop: Household, account: Stripe) -> None:
    return_id = await authorised(shop)
    await by_desk(shop, lambda work: advancing.agree(work, return_id, security("deposit")))
    one = await the_one(shop, return_id)
    async with shop.work(shop.staff(shop.anil, "coordinator")) as work:
        assert await securing.why_not_ask(work, one.id) == "", "a deposit does not end: nothing is shown"
        with pytest.raises(Conflict, match=r"advance\.not_renewable"):
            await securing.ask_anew(work, one.id, Nothing())
    async with shop.work(shop.staff(shop.anil, "finance")) as work:
        with pytest.raises(Forbidden):
            await securing.ask_anew(work, one.id, Nothing())
    assert account.ledger == []


async def test_it_ends_while_the_customer_is_asked_anew(shop: Household, account: Stripe) -> None:
    return_id, one, first = await blocked(shop, account, until=int(time.time()) + 3600)
    await shop.settle()
    one = await the_one(shop, return_id)
    assert one.next_hold_id is not None
    page = (await row(shop, one.next_hold_id)).session or ""
    await by_desk(shop, lambda work: receiving.receive(work, return_id, Nothing()))
    await shop.settle()
    assert (account.of(first), account.sessions[page]["status"]) == (["held", "canceled"], "expired")


async def test_the_bank_frees_it_while_another_one_is_out(shop: Household, account: Stripe) -> None:
    return_id, one, reference = await blocked(shop, account)
    account.by_hand(reference, "cancel")
    await look(shop, one.hold_id)
    assert one.due_at is not None
    for step in (ahead.notice, ahead.keep):
        await timer(shop, step, one, one.due_at + timedelta(days=30))
    stream_id = (await held(shop, return_id)).stream_id
    assert (await the_one(shop, return_id)).status == "return_due", "nobody is told that we keep what is free"
    assert "advance.noticed" not in await texts(shop, stream_id)
    names = "SELECT name FROM timeline_entry WHERE document_id = :a ORDER BY document_version DESC LIMIT 2"
    async with shop.work() as work:
        assert list(await work.session.scalars(text(names), {"a": one.id})) == ["asked_anew", "unsecured"]
    await by_desk(shop, lambda work: ahead.let_off(work, one.id, Why(note="They pay by UPI.")))
    await shop.settle()
    assert (await the_one(shop, return_id)).status == "hold_released"


async def test_nobody_blocks_it_or_it_is_not_wanted_any_more(shop: Household, account: Stripe) -> None:
    return_id, one = await asked(shop)
    async with shop.work() as work:
        await work.session.execute(text("UPDATE card_hold SET asked_until = now()"))
    account.close((await row(shop, one.hold_id)).session or "")
    await look(shop, one.hold_id)
    assert (await the_one(shop, return_id)).status == "hold_not_placed"
    assert "advance.not_placed" in await texts(shop, (await held(shop, return_id)).stream_id)
    # Again, and it is called off; and again, and the return with it.
    await by_desk(shop, lambda work: advancing.agree(work, return_id, ONLINE))
    await shop.settle()
    second = await the_one(shop, return_id)
    await by_desk(shop, lambda work: ahead.drop(work, second.id, Why(note="They would rather wait.")))
    await shop.settle()
    assert account.sessions[(await row(shop, second.hold_id)).session or ""]["status"] == "expired"
    await by_desk(shop, lambda work: advancing.agree(work, return_id, ONLINE))
    third = await the_one(shop, return_id)
    await by_desk(shop, lambda work: service.cancel(work, return_id, Nothing()))
    await shop.settle()
    assert (await the_one(shop, return_id)).status == "hold_not_placed"
    async with shop.work() as work:
        assert (await holds.one(work.session, work.scope, third.hold_id)).status == "released"
    assert account.ledger == []


def test_nothing_is_given_for_what_is_blocked_later() -> None:
    with pytest.raises(ValueError, match="give no reference"):
        security("online", method="card")
