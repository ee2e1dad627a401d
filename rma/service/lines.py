"""Further products of a return, with or without an order of ours."""

from uuid import UUID

from aftersales.errors import Conflict, Invalid
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.products import repository as products
from aftersales.products import service as catalogue
from aftersales.products.rules import IdentifierKind
from aftersales.products.schemas import IdentifierIn, UnitIn
from aftersales.status.changes import event
from aftersales.work import Work
from rma import repository, service
from rma.machine import RETURN
from rma.models import ReturnLine
from rma.schemas import AddLine


async def add(work: Work, return_id: UUID, body: AddLine) -> None:
    """Add a product to a return: one that is known by its number, one that we did not sell (number and model), or so
    many pieces of a model without numbers.

    Raises Invalid (`return.which_product`, `return.unit_is_one`), Conflict (`return.already_open`).
    """
    held = await service.hold(work, return_id)
    if held.status not in RETURN.by_event["line_added"].states:
        await work.post(event(RETURN, return_id, "line_added"))
    product_id, unit_id = await _product(work, held.unit_id, body)
    if unit_id is not None and body.quantity != 1:
        raise Invalid(
            "return.unit_is_one",
            "A product with a number of its own is one piece. Add a line for each.",
            errors=[{"field": "quantity", "problem": N_("one piece")}],
        )
    if unit_id is not None and await repository.open_for(work.session, work.as_system().scope, unit_id):
        raise Conflict(
            "return.already_open", "Another line, of this return or another, is still open for this product."
        )
    lines = await repository.lines(work.session, work.scope, {return_id})
    position = max((line.position for line in lines), default=0) + 1
    if position > MOST_LINES:
        raise Invalid("return.too_many_lines", N_("A return holds at most {count} lines.").format(count=MOST_LINES))
    data = {
        "line": position,
        "quantity": body.quantity,
        "reason_code": body.reason_code.value,
        "product_id": product_id,
    }
    await work.post(event(RETURN, return_id, "line_added", if_version=work.if_version, data=data))
    work.session.add(
        ReturnLine(
            id=new_id(),
            return_id=return_id,
            position=position,
            product_id=product_id,
            unit_id=unit_id,
            quantity=body.quantity,
            received=0,
            reason_code=body.reason_code.value,
        )
    )
    await work.session.flush()


MOST_LINES = 99


async def _product(work: Work, main_unit: UUID, body: AddLine) -> tuple[UUID, UUID | None]:
    """The product and, where it has a number, the unit; made where it was not known."""
    owner = (await products.unit(work.session, work.as_system().scope, main_unit)).customer_id
    if body.serial:
        known = await products.by_identifier(work.session, work.as_system().scope, body.serial)
        theirs = next((unit for unit in known if unit.customer_id == owner), None)
        if theirs is not None:
            return theirs.product_id, theirs.id
        if known:
            raise _which("serial", N_("It belongs to another customer. Compare it with the label."))
    product_id = await repository.product_of_model(work.session, work.scope, body.model) if body.model else None
    if product_id is None:
        words = N_("Not in the catalogue.") if body.model else N_("Not known here: say the model too.")
        raise _which("model" if body.model or not body.serial else "serial", words)
    if not body.serial:
        return product_id, None
    [kind, *_] = await products.identifier_kinds(work.session, work.scope, product_id)
    identifier = IdentifierIn(kind=IdentifierKind(kind), value=body.serial)
    new = UnitIn(product_id=product_id, customer_id=owner, identifiers=[identifier])
    return product_id, (await catalogue.add_unit(work.as_system(), new)).id


def _which(field: str, words: str) -> Invalid:
    return Invalid(
        "return.which_product",
        "Say which product it is: its number, or the model of one that has none.",
        errors=[{"field": field, "problem": words}],
    )
