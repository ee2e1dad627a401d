"""How the demonstration's returns are settled: what was paid, what the customer gets, and the unit they got instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from aftersales.ids import new_id
from aftersales.ports.charges import PayBack
from aftersales.products import repository as products
from aftersales.products.repository import UnitView
from aftersales.work import Work
from rma.models import Return, ReturnExchange, ReturnLine, ReturnPaid, ReturnResolution
from rma.service.exchanging import new_unit
from rma.worth import Back, Paid, Resolution, back

WAYS = {
    "resolution_pending": Resolution.REFUND,
    "resolved": Resolution.STORE_CREDIT,
    "closed": Resolution.STORE_CREDIT,
    "exchanged_at_door": Resolution.EXCHANGE,
}
"""By status, how a return of the demonstration is settled."""
SETTLED_IN = timedelta(days=5)
TAX = Decimal(18)


@dataclass(frozen=True, slots=True)
class ToSettle:
    """A return that has come so far, with the unit that came and the time of its last step."""

    work: Work
    row: Return
    line: ReturnLine
    unit: UnitView
    status: str


async def settle(made: Sequence[ToSettle]) -> None:
    """Settle those whose status says that they are."""
    for one in made:
        if one.status in WAYS:
            await _settle(one, WAYS[one.status])


async def _settle(one: ToSettle, resolution: Resolution) -> None:
    session, now = one.work.session, one.work.now
    price = (await products.product(session, one.work.scope, one.line.product_id)).price
    invoice = one.unit.invoice_number or f"GO/{one.unit.serial[-6:]}"
    paid = ReturnPaid(line_id=one.line.id, currency=price.currency, piece_minor=price.minor, tax_rate=TAX)
    paid.method, paid.proof, paid.reference, paid.recorded_at = "upi", "invoice", invoice, now
    row = ReturnResolution(id=new_id(), return_id=one.row.id, line_id=one.line.id, first=1, quantity=1)
    row.resolution, row.chosen_at = resolution.value, now
    due = back(Paid(price, TAX), 1, 1)
    if resolution is not Resolution.EXCHANGE:
        row.order_id = await _money(one, resolution, row.id, due, invoice)
    if row.order_id is not None:
        row.currency, row.amount_minor = due.amount.currency, due.amount.minor
        row.fee_minor, row.tax_minor = due.fee.minor, due.tax.minor
    elif resolution is not Resolution.EXCHANGE:
        # Nobody pays here: another one is on its way to them, or with them.
        row.resolution = Resolution.REPLACEMENT.value
    if one.status == "resolution_pending":
        one.row.settle_by = now + SETTLED_IN
    else:
        row.done_at = now
    session.add_all([paid, row])
    await session.flush()
    if resolution is Resolution.EXCHANGE:
        session.add(await _exchanged(one, row))
        await session.flush()


async def _money(one: ToSettle, resolution: Resolution, key: UUID, due: Back, reference: str) -> UUID | None:
    charges = one.work.ports.charges
    if resolution is Resolution.REFUND:
        return await charges.refund(one.work, one.row.id, PayBack(key, due.amount, due.tax, "upi", reference))
    return await charges.credit(one.work, one.row.id, key, due.amount)


async def _exchanged(one: ToSettle, row: ReturnResolution) -> ReturnExchange:
    """The unit that the technician left at the door."""
    serial = f"{one.unit.serial[:-6]}{int(one.unit.id) % 10**6:06d}"
    new = await new_unit(one.work, one.line.product_id, one.unit.customer_id, serial)
    made = ReturnExchange(id=new_id(), resolution_id=row.id, piece=1, old_unit_id=one.unit.id, new_unit_id=new)
    made.way, made.currency, made.difference_minor = "door", "INR", 0
    made.made_at = made.done_at = one.work.now
    return made
