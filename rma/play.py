"""The share of returns in the play: one is asked for, answered as the rule says, received, looked at and settled."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aftersales.auth.permissions import COORDINATOR, SERVICE_ENGINEER
from aftersales.module import Cue
from aftersales.products import repository as products
from aftersales.scene import Scene
from aftersales.status import documents
from rma import repository, service
from rma.demo import ASKED, REFUSED
from rma.rules import Outcome, Reason
from rma.schemas import RequestReturn

CUSTOMER = ""


async def other_unit(scene: Scene) -> Mapping[str, Any] | None:
    """Something else that the household owns and nothing is open for; None if there is nothing."""
    work = scene.work.as_system()
    case = scene.about
    running = await documents.running_of(work.session, work.scope, customer_id=case.customer_id)
    busy = {one.unit_id for one in running} | {case.unit_id}
    units = [unit for unit in await service.household_units(work, case.id) if unit.id not in busy]
    if not units:
        return None
    reason = Reason.DEFECTIVE
    return {"unit_id": units[-1].id, "reason_code": reason, "words": ASKED[reason]}


async def allowed(scene: Scene) -> Mapping[str, Any] | None:
    """Yes, unless the rule says no."""
    held = await repository.one(scene.work.session, scene.work.scope, scene.about.id)
    verdict = service.verdict_of(held)
    return None if verdict is not None and verdict.outcome is Outcome.INELIGIBLE else {}


async def refused(_scene: Scene) -> Mapping[str, Any]:
    """No, and what we can do instead."""
    return {"note": REFUSED}


async def as_it_is(_scene: Scene) -> Mapping[str, Any]:
    """No more to say."""
    return {}


async def opened(_scene: Scene) -> Mapping[str, Any]:
    """It was opened and has no fault of its own."""
    return {"grade": "B", "missing": ["manual"]}


async def to_stock(_scene: Scene) -> Mapping[str, Any]:
    """It can be sold again."""
    return {"disposition": "restock"}


async def by_invoice(scene: Scene) -> Mapping[str, Any]:
    """What the invoice says; the list price, in this story."""
    held = await repository.one(scene.work.session, scene.work.scope, scene.about.id)
    unit = await products.unit(scene.work.session, scene.work.as_system().scope, held.unit_id)
    price = (await products.product(scene.work.session, scene.work.scope, unit.product_id)).price
    return {"amount_minor": price.minor, "currency": price.currency, "reference": f"GO/{held.number[-6:]}"}


async def the_money(scene: Scene) -> Mapping[str, Any]:
    """The money goes back; another one in its place where nobody pays."""
    return {"resolution": "refund" if "refund" in scene.work.registry.machines else "replacement"}


RUNNING = frozenset({"in_progress", "waiting"})
Body = Callable[[Scene], Awaitable[Mapping[str, Any] | None]]


def _desk(at: str, words: str, verb: str, body: Body, rank: int = 50) -> Cue:
    return Cue("return", frozenset({at}), COORDINATOR, words, verb=verb, body=body, rank=rank)


def _bench(at: str, words: str, verb: str, body: Body, rank: int) -> Cue:
    return Cue("return", frozenset({at}), SERVICE_ENGINEER, words, verb=verb, body=body, rank=rank)


CUES = (
    Cue(
        "case",
        RUNNING,
        CUSTOMER,
        "asked to return something else",
        opens=service.request,
        schema=RequestReturn,
        body=other_unit,
        # Between two steps of the repair, not when all is done.
        rank=30,
    ),
    Cue("return", frozenset({"requested"}), COORDINATOR, "allowed the return", verb="authorise", body=allowed),
    Cue("return", frozenset({"requested"}), COORDINATOR, "refused the return", verb="reject", body=refused),
    _desk("authorised", "received the returned {product}", "receive", as_it_is),
    _bench("received", "took the returned {product} to the bench", "inspect", as_it_is, 50),
    _bench("inspecting", "wrote down the condition of the {product}", "condition_found", opened, 40),
    _bench("inspecting", "put the returned {product} to stock", "use_decided", to_stock, 50),
    _desk("dispositioned", "wrote down what had been paid", "paid_recorded", by_invoice, 40),
    _desk("dispositioned", "settled the return", "resolution_chosen", the_money),
)
