"""Recording payments."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from aftersales.errors import Conflict
from aftersales.ids import new_id
from aftersales.money import Money
from aftersales.status import documents
from aftersales.status.changes import move, open_document
from aftersales.work import Work
from billing.credit import service as credit
from billing.invoices import repository as invoices
from billing.invoices.service import amount, count_payment
from billing.numbers import findable, new_on
from billing.payments import repository
from billing.payments.machine import PAYMENT
from billing.payments.models import CountedReference, DirectPayment, Payment
from billing.payments.schemas import RecordPayment

STORE_CREDIT = "store_credit"


async def record(work: Work, invoice_id: UUID, body: RecordPayment) -> UUID:
    """Count money that has reached us on an invoice; payment and invoice move together. Returns the payment's id.

    Raises Conflict (`payment.counted_already`) for a reference that is known, Invalid for more than is due, or
    (`credit.amount`) than there is of the customer's credit.
    """
    found = await invoices.invoice(work.session, work.scope, invoice_id)
    paid = Money(found.currency, body.amount_minor)
    payment_id = new_id()
    new = await new_on(work, found, "P")
    data = amount(paid) | {"method": body.method, "invoice_id": invoice_id}
    first = [
        open_document(PAYMENT, payment_id, "initiate", new, data=data),
        move(PAYMENT, payment_id, "succeed", data=data),
    ]
    await count_payment(work, invoice_id, payment_id, paid, body.method, first)
    row = Payment(
        id=payment_id,
        invoice_id=invoice_id,
        method=body.method,
        reference=body.reference,
        currency=paid.currency,
        amount_minor=paid.minor,
        received_at=work.now,
    )
    await _keep(work, row)
    if body.method == STORE_CREDIT:
        await credit.use(work, found.customer_id, payment_id, payment_id, paid)
    await findable(work, new.number, found.stream_id, found.customer_id)
    return payment_id


async def collect(work: Work, document_id: UUID, paid: Money, method: str, reference: str | None) -> UUID:
    """Count money that has reached us for a document without an invoice of ours, on its stream. Answers its id.

    Raises Conflict (`payment.counted_already`) for a reference that is known.
    """
    about = await documents.get(work.session, work.scope, document_id)
    payment_id = new_id()
    new = await new_on(work, about, "P")
    data = amount(paid) | {"method": method}
    await work.post(
        open_document(PAYMENT, payment_id, "initiate", new, data=data), move(PAYMENT, payment_id, "succeed", data=data)
    )
    row = DirectPayment(
        id=payment_id,
        about_id=document_id,
        method=method,
        reference=reference,
        currency=paid.currency,
        amount_minor=paid.minor,
        received_at=work.now,
    )
    await _keep(work, row)
    if method == STORE_CREDIT:
        await credit.use(work, about.customer_id, payment_id, payment_id, paid)
    await findable(work, new.number, about.stream_id, about.customer_id)
    return payment_id


async def _keep(work: Work, row: Payment | DirectPayment) -> None:
    """Keep the row; its reference is claimed in one place for payments of either kind."""
    if await repository.counted(work.session, work.scope, row.method, row.reference):
        raise _counted()
    work.session.add(row)
    if row.reference is not None:
        work.session.add(CountedReference(method=row.method, reference=row.reference, payment_id=row.id))
    try:
        await work.session.flush()
    except IntegrityError as error:
        raise _counted() from error


def _counted() -> Conflict:
    return Conflict("payment.counted_already", "A payment with this reference has been recorded already.")
