"""A return in every status, and what each of its verbs needs before it can be taken there."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from aftersales.ids import new_id
from aftersales.status.changes import NewDocument, move, open_document
from aftersales.status.machine import Machine
from aftersales.work import Work
from rma import repository
from rma.advance_machine import ADVANCE
from rma.goods import Disposition, Place
from rma.machine import RETURN
from rma.models import Return, ReturnFinding, ReturnLine, ReturnResolution, ReturnWords
from rma.service.receiving import all_of, items_of, step
from tests.factories.ahead import NOTHING_OUT, ahead_of
from tests.factories.customers import add_unit
from tests.factories.places import Furnished, furnish
from tests.factories.world import World

HUB, BENCH, BACK = (Place.HUB, None), (Place.BENCH, None), Disposition.RETURN_TO_CUSTOMER
WHERE: Mapping[str, tuple[Place, Disposition | None]] = {
    "partially_received": HUB,
    "received": HUB,
    "inspecting": BENCH,
    # What was accepted since we were late has not been looked at: everything can still be done with it.
    "dispositioned": BENCH,
    "resolution_pending": BENCH,
    "resolved": BENCH,
    "returning": (Place.COURIER, BACK),
    "returned": (Place.CUSTOMER, BACK),
    "exchanged_at_door": (Place.COURIER, None),
    "closed": (Place.STOCK, Disposition.RESTOCK),
}
"""Where the pieces of a return are by its status, and what was decided on them; nowhere before they came."""


@dataclass(frozen=True, slots=True)
class Returns:
    """A furnished case with a return in each status, and an exchange in advance in each of its own."""

    world: World
    at: Furnished
    by_status: Mapping[str, UUID]
    ahead: Mapping[str, UUID]


async def every_status(world: World) -> Returns:
    """The technician has a visit on the case. Each return has a unit and two pieces of a line without numbers."""
    at = await furnish(world, "Kamala Rani", "+919849012366", world.here, world.staff["technician"].id)
    ids = {state.name: new_id() for state in RETURN.states}
    async with world.work() as work:
        for status, return_id in ids.items():
            await _return(work, world, at, return_id, way(RETURN, "requested", status), status)
        ahead = {}
        for status in ADVANCE.by_state:
            return_id = new_id()
            await _return(work, world, at, return_id, ["authorise"], "authorised")
            new = await _unit(work, world, at)
            ahead[status] = await ahead_of(work, return_id, status, None if status in NOTHING_OUT else new)
    await world.settle()
    return Returns(world, at, ids, ahead)


def way(machine: Machine, begins: str, status: str) -> list[str]:
    """The shortest way to a status, from the machine's own edges."""
    ways: dict[str, list[str]] = {begins: []}
    left = deque(ways)
    while left:
        here = left.popleft()
        for edge in machine.legal(here):
            if edge.to not in ways:
                ways[edge.to] = [*ways[here], edge.verb]
                left.append(edge.to)
    return ways[status]


async def _unit(work: Work, world: World, at: Furnished) -> UUID:
    serial = ("serial", f"GW75-{new_id().hex[-10:].upper()}")
    return (await add_unit(work, world.shelf, at.home.customer_id, serial)).id


async def _return(work: Work, world: World, at: Furnished, return_id: UUID, verbs: list[str], status: str) -> None:
    unit_id = await _unit(work, world, at)
    number = await work.numbers.next("TST-A", work.now.year)
    new = NewDocument(at.home.case_id, at.branch_id, number, unit_id, at.home.customer_id)
    steps = [move(RETURN, return_id, verb, note="On the way.") for verb in verbs]
    # As if it had come by itself: nothing that follows in life is to follow here.
    quiet = Work(work.session, work.scope, work.registry, work.numbers, work.settings, work.now, origin="demo")
    await quiet.post(open_document(RETURN, return_id, "request", new), *steps)
    row = Return(id=return_id, unit_id=unit_id, reason_code="defective", evaluator_version=1, facts={})
    row.asked_at, row.policy_id, row.verdict = work.now, None, None
    work.session.add(row)
    await work.session.flush()
    work.session.add(ReturnWords(return_id=return_id, asked="It stops."))
    came = status in WHERE
    first = _line(return_id, 1, world, 1, came, unit_id)
    second = _line(return_id, 2, world, 2, came and status != "partially_received", None)
    work.session.add_all([first, second])
    await work.session.flush()
    if came:
        place, use = WHERE[status]
        moved = []
        for line, count in ((first, first.received), (second, second.received)):
            line.received = 0
            moved += [step(work, line, item, None, place, use) for item in items_of(line, count)]
            line.received = count
        await repository.move(work.session, work.scope, moved)


def _line(return_id: UUID, position: int, world: World, quantity: int, came: bool, unit_id: UUID | None) -> ReturnLine:
    return ReturnLine(
        id=new_id(),
        return_id=return_id,
        position=position,
        product_id=world.shelf.product.id,
        unit_id=unit_id,
        quantity=quantity,
        received=quantity if came else 0,
        reason_code="defective",
    )


async def _first(work: Work, return_id: UUID) -> ReturnLine:
    return (await repository.lines(work.session, work.scope, {return_id}))[0]


async def _looked_at(work: Work, return_id: UUID) -> None:
    line = await _first(work, return_id)
    seen: dict[str, Any] = {"quantity": 1, "grade": "B", "no_fault": False, "wrong_item": False, "missing": []}
    work.session.add(ReturnFinding(id=new_id(), line_id=line.id, found_at=work.now, **seen))


async def _settled_by(work: Work, return_id: UUID, resolution: str) -> None:
    line = await _first(work, return_id)
    row = ReturnResolution(id=new_id(), return_id=return_id, line_id=line.id, first=1, quantity=1)
    row.resolution, row.chosen_at = resolution, work.now
    work.session.add(row)


async def _exchanged(work: Work, return_id: UUID) -> None:
    """With us the exchange is chosen; at the door it is of a single product."""
    line = await _first(work, return_id)
    if line.received:
        await _settled_by(work, return_id, "exchange")
    else:
        others = delete(ReturnLine).where(ReturnLine.return_id == return_id, ReturnLine.position > 1)
        await work.session.execute(others)


async def _goes_back(work: Work, return_id: UUID) -> None:
    await _settled_by(work, return_id, "return_as_is")


async def _came_anyway(work: Work, return_id: UUID) -> None:
    line = await _first(work, return_id)
    items = all_of(line)
    last = await repository.last_steps(work.session, work.scope, items, {return_id})
    back = Disposition.HAND_BACK
    await repository.move(work.session, work.scope, [step(work, line, i, last.get(i), Place.HUB, back) for i in items])


NEEDS: Mapping[str, Callable[[Work, UUID], Awaitable[None]]] = {
    "use_decided": _looked_at,
    "handed_over": _exchanged,
    "carried_out": _goes_back,
    "resolution_changed": _goes_back,
    "handed_back": _came_anyway,
}
"""What must be there for a verb to be taken, beside the status."""
