"""What every holding does with its tables: let rows go and count them, hand rows out as they are."""

from collections.abc import Iterable
from typing import Any, cast

from sqlalchemy import ARRAY, CursorResult, Delete, LargeBinary, Select, TextClause, Update, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.subject import Line


async def gone(session: AsyncSession, what: str, statement: Delete | Update) -> Line:
    """Carry it out; the line says of how many. The statement finds only what is still there, so that again is zero."""
    done = await session.execute(statement.execution_options(synchronize_session=False))
    return Line(what, cast(CursorResult[Any], done).rowcount)


async def told(session: AsyncSession, query: Select[*tuple[Any, ...]]) -> list[dict[str, Any]]:
    """The rows with the names of their columns."""
    return [dict(row) for row in (await session.execute(query)).mappings()]


def holds(column: str, words: Iterable[str]) -> TextClause:
    """The condition that the bytes in a column (`table.column`) hold any of these words in UTF-8."""
    found = f"EXISTS (SELECT FROM unnest(CAST(:words AS bytea[])) AS one(word) WHERE position(word IN {column}) > 0)"
    return text(found).bindparams(bindparam("words", [one.encode() for one in words], ARRAY(LargeBinary())))
