"""What the desk is offered beyond the status of a return: nobody is shown a button by which nothing could come."""

from uuid import UUID

from aftersales.work import Work
from rma import advances, repository, settlements
from rma.goods import Pieces
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


async def why_not_wish(work: Work, return_id: UUID) -> str | None:
    """Empty once a piece is settled: what they would like is no question any more."""
    rows = await settlements.resolutions(work.session, work.scope, {return_id})
    return "" if any(row.done_at is not None for row in rows) else None


async def why_not_pay(work: Work, return_id: UUID) -> str | None:
    """Empty once money was settled by what is written down for every line."""
    lines = await repository.lines(work.session, work.scope, {return_id})
    rows = await settlements.resolutions(work.session, work.scope, {return_id})
    counted = {row.line_id for row in rows if row.amount_minor is not None}
    return "" if all(line.id in counted for line in lines) else None


async def why_not_hand_over(work: Work, return_id: UUID) -> str | None:
    """Empty unless another product is chosen and not handed over, or a return of a single one is taken at the door."""
    rows = await settlements.resolutions(work.session, work.scope, {return_id})
    if any(row.done_at is None and Resolution(row.resolution) in OTHER_PIECE for row in rows):
        return None
    lines = await repository.lines(work.session, work.scope, {return_id})
    single = len(lines) == 1 and lines[0].quantity == 1 and not lines[0].received
    return None if single and not await advances.running(work.session, work.scope, return_id) else ""


async def _pieces(work: Work, return_id: UUID) -> list[Pieces]:
    lines = await repository.lines(work.session, work.scope, {return_id})
    pieces, _ = await repository.pieces(work.session, work.scope, lines)
    return list(pieces.values())
