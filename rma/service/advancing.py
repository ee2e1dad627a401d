"""Another unit goes out before the old one is back: agreed against security, sent, and the old one is due."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales.auth import repository as auth
from aftersales.errors import Conflict, Invalid
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.module import Option
from aftersales.money import Money
from aftersales.outbox.schedule import schedule
from aftersales.ports.charges import Security
from aftersales.products import repository as products
from aftersales.status import documents, engine
from aftersales.status.changes import NewDocument, event, move, open_document
from aftersales.work import Work
from rma import advances, repository
from rma.advance_machine import ADVANCE
from rma.advances import AdvanceView
from rma.machine import RETURN
from rma.models import ReturnAdvance, ReturnLine
from rma.schemas import Advance, NewOne, Nothing
from rma.service.exchanging import new_unit
from rma.service.receiving import line_at
from rma.service.sending import terms_of
from rma.service.settling import Standing

REMIND = "rma.advance_remind"
NOTICE = "rma.advance_notice"
KEEP = "rma.advance_keep"
ONLINE = "online"
_WAYS = {
    "card": N_("Blocked on a card at the terminal"),
    "deposit": N_("Paid as a deposit"),
    ONLINE: N_("The customer blocks it on a card by a link"),
}
REMINDED_BEFORE = timedelta(days=3)


async def agree(work: Work, return_id: UUID, body: Advance) -> UUID:
    """Hold security for a piece that is still with the customer; another one can go out then. Answers its id.

    Raises Conflict (`return.one_piece`, `return.exchanged_already`, `return.nobody_pays`, `status.already_open`,
    `hold.no_gateway`),
    Invalid (`return.security`) for more than the product costs.
    """
    held = await Standing.read(work, return_id)
    await held.may(work, "advance_agreed")
    line = line_at(held.lines, body.line)
    if line.quantity != 1 or line.received:
        raise Conflict("return.one_piece", "Only for a single product that has not come yet another one can go first.")
    if any(one.line_id == line.id and one.new_unit_id for one in await _of(work, return_id)):
        raise Conflict("return.exchanged_already", "For this line another one has gone out before.")
    branch = await auth.branch(work.session, work.scope, held.view.branch_id)
    amount = Money(branch.currency, body.amount_minor)
    await _within_price(work, line, amount)
    advance_id = new_id()
    security = Security(advance_id, amount, body.way, body.method, body.reference)
    hold_id = await work.ports.charges.hold(work, return_id, security)
    if hold_id is None:
        raise Conflict("return.nobody_pays", "Nobody holds security here: billing is not part of this system.")
    sums = {"amount_minor": amount.minor, "currency": amount.currency}
    said = {"line": body.line, "advance_id": advance_id, "method": body.method}
    year = work.now.astimezone(ZoneInfo(branch.timezone)).year
    new = NewDocument(
        stream_id=held.view.stream_id,
        branch_id=held.view.branch_id,
        number=await work.numbers.next(f"{branch.code}-X", year),
        unit_id=line.unit_id or held.view.unit_id,
        customer_id=await _owner(work, held.view.unit_id),
        open_key=f"advance:{line.id}",
    )
    await work.post(
        event(RETURN, return_id, "advance_agreed", if_version=work.if_version, data=sums | said),
        open_document(ADVANCE, advance_id, "ask_hold" if body.way == ONLINE else "place_hold", new, data=sums),
    )
    row = ReturnAdvance(id=advance_id, return_id=return_id, line_id=line.id, hold_id=hold_id)
    row.currency, row.amount_minor = amount.currency, amount.minor
    work.session.add(row)
    await work.session.flush()
    return advance_id


async def choices(work: Work, return_id: UUID) -> Mapping[str, Sequence[Option]]:  # noqa: ARG001 - as options are asked
    """How security can be held here."""
    return {"way": [Option(way, _WAYS[way]) for way in work.ports.charges.ways(work)]}


async def is_secured(work: Work, found: AdvanceView) -> bool:
    """Whether the bank has not freed what it held."""
    return (await documents.get(work.session, work.as_system().scope, found.hold_id)).status != "lapsed"


async def _within_price(work: Work, line: ReturnLine, amount: Money) -> None:
    """Refuse to hold more than the product costs."""
    price = (await products.product(work.session, work.scope, line.product_id)).price
    if price.currency == amount.currency and price.minor and amount.minor > price.minor:
        words = N_("The product costs {major} {currency}. Hold at most that.").format(
            major=price.major, currency=price.currency
        )
        raise Invalid("return.security", words, errors=[{"field": "amount_minor", "problem": words}])


async def _of(work: Work, return_id: UUID) -> list[AdvanceView]:
    return await advances.of_returns(work.session, work.scope, {return_id})


async def _owner(work: Work, unit_id: UUID) -> UUID:
    return (await products.unit(work.session, work.as_system().scope, unit_id)).customer_id


async def held(work: Work, advance_id: UUID, verb: str = "") -> AdvanceView:
    """The exchange with its stream held; Conflict or Stale as posting `verb` would, before anything else."""
    found = await advances.one(work.session, work.scope, advance_id)
    await engine.lock(work.session, [found.stream_id])
    found = await advances.one(work.session, work.scope, advance_id)
    if verb and (found.status not in ADVANCE.by_verb[verb].sources or work.if_version not in (None, found.version)):
        await work.post(move(ADVANCE, advance_id, verb, if_version=work.if_version, note="-"))
    return found


async def ship(work: Work, advance_id: UUID, body: NewOne) -> None:
    """Another one goes out by courier. Raises Conflict (`return.serial_taken`)."""
    found = await held(work, advance_id, "ship")
    unit_id = await _give(work, found, body, "courier")
    await work.post(move(ADVANCE, advance_id, "ship", if_version=work.if_version, data={"new_unit_id": unit_id}))


async def hand_over(work: Work, advance_id: UUID, body: NewOne) -> None:
    """Another one is handed over at the counter, and the old one is due. Raises Conflict (`return.serial_taken`)."""
    found = await held(work, advance_id, "hand_over")
    unit_id = await _give(work, found, body, "counter")
    await work.post(move(ADVANCE, advance_id, "hand_over", if_version=work.if_version, data={"new_unit_id": unit_id}))
    await _due(work, found)


async def deliver(work: Work, advance_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """What was sent is with the customer; the old one is due from now."""
    found = await held(work, advance_id, "deliver")
    await work.post(move(ADVANCE, advance_id, "deliver", if_version=work.if_version))
    await _due(work, found)


async def _give(work: Work, found: AdvanceView, body: NewOne, way: str) -> UUID:
    """The unit that goes out: of the same model, the customer's from now. Raises Conflict (`return.unsecured`)."""
    if not await is_secured(work, found):
        raise Conflict("return.unsecured", "The bank no longer holds the security. Call this off and agree it anew.")
    about = await repository.one(work.session, work.scope, found.return_id)
    lines = await repository.lines(work.session, work.scope, {found.return_id})
    line = next(line for line in lines if line.id == found.line_id)
    row = await advances.row(work.session, work.scope, found.id)
    unit_id = await new_unit(work, line.product_id, await _owner(work, about.unit_id), body.serial)
    row.way, row.new_unit_id = way, unit_id
    await work.session.flush()
    return unit_id


async def _due(work: Work, found: AdvanceView) -> None:
    """From now the time runs in which the old one comes; what is on its way already is waited for."""
    about = await repository.one(work.session, work.scope, found.return_id)
    given = timedelta(days=terms_of(about).advance_days)
    row = await advances.row(work.session, work.scope, found.id)
    row.due_at = work.now + given
    await work.session.flush()
    data = {"advance_id": str(found.id)}
    before = min(REMINDED_BEFORE, given / 2)
    await schedule(work.session, REMIND, str(found.id), due_at=row.due_at - before, data=data)
    await schedule(work.session, NOTICE, str(found.id), due_at=row.due_at, data=data)
    if about.status == "in_transit":
        await work.post(move(ADVANCE, found.id, "send_back"))
