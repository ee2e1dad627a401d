"""What a job holds while it runs."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError

from aftersales import clock
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.outbox import queue
from aftersales.outbox.listener import UNREACHABLE, pause
from aftersales.outbox.queue import Claimed
from aftersales.scope import SYSTEM
from aftersales.status.numbers import Numbers
from aftersales.work import Work

if TYPE_CHECKING:
    from aftersales.registry import Registry

OUTAGE_SECONDS = 600.0
# An answer of the database, which was there to give it: the same again would be refused again.
_REFUSED = (DataError, IntegrityError, ProgrammingError)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Means:
    """What a worker works with, and the units of work it opens."""

    database: Database
    registry: "Registry"
    settings: Settings
    numbers: Numbers
    outage_seconds: float = OUTAGE_SECONDS
    stopping: Callable[[], bool] = lambda: False
    jitter: Callable[[], float] = random.random

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[Work]:
        """A transaction as the system, committed at the end of the block, rolled back when it raises."""
        async with self.database.unit_of_work() as session:
            yield Work(
                session=session,
                scope=SYSTEM,
                registry=self.registry,
                numbers=self.numbers,
                settings=self.settings,
                now=clock.now(),
            )

    async def insist(self, write: Callable[[Work], Awaitable[None]]) -> None:
        """The same for what must be noted: while the database is away it is tried again, for `outage_seconds`.

        `write` may be called more than once, and again although the first time was kept.
        """
        loop = asyncio.get_running_loop()
        deadline, failures = loop.time() + self.outage_seconds, 0
        while True:
            try:
                async with self.unit_of_work() as work:
                    await write(work)
                return
            except _REFUSED:
                raise
            except UNREACHABLE as error:
                if loop.time() > deadline:
                    raise
                failures += 1
                _log.warning("what is done cannot be noted: %s (failure %d)", type(error).__name__, failures)
            await asyncio.sleep(pause(failures))


@dataclass(slots=True, eq=False)
class Leased:
    """A delivery that is this job's until the lease ends. Nobody else works on it, nor on what comes after it.

    Those that are handed to a job together share one lease: what is asked of one of them goes for all.
    """

    claimed: Claimed
    lease: timedelta
    _means: Means
    _limit: asyncio.Timeout
    finished: bool = field(default=False, init=False)
    _began: float = field(default_factory=time.monotonic, init=False)

    @property
    def data(self) -> Mapping[str, Any]:
        """What it was scheduled with."""
        return self.claimed.data

    @property
    def key(self) -> str | None:
        """The key it was scheduled under."""
        return self.claimed.key

    @property
    def stream_id(self) -> UUID | None:
        """The stream whose order it keeps, if any."""
        return self.claimed.stream_id

    @property
    def version(self) -> int | None:
        """Its place in that order."""
        return self.claimed.version

    @property
    def attempts(self) -> int:
        """Which attempt this is: 1 for the first, and more after a failure or a killed worker."""
        return self.claimed.attempts

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[Work]:
        """A short transaction as the system. Never wait for the world outside within one."""
        async with self._means.unit_of_work() as work:
            yield work

    async def insist(self, write: Callable[[Work], Awaitable[None]]) -> None:
        """A transaction for what the outside world has done already. A database that is away meanwhile is waited for,
        beyond the lease too: nobody else can take the delivery then.

        `write` may be called more than once, and again although the first time was kept: let it call `done`, which
        raises LostLease when it was, or when somebody else was quicker after all.
        """
        ends = self._limit.when()
        self._limit.reschedule(None)
        await self._means.insist(write)
        if ends is not None and ends > asyncio.get_running_loop().time():
            self._limit.reschedule(ends)

    async def done(self, work: Work) -> None:
        """End the delivery inside the job's last transaction, so that both are kept or neither.

        Raises LostLease when it was cancelled or somebody else has it: let it pass, and nothing is written. A job that
        returns without this is ended by the worker.
        """
        await queue.finish(work.session, self.claimed)
        self.finished = True

    def enough(self) -> bool:
        """Whether nothing more should be begun: half of the time is gone, or the worker has been told to stop."""
        return self._means.stopping() or time.monotonic() - self._began > running_time(self.lease) / 2

    async def renew(self) -> None:
        """Ask for a full lease again, best right before what cannot be undone. Raises LostLease."""
        async with self._means.unit_of_work() as work:
            await queue.renew(work.session, self.claimed, self.lease)
        self._limit.reschedule(asyncio.get_running_loop().time() + running_time(self.lease))


async def done_all(work: Work, leased: Sequence[Leased]) -> list[Leased]:
    """The same as `done` for several; those that were still ours. Nothing may be kept of what became of the others."""
    held = await queue.finish_all(work.session, [one.claimed for one in leased])
    ours = [one for one in leased if one.claimed.id in held]
    for one in ours:
        one.finished = True
    return ours


async def hold_all(work: Work, leased: Sequence[Leased]) -> list[Leased]:
    """Those that are still ours, and stay so until the transaction ends: ask before you note that something has begun.

    Somebody whose lease has run out would else take the beginning away from whoever has the delivery by now.
    """
    held = await queue.hold_all(work.session, [one.claimed for one in leased])
    return [one for one in leased if one.claimed.id in held]


def lease_of(declared: timedelta, settings: Settings) -> timedelta:
    """The lease that a handler or job declares, cut to what this installation allows."""
    longest = settings.worker_lease_seconds
    return declared if longest is None else min(declared, timedelta(seconds=longest))


def running_time(lease: timedelta) -> float:
    """Seconds that work may take inside a lease: some are left to write down how it ended."""
    return lease.total_seconds() * 0.9
