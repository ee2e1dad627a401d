"""What the desk is offered beyond the status of a return: nobody is shown a button by which nothing could come."""

from collections.abc import Sequence
from uuid import UUID

from aftersales.work import Work
from rma import repository, settlements
from rma.goods import Pieces
from rma.models import ReturnLine
from rma.worth import OTHER_PIECE, Resolution


async def why_not_look(work: Work, return_id: UUID) -> str | None:
    """Empty (it does not concern the return) unless something is here that nobody has looked at."""
    return None if any(one.received > one.found for one in await _pieces(work, return_id)) else ""


async def why_not_decide(work: Work, return_id: UUID) -> str | None:
    """Empty unless something was looked at whose use is open."""
    return None if any(one.found > one.used for one in await _pieces(work, return_id)) else ""


async def why_not_choose(work: Work, return_id: UUID) -> str | None:
    """Empty unless something is here of which it is not said how it is settled."""
    lines = await repository.lines(work.session, work.scope, {return_id})
    rows = await settlements.resolutions(work.session, work.scope, {return_id})
    return None if any(one.left for one in settlements.settlement(lines, (), rows).values()) else ""


async def why_not_pay(work: Work, return_id: UUID) -> str | None:
    """Empty once money was settled by what is written down for every line, and before anything has come unless a return
    of a single product is taken at the door."""
    lines = await repository.lines(work.session, work.scope, {return_id})
    if not any(line.received for line in lines):
        return _not_at_door(lines)
    rows = await settlements.resolutions(work.session, work.scope, {return_id})
    made = await settlements.exchanges(work.session, work.scope, {return_id})
    counted = settlements.counted(rows, made)
    return "" if all(line.id in counted for line in lines) else None


async def why_not_hand_over(work: Work, return_id: UUID) -> str | None:
    """Empty unless another product is chosen and not handed over, or a return of a single one is taken at the door."""
    lines = await repository.lines(work.session, work.scope, {return_id})
    if not any(line.received for line in lines):
        return _not_at_door(lines)
    rows = await settlements.resolutions(work.session, work.scope, {return_id})
    made = await settlements.exchanges(work.session, work.scope, {return_id})
    wanted = settlements.waiting(rows, made)
    return None if any(Resolution(row.resolution) in OTHER_PIECE for row in wanted) else ""


def _not_at_door(lines: Sequence[ReturnLine]) -> str | None:
    return None if [line.quantity for line in lines] == [1] else ""


async def _pieces(work: Work, return_id: UUID) -> list[Pieces]:
    lines = await repository.lines(work.session, work.scope, {return_id})
    pieces, _ = await repository.pieces(work.session, work.scope, lines)
    return list(pieces.values())
