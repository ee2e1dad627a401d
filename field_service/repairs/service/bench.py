"""The bench and what comes after: repair, parts, check, hand-over, and the other ends of a repair.

Each verb is one move; what it needs is in the machine's table.
"""

from uuid import UUID

from aftersales.cases.schemas import Nothing, Reason
from aftersales.status.changes import move
from aftersales.work import Work
from field_service.repairs import repository
from field_service.repairs.machine import REPAIR_ORDER
from field_service.repairs.schemas import Remark, ToldReason


async def _take(work: Work, repair_id: UUID, verb: str, note: str | None = None) -> None:
    await repository.repair(work.session, work.scope, repair_id)
    await work.post(move(REPAIR_ORDER, repair_id, verb, if_version=work.if_version, note=note))


async def await_parts(work: Work, repair_id: UUID, body: ToldReason) -> None:
    """The repair waits for a part; the customer is told which."""
    await _take(work, repair_id, "await_parts", body.note)


async def start(work: Work, repair_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """The repair begins."""
    await _take(work, repair_id, "start")


async def check(work: Work, repair_id: UUID, body: Remark) -> None:
    """Repaired; somebody checks it now."""
    await _take(work, repair_id, "check", body.note)


async def rework(work: Work, repair_id: UUID, body: Reason) -> None:
    """The check failed: back to the bench."""
    await _take(work, repair_id, "rework", body.note)


async def pass_check(work: Work, repair_id: UUID, body: Remark) -> None:
    """The check was passed: the unit is ready."""
    await _take(work, repair_id, "pass", body.note)


async def send_to_vendor(work: Work, repair_id: UUID, body: ToldReason) -> None:
    """The supplier repairs it."""
    await _take(work, repair_id, "send_to_vendor", body.note)


async def take_back(work: Work, repair_id: UUID, body: Remark) -> None:
    """Back from the supplier, to be checked."""
    await _take(work, repair_id, "take_back", body.note)


async def find_no_trouble(work: Work, repair_id: UUID, body: ToldReason) -> None:
    """The fault did not show."""
    await _take(work, repair_id, "find_no_trouble", body.note)


async def write_off(work: Work, repair_id: UUID, body: ToldReason) -> None:
    """A repair would cost more than it is worth."""
    await _take(work, repair_id, "write_off", body.note)


async def give_up(work: Work, repair_id: UUID, body: ToldReason) -> None:
    """It cannot be repaired."""
    await _take(work, repair_id, "give_up", body.note)


async def offer_options(work: Work, repair_id: UUID, body: Remark) -> None:
    """The customer chooses: back as it is, or another unit."""
    await _take(work, repair_id, "offer_options", body.note)


async def return_as_is(work: Work, repair_id: UUID, body: ToldReason) -> None:
    """The unit goes back without a repair."""
    await _take(work, repair_id, "return_as_is", body.note)


async def replace(work: Work, repair_id: UUID, body: ToldReason) -> None:
    """The customer gets another unit for it."""
    await _take(work, repair_id, "replace", body.note)


async def mark_unclaimed(work: Work, repair_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """Nobody came to fetch it."""
    await _take(work, repair_id, "mark_unclaimed")


async def hand_over(work: Work, repair_id: UUID, body: Remark) -> None:
    """The customer fetched it at the counter; the order is closed with it."""
    await repository.repair(work.session, work.scope, repair_id)
    await work.post(
        move(REPAIR_ORDER, repair_id, "hand_over", if_version=work.if_version, note=body.note),
        move(REPAIR_ORDER, repair_id, "close"),
    )


async def dispose(work: Work, repair_id: UUID, body: ToldReason) -> None:
    """Nobody fetched it in time."""
    await _take(work, repair_id, "dispose", body.note)
