"""A2: goods of a return: lines, receiving by scan and in parts, inspection, use, and where every piece is."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event as events
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from aftersales.errors import Conflict, Forbidden, Invalid
from aftersales.ids import new_id
from aftersales.products.models import UnitIdentifier
from rma import repository, service
from rma.models import ReturnFinding, ReturnMovement
from rma.rules import Reason
from rma.schemas import AddLine, Authorise, Found, Nothing, ReceivePart, Refuse, RequestReturn, UseDecided
from rma.service import inspecting, lines, receiving
from tests.factories.entitlement import Household
from tests.factories.return_crowd import crowd

SERIAL = "MX500-778812"


async def number(home: Household, unit_id: UUID, value: str) -> str:
    """Put a serial number on a unit."""
    mine = f"{value}-{unit_id.hex[-6:]}".upper()
    async with home.work() as work:
        normal = mine.replace("-", "")
        work.session.add(UnitIdentifier(id=new_id(), unit_id=unit_id, kind="serial", value=mine, normal=normal))
    return mine


async def model(home: Household, unit_id: UUID) -> str:
    """Give the unit's product a model that no other has."""
    name = f"M{new_id().hex[-8:]}"
    rename = "UPDATE product p SET model = :m FROM unit u WHERE u.product_id = p.id AND u.id = :u"
    async with home.work() as work:
        await work.session.execute(text(rename), {"m": name, "u": unit_id})
    return name


async def authorised(home: Household, unit_id: UUID | None = None) -> UUID:
    case_id = await home.case()
    wish = RequestReturn(unit_id=unit_id or home.mixer, reason_code=Reason.DEFECTIVE, words="It stops.")
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        return_id = await service.request(work, case_id, wish)
        await service.authorise(work, return_id, Authorise())
    return return_id


async def held(home: Household, return_id: UUID) -> repository.ReturnView:
    async with home.work() as work:
        return await repository.one(work.session, work.scope, return_id)


async def places(home: Household, return_id: UUID) -> list[tuple[str | None, str, str | None]]:
    async with home.work() as work:
        query = select(ReturnMovement).where(ReturnMovement.return_id == return_id)
        rows = await work.session.scalars(query.order_by(ReturnMovement.item, ReturnMovement.step))
        return [(row.from_place, row.place, row.disposition) for row in rows]


async def test_from_the_desk_to_the_shelf(home: Household) -> None:
    return_id = await authorised(home)
    bench = home.staff(home.anil, "service_engineer")
    async with home.work(bench) as work:
        await receiving.receive(work, return_id, Nothing())
    assert (await held(home, return_id)).status == "received"
    async with home.work(bench) as work:
        await inspecting.inspect(work, return_id, Nothing())
        with pytest.raises(Invalid, match=r"return\.quantity"):
            await inspecting.decide(work, return_id, UseDecided(disposition="restock"))
        await inspecting.find(work, return_id, Found(grade="A", no_fault=True, missing=["box", "manual"]))
        with pytest.raises(Invalid, match=r"return\.quantity"):
            await inspecting.find(work, return_id, Found(grade="B"))
        await inspecting.decide(work, return_id, UseDecided(disposition="quarantine"))
    assert (await held(home, return_id)).status == "inspecting", "what is in quarantine is not decided"
    async with home.work(bench) as work:
        await inspecting.decide(work, return_id, UseDecided(disposition="restock"))
        with pytest.raises(Invalid, match=r"return\.quantity"):
            await inspecting.decide(work, return_id, UseDecided(disposition="scrap"))
        [found] = await work.session.scalars(select(ReturnFinding))
        assert (found.grade, found.no_fault, found.missing, found.found_by) == ("A", True, ["box", "manual"], home.anil)
    assert (await held(home, return_id)).status == "dispositioned"
    assert await places(home, return_id) == [
        (None, "hub", None),
        ("hub", "bench", None),
        ("bench", "bench", "quarantine"),
        ("bench", "stock", "restock"),
    ]


async def test_parts_add_up_and_each_piece_is_somewhere(home: Household) -> None:
    return_id = await authorised(home)
    name = await model(home, home.mixer)
    desk = home.staff(home.anil, "coordinator")
    async with home.work(desk) as work:
        await lines.add(work, return_id, AddLine(model=name, quantity=3, reason_code=Reason.WRONG_ITEM))
        with pytest.raises(Invalid, match=r"return\.which_product"):
            await lines.add(work, return_id, AddLine(model="NONE-1", reason_code=Reason.WRONG_ITEM))
        with pytest.raises(Invalid, match=r"return\.quantity"):
            await receiving.receive_part(work, return_id, ReceivePart(line=2, quantity=4))
        with pytest.raises(Invalid, match=r"return\.unknown_line"):
            await receiving.receive_part(work, return_id, ReceivePart(line=3))
        await receiving.receive_part(work, return_id, ReceivePart(line=2, quantity=2))
    assert (await held(home, return_id)).status == "partially_received"
    async with home.work(desk) as work:
        await receiving.receive_part(work, return_id, ReceivePart(line=1))
        await receiving.receive_part(work, return_id, ReceivePart(line=2))
    assert (await held(home, return_id)).status == "received", "the last part completes it"
    async with home.work(desk) as work:
        await inspecting.inspect(work, return_id, Nothing())
        await inspecting.find(work, return_id, Found(line=2, quantity=3, grade="D", wrong_item=True))
        await inspecting.decide(work, return_id, UseDecided(line=2, quantity=2, disposition="return_to_vendor"))
        await inspecting.decide(work, return_id, UseDecided(line=2, disposition="scrap"))
        await inspecting.find(work, return_id, Found(grade="C"))
    assert (await held(home, return_id)).status == "inspecting"
    async with home.work(desk) as work:
        await inspecting.decide(work, return_id, UseDecided(disposition="refurbish"))
        held_lines = await repository.lines(work.session, work.scope, {return_id})
        counted, steps = await repository.pieces(work.session, work.scope, held_lines)
    assert (await held(home, return_id)).status == "dispositioned"
    assert [(counted[line.id].quantity, counted[line.id].used) for line in held_lines] == [(1, 1), (3, 3)]
    assert sorted(step.place for step in steps) == ["bench", "scrap", "vendor", "vendor"]


async def test_without_an_order_a_product_is_taken_down_by_number_and_model(home: Household) -> None:
    return_id = await authorised(home)
    known = await number(home, home.washer, SERIAL)
    fresh = f"ZZ-{new_id().hex[-8:]}"
    product = await model(home, home.washer)
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        await lines.add(work, return_id, AddLine(serial=known, reason_code=Reason.DAMAGED))
        with pytest.raises(Conflict, match=r"return\.already_open"):
            await lines.add(work, return_id, AddLine(serial=known, reason_code=Reason.DAMAGED))
        with pytest.raises(Invalid, match=r"return\.which_product"):
            await lines.add(work, return_id, AddLine(serial=fresh, reason_code=Reason.DAMAGED))
        wish = AddLine(serial=fresh, model=product, quantity=2, reason_code=Reason.DAMAGED)
        with pytest.raises(Invalid, match=r"return\.unit_is_one"):
            await lines.add(work, return_id, wish)
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        await lines.add(work, return_id, AddLine(serial=fresh, model=product, reason_code=Reason.DAMAGED))
        got = await repository.lines(work.session, work.scope, {return_id})
    assert [line.position for line in got] == [1, 2, 3]
    assert got[1].unit_id == home.washer
    assert got[2].unit_id not in (None, home.washer)


async def test_fifty_at_once_receive_one_piece(home: Household) -> None:
    return_id = await authorised(home)
    serial = await number(home, home.mixer, SERIAL)

    async def attempt() -> str:
        try:
            async with home.work(home.staff(home.anil, "service_engineer")) as work:
                await receiving.scan(work, [serial])
        except Conflict as refused:
            return refused.code
        return "received"

    results = await asyncio.gather(*(attempt() for _ in range(50)))
    assert Counter(results) == {"received": 1, "return.not_received": 49}
    assert await places(home, return_id) == [(None, "hub", None)]
    async with home.work(home.staff(home.anil, "service_engineer")) as work:
        with pytest.raises(Conflict, match=r"received already") as refused:
            await receiving.scan(work, [serial])
    assert refused.value.status == 409


async def test_the_chain_keeps_a_piece_in_one_place(home: Household) -> None:
    return_id = await authorised(home)
    async with home.work(home.staff(home.anil, "service_engineer")) as work:
        await receiving.receive(work, return_id, Nothing())
    values = {"item": receiving.unit_item(home.mixer), "r": return_id}
    insert = (
        "INSERT INTO product_return_movement (item, step, prior_step, from_place, place, return_id, line_id, moved_at)"
        " SELECT :item, {step}, {prior}, {came}, 'stock', :r, id, now() FROM product_return_line WHERE return_id = :r"
    )
    for step, prior, came in ((1, "NULL", "NULL"), (2, 1, "'customer'"), (3, 2, "'hub'"), (3, 1, "'hub'")):
        with pytest.raises(DBAPIError):
            async with home.work() as work:
                await work.session.execute(text(insert.format(step=step, prior=prior, came=came)), values)
    for change in ("UPDATE product_return_movement SET place = 'stock'", "DELETE FROM product_return_movement"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with home.work() as work:
                await work.session.execute(text(change))


async def test_what_is_nobodys_is_said_of_each_label(home: Household) -> None:
    return_id = await authorised(home)
    await home.change_unit(home.washer, purchased_on=date(2026, 11, 1), delivered_on=date(2026, 11, 2))
    other = await authorised(home, home.washer)
    serial = await number(home, home.washer, SERIAL)
    label = (await held(home, return_id)).number
    async with home.work(home.staff(home.anil, "finance")) as work:
        with pytest.raises(Forbidden):
            await receiving.scan(work, [label])
    async with home.work(home.staff(home.anil, "service_engineer")) as work:
        with pytest.raises(Conflict, match="No return bears"):
            await receiving.scan(work, ["KKP-26-A-999999"])
        answers = await receiving.scan(work, [label.lower(), "NOBODY-1", serial, serial, label])
    assert [(one.outcome, one.quantity) for one in answers] == [
        ("received", 1),
        ("unknown", 0),
        ("received", 1),
        ("twice", 0),
        ("twice", 0),
    ]
    assert (await held(home, other)).status == "received"
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        with pytest.raises(Conflict, match=r"return\.not_received") as refused:
            await receiving.scan(work, [label])
    assert refused.value.extra["labels"] == [
        {"label": label, "outcome": "already", "number": label, "quantity": 0, "return_id": str(return_id)}
    ]


async def test_five_hundred_labels_take_as_many_statements_as_two(home: Household) -> None:
    case_id = await home.case()
    few, received = await scanned(home, case_id, 2)
    many, all_received = await scanned(home, case_id, 500)
    assert (received, all_received) == (2, 500)
    assert many == few <= 14


async def scanned(home: Household, case_id: UUID, count: int) -> tuple[int, int]:
    """How many statements it takes to scan as many labels, and how many returns are received then. It never was."""
    said: list[str] = []

    def hear(*heard: object) -> None:
        said.append(str(heard[2]))

    async with home.work() as work:
        labels = await crowd(work, case_id, home.branch_id, home.mixer, count)
        connection = (await work.session.connection()).sync_connection
        events.listen(connection, "before_cursor_execute", hear)
        staff = replace(work, scope=home.staff(home.anil, "service_engineer"))
        answers = await receiving.scan(staff, labels)
        events.remove(connection, "before_cursor_execute", hear)
        assert {one.outcome for one in answers} == {"received"}
        arrived = (
            "SELECT count(*) FROM product_return_movement m JOIN document d ON d.id = m.return_id"
            " WHERE d.stream_id = :c AND d.status = 'received' AND m.place = 'hub'"
        )
        there = await work.session.scalar(text(arrived), {"c": case_id})
        await work.session.rollback()
    return len(said), int(there or 0)


async def test_late_to_inspect_counts_as_accepted(home: Household) -> None:
    return_id = await authorised(home)
    async with home.work(home.staff(home.anil, "service_engineer")) as work:
        await receiving.receive(work, return_id, Nothing())
    async with home.work() as work:
        due = await work.session.scalar(
            text("SELECT due_at FROM delivery WHERE subscriber = :s AND data::text LIKE :id"),
            {"s": receiving.INSPECT_BY, "id": f"%{return_id}%"},
        )
    assert due == home.now + timedelta(hours=48)
    async with home.work(now=due) as work:
        await receiving.inspect_by(work, {"return_ids": [str(return_id)]})
        await receiving.inspect_by(work, {"return_ids": [str(return_id)]})
    assert (await held(home, return_id)).status == "resolution_pending"
    async with home.work(home.staff(home.anil, "service_engineer")) as work:
        await inspecting.find(work, return_id, Found(grade="C"))
        await inspecting.decide(work, return_id, UseDecided(disposition="scrap"))
    assert await places(home, return_id) == [(None, "hub", None), ("hub", "scrap", "scrap")]


async def test_refused_after_inspection_it_goes_back(home: Household) -> None:
    return_id = await authorised(home)
    async with home.work(home.staff(home.anil, "service_engineer")) as work:
        await receiving.receive(work, return_id, Nothing())
        await inspecting.inspect(work, return_id, Nothing())
        await inspecting.refuse(work, return_id, Refuse(note="The jar is broken by a fall."))
        await inspecting.give_back(work, return_id, Nothing())
    found = await held(home, return_id)
    assert (found.status, found.answered) == ("returned", "The jar is broken by a fall.")
    went = [place for _, place, _ in await places(home, return_id)]
    assert went == ["hub", "bench", "courier", "customer"]
