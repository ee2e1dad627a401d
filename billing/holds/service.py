"""Holding security, and the one decision that ends it.

The decision is a row whose key is the security's own, written in the transaction of the change that decides: whatever
is tried at once, and wherever a process ends, a security is released or captured or still held. What a deposit's
release takes is a refund under the security's key, so that it is paid back once.
"""

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from aftersales.errors import Conflict
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.module import Posted
from aftersales.money import Money
from aftersales.ports.charges import PayBack, Security
from aftersales.status import documents, engine
from aftersales.status.changes import NewDocument, move, open_document
from aftersales.work import Work
from billing.holds import repository
from billing.holds.machine import HOLD
from billing.holds.models import Hold, HoldOutcome
from billing.holds.repository import HoldView
from billing.holds.schemas import Executed, Lapse
from billing.numbers import findable, next_number
from billing.payments.service import collect
from billing.refunds import repository as refunds
from billing.refunds import service as paying_back

CARD, DEPOSIT = "card", "deposit"
RELEASED, CAPTURED = "released", "captured"


async def place(work: Work, about_id: UUID, security: Security) -> UUID:
    """Hold an amount for a document, on its stream. Asked again for the same key it answers the one there is.

    Raises Conflict: `hold.counted_already` for a card's reference that is known, `payment.counted_already` for a
    deposit's.
    """
    about = await documents.get(work.session, work.scope, about_id)
    await engine.lock(work.session, [about.stream_id])
    known = await repository.of_key(work.session, work.scope, security.key)
    if known is not None:
        return known
    hold_id = new_id()
    new = NewDocument(
        stream_id=about.stream_id,
        branch_id=about.branch_id,
        number=await next_number(work, about.branch_id, "S"),
        unit_id=about.unit_id,
        customer_id=about.customer_id,
    )
    data = {"amount_minor": security.amount.minor, "currency": security.amount.currency, "method": security.method}
    await work.post(open_document(HOLD, hold_id, "place", new, data=data))
    if security.way == DEPOSIT:
        await collect(work, about_id, security.amount, security.method, security.reference)
    row = Hold(
        id=hold_id,
        about_id=about_id,
        key=security.key,
        way=security.way,
        currency=security.amount.currency,
        amount_minor=security.amount.minor,
        method=security.method,
        reference=security.reference,
        placed_at=work.now,
    )
    try:
        async with work.session.begin_nested():
            work.session.add(row)
            await work.session.flush()
    except IntegrityError as error:
        raise Conflict("hold.counted_already", "This amount on the card is held for something else.") from error
    await findable(work, new.number, about.stream_id, about.customer_id)
    return hold_id


async def release(work: Work, hold_id: UUID) -> None:
    """What it was held for has come: it is the customer's again. Done twice it is done once.

    Raises Conflict (`hold.decided`) where it was captured.
    """
    found = await _decide(work, hold_id, RELEASED)
    if found is None:
        return
    await work.post(move(HOLD, hold_id, "release", data=_amount(found)))
    if found.way == DEPOSIT:
        none = Money(found.currency, 0)
        order = PayBack(hold_id, found.amount, none, found.method, found.reference or found.number)
        await paying_back.request(work, found.about_id, order)


async def capture(work: Work, hold_id: UUID) -> None:
    """What it was held for has not come: it is ours. Done twice it is done once.

    Raises Conflict (`hold.decided`) where it was released.
    """
    found = await _decide(work, hold_id, CAPTURED)
    if found is None:
        return
    changes = [move(HOLD, hold_id, "capture", data=_amount(found))]
    if found.way == DEPOSIT:
        # It has been with us since it was paid.
        changes.append(move(HOLD, hold_id, "take", data=_amount(found)))
        await _done(work, hold_id, found.reference)
    await work.post(*changes)


async def _decide(work: Work, hold_id: UUID, outcome: str) -> HoldView | None:
    """The security on which it is now decided so; None where that was decided before."""
    found = await repository.one(work.session, work.scope, hold_id)
    await engine.lock(work.session, [found.stream_id])
    known = await repository.outcome(work.session, work.scope, hold_id)
    if known is not None:
        if known.outcome == outcome:
            return None
        raise Conflict("hold.decided", N_("This security has been {outcome} already.").format(outcome=known.outcome))
    work.session.add(HoldOutcome(hold_id=hold_id, outcome=outcome, decided_at=work.now))
    await work.session.flush()
    return found


async def let_go(work: Work, hold_id: UUID, body: Executed) -> None:
    """The card's terminal has released it. Raises Conflict (`hold.by_refund`): a deposit is paid back as a refund."""
    found = await _held(work, hold_id)
    if found.way != CARD:
        raise Conflict("hold.by_refund", "A deposit goes back as a refund. Write down there that it is paid.")
    await work.post(move(HOLD, hold_id, "let_go", if_version=work.if_version, data=_amount(found)))
    await _done(work, hold_id, body.reference)


async def take(work: Work, hold_id: UUID, body: Executed) -> None:
    """The card's terminal has captured it: the money is counted as a payment of its own."""
    found = await _held(work, hold_id)
    await work.post(move(HOLD, hold_id, "take", if_version=work.if_version, data=_amount(found)))
    await collect(work, found.about_id, found.amount, found.method, body.reference)
    await _done(work, hold_id, body.reference)


async def lapse(work: Work, hold_id: UUID, body: Lapse) -> None:
    """The bank no longer held it: nothing was captured, and what is owed must be asked for."""
    await _held(work, hold_id)
    await work.post(move(HOLD, hold_id, "lapse", if_version=work.if_version, note=body.note))


async def why_not_let_go(work: Work, hold_id: UUID) -> str | None:
    """Not shown for a deposit, which goes back as a refund."""
    found = await repository.one(work.session, work.scope, hold_id)
    return None if found.way == CARD else ""


async def refunded(work: Work, posted: Posted) -> None:
    """A refund has been paid: the deposit that it was is released."""
    what_for = await refunds.key_of(work.session, work.scope, posted.document_id)
    found = await repository.find(work.session, work.scope, what_for) if what_for is not None else None
    if found is None:
        return
    held = await _held(work, found.id)
    if held.status == "releasing":
        await work.post(move(HOLD, held.id, "let_go", data=_amount(held)))
        await _done(work, held.id, (await refunds.one(work.session, work.scope, posted.document_id)).reference)


async def _held(work: Work, hold_id: UUID) -> HoldView:
    """The security with its stream held."""
    found = await repository.one(work.session, work.scope, hold_id)
    await engine.lock(work.session, [found.stream_id])
    return await repository.one(work.session, work.scope, hold_id)


async def _done(work: Work, hold_id: UUID, reference: str | None) -> None:
    row = await repository.outcome(work.session, work.scope, hold_id)
    if row is not None:
        row.done_at, row.reference = work.now, reference
        await work.session.flush()


def _amount(found: HoldView) -> dict[str, object]:
    return {"amount_minor": found.amount_minor, "currency": found.currency, "method": found.method}
