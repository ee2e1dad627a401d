"""Nobody at the desk is shown a button by which nothing could come."""

from uuid import UUID

from aftersales.ids import new_id
from aftersales.status import documents
from aftersales.web.legal import offers
from rma.machine import RETURN
from rma.schemas import Found, HandOver, Nothing, ResolutionChosen, UseDecided
from rma.service import exchanging, inspecting, receiving, settling
from tests.factories.entitlement import Household
from tests.integration.test_rma_goods import authorised, held

ASKED = {"condition_found", "use_decided", "resolution_chosen", "handed_over"}


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
    assert await shown(home, return_id) == {"handed_over"}, "at the door"
    async with home.work(desk) as work:
        await receiving.receive(work, return_id, Nothing())
        await inspecting.inspect(work, return_id, Nothing())
    assert await shown(home, return_id) == {"condition_found"}
    async with home.work(desk) as work:
        await inspecting.find(work, return_id, Found(grade="B"))
    assert await shown(home, return_id) == {"use_decided"}
    async with home.work(desk) as work:
        await inspecting.decide(work, return_id, UseDecided.model_validate({"disposition": "restock"}))
    assert await shown(home, return_id) == {"resolution_chosen"}
    async with home.work(desk) as work:
        await settling.choose(work, return_id, ResolutionChosen.model_validate({"resolution": "exchange"}))
    assert await shown(home, return_id) == {"handed_over"}
    async with home.work(desk) as work:
        serial = f"N-{new_id().hex[-12:]}"
        await exchanging.hand_over(work, return_id, HandOver.model_validate({"serial": serial, "way": "counter"}))
    assert (await held(home, return_id)).status == "resolved"
    assert await shown(home, return_id) == set()
