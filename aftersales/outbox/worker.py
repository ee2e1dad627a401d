"""The worker: fans out, claims, delivers, until told to stop. Any number of them may run at once."""

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import metrics, tracing
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.module import Job, Subscriber
from aftersales.outbox import queue
from aftersales.outbox.deliver import BUNDLE, HANDLER_LEASE, Outcome, bundled, deliver_all
from aftersales.outbox.leased import Means, lease_of
from aftersales.outbox.listener import UNREACHABLE, Listener, pause
from aftersales.outbox.queue import Claimed, Room, Wanted
from aftersales.outbox.wake import Waker
from aftersales.status.numbers import Numbers

if TYPE_CHECKING:
    from aftersales.registry import Registry

FAN_OUT_BATCH = 500
POLL_SECONDS = 1.0
STOP_SECONDS = 10.0
# A look at the queue costs as much as a delivery: what ends within a moment of each other shares one.
SETTLE_SECONDS = 0.005
_log = logging.getLogger(__name__)


class Lane:
    """A number of places for deliveries of one sort, so that slow ones outside take none from those inside.

    Those that go together share a place: up to `BUNDLE` of the names in `shared`.
    """

    def __init__(
        self, names: Iterable[str], places: int, each: int, lease: timedelta, *, shared: Collection[str] = ()
    ) -> None:
        self._most = dict.fromkeys(names, 1) | dict.fromkeys(shared, BUNDLE)
        self._lease = lease
        self._places = places
        self._each = each
        self._busy: Counter[str] = Counter()

    @property
    def free(self) -> int:
        """Places that are free."""
        return self._places - self._busy.total()

    def places(self, name: str) -> int:
        """Places that this receiver may have of them."""
        return min(self.free, self._each - self._busy[name])

    def wanted(self) -> Wanted:
        """What may be claimed for whom, in an order that favours nobody."""
        rooms = [Room(name, self.places(name) * most) for name, most in self._most.items()]
        random.shuffle(rooms)
        total = self.free * max(self._most.values(), default=1)
        return Wanted([room for room in rooms if room.free > 0], total, self._lease)

    def enter(self, bundle: Sequence[Claimed]) -> None:
        """Take a place."""
        self._busy[bundle[0].subscriber] += 1

    def leave(self, bundle: Sequence[Claimed]) -> None:
        """Give it back."""
        self._busy[bundle[0].subscriber] -= 1


class Worker:
    """One worker of this process. `run()` until `stop()`; it outlives restarts of the database."""

    def __init__(
        self,
        database: Database,
        registry: "Registry",
        settings: Settings,
        *,
        poll_seconds: float = POLL_SECONDS,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self._database = database
        self._means = Means(database, registry, settings, Numbers(database), stopping=lambda: self._stopping)
        self._poll_seconds = poll_seconds
        self._stop_seconds = stop_seconds
        self._lanes = lanes(registry, settings)
        self._running: dict[asyncio.Task[list[Outcome]], list[Claimed]] = {}
        self._wake = asyncio.Event()
        self._settling: asyncio.TimerHandle | None = None
        self._news = True
        self._freed: set[Lane] = set()
        self._stopping = False
        self._looked = time.monotonic()

    def stop(self) -> None:
        """Claim nothing more; `run()` returns once what is under way has ended or its time is up."""
        self._stopping = True
        self._wake.set()

    def idle(self) -> float:
        """How many seconds ago it last looked at its queue. It does so each second, while the database answers."""
        return time.monotonic() - self._looked

    async def run(self) -> None:
        """Work until stopped."""
        async with AsyncExitStack() as stack:
            if self._database.on_posted is None:
                await stack.enter_async_context(Waker(self._database))
            listening = asyncio.create_task(Listener(self._database.url, self._heard).run(), name="outbox listener")
            try:
                await self._until_stopped()
            finally:
                listening.cancel()
                await self._wind_up()

    async def _until_stopped(self) -> None:
        failures = 0
        while not self._stopping:
            self._settled()
            self._wake.clear()
            wait = self._poll_seconds
            try:
                if await self._round():
                    self._news = True
                    continue
                failures = 0
            except UNREACHABLE as error:
                self._news = True
                failures += 1
                wait = pause(failures)
                _log.warning("the outbox cannot be read: %s (failure %d)", type(error).__name__, failures)
            try:
                await asyncio.wait_for(self._wake.wait(), wait)
            except TimeoutError:
                self._news = True

    def _heard(self) -> None:
        self._news = True
        self._wake.set()

    async def _round(self) -> bool:
        """Fan out, claim and start; whether there may be more at once. Without news, only fill the places freed."""
        news, self._news = self._news, False
        among = self._lanes if news else tuple(self._freed)
        self._freed.clear()
        taken, found = await take(self._database, self._means.registry, among, fan_out=news)
        self._looked = time.monotonic()
        if self._stopping:
            await self._release([claimed for _, claims in found for claimed in claims])
            return False
        for lane, claims in found:
            for bundle in bundled(self._means, claims, lane.places):
                lane.enter(bundle)
                task = asyncio.create_task(deliver_all(self._means, bundle), name=f"deliver {bundle[0].subscriber}")
                self._running[task] = bundle
                task.add_done_callback(lambda task, lane=lane: self._ended(lane, task))  # type: ignore[misc]
        return taken >= FAN_OUT_BATCH

    def _ended(self, lane: Lane, task: asyncio.Task[list[Outcome]]) -> None:
        if task.cancelled():
            return
        lane.leave(self._running.pop(task))
        self._freed.add(lane)
        if not self._running:
            self._wake.set()
        elif self._settling is None:
            self._settling = asyncio.get_running_loop().call_later(SETTLE_SECONDS, self._wake.set)

    def _settled(self) -> None:
        if self._settling is not None:
            self._settling.cancel()
            self._settling = None

    async def _wind_up(self) -> None:
        if not self._running:
            return
        await asyncio.wait(self._running, timeout=self._stop_seconds)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._release([claimed for bundle in self._running.values() for claimed in bundle])

    async def _release(self, held: list[Claimed]) -> None:
        """Where the database is away, the leases run out by themselves."""
        with suppress(*UNREACHABLE):
            async with self._database.engine.begin() as connection:
                await queue.release(connection, held)


def lanes(registry: "Registry", settings: Settings) -> tuple[Lane, ...]:
    """One lane for handlers and timers, one for the jobs of each lease; of these no job takes more than half."""
    places = settings.worker_concurrency
    lease = lease_of(HANDLER_LEASE, settings)
    inside = Lane(registry.timers, places, places, lease, shared=registry.subscribers)
    by_lease: dict[timedelta, list[Job]] = {}
    for job in registry.jobs.values():
        by_lease.setdefault(lease_of(job.lease, settings), []).append(job)
    outside = (
        Lane(
            (job.name for job in jobs),
            places,
            max(1, places // 2),
            lease,
            shared=[job.name for job in jobs if job.together is not None],
        )
        for lease, jobs in by_lease.items()
    )
    return (inside, *outside)


async def take(
    database: Database, registry: "Registry", among: Iterable[Lane], *, fan_out: bool = True
) -> tuple[int, list[tuple[Lane, list[Claimed]]]]:
    """Fan out and claim in one short transaction: how many messages were taken, and what was claimed for which lane."""
    taken: int | None = None
    asking = [lane for lane in among if lane.free > 0]
    async with database.unit_of_work() as session:
        if fan_out:
            with tracing.span("fan-out") as span:
                taken = await queue.fan_out(session, await _listening(session, registry), FAN_OUT_BATCH)
                # It looks each second: only what it found is worth a span.
                if taken:
                    span.note({"messages": taken})
                else:
                    span.forget()
        found = await queue.claim(session, [lane.wanted() for lane in asking])
    metrics.FANNED_OUT.inc(taken or 0)
    for claimed in chain.from_iterable(found):
        if claimed.expired:
            metrics.LEASES_EXPIRED.labels(claimed.subscriber).inc()
    return taken or 0, [(lane, claims) for lane, claims in zip(asking, found, strict=True) if claims]


async def _listening(session: AsyncSession, registry: "Registry") -> list[Subscriber]:
    """The subscribers that somebody needs now: a delivery that nobody waits for is a transaction too."""
    return [one for one in registry.subscribers.values() if one.only_while is None or await one.only_while(session)]


async def drain(database: Database, registry: "Registry", settings: Settings, *, strict: bool = True) -> int:
    """Deliver all that is due, one bundle at a time, until nothing is; how many were done. For tests and the demo.

    What fails is put off, by the longest its policy allows, or dead-lettered as by a worker; with `strict` its error is
    then raised. A wait left to chance could be over before the next look, and the same call would try twice.
    """
    means = Means(database, registry, settings, Numbers(database), jitter=lambda: 1.0)
    done = 0
    while True:
        taken, found = await take(database, registry, lanes(registry, settings))
        for lane, claims in found:
            for bundle in bundled(means, claims, lane.places):
                for outcome in await deliver_all(means, bundle):
                    if outcome.error is not None and strict:
                        raise outcome.error
                    done += outcome.error is None
        if not taken and not found:
            return done
