"""C2: money around returns is counted once: references of banks, credit that pays an invoice, its currency."""

import asyncio
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from aftersales.errors import Conflict
from aftersales.ids import new_id
from aftersales.money import Money
from aftersales.ports.charges import ChargeLine
from aftersales.registry import load_registry
from billing.estimates.schemas import RecordAnswer, Send
from billing.estimates.service import draft, record_approval, send
from billing.invoices.service import issue_for_work
from billing.payments.schemas import RecordPayment
from billing.payments.service import collect, record
from tests.factories.entitlement import Household


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
