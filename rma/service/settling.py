"""What came is settled with the customer, piece by piece; with the last one the return is settled by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from aftersales.auth import repository as auth
from aftersales.errors import Conflict
from aftersales.ids import new_id
from aftersales.module import Posted
from aftersales.money import Money
from aftersales.ports.charges import PayBack
from aftersales.scope import ActorKind
from aftersales.status.changes import Change, event, move
from aftersales.work import Work
from rma import advances, repository, service, settlements
from rma.goods import Disposition, Place
from rma.machine import RETURN
from rma.models import ReturnExchange, ReturnLine, ReturnMovement, ReturnPaid, ReturnResolution
from rma.repository import ReturnView
from rma.rules import Reason
from rma.schemas import CarriedOut, PaidRecorded, ResolutionChosen
from rma.service.receiving import line_at, miscounted, step, write
from rma.service.sending import settle_by, terms_of
from rma.worth import HOME, MONEY, OTHER_PIECE, Back, Choice, Paid, Resolution, Settlement, back, chosen, settled


@dataclass(frozen=True, slots=True)
class Standing:
    """A return with its stream held: its lines, where their pieces are, and how far they are settled."""

    view: ReturnView
    lines: Sequence[ReturnLine]
    steps: Sequence[ReturnMovement]
    rows: list[ReturnResolution]

    @classmethod
    async def read(cls, work: Work, return_id: UUID) -> "Standing":
        """As it is now. Raises NotFound (`return.unknown`)."""
        view = await service.hold(work, return_id)
        lines = await repository.lines(work.session, work.scope, {return_id})
        steps = await repository.standing(work.session, work.scope, {return_id})
        return cls(view, lines, steps, await settlements.resolutions(work.session, work.scope, {return_id}))

    def by_line(self) -> Mapping[UUID, Settlement]:
        """How far each line is settled, with what has been added since it was read."""
        return settlements.settlement(self.lines, self.steps, self.rows)

    async def may(self, work: Work, name: str) -> None:
        """Raise Conflict or Stale as posting the event would, before anything else."""
        if self.view.status not in RETURN.by_event[name].states or work.if_version not in (None, self.view.version):
            await work.post(event(RETURN, self.view.id, name, if_version=work.if_version))


async def record_paid(work: Work, return_id: UUID, body: PaidRecorded) -> None:
    """Write down what was paid for each piece of a line, and what proves it; once more to correct it.

    Raises Conflict (`return.paid_counted`) when money has been settled by it.
    """
    held = await Standing.read(work, return_id)
    await held.may(work, "paid_recorded")
    line = line_at(held.lines, body.line)
    made = await settlements.exchanges(work.session, work.scope, {return_id})
    if line.id in settlements.counted(held.rows, made):
        raise Conflict("return.paid_counted", "Money has been settled by what is written down for this line already.")
    currency = body.currency or await ours(work, held.view)
    data = {"line": body.line, "amount_minor": body.amount_minor, "currency": currency, "method": body.method}
    await work.post(event(RETURN, return_id, "paid_recorded", if_version=work.if_version, data=data))
    row = (await settlements.paid(work.session, work.scope, [line.id])).get(line.id) or ReturnPaid(line_id=line.id)
    row.currency, row.piece_minor, row.tax_rate = currency, body.amount_minor, body.tax_rate
    row.method, row.proof, row.reference = body.method, body.proof, body.reference
    row.recorded_at, row.recorded_by = work.now, staff(work)
    work.session.add(row)
    await work.session.flush()


async def ours(work: Work, view: ReturnView) -> str:
    """The currency of the branch that a return is with."""
    return (await auth.branch(work.session, work.scope, view.branch_id)).currency


async def choose(work: Work, return_id: UUID, body: ResolutionChosen) -> None:
    """Say how the next so many pieces of a line are settled. Money is asked for at once, and credit given.

    Raises Conflict (`return.settled_already` when all that came is, `return.nobody_pays`, `return.paid_unknown`),
    Invalid (`return.quantity`).
    """
    held = await Standing.read(work, return_id)
    await held.may(work, "resolution_chosen")
    line = line_at(held.lines, body.line)
    await nothing_ahead(work, return_id, line)
    standing = held.by_line()[line.id]
    if standing.received and not standing.left:
        raise Conflict("return.settled_already", "It is decided already how every piece of this line is settled.")
    try:
        choice = standing.choose(Resolution(body.resolution), body.quantity)
    except ValueError as wrong:
        raise miscounted(wrong) from wrong
    row = ReturnResolution(
        id=new_id(),
        return_id=return_id,
        line_id=line.id,
        first=choice.first,
        quantity=choice.quantity,
        resolution=body.resolution,
        chosen_at=work.now,
        chosen_by=staff(work),
    )
    if choice.resolution in MONEY:
        await pay(work, held.view, line, row, choice)
    work.session.add(row)
    await work.session.flush()
    held.rows.append(row)
    amounts = {"amount_minor": row.amount_minor, "currency": row.currency} if row.currency else {}
    data = body.model_dump() | amounts
    first = event(RETURN, return_id, "resolution_chosen", if_version=work.if_version, data=data)
    await work.post(first, *await finish(work, held))


async def nothing_ahead(work: Work, return_id: UUID, line: ReturnLine) -> None:
    """Raise Conflict (`return.advance_running`) while another one is agreed, or out, in advance for the line."""
    if any(one.line_id == line.id for one in await advances.running(work.session, work.scope, return_id)):
        raise Conflict(
            "return.advance_running",
            "For this product an exchange in advance is under way. It ends when the old one comes, or is called off.",
        )


async def pay(work: Work, view: ReturnView, line: ReturnLine, row: ReturnResolution, choice: Choice) -> None:
    """Ask billing for the money, or have it given as credit."""
    known = (await settlements.paid(work.session, work.scope, [line.id])).get(line.id)
    if known is None:
        raise Conflict("return.paid_unknown", "Write down what was paid for this line first, and what proves it.")
    due = amounts(view, line, known, choice)
    row.currency, row.amount_minor = due.amount.currency, due.amount.minor
    row.fee_minor, row.tax_minor = due.fee.minor, due.tax.minor
    if not due.amount.minor:
        row.done_at = work.now
        return
    if choice.resolution is Resolution.REFUND:
        order = PayBack(row.id, due.amount, due.tax, known.method, known.reference)
        row.order_id = await work.ports.charges.refund(work, view.id, order)
    else:
        row.order_id = await work.ports.charges.credit(work, view.id, row.id, due.amount)
        row.done_at = work.now
    if row.order_id is None:
        raise Conflict(
            "return.nobody_pays", "Nobody pays refunds or keeps credit here: billing is not part of this system."
        )


def amounts(view: ReturnView, line: ReturnLine, known: ReturnPaid, choice: Choice) -> Back:
    """What goes back for a choice, after the fee that the return's policy names for the line's reason."""
    piece = Paid(Money(known.currency, known.piece_minor), known.tax_rate)
    return back(piece, choice.first, choice.quantity, terms_of(view).fee(Reason(line.reason_code)))


async def finish(work: Work, held: Standing) -> list[Change]:
    """The steps that follow by themselves: all is chosen; all is done."""
    lines = held.by_line().values()
    changes: list[Change] = []
    status = held.view.status
    if status == "dispositioned" and chosen(lines):
        changes.append(move(RETURN, held.view.id, "settle"))
        await settlements.promise(work.session, work.scope, {held.view.id: settle_by(held.view, work.now)})
        status = "resolution_pending"
    there = status == "exchanged_at_door" and all(one.place != Place.COURIER for one in held.steps)
    if (there or status == "resolution_pending") and settled(lines):
        codes = {row.resolution for row in held.rows}
        code = codes.pop() if len(codes) == 1 else "several"
        changes.append(move(RETURN, held.view.id, "resolve", data={"resolution_code": code}))
    return changes


async def follow(work: Work, posted: Posted) -> None:
    """What was exchanged in advance is settled before its use is decided: the return goes on by itself."""
    held = await Standing.read(work, posted.document_id)
    if changes := await finish(work, held):
        await work.post(*changes)


async def carry_out(work: Work, return_id: UUID, body: CarriedOut) -> None:
    """The pieces of a line that go back to the customer are with them.

    Raises Conflict (`return.nothing_goes_back`).
    """
    held = await Standing.read(work, return_id)
    await held.may(work, "carried_out")
    line = line_at(held.lines, body.line)
    going = [row for row in held.rows if row.line_id == line.id and row.resolution in HOME and row.done_at is None]
    if not going:
        raise Conflict("return.nothing_goes_back", "No piece of this line is to go back to the customer.")
    count = sum(row.quantity for row in going)
    for row in going:
        row.done_at = work.now
    await work.session.flush()
    data = {"line": body.line, "quantity": count, "resolution": going[0].resolution}
    first = event(RETURN, return_id, "carried_out", if_version=work.if_version, data=data)
    await work.post(first, *await finish(work, held))
    use = Disposition.RETURN_TO_CUSTOMER
    free = _to_go(held.steps, line)[:count]
    await write(work, [step(work, line, one.item, one, Place.CUSTOMER, use) for one in free])


async def why_not_carry_out(work: Work, return_id: UUID) -> str | None:
    """Empty (it does not concern the return) unless pieces are to go back to the customer."""
    rows = await settlements.resolutions(work.session, work.scope, {return_id})
    return None if any(row.resolution in HOME and row.done_at is None for row in rows) else ""


def _to_go(steps: Sequence[ReturnMovement], line: ReturnLine) -> list[ReturnMovement]:
    """The pieces of a line that may go back to the customer, those on their way first."""
    order = {Place.COURIER.value: 0, Place.BENCH.value: 1, Place.HUB.value: 2}
    kept = (None, Disposition.RETURN_TO_CUSTOMER, Disposition.REPAIR, Disposition.QUARANTINE)
    free = [one for one in steps if one.line_id == line.id and one.place in order and one.disposition in kept]
    return sorted(free, key=lambda one: (order[one.place], one.item))


async def refunded(work: Work, posted: Posted) -> None:
    """A refund has been paid: what it was for is settled."""
    return_id = await settlements.of_order(work.session, work.scope, posted.document_id)
    if return_id is None:
        return
    held = await Standing.read(work, return_id)
    made = await settlements.exchanges(work.session, work.scope, {return_id})
    asked: list[ReturnResolution | ReturnExchange] = [*held.rows, *made]
    for one in asked:
        if one.order_id == posted.document_id and one.done_at is None:
            one.done_at = work.now
    for row in held.rows:
        exchanged(work, row, made)
    await work.session.flush()
    if changes := await finish(work, held):
        await work.post(*changes)


def exchanged(work: Work, row: ReturnResolution, made: Sequence[ReturnExchange]) -> None:
    """Count a resolution as carried out when another one was handed over, and paid, for each of its pieces."""
    mine = [one for one in made if one.resolution_id == row.id and one.done_at is not None]
    if Resolution(row.resolution) in OTHER_PIECE and row.done_at is None and len(mine) == row.quantity:
        row.done_at = work.now


def staff(work: Work) -> UUID | None:
    """Who does it, if a member of staff does."""
    return work.actor.id if work.actor.kind is ActorKind.STAFF else None
