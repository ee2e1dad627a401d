"""A2, C2: returns that finish: what was paid, how each piece is settled, refunds, credit; nothing twice."""

import asyncio
from collections import Counter
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from aftersales.errors import Conflict, Invalid
from aftersales.ids import new_id
from aftersales.money import Money
from aftersales.ports.charges import PayBack
from aftersales.registry import load_registry
from aftersales.updates import matters
from billing.credit import repository as ledger
from billing.credit import service as credit
from billing.credit.models import CreditEntry
from billing.refunds import repository as refunds
from billing.refunds import service as paying
from billing.refunds.schemas import Fail, Nothing, Pay
from rma import service as returns
from rma import settlements
from rma.models import ReturnResolution
from rma.rules import Reason
from rma.said import settlement
from rma.schemas import (
    AddLine,
    Authorise,
    CarriedOut,
    Found,
    PaidRecorded,
    RequestReturn,
    ResolutionChanged,
    ResolutionChosen,
    UseDecided,
)
from rma.schemas import Nothing as NoMore
from rma.service import changing, inspecting, lines, receiving, settling
from tests.factories.entitlement import Household
from tests.integration.test_rma_goods import held, model, places

PAID = PaidRecorded(amount_minor=649_000, reference="GO/2611/00042")


@pytest.fixture
def shop(home: Household) -> Household:
    """The household of a company that has billing too."""
    return replace(home, registry=load_registry(["rma", "billing"]))


async def received(shop: Household, *, more: int = 0, reason: Reason = Reason.DEFECTIVE) -> UUID:
    """The mixer, and `more` pieces of another line without numbers, received, looked at and put to stock."""
    case_id = await shop.case()
    wish = RequestReturn(unit_id=shop.mixer, reason_code=reason, words="It stops.")
    async with shop.work(shop.staff(shop.anil, "coordinator")) as work:
        return_id = await returns.request(work, case_id, wish)
        await returns.authorise(work, return_id, Authorise(goodwill_code="other", goodwill="A friend of the house."))
        if more:
            wanted = AddLine(model=await model(shop, shop.washer), quantity=more, reason_code=reason)
            await lines.add(work, return_id, wanted)
        await receiving.receive(work, return_id, NoMore())
        await inspecting.inspect(work, return_id, NoMore())
        for line, count in ((1, 1), (2, more)):
            if count:
                await inspecting.find(work, return_id, Found(line=line, quantity=count, grade="B"))
                await inspecting.decide(
                    work, return_id, UseDecided(line=line, quantity=count, disposition="quarantine")
                )
                await inspecting.decide(work, return_id, UseDecided(line=line, quantity=count, disposition="repair"))
    return return_id


async def choose(shop: Household, return_id: UUID, resolution: str, *, line: int = 1, quantity: int = 1) -> None:
    wanted = ResolutionChosen.model_validate({"line": line, "quantity": quantity, "resolution": resolution})
    async with shop.work(shop.staff(shop.anil, "coordinator")) as work:
        await settling.choose(work, return_id, wanted)


async def paid(shop: Household, return_id: UUID, wanted: PaidRecorded = PAID) -> None:
    async with shop.work(shop.staff(shop.anil, "coordinator")) as work:
        await settling.record_paid(work, return_id, wanted)


async def rows(shop: Household, return_id: UUID) -> list[ReturnResolution]:
    async with shop.work() as work:
        return await settlements.resolutions(work.session, work.scope, {return_id})


async def refund_of(shop: Household, return_id: UUID) -> refunds.RefundView:
    view = await held(shop, return_id)
    async with shop.work() as work:
        [found] = await refunds.on_stream(work.session, work.scope, view.stream_id)
    return found


async def test_a_refund_goes_back_the_way_it_came_and_then_the_return_is_settled(shop: Household) -> None:
    return_id = await received(shop)
    with pytest.raises(Conflict, match=r"return\.paid_unknown"):
        await choose(shop, return_id, "refund")
    await paid(shop, return_id, PAID.model_copy(update={"amount_minor": 640_000}))
    await paid(shop, return_id)
    await choose(shop, return_id, "refund")
    view = await held(shop, return_id)
    assert view.status == "resolution_pending"
    assert view.settle_by is not None
    assert (view.settle_by - shop.now).days == 7
    with pytest.raises(Conflict, match=r"return\.paid_counted"):
        await paid(shop, return_id)
    refund = await refund_of(shop, return_id)
    assert (refund.status, refund.amount_minor, refund.tax_minor) == ("requested", 649_000, 99_000)
    assert (refund.method, refund.source_reference) == ("upi", "GO/2611/00042")
    async with shop.work(shop.staff(shop.srinivas, "finance")) as work:
        await paying.fail(work, refund.id, Fail(note="The account is closed."))
        await paying.retry(work, refund.id, Nothing())
        await paying.pay(work, refund.id, Pay(reference=f"UTR{new_id().hex[-9:]}"))
    await shop.settle()
    assert (await held(shop, return_id)).status in ("resolved", "closed")
    async with shop.work() as work:
        told = "SELECT text FROM customer_update WHERE stream_id = :id ORDER BY id"
        texts = list(await work.session.scalars(text(told), {"id": view.stream_id}))
        promised = "SELECT due_at FROM promise_step WHERE case_id = :id AND kind = 'refund' AND step = 'made'"
        due = set(await work.session.scalars(text(promised), {"id": view.stream_id}))
        then = "SELECT version FROM timeline_entry WHERE document_id = :id AND to_status = 'resolution_pending'"
        version = await work.session.scalar(text(then), {"id": return_id})
        posted = await matters.posted(work.session, view.stream_id, version)
        near, far = [await settlement(replace(work, zone=zone), posted, "en") for zone in (None, "Asia/Dubai")]
    for form in ("settled_by", "settled_by_short"):
        assert far[form].endswith(" UTC+04"), "the day of a reader on another clock says which clock"
        assert "UTC" not in near[form]
    assert {"return.resolution_pending", "refund.paid", "return.resolved"} <= set(texts)
    assert due == {view.settle_by}, "what the letter names is in the ledger of promises"


async def test_a_reference_is_counted_once(shop: Household) -> None:
    made = []
    for unit in (shop.mixer, shop.washer):
        return_id = await received(replace(shop, mixer=unit))
        await paid(shop, return_id)
        await choose(shop, return_id, "refund")
        made.append(await refund_of(shop, return_id))
    reference = Pay(reference=f"UTR{new_id().hex[-9:]}")
    async with shop.work(shop.staff(shop.srinivas, "finance")) as work:
        await paying.pay(work, made[0].id, reference)
    with pytest.raises(Conflict, match=r"refund\.counted_already"):
        async with shop.work(shop.staff(shop.srinivas, "finance")) as work:
            await paying.pay(work, made[1].id, reference)
    async with shop.work() as work:
        assert (await refunds.one(work.session, work.scope, made[1].id)).status == "requested"


@pytest.mark.slow
async def test_fifty_at_once_refund_a_piece_once_and_pay_it_once(shop: Household) -> None:
    return_id = await received(shop)
    await paid(shop, return_id)

    async def attempt(resolution: str) -> str:
        try:
            await choose(shop, return_id, resolution)
        except Conflict as refused:
            return refused.code
        return "chosen"

    ways = ["refund", "store_credit", "replacement", "repair", "keep_item"] * 10
    results = Counter(await asyncio.gather(*(attempt(way) for way in ways)))
    assert results["chosen"] == 1
    assert results.keys() <= {"chosen", "return.settled_already", "status.illegal"}
    assert len(await rows(shop, return_id)) == 1

    second = await received(replace(shop, mixer=shop.washer))
    await paid(shop, second)
    await choose(shop, second, "refund")
    refund = await refund_of(shop, second)

    async def pay(number: int) -> str:
        try:
            async with shop.work(shop.staff(shop.srinivas, "finance")) as work:
                await paying.pay(work, refund.id, Pay(reference=f"N{number}-{refund.id.hex[-9:]}"))
        except Conflict as refused:
            return refused.code
        return "paid"

    assert Counter(await asyncio.gather(*map(pay, range(50)))) == {"paid": 1, "status.illegal": 49}


async def test_the_database_keeps_pieces_and_refunds_apart(shop: Household) -> None:
    return_id = await received(shop, more=3)
    await paid(shop, return_id, PAID.model_copy(update={"line": 2}))
    await choose(shop, return_id, "refund", line=2, quantity=2)
    [row] = await rows(shop, return_id)
    again = (
        "INSERT INTO product_return_resolution (id, return_id, line_id, first, quantity, resolution, chosen_at)"
        " VALUES (:id, :r, :l, 2, 2, 'repair', now())"
    )
    with pytest.raises(DBAPIError, match="ex_product_return_resolution_pieces"):
        async with shop.work() as work:
            await work.session.execute(text(again), {"id": new_id(), "r": return_id, "l": row.line_id})
    copy = (
        "INSERT INTO refund (id, about_id, key, currency, amount_minor, tax_minor, method, source_reference,"
        " requested_at) SELECT about_id, about_id, key, currency, 1, 0, method, 'x', now() FROM refund WHERE key = :k"
    )
    with pytest.raises(DBAPIError, match="uq_refund_key"):
        async with shop.work() as work:
            await work.session.execute(text(copy), {"k": row.id})
    async with shop.work() as work:
        order = PayBack(row.id, Money("INR", 1), Money("INR", 0), "cash", "x")
        assert await work.ports.charges.refund(work, return_id, order) == row.order_id, "who asks again gets the same"
    assert (await refund_of(shop, return_id)).amount_minor == row.amount_minor == 2 * 649_000


async def test_pieces_are_settled_in_different_ways_and_add_up(shop: Household) -> None:
    return_id = await received(shop, more=5, reason=Reason.CHANGED_MIND)
    await paid(shop, return_id, PAID.model_copy(update={"line": 2, "amount_minor": 99_999}))
    await choose(shop, return_id, "return_as_is")
    with pytest.raises(Invalid, match=r"return\.quantity"):
        await choose(shop, return_id, "refund", line=2, quantity=6)
    with pytest.raises(Invalid, match=r"return\.unknown_line"):
        await choose(shop, return_id, "refund", line=3)
    await choose(shop, return_id, "store_credit", line=2, quantity=2)
    await choose(shop, return_id, "refund", line=2)
    await choose(shop, return_id, "repair", line=2)
    await choose(shop, return_id, "keep_item", line=2)
    view = await held(shop, return_id)
    assert view.status == "resolution_pending"
    found = [row for row in await rows(shop, return_id) if row.amount_minor is not None]
    assert [(row.amount_minor, row.fee_minor) for row in found] == [(179_998, 20_000), (89_999, 10_000)]
    assert sum(row.tax_minor or 0 for row in found) == 41_186, "the tax of ₹2,699.97 at 18 per cent"
    async with shop.work() as work:
        assert await ledger.balances(work.session, work.scope, shop.customer_id) == [Money("INR", 179_998)]
    async with shop.work(shop.staff(shop.anil, "coordinator")) as work:
        await settling.carry_out(work, return_id, CarriedOut(line=1))
        await settling.carry_out(work, return_id, CarriedOut(line=2))
        with pytest.raises(Conflict, match=r"return\.nothing_goes_back"):
            await settling.carry_out(work, return_id, CarriedOut(line=2))
    assert (await held(shop, return_id)).status == "resolution_pending", "the refund is still to be paid"
    refund = await refund_of(shop, return_id)
    async with shop.work(shop.staff(shop.srinivas, "finance")) as work:
        await paying.pay(work, refund.id, Pay(reference=f"UTR{new_id().hex[-9:]}"))
    await shop.settle()
    assert (await held(shop, return_id)).status in ("resolved", "closed")
    last = Counter(place for _, place, _ in await places(shop, return_id))
    assert last["customer"] == 3, "what goes back is with the customer"


async def test_where_nobody_pays_staff_are_told(home: Household) -> None:
    return_id = await received(home)
    await paid(home, return_id)
    for resolution in ("refund", "store_credit"):
        with pytest.raises(Conflict, match=r"return\.nobody_pays") as refused:
            await choose(home, return_id, resolution)
        assert "billing is not part of this system" in refused.value.detail
    assert await rows(home, return_id) == []
    await choose(home, return_id, "keep_item")


async def test_the_piece_or_its_price_not_both(shop: Household) -> None:
    case_id = await shop.case()
    wish = RequestReturn(unit_id=shop.mixer, reason_code=Reason.DEFECTIVE, words="It stops.")
    async with shop.work(shop.staff(shop.anil, "coordinator")) as work:
        return_id = await returns.request(work, case_id, wish)
        await returns.authorise(work, return_id, Authorise())
        await receiving.receive(work, return_id, NoMore())
    async with shop.work() as work:
        await receiving.inspect_by(work, {"return_ids": [str(return_id)]})
    view = await held(shop, return_id)
    assert (view.status, view.settle_by is not None) == ("resolution_pending", True)
    await paid(shop, return_id)
    await choose(shop, return_id, "refund")
    async with shop.work(shop.staff(shop.anil, "coordinator")) as work:
        await inspecting.find(work, return_id, Found(grade="C"))
        with pytest.raises(Invalid, match=r"not left to go back|decided that they go back|not left"):
            await inspecting.decide(work, return_id, UseDecided(disposition="return_to_customer"))
        await inspecting.decide(work, return_id, UseDecided(disposition="restock"))


async def test_credit_is_used_once_and_never_below_zero(shop: Household) -> None:
    return_id = await received(shop)
    async with shop.work() as work:
        await credit.give(work, return_id, new_id(), Money("INR", 50_000))
        key = new_id()
        await credit.give(work, return_id, key, Money("INR", 1_000))
        await credit.give(work, return_id, key, Money("INR", 1_000))

    async def use() -> str:
        try:
            async with shop.work() as work:
                await credit.use(work, shop.customer_id, return_id, new_id(), Money("INR", 20_000))
        except Invalid as refused:
            return refused.code
        return "used"

    assert Counter(await asyncio.gather(*(use() for _ in range(50)))) == {"used": 2, "credit.amount": 48}
    async with shop.work() as work:
        assert await ledger.balances(work.session, work.scope, shop.customer_id) == [Money("INR", 11_000)]
        mine = select(CreditEntry).where(CreditEntry.customer_id == shop.customer_id).order_by(CreditEntry.step)
        entries = list(await work.session.scalars(mine))
    assert [one.balance_minor for one in entries] == [50_000, 51_000, 31_000, 11_000]
    wrong = {"customer_id": shop.customer_id, "currency": "INR", "document_id": return_id, "made_at": shop.now}
    for step, before, amount, balance in ((4, 31_000, 5, 31_005), (5, 12_000, 5, 12_005), (5, 11_000, -12_000, -1_000)):
        values = {"step": step, "prior_step": step - 1, "before_minor": before, "amount_minor": amount}
        row = wrong | values | {"balance_minor": balance, "key": new_id()}
        with pytest.raises(DBAPIError):
            async with shop.work() as work:
                await work.session.execute(insert(CreditEntry).values(**row))
    with pytest.raises(DBAPIError, match="permission denied"):
        async with shop.work() as work:
            await work.session.execute(text("UPDATE credit_entry SET amount_minor = 1"))


async def test_what_was_chosen_is_changed_until_it_is_settled(shop: Household) -> None:
    return_id = await received(shop)

    async def change(resolution: str) -> None:
        wanted = ResolutionChanged.model_validate({"resolution": resolution})
        async with shop.work(shop.staff(shop.anil, "coordinator")) as work:
            await changing.change(work, return_id, wanted)

    with pytest.raises(Conflict, match=r"return\.nothing_chosen"):
        await change("refund")
    await paid(shop, return_id)
    await choose(shop, return_id, "refund")
    first = await refund_of(shop, return_id)
    await change("repair")
    assert [(row.resolution, row.amount_minor) for row in await rows(shop, return_id)] == [("repair", None)]
    async with shop.work() as work:
        assert (await refunds.one(work.session, work.scope, first.id)).status == "withdrawn"
    with pytest.raises(Conflict, match=r"status\.illegal"):
        async with shop.work(shop.staff(shop.srinivas, "finance")) as work:
            await paying.pay(work, first.id, Pay(reference=f"UTR{new_id().hex[-9:]}"))
    await change("refund")
    view = await held(shop, return_id)
    async with shop.work() as work:
        both = await refunds.on_stream(work.session, work.scope, view.stream_id)
        [second] = [one for one in both if one.id != first.id]
    assert (second.status, second.amount_minor) == ("requested", 649_000)
    async with shop.work(shop.staff(shop.srinivas, "finance")) as work:
        await paying.pay(work, second.id, Pay(reference=f"UTR{new_id().hex[-9:]}"))
    with pytest.raises(Conflict, match=r"return\.settled_already"):
        await change("exchange")
    await shop.settle()
    assert (await held(shop, return_id)).status in ("resolved", "closed")
    with pytest.raises(Conflict, match=r"status\.illegal"):
        await change("exchange")
    async with shop.work() as work:
        told = "SELECT data->>'before', data->>'resolution' FROM timeline_entry WHERE name = 'resolution_changed'"
        changed = await work.session.execute(text(f"{told} AND document_id = :id ORDER BY version"), {"id": return_id})
        assert [tuple(row) for row in changed] == [("refund", "repair"), ("repair", "refund")]
