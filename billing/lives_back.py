"""What billing knows of money that went back to a customer: refunds and credit."""

from collections.abc import Mapping
from typing import Any

from aftersales.i18n import N_, amount, day_time
from aftersales.status.life import Life
from aftersales.work import Work
from billing.credit import repository as credit
from billing.lives import METHODS
from billing.refunds import repository as refunds
from billing.refunds.machine import REFUND


async def refunds_in(work: Work, life: Life) -> Mapping[str, Any]:
    """The refunds, paid and to be paid."""
    found = await refunds.in_life(work.session, work.scope, life)
    return {
        "rows": [
            {
                "id": one.id,
                "number": one.number,
                "category": one.category,
                "label": REFUND.by_state[one.status].label,
                "title": METHODS.get(one.method, one.method),
                "amount": amount(one.amount),
                "url": f"/desk/cases/{one.stream_id}",
                "facts": [(N_("Reference"), one.reference)] if one.reference else [],
                "at_text": day_time(one.paid_at or one.requested_at, life.zone, year=True),
            }
            for one in found
        ]
    }


async def credit_in(work: Work, life: Life) -> Mapping[str, Any]:
    """The ledger of the credit, with the balance after each entry."""
    found = await credit.in_life(work.session, work.scope, life)
    return {
        "rows": [
            {
                "id": one.id,
                "number": one.number,
                "category": "done",
                "label": N_("Given") if one.amount_minor > 0 else N_("Used"),
                "title": N_("Store credit"),
                "amount": amount(one.amount),
                "url": f"/desk/cases/{one.stream_id}",
                "facts": [(N_("Credit after it"), amount(one.balance))],
                "at_text": day_time(one.made_at, life.zone, year=True),
            }
            for one in found
        ]
    }
