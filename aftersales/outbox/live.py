"""Live pages: one hub per server process tells waiting pages that their stream has moved on.

It holds one connection for LISTEN. On a notification, or each second, it asks once for the versions of all streams that
are watched, and wakes those who wait for one that has advanced. A page costs two small objects here and no connection.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Self
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text

from aftersales.db.session import Database
from aftersales.outbox.listener import UNREACHABLE, Listener

POLL_SECONDS = 1.0
PAUSE_SECONDS = 0.05
HEARTBEAT_SECONDS = 15.0
_VERSIONS = text("SELECT id, version FROM stream WHERE id = ANY(:ids)").bindparams(
    bindparam("ids", type_=ARRAY(Uuid()))
)
_log = logging.getLogger(__name__)


class _Watcher:
    """Somebody who waits. `seen` is the version they know, None until the hub has looked once for them."""

    __slots__ = ("moved", "seen")

    def __init__(self, seen: int | None) -> None:
        self.seen = seen
        self.moved = asyncio.Event()


class Live:
    """Use it as a context manager for as long as the server runs; leaving it ends every watch."""

    def __init__(
        self, database: Database, *, poll_seconds: float = POLL_SECONDS, heartbeat_seconds: float = HEARTBEAT_SECONDS
    ) -> None:
        self._database = database
        self._poll_seconds = poll_seconds
        self._heartbeat_seconds = heartbeat_seconds
        self._watched: dict[UUID, set[_Watcher]] = {}
        self._look = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._open = False

    async def __aenter__(self) -> Self:
        self._open = True
        self._tasks = [
            asyncio.create_task(Listener(self._database.url, self._look.set).run(), name="live listener"),
            asyncio.create_task(self._run(), name="live"),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for watchers in self._watched.values():
            for watcher in watchers:
                watcher.moved.set()

    @property
    def watching(self) -> int:
        """How many watches there are."""
        return sum(map(len, self._watched.values()))

    @asynccontextmanager
    async def watch(self, stream_id: UUID, after: int | None = None) -> AsyncIterator[AsyncIterator[int | None]]:
        """The versions that the stream reaches, the latest only when several came at once.

        `after` is the version that the page shows already; what came since is told at once. Without it, only what comes
        from now on. None comes in between as a sign of life, so that whoever has gone is noticed.
        """
        watcher = _Watcher(after)
        self._watched.setdefault(stream_id, set()).add(watcher)
        self._look.set()
        try:
            yield self._changes(watcher)
        finally:
            self._watched[stream_id].discard(watcher)
            if not self._watched[stream_id]:
                del self._watched[stream_id]

    async def _changes(self, watcher: _Watcher) -> AsyncIterator[int | None]:
        while self._open:
            try:
                await asyncio.wait_for(watcher.moved.wait(), self._heartbeat_seconds)
            except TimeoutError:
                yield None
                continue
            watcher.moved.clear()
            if self._open:
                yield watcher.seen

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._look.wait(), self._poll_seconds)
            self._look.clear()
            if self._watched:
                await self._compare()
                await asyncio.sleep(PAUSE_SECONDS)

    async def _compare(self) -> None:
        try:
            async with self._database.engine.connect() as connection:
                rows = (await connection.execute(_VERSIONS, {"ids": list(self._watched)})).all()
        except UNREACHABLE as error:
            _log.warning("live pages wait: %s", type(error).__name__)
            return
        for stream_id, version in rows:
            for watcher in self._watched.get(stream_id, ()):
                if watcher.seen is None:
                    watcher.seen = version
                elif version > watcher.seen:
                    watcher.seen = version
                    watcher.moved.set()
