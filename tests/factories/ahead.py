"""An exchange in advance on a return, in a status of its own, whatever that of the return is."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from aftersales.ids import new_id
from aftersales.money import Money
from aftersales.ports.charges import Security
from aftersales.status import documents
from aftersales.status.changes import NewDocument, move, open_document
from aftersales.status.documents import DocumentView
from aftersales.work import Work
from billing.holds import service as holds
from billing.holds.machine import HOLD
from billing.holds.models import CardHold, Hold
from rma.advance_machine import ADVANCE
from rma.models import ReturnAdvance, ReturnLine

WAYS = {
    "hold_asked": (),
    "hold_not_placed": ("hold_missed",),
    "hold_placed": (),
    "replacement_shipped": ("ship",),
    "return_due": ("hand_over",),
    "return_in_transit": ("hand_over", "send_back"),
    "hold_released": ("release",),
    "hold_captured": ("hand_over", "keep"),
}

NOTHING_OUT = frozenset({"hold_asked", "hold_not_placed", "hold_placed"})
"""Statuses in which no other unit has gone out."""


async def ahead_of(work: Work, return_id: UUID, status: str = "hold_placed", new_unit_id: UUID | None = None) -> UUID:
    """One that is so far; nothing but its own row and its security says so."""
    about = await documents.get(work.session, work.scope, return_id)
    line_id = await work.session.scalar(select(ReturnLine.id).where(ReturnLine.return_id == return_id).limit(1))
    assert line_id is not None
    advance_id = new_id()
    amount = Money("INR", 649_000)
    unsecured = status in ("hold_asked", "hold_not_placed")
    if unsecured:
        hold_id = await asked(work, about, amount)
    else:
        security = Security(advance_id, amount, "card", "card", f"A{advance_id.hex[-12:]}")
        hold_id = await holds.place(work, return_id, security)
    number = f"X-{advance_id.hex[-10:]}"
    new = NewDocument(about.stream_id, about.branch_id, number, about.unit_id, about.customer_id)
    begins = "ask_hold" if unsecured else "place_hold"
    moves = [move(ADVANCE, advance_id, verb) for verb in WAYS[status]]
    await work.post(open_document(ADVANCE, advance_id, begins, new), *moves)
    row = ReturnAdvance(id=advance_id, return_id=return_id, line_id=line_id, hold_id=hold_id)
    row.currency, row.amount_minor = amount.currency, amount.minor
    row.new_unit_id, row.way = new_unit_id, "counter" if new_unit_id is not None else None
    work.session.add(row)
    await work.session.flush()
    return advance_id


async def asked(work: Work, about: DocumentView, amount: Money, *, anew: bool = False, page: str | None = None) -> UUID:
    """A security that a customer is asked for, by a gateway that nobody asks; with a page of it if one is given."""
    hold_id = new_id()
    new = NewDocument(
        about.stream_id, about.branch_id, f"S-{hold_id.int % 10**10:010d}", about.unit_id, about.customer_id
    )
    data = {"amount_minor": amount.minor, "currency": amount.currency, "method": "card"}
    await work.post(open_document(HOLD, hold_id, "ask_anew" if anew else "ask", new, data=data))
    row = Hold(id=hold_id, about_id=about.id, key=hold_id, way="online", method="card", placed_at=work.now)
    row.currency, row.amount_minor = amount.currency, amount.minor
    work.session.add(row)
    await work.session.flush()
    until = work.now + timedelta(days=3)
    at_gateway = CardHold(hold_id=hold_id, gateway="stripe", asked_at=work.now, asked_until=until)
    at_gateway.page, at_gateway.page_ends_at = page, until if page is not None else None
    work.session.add(at_gateway)
    await work.session.flush()
    return hold_id
