"""What the customer would like to get, and their changing it until it is settled."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from aftersales.errors import Conflict
from aftersales.module import Option
from aftersales.status.changes import event
from aftersales.work import Work
from rma import repository, service, settlements
from rma.machine import RETURN
from rma.schemas import Wish
from rma.words import WISHES


async def wish(work: Work, return_id: UUID, body: Wish) -> None:
    """Write down what the customer would like instead of what was written down before.

    Raises Conflict: `status.illegal` once the return is over, `return.settled_already` once a piece of it is settled.
    """
    held = await service.hold(work, return_id)
    if held.status not in RETURN.by_event["wished"].states or work.if_version not in (None, held.version):
        await work.post(event(RETURN, return_id, "wished", if_version=work.if_version))
    if await _settled(work, return_id):
        raise Conflict(
            "return.settled_already", "A part of this return is settled already, so the choice stands. Call us."
        )
    await work.post(
        event(RETURN, return_id, "wished", if_version=work.if_version, data={"resolution": body.resolution})
    )
    row = await repository.wished(work.session, work.scope, return_id)
    row.wish = body.resolution
    await work.session.flush()


async def why_not(work: Work, return_id: UUID) -> str | None:
    """Empty (it does not concern the return) once a piece of it is settled."""
    return "" if await _settled(work, return_id) else None


async def _settled(work: Work, return_id: UUID) -> bool:
    rows = await settlements.resolutions(work.session, work.scope, {return_id})
    given = await settlements.exchanges(work.session, work.scope, {return_id})
    return bool(given) or any(row.done_at is not None for row in rows)


async def choices(work: Work, return_id: UUID) -> Mapping[str, Sequence[Option]]:  # noqa: ARG001 - as options are asked
    """What may be wished for."""
    return {"resolution": [Option(value.value, label) for value, label in WISHES.items()]}
