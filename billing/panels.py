"""The cards about money on the case page and on the customer's page."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from aftersales.auth import repository as auth
from aftersales.cases import repository as cases
from aftersales.cases.repository import CaseView
from aftersales.i18n import N_
from aftersales.scope import ActorKind
from aftersales.work import Work
from billing.credit import repository as credit
from billing.estimates import repository as estimates
from billing.estimates.repository import EstimateView
from billing.estimates.rules import line_total, totals
from billing.holds import repository as holds
from billing.holds.machine import ASKED, HOLD
from billing.holds.notes import notes
from billing.holds.repository import HoldView
from billing.invoices import repository as invoices
from billing.refunds import repository as refunds

# What a customer finds among the money, in their words; one that waits for their answer has a card of its own, and
# what was called back is owed to nobody.
_BACK = {"requested": N_("We are paying it back"), "failed": N_("We are paying it back"), "paid": N_("Paid back")}
ANSWERED = {"approved": N_("you said yes"), "partly_approved": N_("you said yes to a part")}


async def money(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """Every estimate with what it is made of, what is owed and paid; None for customers whom it does not concern."""
    if not await cases.may_answer(work.session, work.scope, case_id):
        return None
    found = await estimates.on_stream(work.session, work.scope, case_id)
    labels = {name: state.label for name, state in work.registry.machines["estimate"].by_state.items()}
    if work.scope.actor.kind is ActorKind.CUSTOMER:
        found, labels = [one for one in found if one.status in ANSWERED], ANSWERED
    billed = await invoices.on_stream(work.session, work.scope, case_id)
    asked = await refunds.on_stream(work.session, work.scope, case_id)
    back = [one for one in asked if one.status in _BACK]
    kept = await holds.on_stream(work.session, work.scope, case_id)
    case = await cases.case(work.session, work.scope, case_id)
    held = await credit.balances(work.session, work.scope, case.customer_id)
    if not (found or billed or back or kept or held):
        return None
    return {
        "estimates": [parts(one) | {"label": labels[one.status]} for one in found],
        "invoices": billed,
        "refunds": [(one, _BACK[one.status]) for one in back],
        "holds": await _held(work, case, kept),
        "credit": held,
    }


async def _held(work: Work, case: CaseView, kept: Sequence[HoldView]) -> list[dict[str, Any]]:
    """Each security with how far it is, and what staff know of it from the gateway."""
    staff = work.scope.actor.kind is not ActorKind.CUSTOMER
    online = await holds.at_gateways(work.session, work.scope, {one.id for one in kept}) if staff else {}
    zone = (await auth.branch(work.session, work.scope, case.branch_id)).timezone if online else ""
    found = []
    for one in kept:
        state, row = HOLD.by_state[one.status], online.get(one.id)
        found.append(
            {
                "number": one.number,
                "amount": one.amount,
                "label": state.label if staff else state.customer_label,
                "reference": (row.reference if row is not None else one.reference) if staff else None,
                "notes": notes(one.status, row, zone) if row is not None else (),
            }
        )
    return found


async def to_block(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """The amount that this customer is asked to block on a card; None for whomever it does not concern."""
    if not await cases.may_answer(work.session, work.scope, case_id):
        return None
    asked = [one for one in await holds.on_stream(work.session, work.scope, case_id) if one.status in ASKED]
    if not asked:
        return None
    one = asked[-1]
    row = (await holds.at_gateways(work.session, work.scope, {one.id})).get(one.id)
    if row is None:
        return None
    is_open = row.page_ends_at is not None and work.now < row.page_ends_at
    page = row.page if is_open else None
    return {
        "amount": one.amount,
        "until": row.asked_until,
        "page": page,
        "refused": row.refused,
        "gateway": row.gateway.title(),
        "anew": one.status == "asked_anew",
    }


async def turn(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """The estimate that waits for this customer's answer; None for whoever may not give one."""
    if not await cases.may_answer(work.session, work.scope, case_id):
        return None
    found = await estimates.on_stream(work.session, work.scope, case_id)
    waiting = [one for one in found if one.status == "sent"]
    return parts(waiting[-1]) if waiting else None


def parts(one: EstimateView) -> dict[str, Any]:
    """An estimate with its sums worked out, so that every figure can say why it is this amount."""
    sums = totals(one.lines)
    return {
        "estimate": one,
        "net": sums.net,
        "taxes": sums.taxes,
        "total": sums.total,
        "lines": [{"line": line, "total": line_total(line)} for line in one.lines],
    }
