"""Another settlement than the one that was chosen, as long as nothing of it has been carried out."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from aftersales.errors import Conflict
from aftersales.ids import new_id
from aftersales.status.changes import event
from aftersales.work import Work
from rma import settlements
from rma.machine import RETURN
from rma.models import ReturnResolution
from rma.schemas import ResolutionChanged
from rma.service.receiving import line_at, miscounted
from rma.service.settling import Standing, exchanged, finish, pay, staff
from rma.worth import MONEY, Choice, Resolution


async def change(work: Work, return_id: UUID, body: ResolutionChanged) -> None:
    """Settle what is not settled yet of a line in another way. Money that was asked for is called back first; a piece
    for which another one was handed over stays exchanged.

    Raises Conflict: `return.nothing_chosen`, `return.settled_already` once it is paid, given as credit, handed over or
    carried out, and what `settling.choose` raises; Invalid (`return.quantity`).
    """
    held = await Standing.read(work, return_id)
    await held.may(work, "resolution_changed")
    line = line_at(held.lines, body.line)
    chosen = [row for row in held.rows if row.line_id == line.id]
    if not chosen:
        raise Conflict("return.nothing_chosen", "Nothing is chosen for this line yet. Choose how it is settled.")
    unsettled = await _not_handed_over(work, held, [row for row in chosen if row.done_at is None])
    await _call_back(work, unsettled)
    made = [_again(work, row, body.resolution) for row in unsettled]
    for row in unsettled:
        await work.session.delete(row)
        held.rows.remove(row)
    await work.session.flush()
    held.rows.extend(made)
    try:
        held.by_line()
    except ValueError as wrong:
        raise miscounted(wrong) from wrong
    for row in made:
        choice = Choice(Resolution(row.resolution), row.first, row.quantity)
        if choice.resolution in MONEY:
            await pay(work, held.view, line, row, choice)
        work.session.add(row)
    await work.session.flush()
    data = {
        "line": body.line,
        "quantity": sum(row.quantity for row in made),
        "resolution": body.resolution,
        "before": unsettled[0].resolution,
    }
    first = event(RETURN, return_id, "resolution_changed", if_version=work.if_version, data=data)
    await work.post(first, *await finish(work, held))


def _again(work: Work, row: ReturnResolution, resolution: str) -> ReturnResolution:
    return ReturnResolution(
        id=new_id(),
        return_id=row.return_id,
        line_id=row.line_id,
        first=row.first,
        quantity=row.quantity,
        resolution=resolution,
        chosen_at=work.now,
        chosen_by=staff(work),
    )


async def _not_handed_over(work: Work, held: Standing, rows: Sequence[ReturnResolution]) -> list[ReturnResolution]:
    """Those for which nothing has been handed over. Where something was for a part of the pieces, the others become a
    resolution of their own."""
    made = await settlements.exchanges(work.session, work.scope, {held.view.id})
    given = Counter(one.resolution_id for one in made)
    found = settlements.waiting(rows, made)
    for row in [one for one in found if given[one.id]]:
        rest = _again(work, row, row.resolution)
        rest.first, rest.quantity = row.first + given[row.id], row.quantity - given[row.id]
        row.quantity = given[row.id]
        exchanged(work, row, made)
        await work.session.flush()
        work.session.add(rest)
        await work.session.flush()
        held.rows.append(rest)
        found[found.index(row)] = rest
    return found


async def _call_back(work: Work, rows: Sequence[ReturnResolution]) -> None:
    """No money for these pieces is paid or will be."""
    free = bool(rows)
    for row in rows:
        if row.order_id is not None and not await work.ports.charges.withdraw(work, row.order_id):
            free = False
    if not free:
        raise Conflict(
            "return.settled_already",
            "It is settled: paid, credited, handed over or given back. What is settled is not changed any more.",
        )


async def why_not_change(work: Work, return_id: UUID) -> str | None:
    """Empty (it does not concern the return) unless something is chosen that is not carried out."""
    rows = await settlements.resolutions(work.session, work.scope, {return_id})
    made = await settlements.exchanges(work.session, work.scope, {return_id})
    return None if settlements.waiting(rows, made) else ""
