"""What was taken of an offer is carried out: another product is with the household, or money is on its way to it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.errors import Conflict
from aftersales.i18n import N_
from aftersales.module import Option
from aftersales.money import Money
from aftersales.ports.charges import PayBack
from aftersales.products import repository as products
from aftersales.products import service as catalogue
from aftersales.products.rules import IdentifierKind
from aftersales.products.schemas import IdentifierIn, UnitIn
from aftersales.status.changes import move
from aftersales.work import Work
from warranty import offerings
from warranty.life_machines import OFFER
from warranty.offerings import OfferView
from warranty.rules.replacing import Choice, Rung, tax_of
from warranty.schemas import Fulfil, GiveMoney
from warranty.service import carrying
from warranty.service.proofs import wrong
from warranty.service.replacing import locked

WAYS: Mapping[str, str] = {
    "store_credit": N_("Store credit"),
    "upi": "UPI",
    "card": N_("Card"),
    "bank_transfer": N_("Bank transfer"),
    "cash": N_("Cash"),
    "cheque": N_("Cheque"),
}


async def ways(_work: Work, _offer_id: UUID) -> Mapping[str, Sequence[Option]]:
    """How money can be given."""
    return {"way": [Option(way, label) for way, label in WAYS.items()]}


async def fulfil(work: Work, offer_id: UUID, body: Fulfil) -> None:
    """The new product is with the household, and the old one is theirs no longer: its warranty goes on from the old
    one to the new. A number that is not known here yet is added to the household's.

    Raises Invalid (`warranty.unknown_number`), Conflict (`warranty.other_choice`, `status.illegal`).
    """
    held, choice = await _taken(work, offer_id, "fulfil", money=False)
    system = work.as_system()
    branch = await auth.branch(system.session, system.scope, held.branch_id)
    unit_id = await _new_one(system, held, choice, body.number)
    today = clock.business_date(work.now, branch.timezone)
    await carrying.over(system, held.case_id, held.unit_id, unit_id, today)
    await catalogue.give_up(system, held.unit_id)
    await work.post(move(OFFER, offer_id, "fulfil", if_version=work.if_version, data={"unit_id": unit_id}))


async def give_money(work: Work, offer_id: UUID, body: GiveMoney) -> None:
    """What is left of the price is given, and the old product is the household's no longer. Through the ports of
    whoever keeps money: to the customer's credit, or back the way it came. Once: the offer is what it is for.

    Raises Invalid (`warranty.paid_unknown`), Conflict (`warranty.other_choice`, `warranty.more_than_paid`,
    `warranty.nobody_pays`, `status.illegal`).
    """
    held, choice = await _taken(work, offer_id, "give_money", money=True)
    amount, charges = Money(choice.currency, choice.amount_minor or 0), work.ports.charges
    data: dict[str, object] = {}
    if amount.minor:
        if body.way == "store_credit":
            made = await charges.credit(work.as_system(), held.id, held.id, amount)
        else:
            _source(body, amount)
            back = PayBack(held.id, amount, tax_of(amount, body.tax_rate), body.way, body.reference)
            made = await charges.refund(work.as_system(), held.id, back)
        if made is None:
            raise Conflict(
                "warranty.nobody_pays", "Nobody keeps money here. Have it paid elsewhere, then take it back."
            )
        data = {"refund_id": made}
    await catalogue.give_up(work.as_system(), held.unit_id)
    await work.post(move(OFFER, offer_id, "give_money", if_version=work.if_version, data=data))


async def no_product(work: Work, offer_id: UUID) -> str | None:
    """A product is handed over only where one was chosen; nothing is said where money was."""
    choice = _chosen(await offerings.offer(work.session, work.scope, offer_id))
    return "" if choice is not None and choice.rung is Rung.REFUND else None


async def no_money(work: Work, offer_id: UUID) -> str | None:
    """Money is given only where it was chosen; nothing is said where a product was."""
    choice = _chosen(await offerings.offer(work.session, work.scope, offer_id))
    return "" if choice is not None and choice.rung is not Rung.REFUND else None


def _chosen(held: OfferView) -> Choice | None:
    return held.choices[held.chosen - 1] if held.chosen is not None else None


async def _taken(work: Work, offer_id: UUID, verb: str, *, money: bool) -> tuple[OfferView, Choice]:
    """The offer, held, and what was chosen of it. Raises as posting would, before anything else is found wrong."""
    held = await locked(work, offer_id)
    choice = _chosen(held)
    if held.status != "taken" or choice is None:
        await work.post(move(OFFER, offer_id, verb, if_version=work.if_version))
        raise Conflict("warranty.nothing_chosen", "Say first what the customer takes.")
    if (choice.rung is Rung.REFUND) is not money:
        words = (
            N_("A product was chosen, not money. Hand that over, or take the offer back.")
            if money
            else N_("Money was chosen, not a product. Give that, or take the offer back.")
        )
        raise Conflict("warranty.other_choice", words)
    return held, choice


async def _new_one(work: Work, held: OfferView, choice: Choice, number: str) -> UUID:
    """The household's unit that bears the number; added where nobody knew it."""
    if choice.product_id is None:
        raise Conflict("warranty.other_choice", "Money was chosen, not a product. Give that, or take the offer back.")
    owner = (await products.unit(work.session, work.scope, held.unit_id)).customer_id
    known = [one for one in await products.by_identifier(work.session, work.scope, number) if one.id != held.unit_id]
    theirs = next((one for one in known if (one.customer_id, one.product_id) == (owner, choice.product_id)), None)
    if theirs is not None:
        return theirs.id
    kind = next(iter(await products.identifier_kinds(work.session, work.scope, choice.product_id)), None)
    if known or kind is None:
        raise wrong(
            "warranty.unknown_number",
            "number",
            N_("Another product bears this number. Compare it with the label on the new one."),
        )
    today = clock.business_date(work.now, catalogue.DEFAULT_ZONE)
    new = UnitIn(
        product_id=choice.product_id,
        customer_id=owner,
        identifiers=[IdentifierIn(kind=IdentifierKind(kind), value=number)],
        purchased_on=today,
        delivered_on=today,
    )
    return (await catalogue.add_unit(work, new)).id


def _source(body: GiveMoney, amount: Money) -> None:
    """Money goes back to where it came from, and never more than came: raise Invalid or Conflict otherwise."""
    if body.paid_minor is None:
        raise wrong("warranty.paid_unknown", "paid_minor", N_("Say what was paid for the product, tax included."))
    if not body.reference:
        raise wrong("warranty.paid_unknown", "reference", N_("Say by which invoice or payment it was paid."))
    if amount.minor > body.paid_minor:
        raise Conflict(
            "warranty.more_than_paid",
            "More was offered than was paid, so it cannot all go back that way. Give it as credit instead.",
        )
