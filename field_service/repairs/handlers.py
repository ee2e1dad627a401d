"""Reactions of repairs to visits and to estimates. Idempotent; late or foreign news changes nothing."""

from aftersales.module import Posted
from aftersales.status.changes import move
from aftersales.status.machine import Category
from aftersales.work import Work
from field_service.repairs import repository, rules
from field_service.repairs.machine import REPAIR_ORDER
from field_service.repairs.service import intake
from field_service.visits import repository as visits
from field_service.visits.rules import DROP, PICKUP


async def after_visit(work: Work, posted: Posted) -> None:
    """A pickup brings a unit in, unless it fetches what is given back; a drop hands it over."""
    visit = await visits.visit(work.session, work.scope, posted.document_id)
    orders = await repository.of_case(work.session, work.scope, posted.stream_id)
    if visit.kind == PICKUP:
        known = any(o.visit_id == visit.id or o.category != Category.DONE for o in orders)
        if not known and not await repository.given_back(work.session, work.scope, posted.stream_id, visit.unit_id):
            await intake.open_order(work, posted.stream_id, visit_id=visit.id)
    elif visit.kind == DROP:
        finished = visit.status == "completed"
        for order in orders:
            verbs = rules.delivery_verbs(order.status, finished=finished)
            data = {"hand_over": {"visit_id": visit.id}}
            if verbs:
                await work.post(*(move(REPAIR_ORDER, order.id, verb, data=data.get(verb)) for verb in verbs))


async def after_estimate(work: Work, posted: Posted) -> None:
    """The order follows its estimate: sent, approved, declined."""
    order = await repository.for_estimate(work.session, work.scope, posted.document_id)
    if order is None:
        return
    verb = rules.reaction(posted.to_status, order.status)
    if verb is not None:
        await work.post(move(REPAIR_ORDER, order.id, verb, data={"estimate_id": posted.document_id}))
