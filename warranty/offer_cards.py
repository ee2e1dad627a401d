"""What the cards about an offered replacement show, on the case and on the customer's page, and the words of offers."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from aftersales.cases import repository as cases
from aftersales.i18n import N_, amount
from aftersales.module import Option
from aftersales.money import Money
from aftersales.products import repository as products
from aftersales.work import Work
from warranty import offerings
from warranty.life_machines import OFFER
from warranty.offerings import OfferView
from warranty.rules.replacing import Choice, Rung, Trigger

REASONS: Mapping[str, str] = {
    Trigger.ARRIVAL.value: N_("It failed within its first days."),
    Trigger.FAILURES.value: N_("It has failed again and again in the same way."),
    Trigger.PART.value: N_("A part for it does not come in time."),
}
_RUNGS: Mapping[Rung, str] = {
    Rung.SAME: N_("the same model, new: {product}"),
    Rung.EQUIVALENT: N_("an equal model: {product}"),
    Rung.UPGRADE: N_("a better model at no extra cost: {product}"),
}
_MONEY = N_("what is left of its price: {amount}")


def words(choice: Choice, names: Mapping[UUID, str]) -> str:
    """One of the things that are offered, in the language of whoever will read it."""
    if choice.rung is Rung.REFUND:
        return N_(_MONEY).format(amount=amount(Money(choice.currency, choice.amount_minor or 0)))
    return N_(_RUNGS[choice.rung]).format(product=names.get(choice.product_id, "") if choice.product_id else "")


async def told(work: Work, held: OfferView) -> list[str]:
    """All that is offered, best first."""
    names = await _names(work, [held])
    return [words(choice, names) for choice in held.choices]


async def _names(work: Work, held: Sequence[OfferView]) -> Mapping[UUID, str]:
    """What the offered products are called."""
    wanted = {choice.product_id for one in held for choice in one.choices if choice.product_id is not None}
    return await products.names(work.session, work.scope, wanted)


async def options(work: Work, offer_id: UUID) -> Mapping[str, Sequence[Option]]:
    """What can be taken, by its place."""
    held = await offerings.offer(work.session, work.scope, offer_id)
    return {"choice": [Option(str(place), said) for place, said in enumerate(await told(work, held), 1)]}


async def on_case(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """The offers made on a case; None where none was."""
    found = await offerings.on_case(work.session, work.scope, case_id)
    if not found:
        return None
    names = await _names(work, found)
    return {"offers": [_shown(one, names) for one in found]}


async def on_track(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """The offer that waits for the customer's answer; None where none does, or they may not give it."""
    waiting = [one for one in await offerings.on_case(work.session, work.scope, case_id) if one.status == "offered"]
    if not waiting or not await cases.may_answer(work.session, work.scope, case_id):
        return None
    return {"offer": _shown(waiting[0], await _names(work, waiting[:1]))}


def _shown(held: OfferView, names: Mapping[UUID, str]) -> dict[str, Any]:
    state = OFFER.by_state[held.status]
    said = [words(choice, names) for choice in held.choices]
    base = f"/track/replacement_offers/{held.id}"
    return {
        "number": held.number,
        "category": str(state.category),
        "label": state.label,
        "reason": REASONS[held.trigger],
        "choices": [
            {"place": place, "words": one, "chosen": place == held.chosen} for place, one in enumerate(said, 1)
        ],
        "take_up": {"url": f"{base}/take_up", "version": held.version},
        "decline": {"url": f"{base}/decline", "version": held.version},
    }
