"""C2: money around returns is counted once: references of banks, credit that pays an invoice, its currency."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from pydantic import ValidationError
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import FormData

from aftersales import clock
from aftersales.errors import Conflict, Invalid
from aftersales.ids import new_id
from aftersales.module import Module
from aftersales.money import Money
from aftersales.ports.charges import ChargeLine
from aftersales.registry import Registry, load_registry
from aftersales.status import documents
from aftersales.status.machine import By
from aftersales.web.forms import body_of
from aftersales.web.legal import ui_action
from aftersales.work import Work
from billing.credit import repository as ledger
from billing.credit.models import CreditEntry
from billing.estimates.schemas import RecordAnswer, Send
from billing.estimates.service import draft, record_approval, send
from billing.invoices import repository as invoices
from billing.invoices.service import issue_for_work
from billing.payments.schemas import RecordPayment
from billing.payments.service import collect, record
from billing.refunds import repository as refunds
from rma import settlements
from rma.schemas import Advance, HandOver, PaidRecorded
from rma.service import exchanging
from tests.factories.entitlement import Household
from tests.integration.test_rma_goods import held
from tests.integration.test_rma_settling import PAID, choose, paid, received


@pytest.fixture
def shop(home: Household) -> Household:
    """The household of a company that has billing too."""
    return replace(home, registry=load_registry(["rma", "billing"]))


async def invoiced(shop: Household) -> tuple[UUID, UUID]:
    """A case, and an invoice of ₹1,180.00 on it."""
    case_id = await shop.case()
    lines = [ChargeLine("labour", "Repair", 1, Money("INR", 100_000), Decimal(18), "998717")]
    async with shop.work() as work:
        estimate_id = await draft(work, case_id, lines)
        await send(work, estimate_id, Send())
        await record_approval(work, estimate_id, RecordAnswer(note="Padma, by phone"))
        await issue_for_work(work, case_id)
    [invoice] = await shop.documents(case_id, "invoice")
    return case_id, invoice.id


async def test_a_reference_is_counted_once_with_an_invoice_or_without_one(shop: Household) -> None:
    case_id, invoice_id = await invoiced(shop)
    reference = f"UTR{new_id().hex[-9:]}"

    async def attempt(number: int) -> str:
        try:
            async with shop.work() as work:
                if number % 2:
                    body = RecordPayment(amount_minor=100, method="upi", reference=reference)
                    await record(work, invoice_id, body)
                else:
                    await collect(work, case_id, Money("INR", 100), "upi", reference)
        except Conflict as refused:
            return refused.code
        return "counted"

    results = Counter(await asyncio.gather(*map(attempt, range(10))))
    assert results == {"counted": 1, "payment.counted_already": 9}
    # Neither the one table nor the other knows what the other holds: the claim does, for both.
    claims = "SELECT payment_id FROM counted_reference WHERE reference = :r"
    again = "INSERT INTO counted_reference (method, reference, payment_id) VALUES ('upi', :r, :p)"
    async with shop.work() as work:
        [held] = await work.session.scalars(text(claims), {"r": reference})
        with pytest.raises(DBAPIError, match="pk_counted_reference"):
            async with work.session.begin_nested():
                await work.session.execute(text(again), {"r": reference, "p": case_id})
        assert held in {one.id for one in await shop.documents(case_id, "payment")}


async def test_an_invoice_is_paid_with_the_credit_that_a_return_gave(shop: Household) -> None:
    return_id = await received(shop)
    await paid(shop, return_id, PAID.model_copy(update={"amount_minor": 100_000}))
    await choose(shop, return_id, "store_credit")
    _, invoice_id = await invoiced(shop)
    by_credit = RecordPayment(amount_minor=100_000, method="store_credit")
    async with shop.work() as work:
        await record(work, invoice_id, by_credit)
        assert await ledger.balances(work.session, work.scope, shop.customer_id) == []
        assert (await invoices.invoice(work.session, work.scope, invoice_id)).due == Money("INR", 18_000)
    with pytest.raises(Invalid, match=r"credit\.amount"):
        async with shop.work() as work:
            await record(work, invoice_id, RecordPayment(amount_minor=18_000, method="store_credit"))
    async with shop.work() as work:
        await record(work, invoice_id, RecordPayment(amount_minor=18_000, method="cash"))
        assert (await invoices.invoice(work.session, work.scope, invoice_id)).status == "paid"
        mine = select(CreditEntry.amount_minor).where(CreditEntry.customer_id == shop.customer_id)
        assert list(await work.session.scalars(mine.order_by(CreditEntry.step))) == [100_000, -100_000]


async def test_money_goes_back_in_the_currency_it_came_in(shop: Household) -> None:
    async with shop.work() as work:
        await work.session.execute(text("UPDATE branch SET currency = 'AED' WHERE id = :b"), {"b": shop.branch_id})
    return_id = await received(shop, more=2)
    await paid(shop, return_id, PAID.model_copy(update={"amount_minor": 5_000}))
    await paid(shop, return_id, PAID.model_copy(update={"line": 2, "amount_minor": 5_000, "currency": "KWD"}))
    await choose(shop, return_id, "refund")
    await choose(shop, return_id, "store_credit", line=2)
    await choose(shop, return_id, "refund", line=2)
    async with shop.work() as work:
        back = await refunds.on_stream(work.session, work.scope, (await held(shop, return_id)).stream_id)
        assert [one.amount for one in back] == [Money("AED", 5_000), Money("KWD", 5_000)]
        assert await ledger.balances(work.session, work.scope, shop.customer_id) == [Money("KWD", 5_000)]
        document = await documents.get(work.session, work.scope, return_id)
        asked = await ui_action(work, document, work.registry.actions["return", "paid_recorded", By.STAFF])
        assert [one["unit"] for one in asked["fields"] if one["kind"] == "money"] == ["AED"]
    await shop.settle()
    with pytest.raises(ValidationError):
        PaidRecorded(amount_minor=1, reference="GO/1", currency="XXX")
    form = FormData({"amount_minor": "5.125", "reference": "GO/1", "currency": "KWD"})
    assert body_of(PaidRecorded, form, "UTC", "INR")["amount_minor"] == 5_125
    assert body_of(Advance, FormData({"amount_minor": "51"}), "UTC", "JPY")["amount_minor"] == 51


async def test_by_courier_the_new_one_keeps_the_warranty_of_the_old_one(shop: Household) -> None:
    """Whoever keeps warranties is asked to carry it over, once, for the unit that came back."""
    asked: list[tuple[UUID, UUID, UUID]] = []

    class Carrying:
        async def over(self, work: Work, stream_id: UUID, unit_id: UUID, new_unit_id: UUID, on: date) -> None:
            assert on == clock.business_date(work.now, "Asia/Kolkata")
            asked.append((stream_id, unit_id, new_unit_id))

    keeps = Module(name="keeps", title="Keeps", package="aftersales", provides={"carrying": Carrying()})
    shop = replace(shop, registry=Registry([*shop.registry.modules, keeps]))
    return_id = await received(shop)
    await choose(shop, return_id, "exchange")
    body = HandOver(serial=f"NEW-{new_id().hex[-10:]}", way="courier")
    async with shop.work(shop.staff(shop.anil, "coordinator")) as work:
        await exchanging.hand_over(work, return_id, body)
    async with shop.work() as work:
        [made] = await settlements.exchanges(work.session, work.scope, {return_id})
    assert (made.way, made.old_unit_id, made.currency) == ("courier", shop.mixer, "INR")
    view = await held(shop, return_id)
    assert (view.status, asked) == ("resolved", [(view.stream_id, shop.mixer, made.new_unit_id)])
