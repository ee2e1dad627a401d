"""What comes though its return is over: where it is is known until the customer has it back, or a new return has it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text

from aftersales.errors import Conflict, Stale
from rma import panels, repository, service
from rma.rules import Reason
from rma.schemas import AddLine, Authorise, Nothing, Reject, RequestReturn
from rma.service import closing, handing_back, inspecting, lines, receiving, sending
from tests.factories.entitlement import Household
from tests.integration.test_rma_goods import authorised, held, model, number, places

CAME, WENT = (None, "hub", "hand_back"), ("hub", "customer", "hand_back")


async def scanned(home: Household, label: str) -> str:
    async with home.work(home.staff(home.anil, "service_engineer")) as work:
        [one] = await receiving.scan(work, [label])
    return one.outcome


async def cancelled(home: Household) -> UUID:
    return_id = await authorised(home)
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        await service.cancel(work, return_id, Nothing())
    return return_id


async def waiting(home: Household) -> list[UUID]:
    """What the desk sees under «Going back»."""
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        found = await repository.listed(work.session, work.scope, statuses=("returning",), kept=True, limit=50)
    return [row.id for row in found]


async def test_what_was_cancelled_and_comes_is_here_until_it_is_handed_back(home: Household) -> None:
    return_id = await cancelled(home)
    serial = await number(home, home.mixer, "MX500")
    assert await scanned(home, serial.lower()) == "called_off"
    assert await places(home, return_id) == [CAME]
    assert return_id in await waiting(home)
    with pytest.raises(Conflict, match="received already"):
        await scanned(home, (await held(home, return_id)).number)
    view = await held(home, return_id)
    assert view.status == "cancelled"
    async with home.work(home.customer(view.stream_id, home.padma)) as work:
        shown = await panels.on_track(work, view.stream_id)
        assert shown is not None
        assert shown["returns"][0]["kept"]
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        with pytest.raises(Stale):
            await handing_back.hand_back(replace(work, if_version=view.version - 1), return_id, Nothing())
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        assert await handing_back.why_not(work, return_id) is None
        await handing_back.hand_back(work, return_id, Nothing())
        assert await handing_back.why_not(work, return_id) == ""
        with pytest.raises(Conflict, match=r"return\.nothing_kept"):
            await handing_back.hand_back(work, return_id, Nothing())
    assert await places(home, return_id) == [CAME, WENT]
    assert return_id not in await waiting(home)
    await home.settle()
    async with home.work() as work:
        query = "SELECT text FROM customer_update WHERE stream_id = :id ORDER BY id DESC LIMIT 2"
        told = [row[0] for row in await work.session.execute(text(query), {"id": view.stream_id})]
    assert told == ["return.handed_back", "return.came_anyway"]
    assert await scanned(home, serial) == "called_off", "and if it comes once more, it is known again"


async def test_fifty_at_once_write_it_down_and_hand_it_back_once(home: Household) -> None:
    return_id = await cancelled(home)
    label = (await held(home, return_id)).number

    async def back() -> str:
        async with home.work(home.staff(home.anil, "coordinator")) as work:
            await handing_back.hand_back(work, return_id, Nothing())
        return "handed back"

    async def tried(attempt: Awaitable[str]) -> str:
        try:
            return await attempt
        except Conflict as refused:
            return refused.code

    came = Counter(await asyncio.gather(*(tried(scanned(home, label)) for _ in range(25))))
    went = Counter(await asyncio.gather(*(tried(back()) for _ in range(25))))
    assert came == {"called_off": 1, "return.not_received": 24}
    assert went == {"handed back": 1, "return.nothing_kept": 24}
    assert await places(home, return_id) == [CAME, WENT]


async def test_a_new_return_receives_what_waits(home: Household) -> None:
    old = await cancelled(home)
    serial = await number(home, home.mixer, "MX500")
    assert await scanned(home, serial) == "called_off"
    new = await authorised(home)
    assert await scanned(home, serial) == "received"
    assert (await held(home, new)).status == "received"
    assert await places(home, new) == [("hub", "hub", None)]
    assert old not in await waiting(home)
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        with pytest.raises(Conflict, match=r"return\.nothing_kept"):
            await handing_back.hand_back(work, old, Nothing())
        await inspecting.inspect(work, new, Nothing())
    assert (await places(home, new))[-1] == ("hub", "bench", None)


async def test_all_pieces_of_a_rejected_return_come_and_it_is_reviewed_after_all(home: Household) -> None:
    case_id = await home.case()
    desk = home.staff(home.anil, "coordinator")
    await home.change_unit(home.mixer, delivered_on=None)
    async with home.work(desk) as work:
        wish = RequestReturn(unit_id=home.mixer, reason_code=Reason.DEFECTIVE, words="It stops.")
        return_id = await service.request(work, case_id, wish)
        more = AddLine(model=await model(home, home.washer), quantity=2, reason_code=Reason.DEFECTIVE)
        await lines.add(work, return_id, more)
        await service.reject(work, return_id, Reject(note="It was opened."))
    label = (await held(home, return_id)).number
    assert await scanned(home, label) == "refused"
    assert await places(home, return_id) == [CAME, CAME, CAME]
    async with home.work(desk) as work:
        await service.review(work, return_id, Nothing())
        await service.authorise(work, return_id, Authorise())
    assert await scanned(home, label) == "received"
    async with home.work(desk) as work:
        held_lines = await repository.lines(work.session, work.scope, {return_id})
        counted, steps = await repository.pieces(work.session, work.scope, held_lines)
    assert [counted[line.id].received for line in held_lines] == [1, 2]
    assert {(one.place, one.disposition) for one in steps} == {("hub", None)}
    assert (await held(home, return_id)).status == "received"


async def test_what_was_rejected_and_handed_back_is_closed_in_its_time(home: Household) -> None:
    await home.change_unit(home.mixer, delivered_on=None)
    return_id = await rejected(home)
    await home.settle()
    assert await scanned(home, (await held(home, return_id)).number) == "refused"
    kept = await timers(home, return_id)
    async with home.work() as work:
        await closing.close(work.as_system(), kept[-1])
    assert (await held(home, return_id)).status == "rejected", "while it is here, it is not over"
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        await handing_back.hand_back(work, return_id, Nothing())
    await home.settle()
    async with home.work() as work:
        await closing.close(work.as_system(), (await timers(home, return_id))[-1])
    assert (await held(home, return_id)).status == "closed"


async def test_one_that_was_rejected_is_closed_when_its_piece_goes_on_under_another(home: Household) -> None:
    await home.change_unit(home.mixer, delivered_on=None)
    old = await rejected(home)
    assert await scanned(home, (await held(home, old)).number) == "refused"
    cancelled_one = await cancelled(home)
    await home.settle()
    assert (await held(home, old)).status == "rejected", "while it is here, it is not over"
    new = await authorised(home)
    serial = await number(home, home.mixer, "MX500")
    assert await scanned(home, serial) == "received"
    await home.settle()
    assert [(await held(home, one)).status for one in (old, cancelled_one)] == ["closed", "cancelled"]
    assert await said(home, old) == ["request", "reject", "came_anyway", "taken_over", "close"]
    assert await said(home, cancelled_one) == ["request", "authorise", "cancel"], "nothing of it was here"
    view = await held(home, new)
    async with home.work() as work:
        [(note,)] = await work.session.execute(
            text(
                "SELECT n.text FROM timeline_entry e JOIN status_note n USING (stream_id, version)"
                " WHERE e.document_id = :id AND e.name = 'taken_over' AND e.audience = 'customer'"
            ),
            {"id": old},
        )
    assert note == view.number, "the customer reads under which one it goes on"
    async with home.work(home.customer((await held(home, old)).stream_id, home.padma)) as work:
        shown = await panels.on_track(work, (await held(home, old)).stream_id)
    assert shown is not None
    assert [(one["status"], one["kept"]) for one in shown["returns"]] == [("closed", False)]


async def test_what_goes_on_in_part_leaves_open_what_waits(home: Household) -> None:
    desk = home.staff(home.anil, "coordinator")
    await home.change_unit(home.mixer, delivered_on=None)
    case_id = await home.case()
    async with home.work(desk) as work:
        wish = RequestReturn(unit_id=home.mixer, reason_code=Reason.DEFECTIVE, words="It stops.")
        old = await service.request(work, case_id, wish)
        more = AddLine(model=await model(home, home.washer), quantity=2, reason_code=Reason.DEFECTIVE)
        await lines.add(work, old, more)
        await service.reject(work, old, Reject(note="It was opened."))
    assert await scanned(home, (await held(home, old)).number) == "refused"
    new = await authorised(home)
    assert await scanned(home, (await held(home, new)).number) == "received"
    await home.settle()
    assert (await held(home, old)).status == "rejected", "two of its pieces wait here"
    assert (await said(home, old))[-1] == "taken_over"
    async with home.work(desk) as work:
        await handing_back.hand_back(work, old, Nothing())
    assert [place for _, place, _ in await places(home, old)].count("customer") == 2


async def rejected(home: Household) -> UUID:
    case_id = await home.case()
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        wish = RequestReturn(unit_id=home.mixer, reason_code=Reason.DEFECTIVE, words="It stops.")
        return_id = await service.request(work, case_id, wish)
        await service.reject(work, return_id, Reject(note="It was opened."))
    return return_id


async def said(home: Household, return_id: UUID) -> list[str]:
    """What its timeline holds, in order."""
    async with home.work() as work:
        found = "SELECT name FROM timeline_entry WHERE document_id = :id ORDER BY version"
        return list(await work.session.scalars(text(found), {"id": return_id}))


async def timers(home: Household, return_id: UUID) -> list[dict[str, object]]:
    """What the clocks that close a return were armed with, the last last."""
    async with home.work() as work:
        armed = "SELECT data FROM delivery WHERE subscriber = :k AND data ->> 'return_id' = :r ORDER BY id"
        found = await work.session.execute(text(armed), {"k": closing.CLOSE, "r": str(return_id)})
        return [dict(row[0]) for row in found]


async def test_what_comes_after_its_time_is_known_too(home: Household) -> None:
    return_id = await authorised(home)
    async with home.work() as work:
        await sending.expire(work.as_system(), {"return_id": str(return_id)})
    view = await held(home, return_id)
    assert view.status == "expired"
    assert await scanned(home, view.number) == "too_late"
    assert await places(home, return_id) == [CAME]
