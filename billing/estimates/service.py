"""Writing, sending and answering estimates."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from aftersales.errors import Conflict, Invalid
from aftersales.ids import new_id
from aftersales.money import Money
from aftersales.outbox.schedule import schedule
from aftersales.ports.charges import ChargeLine
from aftersales.status import documents
from aftersales.status.changes import Change, move, open_document
from aftersales.work import Work
from billing.estimates import repository
from billing.estimates.machine import ESTIMATE
from billing.estimates.models import Estimate, EstimateLine
from billing.estimates.rules import problem, totals
from billing.estimates.schemas import CustomerApproves, CustomerDeclines, RecordAnswer, Send
from billing.numbers import findable, new_on

EXPIRE = "billing.expire_estimate"
VOIDABLE = frozenset({"draft", "sent", "approved", "partly_approved", "expired"})


async def draft(work: Work, work_id: UUID, lines: Sequence[ChargeLine]) -> UUID:
    """A new estimate for a work order. Raises NotFound for the order, Invalid (`estimate.lines`) for the lines."""
    if (wrong := problem(lines)) is not None:
        raise Invalid("estimate.lines", wrong, errors=[{"field": "lines", "problem": wrong}])
    order = await documents.get(work.session, work.scope, work_id)
    sums = totals(lines)
    estimate_id = new_id()
    new = replace(await new_on(work, order, "E"), open_key=f"estimate:{work_id}")
    amount = _amount(sums.total)
    await _supersede(work, work_id, estimate_id)
    await work.post(open_document(ESTIMATE, estimate_id, "draft", new, data=amount))
    work.session.add(
        Estimate(
            id=estimate_id,
            work_id=work_id,
            currency=sums.total.currency,
            net_minor=sums.net.minor,
            total_minor=sums.total.minor,
        )
    )
    await work.session.flush()
    work.session.add_all(
        EstimateLine(
            estimate_id=estimate_id,
            position=position,
            kind=line.kind,
            description=line.description,
            quantity=line.quantity,
            unit_price_minor=line.unit_price.minor,
            tax_rate=line.tax_rate,
            tax_code=line.tax_code,
        )
        for position, line in enumerate(lines)
    )
    await work.session.flush()
    await findable(work, new.number, order.stream_id, order.customer_id)
    return estimate_id


async def _supersede(work: Work, work_id: UUID, newer: UUID) -> None:
    """A customer answers one price at a time; an approved one stands beside its supplement."""
    replaced: list[Change] = [
        move(ESTIMATE, old.id, "supersede", data={"estimate_id": newer})
        for old in await repository.for_work(work.session, work.scope, work_id)
        if old.status in ("draft", "sent", "expired")
    ]
    if replaced:
        await work.as_system().post(*replaced)


async def withdraw(work: Work, stream_id: UUID) -> None:
    """End every estimate of the case that has no answer yet. Idempotent."""
    found = await repository.on_stream(work.session, work.scope, stream_id)
    ended = [move(ESTIMATE, one.id, "supersede") for one in found if one.status in ("draft", "sent", "expired")]
    if ended:
        await work.post(*ended)


async def void(work: Work, work_id: UUID) -> None:
    """End every price for this work, answered with a yes or not at all: it is not done. Idempotent."""
    found = await repository.for_work(work.session, work.scope, work_id)
    ended = [move(ESTIMATE, one.id, "void") for one in found if one.status in VOIDABLE]
    if ended:
        await work.post(*ended)


async def send(work: Work, estimate_id: UUID, body: Send) -> None:
    """Offer it to the customer, good for so many days; when they are over it expires by itself."""
    found = await repository.estimate(work.session, work.scope, estimate_id)
    until = work.now + timedelta(days=body.valid_days)
    row = await work.session.get_one(Estimate, estimate_id)
    row.valid_until = until
    await work.session.flush()
    data = _amount(found.total) | {"valid_until": until}
    entries = await work.post(move(ESTIMATE, estimate_id, "send", if_version=work.if_version, data=data))
    key = f"{estimate_id}:{entries[0].document_version}"
    await schedule(work.session, EXPIRE, key, due_at=until, data={"estimate_id": str(estimate_id)})


async def expire(work: Work, data: Mapping[str, Any]) -> None:
    """The timer: an estimate that nobody has answered in time ends. Idempotent."""
    found = await repository.estimate(work.session, work.scope, UUID(data["estimate_id"]))
    if found.status == "sent" and found.valid_until is not None and found.valid_until <= work.now:
        await work.post(move(ESTIMATE, found.id, "expire"))


async def approve(work: Work, estimate_id: UUID, body: CustomerApproves) -> None:  # noqa: ARG001 - checked before
    """The customer's own yes; the code has been checked by whoever calls."""
    await _answer(work, estimate_id, "approve", None)


async def decline(work: Work, estimate_id: UUID, body: CustomerDeclines) -> None:
    """The customer's own no."""
    await work.post(move(ESTIMATE, estimate_id, "decline", if_version=work.if_version, note=body.note))


async def record_approval(work: Work, estimate_id: UUID, body: RecordAnswer) -> None:
    """A yes by phone or at the counter, with who gave it and how."""
    await _answer(work, estimate_id, "approve", body.note)


async def record_decline(work: Work, estimate_id: UUID, body: RecordAnswer) -> None:
    """A no by phone or at the counter."""
    await work.post(move(ESTIMATE, estimate_id, "decline", if_version=work.if_version, note=body.note))


async def _answer(work: Work, estimate_id: UUID, verb: str, note: str | None) -> None:
    found = await repository.estimate(work.session, work.scope, estimate_id)
    if found.status == "sent" and found.valid_until is not None and found.valid_until <= work.now:
        # The timer that ends it may be late.
        raise Conflict("estimate.over", "This price is no longer good. Ask for the estimate to be sent again.")
    change = move(ESTIMATE, estimate_id, verb, if_version=work.if_version, data=_amount(found.total), note=note)
    await work.post(change)


def _amount(total: Money) -> dict[str, object]:
    return {"amount_minor": total.minor, "currency": total.currency}
