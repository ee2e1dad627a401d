"""A2: an exchange in advance: another one goes out first, and its security is released or kept, exactly one of them,
wherever a process ends and whatever is tried at once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from aftersales import clock
from aftersales.errors import Conflict, Invalid, NotFound
from aftersales.ids import new_id
from aftersales.module import Posted
from aftersales.registry import load_registry
from aftersales.status.machine import Audience
from aftersales.work import Work
from billing.holds import repository as holds
from billing.holds import service as holding
from billing.holds.schemas import Executed, Lapse
from billing.refunds import service as paying
from billing.refunds.schemas import Pay
from rma import advance_tells, advances, panels, repository, service
from rma.advances import AdvanceView
from rma.rules import Reason
from rma.schemas import (
    AddLine,
    Advance,
    Authorise,
    Found,
    NewOne,
    Nothing,
    ReceivePart,
    Refuse,
    RequestReturn,
    UseDecided,
    Why,
)
from rma.service import advancing, ahead, inspecting, lines, receiving, sending
from tests.factories.entitlement import Household
from tests.integration.test_rma_exchanging import owned
from tests.integration.test_rma_goods import held, model
from tests.integration.test_rma_settling import choose, refund_of

PRICE = 649_000


class CrashError(Exception):
    """The process ends here."""


@pytest.fixture
def shop(home: Household) -> Household:
    """The household of a company that has billing too, now: what is due later stays so."""
    return replace(home, registry=load_registry(["rma", "billing"]), now=clock.now())


async def authorised(shop: Household) -> UUID:
    case_id = await shop.case()
    wish = RequestReturn(unit_id=shop.mixer, reason_code=Reason.DEFECTIVE, words="It stops.")
    async with shop.work(shop.staff(shop.anil, "coordinator")) as work:
        return_id = await service.request(work, case_id, wish)
        await service.authorise(work, return_id, Authorise(goodwill_code="other", goodwill="A friend of the house."))
    return return_id


async def crashing(
    shop: Household, step: Callable[[Work], Awaitable[Any]], at: datetime | None = None, *, again: bool = True
) -> None:
    """It is done up to the end, which does not come; and then once more."""

    async def ends(work: Work) -> None:
        await step(work)
        raise CrashError

    with pytest.raises(CrashError):
        await by_desk(shop, ends, at)
    if again:
        await by_desk(shop, step, at)


def security(way: str, **more: object) -> Advance:
    method = "card" if way == "card" else "upi"
    known = {"way": way, "amount_minor": PRICE, "method": method, "reference": f"R{new_id().hex[-11:]}"}
    return Advance.model_validate(known | more)


async def by_desk(shop: Household, step: Callable[[Work], Awaitable[Any]], at: datetime | None = None) -> Any:
    async with shop.work(shop.staff(shop.anil, "manager"), now=at) as work:
        return await step(work)


async def agreed(shop: Household, way: str = "deposit") -> tuple[UUID, AdvanceView]:
    """An authorised return for which security is held."""
    return_id = await authorised(shop)
    await by_desk(shop, lambda work: advancing.agree(work, return_id, security(way)))
    return return_id, await the_one(shop, return_id)


async def out(shop: Household, way: str = "deposit") -> tuple[UUID, AdvanceView]:
    """The customer has both units."""
    return_id, one = await agreed(shop, way)
    body = NewOne(serial=f"NEW-{new_id().hex[-10:]}")
    await by_desk(shop, lambda work: advancing.ship(work, one.id, body))
    await by_desk(shop, lambda work: advancing.deliver(work, one.id, Nothing()))
    return return_id, await the_one(shop, return_id)


async def the_one(shop: Household, return_id: UUID) -> AdvanceView:
    async with shop.work() as work:
        return (await advances.of_returns(work.session, work.scope, {return_id}))[-1]


async def hold_of(shop: Household, one: AdvanceView) -> holds.HoldView:
    async with shop.work() as work:
        return await holds.one(work.session, work.scope, one.hold_id)


async def timer(shop: Household, step: Callable[..., Awaitable[None]], one: AdvanceView, at: datetime) -> None:
    async with shop.work(now=at) as work:
        await step(work, {"advance_id": str(one.id)})


async def outcomes(shop: Household, one: AdvanceView) -> list[str]:
    query = "SELECT outcome FROM hold_outcome WHERE hold_id = :h"
    async with shop.work() as work:
        return list(await work.session.scalars(text(query), {"h": one.hold_id}))


async def texts(shop: Household, stream_id: UUID) -> list[str]:
    query = "SELECT text FROM customer_update WHERE stream_id = :s ORDER BY id"
    async with shop.work() as work:
        return list(await work.session.scalars(text(query), {"s": stream_id}))


async def test_the_old_one_comes_the_deposit_goes_back_and_the_return_closes_by_itself(shop: Household) -> None:
    return_id, one = await out(shop)
    assert one.due_at is not None
    assert (one.status, (one.due_at - shop.now).days) == ("return_due", 14)
    with pytest.raises(Conflict, match=r"return\.advance_running"):
        await by_desk(shop, lambda work: service.cancel(work, return_id, Nothing()))
    async with shop.work(now=shop.now + timedelta(days=20)) as work:
        await sending.expire(work, {"return_id": str(return_id)})
    assert (await held(shop, return_id)).status == "authorised", "it does not expire while another one is out"
    await timer(shop, ahead.remind, one, one.due_at - timedelta(days=3))
    await by_desk(shop, lambda work: service.await_return(work, return_id, Nothing()))
    await by_desk(shop, lambda work: service.send(work, return_id, Nothing()))
    await shop.settle()
    assert (await the_one(shop, return_id)).status == "return_in_transit"
    for step in (ahead.notice, ahead.keep):
        await timer(shop, step, one, one.due_at + timedelta(days=30))
    assert (await the_one(shop, return_id)).status == "return_in_transit", "what is on its way is waited for"
    await by_desk(shop, lambda work: receiving.receive(work, return_id, Nothing()))
    await shop.settle()
    assert ((await the_one(shop, return_id)).status, (await hold_of(shop, one)).status) == (
        "hold_released",
        "releasing",
    )
    refund = await refund_of(shop, return_id)
    assert (refund.amount_minor, refund.method, refund.tax_minor) == (PRICE, "upi", 0)
    async with shop.work(shop.staff(shop.srinivas, "finance")) as work:
        with pytest.raises(Conflict, match=r"hold\.by_refund"):
            await holding.let_go(work, one.hold_id, Executed(reference="X123456"))
        await paying.pay(work, refund.id, Pay(reference=f"UTR{new_id().hex[-9:]}"))
    await shop.settle()
    assert (await hold_of(shop, one)).status == "released"
    with pytest.raises(Conflict, match=r"status\.illegal"):
        await choose(shop, return_id, "refund")
    await by_desk(shop, lambda work: inspecting.inspect(work, return_id, Nothing()))
    await by_desk(shop, lambda work: inspecting.find(work, return_id, Found(grade="B")))
    with pytest.raises(Invalid, match=r"return\.quantity"):
        # The customer has the new one: the old one does not go back to them.
        await by_desk(
            shop, lambda work: inspecting.decide(work, return_id, UseDecided(disposition="return_to_customer"))
        )
    await by_desk(shop, lambda work: inspecting.decide(work, return_id, UseDecided(disposition="restock")))
    await shop.settle()
    assert (await held(shop, return_id)).status == "closed"
    mine = await owned(shop)
    assert (shop.mixer in mine, one.new_unit_id in mine) == (False, True)
    told = await texts(shop, (await held(shop, return_id)).stream_id)
    named = [name.removeprefix("advance.") for name in told if name.startswith("advance.")]
    assert named == ["placed", "shipped", "due", "reminded", "released"]


async def test_the_day_it_is_due_is_said_with_its_zone_and_label_to_who_is_away(shop: Household) -> None:
    return_id, one = await out(shop)
    async with shop.work(shop.customer(one.stream_id, shop.padma)) as work:
        number, pdf = await advance_tells.label(work, one.id, "te")
    assert (number, pdf[:5]) == ((await held(shop, return_id)).number, b"%PDF-"), "of the old one, on their own page"
    async with shop.work(shop.customer(new_id(), shop.padma)) as work:
        with pytest.raises(NotFound):
            await advance_tells.label(work, one.id, "te")
    async with shop.work() as work:
        due = Posted(
            one.stream_id, 1, one.id, 1, "advance_exchange", "edge", "deliver", None, "return_due", shop.now,
            work.actor, "live", Audience.CUSTOMER, {},
        )  # fmt: skip
        here, there = [await advance_tells.words(replace(work, zone=at), due, "en") for at in (None, "Asia/Dubai")]
    assert not here["due"].endswith("UTC+04")
    assert [there[name][-7:] for name in ("due", "due_short")] == [" UTC+04"] * 2, "away from here with its zone"


async def test_the_old_one_does_not_come_and_after_notice_the_card_is_charged(shop: Household) -> None:
    return_id, one = await out(shop, "card")
    assert one.due_at is not None
    await timer(shop, ahead.keep, one, one.due_at + timedelta(days=30))
    assert (await the_one(shop, return_id)).status == "return_due", "nothing is kept before the customer is told"
    await timer(shop, ahead.notice, one, one.due_at)
    await timer(shop, ahead.keep, one, one.due_at + timedelta(days=2, hours=23))
    assert (await the_one(shop, return_id)).status == "return_due", "nor before the time that was said"
    for _ in range(2):
        await timer(shop, ahead.keep, one, one.due_at + timedelta(days=3))
    assert ((await the_one(shop, return_id)).status, (await held(shop, return_id)).status) == (
        "hold_captured",
        "expired",
    )
    with pytest.raises(Conflict, match=r"status\.illegal"):
        await by_desk(shop, lambda work: receiving.receive(work, return_id, Nothing()))
    async with shop.work(shop.staff(shop.srinivas, "finance")) as work:
        await holding.take(work, one.hold_id, Executed(reference=f"C{new_id().hex[-9:]}"))
        counted = "SELECT amount_minor FROM direct_payment WHERE about_id = :r"
        assert list(await work.session.scalars(text(counted), {"r": return_id})) == [PRICE]
    assert (await hold_of(shop, one)).status == "captured"
    await shop.settle()
    told = await texts(shop, (await held(shop, return_id)).stream_id)
    assert {"advance.noticed", "advance.kept"} <= set(told)
    second, other = await out(replace(shop, mixer=shop.washer), "card")
    del second
    assert other.due_at is not None
    await timer(shop, ahead.notice, other, other.due_at)
    await timer(shop, ahead.keep, other, other.due_at + timedelta(days=3))
    async with shop.work(shop.staff(shop.srinivas, "finance")) as work:
        await holding.lapse(work, other.hold_id, Lapse(note="The bank freed it after a week."))
    assert (await hold_of(shop, other)).status == "lapsed"


async def two_out(shop: Household) -> tuple[UUID, list[AdvanceView]]:
    """A return of two products, for both of which another one has gone out."""
    return_id = await authorised(shop)
    more = AddLine(model=await model(shop, shop.mixer), reason_code=Reason.DEFECTIVE)
    await by_desk(shop, lambda work: lines.add(work, return_id, more))
    for line in (1, 2):
        await by_desk(shop, partial(advancing.agree, return_id=return_id, body=security("card", line=line)))
    async with shop.work() as work:
        found = await advances.of_returns(work.session, work.scope, {return_id})
    for one in found:
        body = NewOne(serial=f"NEW-{new_id().hex[-10:]}")
        await by_desk(shop, partial(advancing.hand_over, advance_id=one.id, body=body))
    async with shop.work() as work:
        return return_id, await advances.of_returns(work.session, work.scope, {return_id})


async def test_of_two_in_advance_each_is_kept_by_itself_also_when_one_has_come(shop: Household) -> None:
    return_id, [first, second] = await two_out(shop)
    assert first.due_at is not None
    late = first.due_at + timedelta(days=4)
    for one in (first, second):
        await timer(shop, ahead.notice, one, first.due_at + timedelta(hours=1))
    async with shop.work() as work:
        card = await panels.on_page(work, await repository.one(work.session, work.scope, return_id))
    assert [(str(one["amount"]), one["held"], bool(one["due"])) for one in card["ahead"]] == [
        ("₹6,490.00", True, True)
    ] * 2
    await timer(shop, ahead.keep, first, late)
    assert (await held(shop, return_id)).status == "authorised", "the second one may still come"
    await timer(shop, ahead.keep, second, late)
    assert (await outcomes(shop, first), await outcomes(shop, second)) == (["captured"], ["captured"])
    assert (await held(shop, return_id)).status == "expired"
    return_id, [first, second] = await two_out(replace(shop, mixer=shop.washer))
    await by_desk(shop, lambda work: receiving.receive_part(work, return_id, ReceivePart()))
    await shop.settle()
    await timer(shop, ahead.notice, second, late)
    await timer(shop, ahead.keep, second, late + timedelta(days=4))
    assert (await outcomes(shop, first), await outcomes(shop, second)) == (["released"], ["captured"])
    await by_desk(shop, lambda work: inspecting.inspect(work, return_id, Nothing()))
    with pytest.raises(Conflict, match=r"return\.exchanged_already"):
        await by_desk(shop, lambda work: inspecting.refuse(work, return_id, Refuse(note="It is scratched.")))
    assert (await held(shop, return_id)).status == "inspecting"


async def test_it_can_be_called_off_or_forgiven_and_is_agreed_once(shop: Household) -> None:
    return_id, one = await agreed(shop, "card")
    with pytest.raises(Conflict, match=r"status\.already_open"):
        await by_desk(shop, lambda work: advancing.agree(work, return_id, security("card")))
    with pytest.raises(Invalid, match=r"return\.security"):
        await by_desk(shop, lambda work: advancing.agree(work, return_id, security("card", amount_minor=3_199_001)))
    await by_desk(shop, lambda work: ahead.call_off(work, one.id, Why(note="They would rather wait.")))
    assert (await hold_of(shop, one)).status == "releasing"
    same = (await hold_of(shop, one)).reference
    with pytest.raises(Conflict, match=r"hold\.counted_already"):
        await by_desk(shop, lambda work: advancing.agree(work, return_id, security("card", reference=same)))
    await by_desk(shop, lambda work: advancing.agree(work, return_id, security("deposit")))
    await by_desk(shop, lambda work: service.cancel(work, return_id, Nothing()))
    await shop.settle()
    assert (await the_one(shop, return_id)).status == "hold_released", "with the return what has not gone out ends"
    washer = replace(shop, mixer=shop.washer)
    second, other = await out(washer)
    await by_desk(shop, lambda work: ahead.let_off(work, other.id, Why(note="The courier lost it.")))
    assert ((await the_one(shop, second)).status, await outcomes(shop, other)) == ("hold_released", ["released"])
    assert (await held(shop, second)).status == "expired", "what does not come is not waited for"


async def test_wherever_a_process_ends_it_is_released_or_kept_and_once(shop: Household) -> None:
    return_id = await authorised(shop)
    body, serial = security("deposit"), NewOne(serial=f"NEW-{new_id().hex[-10:]}")
    at = shop.now + timedelta(days=40)

    await crashing(shop, lambda work: advancing.agree(work, return_id, body))
    one = await the_one(shop, return_id)
    await crashing(shop, lambda work: advancing.ship(work, one.id, serial))
    await crashing(shop, lambda work: advancing.deliver(work, one.id, Nothing()))
    data = {"advance_id": str(one.id)}
    await crashing(shop, lambda work: ahead.notice(work.as_system(), data), at)
    due = at + timedelta(days=3)
    await crashing(shop, lambda work: ahead.keep(work.as_system(), data), due, again=False)
    # It was not kept, and now the old one comes.
    assert await outcomes(shop, one) == []
    await crashing(shop, lambda work: receiving.receive(work, return_id, Nothing()), due)
    await timer(shop, ahead.keep, one, due + timedelta(days=1))
    await shop.settle()
    await timer(shop, ahead.keep, one, due + timedelta(days=2))
    assert await outcomes(shop, one) == ["released"]
    with pytest.raises(Conflict, match=r"hold\.decided"):
        async with shop.work() as work:
            await holding.capture(work, one.hold_id)
    async with shop.work() as work:
        await holding.release(work, one.hold_id)
        counts = "SELECT (SELECT count(*) FROM refund WHERE key = :h), (SELECT count(*) FROM direct_payment p"
        counts += " WHERE p.about_id = :r), (SELECT count(*) FROM product_return_exchange WHERE new_unit_id = :n)"
        given = {"h": one.hold_id, "r": return_id, "n": (await the_one(shop, return_id)).new_unit_id}
        assert tuple((await work.session.execute(text(counts), given)).one()) == (1, 1, 1)


async def test_twenty_at_once_release_or_keep_it_and_the_database_holds_one_decision(shop: Household) -> None:
    return_id, one = await out(shop)
    assert one.due_at is not None
    await timer(shop, ahead.notice, one, one.due_at)
    late = one.due_at + timedelta(days=4)

    async def attempt(number: int) -> str:
        try:
            if number % 2:
                await timer(shop, ahead.keep, one, late)
            else:
                await by_desk(shop, lambda work: ahead.let_off(work, one.id, Why(note="It was lost.")), late)
        except Conflict as refused:
            return refused.code
        return "done"

    results = Counter(await asyncio.gather(*map(attempt, range(20))))
    assert results.keys() <= {"done", "status.illegal"}
    [decided] = await outcomes(shop, one)
    became = (await the_one(shop, return_id)).status
    assert became == {"released": "hold_released", "captured": "hold_captured"}[decided]
    assert (await hold_of(shop, one)).status == {"released": "releasing", "captured": "captured"}[decided]
    other = "captured" if decided == "released" else "released"
    for statement, why in (
        ("INSERT INTO hold_outcome (hold_id, outcome, decided_at) VALUES (:h, :o, now())", "pk_hold_outcome"),
        ("UPDATE hold_outcome SET outcome = :o WHERE hold_id = :h", "permission denied"),
    ):
        with pytest.raises(DBAPIError, match=why):
            async with shop.work() as work:
                await work.session.execute(text(statement), {"h": one.hold_id, "o": other})


async def test_where_nobody_holds_security_staff_are_told(home: Household) -> None:
    return_id = await authorised(home)
    with pytest.raises(Conflict, match=r"return\.nobody_pays"):
        await by_desk(home, lambda work: advancing.agree(work, return_id, security("deposit")))
