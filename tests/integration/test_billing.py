"""Estimates, invoices and payments on a real database: what goes wrong, and what must not happen twice."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import clock
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.errors import Conflict, Invalid
from aftersales.ids import new_id
from aftersales.module import Posted
from aftersales.money import Money
from aftersales.ports.charges import ChargeLine
from aftersales.registry import load_registry
from aftersales.scope import SYSTEM
from aftersales.status import documents
from aftersales.status.changes import NewDocument, move, open_document
from aftersales.status.machine import Audience
from aftersales.status.numbers import Numbers
from aftersales.work import Work
from billing.estimates import repository as estimates
from billing.estimates.machine import ESTIMATE
from billing.estimates.schemas import RecordAnswer, Send
from billing.estimates.service import draft, expire, record_approval, record_decline, send, withdraw
from billing.handlers import invoice_finished_work, void_undone_work
from billing.invoices import repository as invoices
from billing.invoices.machine import INVOICE
from billing.invoices.schemas import Void
from billing.invoices.service import issue_for_work, void
from billing.payments.schemas import RecordPayment
from billing.payments.service import record
from tests.factories.auth import add_branch
from tests.factories.customers import work_for
from tests.fixtures.database import TestDatabase

LINES = [ChargeLine("parts", "Motor", 1, Money("INR", 550_000), Decimal(18), "8450")]


@pytest.fixture
async def work(session: AsyncSession, settings: Settings, database: TestDatabase) -> AsyncIterator[Work]:
    numbered = Database(database.app_url, pool_size=1)
    yield work_for(session, settings, SYSTEM, registry=load_registry(["billing"]), numbers=Numbers(numbered))
    await numbered.dispose()


@pytest.fixture
async def order(work: Work) -> UUID:
    """Something to charge for; any document will do."""
    case = load_registry([]).machines["case"]
    branch = await add_branch(work.session)
    key = new_id()
    new = NewDocument(stream_id=key, branch_id=branch.id, number=f"{branch.code}-20-000001", new_stream=True)
    await work.post(open_document(case, key, "receive", new))
    return key


async def status(work: Work, document_id: UUID) -> str:
    return (await documents.get(work.session, work.scope, document_id)).status


async def approved(work: Work, order: UUID) -> UUID:
    estimate = await draft(work, order, LINES)
    await send(work, estimate, Send())
    await record_approval(work, estimate, RecordAnswer(note="Padma, by phone"))
    return estimate


async def test_an_estimate_expires_once_its_time_is_over(work: Work, order: UUID) -> None:
    estimate = await draft(work, order, LINES)
    await send(work, estimate, Send(valid_days=2))
    data = {"estimate_id": str(estimate)}
    await expire(work, data)
    assert await status(work, estimate) == "sent", "too early"
    later = replace(work, now=work.now + timedelta(days=2, seconds=1))
    await expire(later, data)
    await expire(later, data)
    assert await status(work, estimate) == "expired"
    await send(later, estimate, Send(valid_days=5))
    await expire(later, data)
    assert await status(work, estimate) == "sent", "the new time counts"


async def test_an_answered_estimate_does_not_expire(work: Work, order: UUID) -> None:
    estimate = await draft(work, order, LINES)
    await send(work, estimate, Send(valid_days=1))
    await record_decline(work, estimate, RecordAnswer(note="Padma, by phone"))
    await expire(replace(work, now=work.now + timedelta(days=9)), {"estimate_id": str(estimate)})
    assert await status(work, estimate) == "declined"


async def test_a_price_that_is_over_is_not_approved_though_the_timer_is_late(work: Work, order: UUID) -> None:
    estimate = await draft(work, order, LINES)
    await send(work, estimate, Send(valid_days=2))
    late = replace(work, now=work.now + timedelta(days=2))
    with pytest.raises(Conflict) as refused:
        await record_approval(late, estimate, RecordAnswer(note="Padma, by phone"))
    assert refused.value.code == "estimate.over"
    in_time = replace(work, now=late.now - timedelta(seconds=1))
    await record_approval(in_time, estimate, RecordAnswer(note="Padma, by phone"))
    assert await status(work, estimate) == "approved"


async def test_the_customer_answers_one_price_at_a_time(work: Work, order: UUID) -> None:
    first = await draft(work, order, LINES)
    await send(work, first, Send())
    second = await draft(work, order, LINES)
    assert (await status(work, first), await status(work, second)) == ("superseded", "draft")
    with pytest.raises(Conflict) as refused:
        await work.post(move(ESTIMATE, first, "approve"))
    assert refused.value.extra["legal"] == []


async def test_wrong_lines_change_nothing(work: Work, order: UUID) -> None:
    before = await documents.on_stream(work.session, work.scope, order)
    with pytest.raises(Invalid) as refused:
        await draft(work, order, [])
    assert refused.value.code == "estimate.lines"
    assert await documents.on_stream(work.session, work.scope, order) == before


async def test_finished_work_is_invoiced_once_without_gaps(work: Work, order: UUID) -> None:
    estimate = await approved(work, order)
    made = await issue_for_work(work, order)
    assert await issue_for_work(work, order) == []
    found = await invoices.invoice(work.session, work.scope, made[0])
    assert (found.total_minor, found.due, found.estimate_id) == (649_000, Money("INR", 649_000), estimate)
    branch = (await documents.get(work.session, work.scope, order)).number[:3]
    assert found.serial.startswith(branch)
    assert found.serial.endswith("/00001")


async def test_only_work_that_was_done_is_invoiced(work: Work, order: UUID) -> None:
    await approved(work, order)
    posted = ready(order, "return_as_is")
    await invoice_finished_work(work, posted)
    assert await invoices.on_stream(work.session, work.scope, order) == []
    await invoice_finished_work(work, replace(posted, name="pass", document_id=(await other_work(work, order))))
    assert await invoices.on_stream(work.session, work.scope, order) == [], "another work order's"
    await invoice_finished_work(work, replace(posted, name="pass"))
    assert len(await invoices.on_stream(work.session, work.scope, order)) == 1


def ready(order: UUID, verb: str) -> Posted:
    """A repair order became ready by this verb."""
    return Posted(
        stream_id=order,
        version=9,
        document_id=order,
        document_version=9,
        machine="repair_order",
        kind="status",
        name=verb,
        from_status="quality_check",
        to_status="ready",
        at=clock.now(),
        actor=SYSTEM.actor,
        origin="live",
        audience=Audience.CUSTOMER,
        data={},
    )


async def other_work(work: Work, order: UUID) -> UUID:
    """Another document on the same case."""
    here = await documents.get(work.session, work.scope, order)
    key = new_id()
    new = NewDocument(stream_id=order, branch_id=here.branch_id, number=f"{here.number}-2")
    await work.post(open_document(ESTIMATE, key, "draft", new))
    return key


async def test_part_payments_settle_the_invoice(work: Work, order: UUID) -> None:
    await approved(work, order)
    (invoice,) = await issue_for_work(work, order)
    await record(work, invoice, RecordPayment(amount_minor=400_000, method="upi", reference="432100000001"))
    assert await status(work, invoice) == "partly_paid"
    with pytest.raises(Invalid) as refused:
        await record(work, invoice, RecordPayment(amount_minor=249_001, method="upi", reference="432100000002"))
    assert refused.value.code == "payment.amount"
    await record(work, invoice, RecordPayment(amount_minor=249_000, method="cash"))
    assert await status(work, invoice) == "paid"
    with pytest.raises((Conflict, Invalid)):
        await record(work, invoice, RecordPayment(amount_minor=1, method="cash"))
    payments = await documents.of_machine(work.session, work.scope, order, "payment")
    assert [payment.status for payment in payments] == ["succeeded", "succeeded"]


async def test_one_reference_is_counted_once(work: Work, order: UUID) -> None:
    await approved(work, order)
    (invoice,) = await issue_for_work(work, order)
    await record(work, invoice, RecordPayment(amount_minor=100, method="upi", reference="432100000009"))
    with pytest.raises(Conflict) as refused:
        async with work.session.begin_nested():
            await record(work, invoice, RecordPayment(amount_minor=100, method="upi", reference="432100000009"))
    assert refused.value.code == "payment.counted_already"
    assert (await invoices.invoice(work.session, work.scope, invoice)).paid_minor == 100


async def test_what_is_paid_cannot_be_made_void(work: Work, order: UUID) -> None:
    await approved(work, order)
    (invoice,) = await issue_for_work(work, order)
    await record(work, invoice, RecordPayment(amount_minor=100, method="cash"))
    with pytest.raises(Conflict) as refused:
        await void(work, invoice, Void(note="written twice"))
    assert refused.value.code == "invoice.has_payments"


async def test_an_unpaid_invoice_can_be_made_void(work: Work, order: UUID) -> None:
    await approved(work, order)
    (invoice,) = await issue_for_work(work, order)
    await void(work, invoice, Void(note="written twice"))
    assert await status(work, invoice) == "void"
    assert INVOICE.by_state["void"].final


def test_a_payment_says_where_it_came_from() -> None:
    with pytest.raises(ValueError, match="reference"):
        RecordPayment(amount_minor=1, method="upi")


async def test_estimates_are_read_with_their_lines(work: Work, order: UUID) -> None:
    estimate = await draft(work, order, LINES * 3)
    found = await estimates.for_work(work.session, work.scope, order)
    assert [one.id for one in found] == [estimate]
    assert len(found[0].lines) == 3
    assert found[0].total.minor == 3 * 649_000


async def test_a_cancelled_case_has_no_price_to_say_yes_to(work: Work, order: UUID) -> None:
    estimate = await draft(work, order, LINES)
    await send(work, estimate, Send())
    await withdraw(work, order)
    await withdraw(work, order)
    assert await status(work, estimate) == "superseded"


async def test_what_goes_back_as_it_is_voids_its_price(work: Work, order: UUID) -> None:
    said_yes = await approved(work, order)
    supplement = await draft(work, order, LINES)
    await send(work, supplement, Send())
    await void_undone_work(work, ready(order, "pass"))
    assert (await status(work, said_yes), await status(work, supplement)) == ("approved", "sent")
    for _ in range(2):
        await void_undone_work(work, ready(order, "return_as_is"))
    assert (await status(work, said_yes), await status(work, supplement)) == ("void", "void")
    await invoice_finished_work(work, ready(order, "pass"))
    assert await invoices.on_stream(work.session, work.scope, order) == []


async def test_numbers_lead_to_the_case(work: Work, order: UUID) -> None:
    estimate = await draft(work, order, LINES)
    number = (await documents.get(work.session, work.scope, estimate)).number
    assert "-E-" in number
