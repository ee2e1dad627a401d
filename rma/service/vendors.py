"""What goes back to its vendor is claimed back by whoever does so."""

from collections.abc import Mapping, Sequence
from typing import Any

from aftersales.money import HALF_UP, Money
from aftersales.ports.vendors import SentBack
from aftersales.work import Work
from rma import settlements
from rma.models import ReturnLine
from rma.repository import ReturnView


async def claim_back(work: Work, held: ReturnView, line: ReturnLine, steps: Sequence[Mapping[str, Any]]) -> None:
    """Tell that these pieces of a line went to the vendor with these steps, worth what was paid for them."""
    paid = (await settlements.paid(work.session, work.scope, [line.id])).get(line.id)
    value = Money(paid.currency, paid.piece_minor).times(len(steps), rounding=HALF_UP) if paid is not None else None
    first = steps[0]
    goods = SentBack(
        key=f"{first['item']}:{first['step']}",
        branch_id=held.branch_id,
        product_id=line.product_id,
        unit_id=line.unit_id,
        quantity=len(steps),
        value=value,
    )
    await work.ports.vendors.sent_back(work, goods)
