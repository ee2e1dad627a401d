"""Every query about how returns are settled."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.models import Document
from rma.goods import OURS, Disposition
from rma.models import Return, ReturnExchange, ReturnLine, ReturnMovement, ReturnPaid, ReturnResolution
from rma.worth import Choice, Resolution, Settlement


async def paid(session: AsyncSession, _scope: Scope, line_ids: Collection[UUID]) -> dict[UUID, ReturnPaid]:
    """What was paid for the pieces of lines that the caller has read, by line."""
    query = select(ReturnPaid).where(ReturnPaid.line_id.in_(line_ids)).execution_options(populate_existing=True)
    return {row.line_id: row for row in await session.scalars(query)}


async def resolutions(session: AsyncSession, scope: Scope, return_ids: Collection[UUID]) -> list[ReturnResolution]:
    """How the pieces of these returns are settled, line by line in their order, to be changed."""
    query = (
        select(ReturnResolution)
        .join(Document, Document.id == ReturnResolution.return_id)
        .where(ReturnResolution.return_id.in_(return_ids), visible(scope))
        .order_by(ReturnResolution.line_id, ReturnResolution.first)
        .execution_options(populate_existing=True)
    )
    return list(await session.scalars(query))


async def of_lines(
    session: AsyncSession, scope: Scope, lines: Sequence[ReturnLine], steps: Sequence[ReturnMovement]
) -> dict[UUID, Settlement]:
    """How far each of these lines is settled; `steps` say where their pieces are."""
    return settlement(lines, steps, await resolutions(session, scope, {line.return_id for line in lines}))


def settlement(
    lines: Sequence[ReturnLine], steps: Sequence[ReturnMovement], chosen: Sequence[ReturnResolution]
) -> dict[UUID, Settlement]:
    """The same of rows that have been read."""
    choices: dict[UUID, list[Choice]] = defaultdict(list)
    for row in chosen:
        choice = Choice(Resolution(row.resolution), row.first, row.quantity, row.done_at is not None)
        choices[row.line_id].append(choice)
    home = Counter(one.line_id for one in steps if one.disposition == Disposition.RETURN_TO_CUSTOMER)
    ours = Counter(one.line_id for one in steps if one.disposition in OURS)
    return {line.id: Settlement(line.received, tuple(choices[line.id]), home[line.id], ours[line.id]) for line in lines}


async def exchanges(session: AsyncSession, scope: Scope, return_ids: Collection[UUID]) -> list[ReturnExchange]:
    """What was handed over for pieces of these returns, in the order of the pieces, to be changed."""
    query = (
        select(ReturnExchange)
        .join(ReturnResolution, ReturnResolution.id == ReturnExchange.resolution_id)
        .join(Document, Document.id == ReturnResolution.return_id)
        .where(ReturnResolution.return_id.in_(return_ids), visible(scope))
        .order_by(ReturnExchange.resolution_id, ReturnExchange.piece)
        .execution_options(populate_existing=True)
    )
    return list(await session.scalars(query))


def counted(rows: Sequence[ReturnResolution], made: Sequence[ReturnExchange]) -> set[UUID]:
    """The lines of which money was settled by what is written down as paid: given back, or as a difference."""
    by_difference = {one.resolution_id for one in made if one.order_id is not None}
    return {row.line_id for row in rows if row.amount_minor is not None or row.id in by_difference}


def waiting(rows: Sequence[ReturnResolution], made: Sequence[ReturnExchange]) -> list[ReturnResolution]:
    """Those with a piece that is not settled. What was handed over is, though a difference is still paid back."""
    given = Counter(one.resolution_id for one in made)
    return [row for row in rows if row.done_at is None and given[row.id] < row.quantity]


async def of_order(session: AsyncSession, scope: Scope, order_id: UUID) -> UUID | None:
    """The return for which others were asked for this, for a resolution or the difference of an exchange."""
    query = (
        select(ReturnResolution.return_id)
        .join(Document, Document.id == ReturnResolution.return_id)
        .outerjoin(ReturnExchange, ReturnExchange.resolution_id == ReturnResolution.id)
        .where(or_(ReturnResolution.order_id == order_id, ReturnExchange.order_id == order_id), visible(scope))
        .limit(1)
    )
    found: UUID | None = await session.scalar(query)
    return found


async def promise(session: AsyncSession, _scope: Scope, due: Mapping[UUID, datetime]) -> None:
    """Keep until when returns that the caller has moved are settled."""
    change = update(Return).where(Return.id == bindparam("return_id")).values(settle_by=bindparam("due"))
    connection = await session.connection()
    await connection.execute(change, [{"return_id": key, "due": at} for key, at in due.items()])
