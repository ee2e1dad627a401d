"""How a return that is authorised comes to us: fetched at the door, where somebody drives, or brought to a centre."""

from uuid import UUID

from aftersales.cases import repository as cases
from aftersales.errors import Conflict
from aftersales.module import Posted
from aftersales.status import engine
from aftersales.status.changes import move
from aftersales.work import Work
from rma import repository
from rma.machine import RETURN
from rma.repository import ReturnView
from rma.schemas import Nothing
from rma.service import sending

PICKUP, DROP_OFF = "pickup", "drop_off"


async def arrange(work: Work, held: ReturnView) -> None:
    """As the customer chose it. Where nobody can fetch it, it is awaited, and they are told so."""
    if held.coming is None:
        return
    if held.coming == PICKUP and await _book(work, held):
        return
    await work.as_system().post(move(RETURN, held.id, "await_return"))


async def fetch(work: Work, return_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """Have it fetched at the household's address. Raises Conflict (`return.nobody_fetches`)."""
    held = await repository.one(work.session, work.scope, return_id)
    await engine.lock(work.session, [held.stream_id])
    held = await repository.one(work.session, work.scope, return_id)
    if held.status not in RETURN.by_verb["schedule_pickup"].sources or work.if_version not in (None, held.version):
        await work.post(move(RETURN, return_id, "schedule_pickup", if_version=work.if_version))
    if not await _book(work, held):
        raise Conflict(
            "return.nobody_fetches",
            "It cannot be fetched: no address of the household is known, another pickup of this case is under way, or "
            "nobody drives here. Add the address, or await the customer.",
        )


async def _book(work: Work, held: ReturnView) -> bool:
    system = work.as_system()
    case = await cases.case(system.session, system.scope, held.stream_id)
    if case.unit_id != held.unit_id:
        return False
    try:
        async with work.session.begin_nested():
            visit_id = await work.ports.logistics.request(system, held.stream_id, PICKUP, None)
    except Conflict:
        return False
    if visit_id is None:
        return False
    await work.post(move(RETURN, held.id, "schedule_pickup", data={"visit_id": visit_id}))
    row = await repository.wished(system.session, system.scope, held.id)
    row.coming, row.pickup_id = PICKUP, visit_id
    await work.session.flush()
    return True


async def visited(work: Work, posted: Posted) -> None:
    """The visit that was to fetch a return has it, has a new one in its place, or will not take place; then the
    customer has the whole time once more to bring or send it."""
    before = posted.data.get("follows") if posted.to_status == "requested" else posted.document_id
    return_id = await repository.fetched_by(work.session, work.scope, UUID(str(before))) if before else None
    if return_id is None:
        return
    await engine.lock(work.session, [posted.stream_id])
    held = await repository.one(work.session, work.scope, return_id)
    if held.status != "pickup_scheduled":
        return
    if posted.to_status == "requested":
        row = await repository.wished(work.session, work.scope, return_id)
        row.pickup_id = posted.document_id
        await work.session.flush()
        return
    if posted.to_status == "collected":
        await work.post(move(RETURN, return_id, "send"))
        return
    own, _ = await repository.rows(work.session, work.scope, return_id)
    own.return_by = await sending.wait_for(work, held)
    await work.session.flush()
    await work.post(move(RETURN, return_id, "await_return"))
