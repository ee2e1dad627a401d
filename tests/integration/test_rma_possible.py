"""Nobody at the desk is shown a button by which nothing could come."""

from dataclasses import replace
from uuid import UUID

from aftersales.ids import new_id
from aftersales.registry import load_registry
from aftersales.status import documents
from aftersales.web.legal import offers
from rma.machine import RETURN
from rma.rules import Reason
from rma.schemas import AddLine, Found, HandOver, Nothing, PaidRecorded, ResolutionChosen, UseDecided
from rma.service import exchanging, inspecting, lines, receiving, settling
from tests.factories.entitlement import Household
from tests.integration.test_rma_goods import authorised, held, model

ASKED = {"condition_found", "use_decided", "resolution_chosen", "handed_over", "paid_recorded"}


async def shown(home: Household, return_id: UUID) -> set[str]:
    """Which of these the desk offers."""
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        document = await documents.get(work.session, work.scope, return_id, RETURN.name)
        free, blocked = await offers(work, document)
    assert not ASKED & {one["label"] for one in blocked}
    return ASKED & {action.verb for action in free}


async def test_each_step_is_offered_while_something_is_left_for_it(home: Household) -> None:
    return_id = await authorised(home)
    desk = home.staff(home.anil, "coordinator")
    assert await shown(home, return_id) == {"handed_over", "paid_recorded"}, "at the door"
    async with home.work(desk) as work:
        await receiving.receive(work, return_id, Nothing())
        await inspecting.inspect(work, return_id, Nothing())
    assert await shown(home, return_id) == {"condition_found", "paid_recorded"}
    async with home.work(desk) as work:
        await inspecting.find(work, return_id, Found(grade="B"))
    assert await shown(home, return_id) == {"use_decided", "paid_recorded"}
    async with home.work(desk) as work:
        await inspecting.decide(work, return_id, UseDecided.model_validate({"disposition": "restock"}))
    assert await shown(home, return_id) == {"resolution_chosen", "paid_recorded"}
    async with home.work(desk) as work:
        await settling.choose(work, return_id, ResolutionChosen.model_validate({"resolution": "exchange"}))
    assert await shown(home, return_id) == {"handed_over", "paid_recorded"}
    async with home.work(desk) as work:
        serial = f"N-{new_id().hex[-12:]}"
        await exchanging.hand_over(work, return_id, HandOver.model_validate({"serial": serial, "way": "counter"}))
    assert (await held(home, return_id)).status == "resolved"
    assert await shown(home, return_id) == set()


async def test_of_two_lines_what_is_settled_is_asked_for_no_more(home: Household) -> None:
    shop = replace(home, registry=load_registry(["rma", "billing"]))
    return_id, desk = await authorised(shop), shop.staff(shop.anil, "coordinator")
    async with shop.work(desk) as work:
        more = AddLine(model=await model(shop, shop.washer), quantity=1, reason_code=Reason.DEFECTIVE)
        await lines.add(work, return_id, more)
    assert await shown(shop, return_id) == set(), "two products are not exchanged at the door"
    async with shop.work(desk) as work:
        await receiving.receive(work, return_id, Nothing())
        await inspecting.inspect(work, return_id, Nothing())
        for line in (1, 2):
            await inspecting.find(work, return_id, Found(line=line, grade="B"))
            await inspecting.decide(
                work, return_id, UseDecided.model_validate({"line": line, "disposition": "restock"})
            )
            paid = PaidRecorded(line=line, amount_minor=64_999, reference=f"GO/{line}")
            await settling.record_paid(work, return_id, paid)
        chosen = {"line": 1, "resolution": "store_credit"}
        await settling.choose(work, return_id, ResolutionChosen.model_validate(chosen))
    assert await shown(shop, return_id) == {"resolution_chosen", "paid_recorded"}
    async with shop.work(desk) as work:
        await settling.choose(work, return_id, ResolutionChosen.model_validate({"line": 2, "resolution": "refund"}))
    assert (await held(shop, return_id)).status == "resolution_pending"
    assert await shown(shop, return_id) == set()
