"""What becomes of each piece of a return, and what the customer may expect, for cards."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from aftersales.i18n import N_, amount
from aftersales.money import Money
from aftersales.products import repository as products
from aftersales.work import Work
from rma import advances, repository, settlements
from rma.advance_machine import ADVANCE
from rma.alternatives import Alternative, Kind, offered
from rma.models import ReturnExchange, ReturnLine, ReturnPaid, ReturnResolution
from rma.repository import ReturnView
from rma.rules import Outcome, Reason
from rma.said import sentences
from rma.service.sending import SHOWN_IN, terms_of

_Serials = Mapping[UUID, Sequence[str]]
GOODWILL = Alternative(
    Kind.GOODWILL, N_("Out of goodwill: authorise it, choose the kind and write why. Both are kept.")
)
BEFORE = SHOWN_IN | {"requested", "under_review", "info_requested"}


def foreseen(row: ReturnView) -> dict[str, Any]:
    """What a customer may expect before it is sent: in how many hours we look at it, in how many days it is settled,
    and the clause of the fee if one is kept; nothing once it has come."""
    if row.status not in BEFORE:
        return {"foreseen": None}
    terms = terms_of(row)
    fee = terms.fee(Reason(row.reason_code))
    clause = (row.clauses or {}).get(terms.fee_clause, "") if fee else ""
    return {"foreseen": {"hours": terms.inspect_hours, "days": terms.settle_days, "fee": clause}}


async def instead_of(work: Work, held: Sequence[ReturnView], *, staff: bool) -> Mapping[UUID, list[Alternative]]:
    """What can be offered instead, for the newest return that the rule does not grant: to staff while it is decided,
    to the customer once it is rejected."""
    told = {"rejected"} if not staff else {"requested", "under_review", "info_requested", "rejected"}
    for row in held:
        outcome = Outcome(row.verdict["outcome"]) if row.verdict is not None else Outcome.UNKNOWN
        if row.status in told and outcome is not Outcome.ELIGIBLE:
            cover = await work.ports.coverage.of_unit(work, row.unit_id)
            found = offered(outcome, Reason(row.reason_code), terms_of(row), row.clauses or {}, cover)
            return {row.id: [*found, GOODWILL] if staff else found}
    return {}


async def of_returns(work: Work, held: Sequence[ReturnView]) -> Mapping[UUID, list[dict[str, Any]]]:
    """The lines of these returns, each with how its pieces are settled; in a bounded number of statements."""
    ids = {row.id for row in held}
    lines = await repository.lines(work.session, work.scope, ids)
    chosen: dict[UUID, list[ReturnResolution]] = defaultdict(list)
    for row in await settlements.resolutions(work.session, work.scope, ids):
        chosen[row.line_id].append(row)
    made = await settlements.exchanges(work.session, work.scope, ids)
    serials = await _serials(work, made)
    paid = await settlements.paid(work.session, work.scope, [line.id for line in lines])
    called = await products.names(work.session, work.scope, {line.product_id for line in lines})
    found: dict[UUID, list[dict[str, Any]]] = {key: [] for key in ids}
    for line in lines:
        found[line.return_id].append(
            _line(line, called[line.product_id], chosen[line.id], paid.get(line.id), made, serials)
        )
    return found


async def ahead(work: Work, held: Sequence[ReturnView], *, customer: bool) -> Mapping[UUID, list[dict[str, Any]]]:
    """By return, for each line with one: how far the last exchange in advance is, what is held for it, and when the old
    one is due, while it is."""
    last = {one.line_id: one for one in await advances.of_returns(work.session, work.scope, {row.id for row in held})}
    found: dict[UUID, list[dict[str, Any]]] = {row.id: [] for row in held}
    for one in last.values():
        state = ADVANCE.by_state[one.status]
        found[one.return_id].append(
            {
                "label": (state.customer_label or state.label) if customer else state.label,
                "category": str(state.category),
                "amount": amount(one.amount),
                "held": one.category != "done" and one.status != "hold_asked",
                "due_at": one.due_at if one.status == "return_due" else None,
                "due": None,
            }
        )
    return found


async def _serials(work: Work, made: Sequence[ReturnExchange]) -> _Serials:
    """The numbers of what was handed over, by resolution."""
    new = {one.new_unit_id for one in made}
    units = await products.units(work.session, work.as_system().scope, new) if new else {}
    found: dict[UUID, list[str]] = defaultdict(list)
    for one in made:
        found[one.resolution_id].append(units[one.new_unit_id].serial)
    return found


def _line(
    line: ReturnLine,
    product: str,
    rows: Sequence[ReturnResolution],
    paid: ReturnPaid | None,
    made: Sequence[ReturnExchange],
    serials: _Serials,
) -> dict[str, Any]:
    return {
        "position": line.position,
        "product": product,
        "quantity": line.quantity,
        "received": line.received,
        "paid": amount(Money(paid.currency, paid.piece_minor)) if paid is not None else None,
        "settled": [_settled(row, made) | {"serials": serials.get(row.id, ())} for row in rows],
        "left": line.received - sum(row.quantity for row in rows),
    }


def _settled(row: ReturnResolution, made: Sequence[ReturnExchange]) -> dict[str, Any]:
    words = [(said, amount(money) if money is not None else "") for said, money in sentences([row], made)]
    return {"quantity": row.quantity, "words": words, "done": row.done_at is not None}
