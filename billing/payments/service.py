"""Recording payments."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from aftersales.errors import Conflict
from aftersales.ids import new_id
from aftersales.money import Money
from aftersales.status.changes import NewDocument, move, open_document
from aftersales.work import Work
from billing.invoices import repository as invoices
from billing.invoices.service import amount, count_payment
from billing.numbers import findable, next_number
from billing.payments.machine import PAYMENT
from billing.payments.models import Payment
from billing.payments.schemas import RecordPayment


async def record(work: Work, invoice_id: UUID, body: RecordPayment) -> UUID:
    """Count money that has reached us on an invoice; payment and invoice move together. Returns the payment's id.

    Raises Conflict (`payment.counted_already`) for a reference that is known, Invalid for more than is due.
    """
    found = await invoices.invoice(work.session, work.scope, invoice_id)
    paid = Money(found.currency, body.amount_minor)
    payment_id = new_id()
    new = NewDocument(
        stream_id=found.stream_id,
        branch_id=found.branch_id,
        number=await next_number(work, found.branch_id, "P"),
        unit_id=found.unit_id,
        customer_id=found.customer_id,
    )
    data = amount(paid) | {"method": body.method, "invoice_id": invoice_id}
    first = [
        open_document(PAYMENT, payment_id, "initiate", new, data=data),
        move(PAYMENT, payment_id, "succeed", data=data),
    ]
    await count_payment(work, invoice_id, payment_id, paid, body.method, first)
    work.session.add(
        Payment(
            id=payment_id,
            invoice_id=invoice_id,
            method=body.method,
            reference=body.reference,
            currency=found.currency,
            amount_minor=body.amount_minor,
            received_at=work.now,
        )
    )
    try:
        await work.session.flush()
    except IntegrityError as error:
        raise Conflict("payment.counted_already", "A payment with this reference has been recorded already.") from error
    await findable(work, new.number, found.stream_id, found.customer_id)
    return payment_id
