"""Holding security, and the one decision that ends it.

The decision is a row whose key is the security's own, written in the transaction of the change that decides: whatever
is tried at once, and wherever a process ends, a security is released or captured or still held. What a deposit's
release takes is a refund under the security's key, so that it is paid back once. A gateway only carries out what has
been decided (`tending`), and is asked again until it has.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from aftersales.errors import Conflict
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.module import Posted
from aftersales.money import Money
from aftersales.outbox.schedule import rearm
from aftersales.ports.charges import PayBack, Security
from aftersales.status import documents, engine
from aftersales.status.changes import move, open_document
from aftersales.work import Work
from billing.gateways.choice import card_holds
from billing.holds import repository
from billing.holds.machine import HOLD
from billing.holds.models import CardHold, Hold, HoldOutcome
from billing.holds.repository import HoldView
from billing.holds.rules import ASKED_FOR
from billing.holds.schemas import Executed, Lapse
from billing.numbers import findable, new_on
from billing.payments.service import collect
from billing.refunds import repository as refunds
from billing.refunds import service as paying_back

CARD, DEPOSIT, ONLINE = "card", "deposit", "online"
TEND = "billing.tend_hold"
RELEASED, CAPTURED = "released", "captured"
# Online or not, anew or not: the verb by which it begins.
_FIRST = {(False, False): "place", (False, True): "place", (True, False): "ask", (True, True): "ask_anew"}
FREE = frozenset({"lapsed", "not_held"})
"""Statuses in which nothing is held although nobody has decided."""


def ways(work: Work) -> Sequence[str]:
    """How security can be held under these settings."""
    return (CARD, DEPOSIT) if work.settings.stripe_key is None else (CARD, DEPOSIT, ONLINE)


async def renewable(work: Work, hold_id: UUID) -> bool:
    """Whether another one can take its place before the bank frees it, or since it did."""
    if ONLINE not in ways(work):
        return False
    found = await repository.one(work.session, work.as_system().scope, hold_id)
    return found.way != DEPOSIT and found.status in ("held", "lapsed")


async def place(work: Work, about_id: UUID, security: Security) -> UUID:
    """Hold an amount for a document, on its stream. Asked again for the same key it answers the one there is.

    Raises Conflict: `hold.counted_already` for a card's reference that is known, `payment.counted_already` for a
    deposit's, `hold.no_gateway` where nobody takes cards online.
    """
    gateway = card_holds(work.settings) if security.way == ONLINE else None
    if security.way == ONLINE and gateway is None:
        raise Conflict("hold.no_gateway", "Nobody takes cards online here. Block the amount at the card terminal.")
    about = await documents.get(work.session, work.scope, about_id)
    await engine.lock(work.session, [about.stream_id])
    known = await repository.of_key(work.session, work.scope, security.key)
    if known is not None:
        return known
    hold_id = new_id()
    new = await new_on(work, about, "S")
    data = {"amount_minor": security.amount.minor, "currency": security.amount.currency, "method": security.method}
    await work.post(open_document(HOLD, hold_id, _FIRST[gateway is not None, security.anew], new, data=data))
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
    if gateway is not None:
        until = work.now + ASKED_FOR
        work.session.add(CardHold(hold_id=hold_id, gateway=gateway.name, asked_at=work.now, asked_until=until))
        await work.session.flush()
        await tend(work, hold_id)
    await findable(work, new.number, about.stream_id, about.customer_id)
    return hold_id


async def tend(work: Work, hold_id: UUID) -> None:
    """Have the gateway asked, and told what has been decided, as soon as this is committed.

    Whoever is about to note an answer of before is refused: what is to be done may be something else now.
    """
    await rearm(work.session, TEND, str(hold_id), due_at=work.now, data={"hold_id": str(hold_id)})


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
    if found.way == ONLINE:
        await tend(work, hold_id)


async def capture(work: Work, hold_id: UUID) -> None:
    """What it was held for has not come: it is ours. Done twice it is done once.

    Raises Conflict: `hold.decided` where it was released, `hold.free` where nothing is held any more.
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
    if found.way == ONLINE:
        await tend(work, hold_id)


async def _decide(work: Work, hold_id: UUID, outcome: str) -> HoldView | None:
    """The security on which it is now decided so; None where that was decided before, or nothing is left to release."""
    found = await repository.one(work.session, work.scope, hold_id)
    await engine.lock(work.session, [found.stream_id])
    known = await repository.outcome(work.session, work.scope, hold_id)
    if known is not None:
        if known.outcome == outcome:
            return None
        raise Conflict("hold.decided", N_("This security has been {outcome} already.").format(outcome=known.outcome))
    found = await repository.one(work.session, work.scope, hold_id)
    free = found.status in FREE
    if free and outcome == CAPTURED:
        raise Conflict("hold.free", "Nothing is held any more. What is owed must be asked for.")
    done = work.now if free else None
    work.session.add(HoldOutcome(hold_id=hold_id, outcome=outcome, decided_at=work.now, done_at=done))
    await work.session.flush()
    return None if free else found


async def let_go(work: Work, hold_id: UUID, body: Executed) -> None:
    """The card's terminal has released it.

    Raises Conflict: `hold.by_refund` for a deposit, which is paid back as a refund, `hold.by_gateway` for what the
    gateway releases by itself.
    """
    found = await _by_hand(work, hold_id)
    if found.way == DEPOSIT:
        raise Conflict("hold.by_refund", "A deposit goes back as a refund. Write down there that it is paid.")
    await work.post(move(HOLD, hold_id, "let_go", if_version=work.if_version, data=_amount(found)))
    await _done(work, hold_id, body.reference)


async def take(work: Work, hold_id: UUID, body: Executed) -> None:
    """The card's terminal has captured it: the money is counted as a payment of its own. Raises as `let_go`."""
    found = await _by_hand(work, hold_id)
    await work.post(move(HOLD, hold_id, "take", if_version=work.if_version, data=_amount(found)))
    await collect(work, found.about_id, found.amount, found.method, body.reference)
    await _done(work, hold_id, body.reference)


async def lapse(work: Work, hold_id: UUID, body: Lapse) -> None:
    """The bank no longer held it: nothing was captured, and what is owed must be asked for. Raises as `let_go`."""
    await _by_hand(work, hold_id)
    await work.post(move(HOLD, hold_id, "lapse", if_version=work.if_version, note=body.note))


async def why_not_by_hand(work: Work, hold_id: UUID) -> str | None:
    """Not shown for what the gateway does by itself."""
    found = await repository.one(work.session, work.scope, hold_id)
    return "" if await _by_gateway(work, found) else None


async def why_not_let_go(work: Work, hold_id: UUID) -> str | None:
    """Nor for a deposit, which goes back as a refund."""
    found = await repository.one(work.session, work.scope, hold_id)
    return "" if found.way == DEPOSIT or await _by_gateway(work, found) else None


async def followed(work: Work, found: HoldView, verb: str, reference: str | None, code: str | None = None) -> None:
    """The gateway has done it: the security, held by the caller, follows."""
    data = {"code": code} if verb == "give_up" and code else _amount(found) if verb != "give_up" else {}
    await work.post(move(HOLD, found.id, verb, data=data))
    if verb == "take":
        await collect(work, found.about_id, found.amount, found.method, reference)
    if verb in ("take", "let_go"):
        await _done(work, found.id, reference)


async def refunded(work: Work, posted: Posted) -> None:
    """A refund has been paid: the deposit that it was is released."""
    what_for = await refunds.key_of(work.session, work.scope, posted.document_id)
    found = await repository.find(work.session, work.scope, what_for) if what_for is not None else None
    if found is None:
        return
    held = await locked(work, found.id)
    if held.status == "releasing":
        await work.post(move(HOLD, held.id, "let_go", data=_amount(held)))
        await _done(work, held.id, (await refunds.one(work.session, work.scope, posted.document_id)).reference)


async def _by_hand(work: Work, hold_id: UUID) -> HoldView:
    """The security with its stream held; Conflict (`hold.by_gateway`) where nothing is to be done by hand."""
    found = await locked(work, hold_id)
    if await _by_gateway(work, found):
        raise Conflict("hold.by_gateway", "The gateway does this by itself, and writes it down here.")
    return found


async def _by_gateway(work: Work, found: HoldView) -> bool:
    if found.way != ONLINE:
        return False
    # Somebody has done there by hand what nobody had decided here: only a person can put that right.
    row = await repository.at_gateway(work.session, work.scope, found.id)
    return row is not None and row.differs_at is None


async def locked(work: Work, hold_id: UUID) -> HoldView:
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
