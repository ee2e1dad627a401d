"""Issuing and settling invoices."""

from uuid import UUID

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.errors import Conflict, Invalid
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.money import Money
from aftersales.status import documents, engine
from aftersales.status.changes import Change, NewDocument, event, move, open_document
from aftersales.work import Work
from billing.estimates import repository as estimates
from billing.invoices import repository
from billing.invoices.machine import INVOICE
from billing.invoices.models import Invoice
from billing.invoices.rules import series
from billing.invoices.schemas import Void
from billing.numbers import findable, next_number


async def issue_for_work(work: Work, work_id: UUID) -> list[UUID]:
    """Invoice every approved estimate of a work order that has no invoice yet. Idempotent. Returns the new ids."""
    order = await documents.get(work.session, work.scope, work_id)
    await engine.lock(work.session, [order.stream_id])
    invoiced = {i.estimate_id for i in await repository.on_stream(work.session, work.scope, order.stream_id)}
    approved = [
        e
        for e in await estimates.for_work(work.session, work.scope, work_id)
        if e.status in ("approved", "partly_approved") and e.id not in invoiced
    ]
    return [await _issue(work, estimate) for estimate in approved]


async def _issue(work: Work, estimate: estimates.EstimateView) -> UUID:
    branch = await auth.branch(work.session, work.scope, estimate.branch_id)
    today = clock.business_date(work.now, branch.timezone)
    invoice_id = new_id()
    number = await next_number(work, estimate.branch_id, "I")
    serial = await repository.next_serial(work.session, work.scope, series(branch.code, today))
    order = await documents.get(work.session, work.scope, estimate.id)
    new = NewDocument(
        stream_id=estimate.stream_id,
        branch_id=estimate.branch_id,
        number=number,
        unit_id=order.unit_id,
        customer_id=order.customer_id,
    )
    await work.post(
        open_document(INVOICE, invoice_id, "draft", new, data={"estimate_id": estimate.id}),
        move(INVOICE, invoice_id, "issue", data=amount(estimate.total)),
    )
    work.session.add(
        Invoice(
            id=invoice_id,
            estimate_id=estimate.id,
            serial=serial,
            currency=estimate.currency,
            total_minor=estimate.total_minor,
            paid_minor=0,
            issued_at=work.now,
        )
    )
    await work.session.flush()
    await findable(work, number, estimate.stream_id, order.customer_id)
    return invoice_id


async def void(work: Work, invoice_id: UUID, body: Void) -> None:
    """Make an invoice void on which nothing has been paid."""
    found = await repository.invoice(work.session, work.scope, invoice_id)
    if found.paid_minor:
        raise Conflict("invoice.has_payments", "Something has been paid on this invoice. Credit it instead.")
    await work.post(move(INVOICE, invoice_id, "void", if_version=work.if_version, note=body.note))


async def count_payment(
    work: Work, invoice_id: UUID, payment_id: UUID, paid: Money, method: str, first: list[Change]
) -> None:
    """Post the changes of the payment (`first`) and count it on the invoice, in one batch.

    Raises Invalid (`payment.amount`) for more than is due, Conflict when the invoice is not open.
    """
    row = await repository.held(work.session, work.scope, invoice_id)
    due = Money(row.currency, row.total_minor - row.paid_minor)
    if paid.currency != due.currency or not 0 < paid.minor <= due.minor:
        raise Invalid(
            "payment.amount",
            N_("{major} {currency} is due. Record at most that.").format(major=due.major, currency=due.currency),
            errors=[{"field": "amount_minor", "problem": f"between 0.01 and {due.major} {due.currency}"}],
        )
    data = amount(paid)
    recorded = {**data, "payment_id": payment_id, "method": method}
    verb = "settle" if paid == due else "receive_part"
    await work.post(
        *first,
        event(INVOICE, invoice_id, "payment_recorded", if_version=work.if_version, data=recorded),
        move(INVOICE, invoice_id, verb, data=data),
    )
    row.paid_minor += paid.minor
    await work.session.flush()


def amount(money: Money) -> dict[str, object]:
    """An amount as an entry carries it."""
    return {"amount_minor": money.minor, "currency": money.currency}
