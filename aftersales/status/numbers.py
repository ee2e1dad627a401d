"""Human numbers such as ``KKP-26-004217``, from block counters outside the hot transaction. Gaps are allowed.

A process takes a block in a transaction of its own and hands its numbers out from memory, so that two requests never
wait for each other's commit. Numbers are never secrets.
"""

import asyncio
from collections import defaultdict

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from aftersales.db.session import Database, connect

BLOCK = 20

_TAKE = text(
    "INSERT INTO number_block AS b (series, last) VALUES (:series, :block) "
    "ON CONFLICT (series) DO UPDATE SET last = b.last + :block RETURNING last"
)


class Numbers:
    """Numbers of this process. Safe for concurrent tasks."""

    def __init__(self, database: Database) -> None:
        # Not from the pool: whoever asks for a number holds one of its connections already, and when all do so at
        # once, each would wait for another to let go.
        self._engine = create_async_engine(
            database.url, poolclass=NullPool, hide_parameters=True, connect_args={"async_creator_fn": connect}
        )
        self._left: dict[str, list[int]] = defaultdict(list)
        self._lock = asyncio.Lock()

    async def next(self, prefix: str, year: int) -> str:
        """The next number of a series, such as ``KKP-26-004217`` for ``next("KKP", 2026)``."""
        series = f"{prefix}-{year % 100:02d}"
        async with self._lock:
            if not self._left[series]:
                last = await self._take(series)
                self._left[series] = list(range(last, last - BLOCK, -1))
            return f"{series}-{self._left[series].pop():06d}"

    async def several(self, prefix: str, year: int, count: int) -> list[str]:
        """So many numbers of a series at once: one statement."""
        series = f"{prefix}-{year % 100:02d}"
        last = await self._take(series, count)
        return [f"{series}-{number:06d}" for number in range(last - count + 1, last + 1)]

    async def _take(self, series: str, block: int = BLOCK) -> int:
        async with self._engine.begin() as connection:
            last: int = (await connection.execute(_TAKE, {"series": series, "block": block})).scalar_one()
        return last
