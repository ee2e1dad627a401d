"""Wake the workers and the live pages after a commit that posted.

Never inside the posting transaction: NOTIFY takes a lock that serialises commits (measured: half the throughput). One
notification is under way at most, those that come meanwhile become one more, and there is a small pause between them,
so that a burst of posts costs a few dozen notifications a second. A lost one is no harm: everybody looks each second.
"""

import asyncio
import logging
from types import TracebackType
from typing import Any, Self

from aftersales.db.session import Database
from aftersales.outbox.listener import CHANNEL, UNREACHABLE

PAUSE_SECONDS = 0.02
_NOTIFY = f"NOTIFY {CHANNEL}"
_log = logging.getLogger(__name__)


class Waker:
    """While entered, it is the database's `on_posted`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._task: asyncio.Task[None] | None = None
        self._again = False

    async def __aenter__(self) -> Self:
        self._database.on_posted = self.posted
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.on_posted = None
        if self._task is not None:
            await self._task

    def posted(self) -> None:
        """Something was committed that others wait for. Returns at once."""
        if self._task is not None and not self._task.done():
            self._again = True
        else:
            self._task = asyncio.create_task(self._notify(), name="outbox wake")

    async def _notify(self) -> None:
        self._again = True
        while self._again:
            self._again = False
            try:
                async with self._database.engine.connect() as connection:
                    # The driver itself, before a transaction: half of what SQLAlchemy takes for one by autocommit.
                    driver: Any = (await connection.get_raw_connection()).driver_connection
                    await driver.execute(_NOTIFY)
            except UNREACHABLE as error:
                _log.warning("nobody woken: %s", type(error).__name__)
            await asyncio.sleep(PAUSE_SECONDS)
