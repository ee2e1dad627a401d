"""What billing knows of a customer's and of a unit's life: what was offered with which parts, owed and paid."""

from collections.abc import Mapping
from typing import Any

from aftersales.i18n import N_, amount, day_time
from aftersales.status.life import Life
from aftersales.work import Work
from billing.estimates import repository as estimates
from billing.estimates.machine import ESTIMATE
from billing.estimates.rules import line_total
from billing.invoices import repository as invoices
from billing.invoices.machine import INVOICE
from billing.payments import repository as payments
from billing.payments.machine import PAYMENT

METHODS = {
    "upi": "UPI",
    "card": N_("Card"),
    "bank_transfer": N_("Bank transfer"),
    "cash": N_("Cash"),
    "cheque": N_("Cheque"),
    "store_credit": N_("Store credit"),
}


async def estimates_in(work: Work, life: Life) -> Mapping[str, Any]:
    """The estimates, line by line before tax: which parts and how much work."""
    found = await estimates.in_life(work.session, work.scope, life)
    return {
        "rows": [
            {
                "id": one.id,
                "number": one.number,
                "category": str(ESTIMATE.by_state[one.status].category),
                "label": ESTIMATE.by_state[one.status].label,
                "title": N_("Estimate"),
                "amount": amount(one.total),
                "url": f"/desk/cases/{one.stream_id}",
                "facts": [
                    (
                        f"{line.description} × {line.quantity}" if line.quantity > 1 else line.description,
                        amount(line_total(line)),
                    )
                    for line in one.lines
                ],
                "at_text": N_("good until {when}").format(when=day_time(one.valid_until, life.zone, year=True))
                if one.valid_until
                else "",
            }
            for one in found
        ]
    }


async def invoices_in(work: Work, life: Life) -> Mapping[str, Any]:
    """The invoices, and what is still due on them."""
    found = await invoices.in_life(work.session, work.scope, life)
    return {
        "rows": [
            {
                "id": one.id,
                "number": one.number,
                "category": str(INVOICE.by_state[one.status].category),
                "label": INVOICE.by_state[one.status].label,
                "title": N_("Invoice {serial}").format(serial=one.serial),
                "amount": amount(one.total),
                "url": f"/desk/cases/{one.stream_id}",
                "facts": [(N_("Due"), amount(one.due))] if one.due.minor else [],
                "at_text": day_time(one.issued_at, life.zone, year=True),
            }
            for one in found
        ]
    }


async def payments_in(work: Work, life: Life) -> Mapping[str, Any]:
    """The payments, and the invoice each was counted on."""
    found = await payments.in_life(work.session, work.scope, life)
    return {
        "rows": [
            {
                "id": one.id,
                "number": one.number,
                "category": one.category,
                "label": PAYMENT.by_state[one.status].label,
                "title": METHODS.get(one.method, one.method),
                "amount": amount(one.amount),
                "url": f"/desk/cases/{one.stream_id}",
                "facts": [
                    (label, value)
                    for label, value in ((N_("Invoice"), one.invoice), (N_("Reference"), one.reference))
                    if value
                ],
                "at_text": day_time(one.received_at, life.zone, year=True),
            }
            for one in found
        ]
    }
