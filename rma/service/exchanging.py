"""Another unit in place of one that comes back: at the counter, by courier, or at the door in one visit."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from aftersales import clock
from aftersales.errors import Conflict, Invalid
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.money import Money
from aftersales.ports.charges import PayBack
from aftersales.products import repository as products
from aftersales.products import service as catalogue
from aftersales.products.rules import IdentifierKind
from aftersales.products.schemas import IdentifierIn, UnitIn
from aftersales.status.changes import event, move
from aftersales.work import Work
from rma import repository, settlements
from rma.goods import Place
from rma.machine import RETURN
from rma.models import ReturnExchange, ReturnLine, ReturnPaid, ReturnResolution
from rma.schemas import HandOver, Nothing
from rma.service import settling
from rma.service.receiving import items_of, line_at, step, write
from rma.service.settling import Standing, exchanged, finish, ours, staff
from rma.worth import OTHER_PIECE, Paid, Resolution, back

AT_DOOR = "door"


async def hand_over(work: Work, return_id: UUID, body: HandOver) -> None:
    """Another unit is the customer's now, and the old one no longer; a difference in price is paid either way.

    At the door the return needs only be authorised, and not be on its way. Raises Conflict
    (`return.exchanged_already`, `return.not_at_door`, `return.serial_taken`, `return.nobody_pays`,
    `return.paid_unknown`), Invalid (`return.which_product`, `return.price_unknown`, `return.price_currency`).
    """
    held = await Standing.read(work, return_id)
    await held.may(work, "handed_over")
    line = line_at(held.lines, body.line)
    await settling.nothing_ahead(work, return_id, line)
    door = held.view.status in RETURN.by_verb["exchange_at_door"].sources
    made = await settlements.exchanges(work.session, work.scope, {return_id})
    row = await _at_door(work, held, line, body) if door else _open(held, line, made)
    if row is None:
        raise _already()
    used = [one.piece for one in made if one.resolution_id == row.id]
    one = await _exchange(work, held, line, row, row.first + len(used), body)
    exchanged(work, row, [*made, one])
    await work.session.flush()
    data = {"line": body.line, "new_unit_id": one.new_unit_id, "way": body.way, "currency": one.currency}
    data |= {"amount_minor": one.difference_minor} | ({"unit_id": one.old_unit_id} if one.old_unit_id else {})
    changes = [event(RETURN, return_id, "handed_over", if_version=work.if_version, data=data)]
    await work.post(*changes, *([move(RETURN, return_id, "exchange_at_door")] if door else await finish(work, held)))


async def brought_in(work: Work, return_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """What was exchanged at the door is with us; then the return is settled."""
    held = await Standing.read(work, return_id)
    await held.may(work, "brought_in")
    lines = {line.id: line for line in held.lines}
    coming = [one for one in held.steps if one.place == Place.COURIER]
    await write(work, [step(work, lines[one.line_id], one.item, one, Place.HUB) for one in coming])
    here = replace(held, steps=await repository.standing(work.session, work.scope, {return_id}))
    first = event(RETURN, return_id, "brought_in", if_version=work.if_version)
    await work.post(first, *await finish(work, here))


def _open(held: Standing, line: ReturnLine, made: Sequence[ReturnExchange]) -> ReturnResolution | None:
    """The exchange or replacement of the line of which a piece is still to be handed over."""
    theirs = settlements.waiting([row for row in held.rows if row.line_id == line.id], made)
    return next((row for row in theirs if Resolution(row.resolution) in OTHER_PIECE), None)


async def _at_door(work: Work, held: Standing, line: ReturnLine, body: HandOver) -> ReturnResolution:
    """The one piece of a return is taken at the door, with the technician."""
    if body.way != AT_DOOR or len(held.lines) != 1 or line.quantity != 1:
        raise Conflict(
            "return.not_at_door",
            "It has not reached us. At the door only a return of a single product can be exchanged; receive it first.",
        )
    items = items_of(line, 1)
    last = await repository.last_steps(work.session, work.scope, items, {held.view.id})
    await write(work, [step(work, line, item, last.get(item), Place.COURIER) for item in items])
    line.received = 1
    row = ReturnResolution(id=new_id(), return_id=held.view.id, line_id=line.id, first=1, quantity=1)
    row.resolution, row.chosen_at, row.chosen_by = Resolution.EXCHANGE.value, work.now, staff(work)
    work.session.add(row)
    await work.session.flush()
    held.rows.append(row)
    return row


async def _exchange(
    work: Work, held: Standing, line: ReturnLine, row: ReturnResolution, piece: int, body: HandOver
) -> ReturnExchange:
    product_id = await _product(work, line, body)
    one = ReturnExchange(id=new_id(), resolution_id=row.id, piece=piece, old_unit_id=line.unit_id, way=body.way)
    known = (await settlements.paid(work.session, work.scope, [line.id])).get(line.id)
    one.currency = known.currency if known is not None else await ours(work, held.view)
    one.difference_minor, one.made_at, one.made_by = 0, work.now, staff(work)
    if product_id != line.product_id and Resolution(row.resolution) is Resolution.EXCHANGE:
        await _difference(work, held, known, one, body)
    one.done_at = None if one.difference_minor < 0 else work.now
    owner = (await products.unit(work.session, work.as_system().scope, held.view.unit_id)).customer_id
    one.new_unit_id = await new_unit(work, product_id, owner, body.serial)
    if line.unit_id is not None:
        await carried_over(work, held.view.stream_id, line.unit_id, one.new_unit_id)
        await catalogue.give_up(work.as_system(), line.unit_id)
    try:
        async with work.session.begin_nested():
            work.session.add(one)
            await work.session.flush()
    except IntegrityError as error:
        raise _already() from error
    return one


async def _difference(
    work: Work, held: Standing, known: ReturnPaid | None, one: ReturnExchange, body: HandOver
) -> None:
    """Have the difference to another model paid: by the customer, or back to them, never more than they paid."""
    if known is None:
        raise Conflict("return.paid_unknown", "Write down what was paid for this line first, and what proves it.")
    if body.price_minor is None:
        problem = {"field": "price_minor", "problem": "missing", "help": N_("Say what the other model costs.")}
        raise Invalid("return.price_unknown", "Another model has another price. Say what it costs.", errors=[problem])
    if (body.currency or await ours(work, held.view)) != known.currency:
        help_words = N_("Say the price in {currency}.").format(currency=known.currency)
        problem = {"field": "currency", "problem": "other", "help": help_words}
        raise Invalid("return.price_currency", "This was paid for in another currency.", errors=[problem])
    one.difference_minor = body.price_minor - known.piece_minor
    if not one.difference_minor:
        return
    charges = work.ports.charges
    if one.difference_minor > 0:
        more = Money(known.currency, one.difference_minor)
        one.order_id = await charges.collect(work, held.view.id, more, body.method, body.reference)
    else:
        less = back(Paid(Money(known.currency, -one.difference_minor), known.tax_rate), 1, 1)
        order = PayBack(one.id, less.amount, less.tax, known.method, known.reference)
        one.order_id = await charges.refund(work, held.view.id, order)
    if one.order_id is None:
        raise Conflict("return.nobody_pays", "Nobody takes or pays differences here. Hand over the same model.")


async def _product(work: Work, line: ReturnLine, body: HandOver) -> UUID:
    if not body.model:
        return line.product_id
    found = await repository.product_of_model(work.session, work.scope, body.model)
    if found is None:
        problem = {"field": "model", "problem": N_("Not in the catalogue.")}
        raise Invalid("return.which_product", "Say which model it is, as the catalogue names it.", errors=[problem])
    return found


async def carried_over(work: Work, stream_id: UUID, old: UUID, new: UUID) -> None:
    """Have whoever keeps warranties hand that of the old unit on to the new one."""
    today = clock.business_date(work.now, catalogue.DEFAULT_ZONE)
    await work.ports.carrying.over(work.as_system(), stream_id, old, new, today)


async def new_unit(work: Work, product_id: UUID, owner: UUID, serial: str) -> UUID:
    """The new unit, which is the customer's. Raises Conflict (`return.serial_taken`)."""
    [kind, *_] = await products.identifier_kinds(work.session, work.scope, product_id)
    today = clock.business_date(work.now, catalogue.DEFAULT_ZONE)
    identifiers = [IdentifierIn(kind=IdentifierKind(kind), value=serial)]
    new = UnitIn(
        product_id=product_id, customer_id=owner, identifiers=identifiers, purchased_on=today, delivered_on=today
    )
    try:
        return (await catalogue.add_unit(work.as_system(), new)).id
    except Conflict as taken:
        raise Conflict(
            "return.serial_taken", "Another unit bears this number. Compare it with the label on the new one."
        ) from taken


def _already() -> Conflict:
    return Conflict(
        "return.exchanged_already",
        "No piece of this line waits for another one. Choose an exchange first, if none has been handed over.",
    )
