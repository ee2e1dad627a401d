"""The share of returns in the play: one is asked for, and answered as the rule says."""

from collections.abc import Mapping
from typing import Any

from aftersales.auth.permissions import COORDINATOR
from aftersales.module import Cue
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


RUNNING = frozenset({"in_progress", "waiting"})
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
)
