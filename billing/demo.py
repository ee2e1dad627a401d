"""The demo company's money: estimates, invoices and payments for the repair orders that the demo has."""

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from aftersales.money import Money
from aftersales.ports.charges import ChargeLine
from aftersales.status.models import Document
from aftersales.work import Work
from billing.estimates.schemas import CustomerDeclines, RecordAnswer, Send
from billing.estimates.service import decline, draft, record_approval, send
from billing.invoices import repository as invoices
from billing.invoices.service import issue_for_work
from billing.payments.schemas import RecordPayment
from billing.payments.service import record

PARTS = (
    ("Motor wiring harness", 310_000),
    ("Drain pump", 145_000),
    ("Control board", 420_000),
    ("Door gasket", 98_000),
    ("Compressor relay", 76_000),
    ("Display assembly", 389_000),
)
AFTER = frozenset({"approved", "awaiting_parts", "in_repair", "quality_check", "ready", "handed_over", "closed"})
FINISHED = frozenset({"ready", "handed_over", "closed"})


async def fill(work: Work, world: dict[str, Any]) -> None:
    """One estimate for each repair that has come so far, answered as the repair's status says."""
    rng = random.Random(70)  # noqa: S311 - the same company each time, no secret
    orders = select(Document.id, Document.stream_id, Document.status, Document.changed_at).where(
        Document.machine == "repair_order",
        Document.status.in_(AFTER | {"awaiting_approval", "declined", "estimating"}),
        # What was closed long ago is in other books.
        Document.stream_id.not_in([case["case_id"] for case in world["past"]]),
    )
    for order in (await work.session.execute(orders.order_by(Document.id).limit(400))).all():
        # What waits for an answer was sent this morning: it must not be over before anybody looks.
        asked = work.now if order.status == "awaiting_approval" else min(work.now, order.changed_at)
        then = replace(work, now=asked - timedelta(hours=2))
        await _one(then, rng, order.id, order.stream_id, order.status)


async def _one(work: Work, rng: random.Random, order_id: UUID, stream_id: UUID, status: str) -> None:
    name, price = rng.choice(PARTS)
    lines = [
        ChargeLine("parts", name, 1, Money("INR", price), Decimal(18), "84509090"),
        ChargeLine("labour", "Repair", 1, Money("INR", rng.choice((60_000, 90_000, 120_000))), Decimal(18), "998717"),
    ]
    estimate_id = await draft(work, order_id, lines)
    if status == "estimating":
        return
    await send(work, estimate_id, Send(valid_days=60))
    later = replace(work, now=work.now + timedelta(hours=1))
    if status == "declined":
        await decline(later, estimate_id, CustomerDeclines())
    elif status in AFTER:
        await record_approval(later, estimate_id, RecordAnswer(note="The owner said yes by phone."))
    if status in FINISHED:
        await issue_for_work(replace(work, now=work.now + timedelta(hours=2)), order_id)
        if status != "ready":
            await _pay(later, rng, stream_id)


async def _pay(work: Work, rng: random.Random, stream_id: UUID) -> None:
    for invoice in await invoices.on_stream(work.session, work.scope, stream_id):
        if invoice.due.minor:
            reference = f"{rng.randrange(10**11, 10**12)}"
            await record(
                work, invoice.id, RecordPayment(amount_minor=invoice.due.minor, method="upi", reference=reference)
            )
