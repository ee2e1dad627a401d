"""Asking for a refund, and paying it."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from aftersales.errors import Conflict
from aftersales.ids import new_id
from aftersales.ports.charges import PayBack
from aftersales.status import documents, engine
from aftersales.status.changes import move, open_document
from aftersales.work import Work
from billing.numbers import findable, new_on
from billing.refunds import repository
from billing.refunds.machine import REFUND
from billing.refunds.models import Refund
from billing.refunds.schemas import Fail, Nothing, Pay


async def request(work: Work, about_id: UUID, back: PayBack) -> UUID:
    """Open a refund for a document, on its stream. Asked again for the same key it answers the one there is."""
    about = await documents.get(work.session, work.scope, about_id)
    await engine.lock(work.session, [about.stream_id])
    known = await repository.of_key(work.session, work.scope, back.key)
    if known is not None:
        return known
    refund_id = new_id()
    new = await new_on(work, about, "B")
    data = {"amount_minor": back.amount.minor, "currency": back.amount.currency, "method": back.method}
    await work.post(open_document(REFUND, refund_id, "request", new, data=data))
    work.session.add(
        Refund(
            id=refund_id,
            about_id=about_id,
            key=back.key,
            currency=back.amount.currency,
            amount_minor=back.amount.minor,
            tax_minor=back.tax.minor,
            method=back.method,
            source_reference=back.reference,
            requested_at=work.now,
        )
    )
    await work.session.flush()
    await findable(work, new.number, about.stream_id, about.customer_id)
    return refund_id


async def pay(work: Work, refund_id: UUID, body: Pay) -> None:
    """It has been paid back, to where the money came from.

    Raises Conflict: `status.illegal` when it is paid already, `refund.counted_already` for a reference that is known.
    """
    found = await repository.one(work.session, work.scope, refund_id)
    await engine.lock(work.session, [found.stream_id])
    data = {"amount_minor": found.amount_minor, "currency": found.currency, "method": found.method}
    await work.post(move(REFUND, refund_id, "pay", if_version=work.if_version, data=data))
    row = await repository.held(work.session, work.scope, refund_id)
    row.reference, row.paid_at = body.reference, work.now
    try:
        await work.session.flush()
    except IntegrityError as error:
        raise Conflict(
            "refund.counted_already", "Another refund has this reference. Compare it with what the bank says."
        ) from error


async def withdraw(work: Work, refund_id: UUID) -> bool:
    """Whoever asked for it no longer does: it will not be paid. False where it has been."""
    system = work.as_system()
    found = await repository.one(system.session, system.scope, refund_id)
    await engine.lock(work.session, [found.stream_id])
    found = await repository.one(system.session, system.scope, refund_id)
    if found.status == "paid":
        return False
    if found.status != "withdrawn":
        await work.post(move(REFUND, refund_id, "withdraw"))
    return True


async def fail(work: Work, refund_id: UUID, body: Fail) -> None:
    """The bank or provider did not take it; nothing was paid."""
    await work.post(move(REFUND, refund_id, "fail", if_version=work.if_version, note=body.note))


async def retry(work: Work, refund_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """It is to be paid after all."""
    await work.post(move(REFUND, refund_id, "retry", if_version=work.if_version))
