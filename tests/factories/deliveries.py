"""Registries with receivers of the test's own, and what such a test looks at."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NoReturn
from uuid import UUID
from zlib import crc32

from sqlalchemy import insert, select, text

from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.errors import Conflict
from aftersales.module import Job, Module, Permission, Posted, Subscriber, TimerHandler
from aftersales.outbox.leased import Means
from aftersales.outbox.models import Delivery
from aftersales.outbox.queue import Claimed
from aftersales.outbox.worker import lanes, take
from aftersales.registry import Registry
from aftersales.status.changes import Change, event
from aftersales.status.models import StatusNote
from aftersales.status.numbers import Numbers
from aftersales.work import Work
from tests.factories.posting import JOB, TICKET, branch, posted, received

PAST = datetime(2026, 1, 1, tzinfo=UTC)
FUTURE = datetime(2126, 1, 1, tzinfo=UTC)


async def fail(*_: object) -> NoReturn:
    """What a handler raises that cannot do its work; it names somebody, which no log may repeat."""
    raise Conflict("probe.broken", "Sita Devi, +91 98480 12345, does not like it")


def registry(*subscribers: Subscriber, timers: Sequence[TimerHandler] = (), jobs: Sequence[Job] = ()) -> Registry:
    """One module with two machines and these receivers."""
    return Registry(
        [
            Module(
                name="probe",
                title="Probe",
                package="tests",
                machines=(JOB, TICKET),
                permissions=(Permission("job.work", "Work"),),
                subscribers=subscribers,
                timers=tuple(timers),
                jobs=tuple(jobs),
            )
        ]
    )


@dataclass(slots=True)
class Seen:
    """A handler that remembers what it was given, and writes a note so that its transaction can be told from others."""

    name: str = "seen"
    got: list[Posted] = field(default_factory=list)
    first: Callable[[Posted], Awaitable[None]] | None = None

    async def __call__(self, work: Work, change: Posted) -> None:
        """The handler."""
        if self.first is not None:
            await self.first(change)
        place = change.version + 1000 * (1 + crc32(self.name.encode()) % 1000)
        values = {"stream_id": change.stream_id, "version": place, "text": self.name}
        await work.session.execute(insert(StatusNote).values(values))
        self.got.append(change)

    def subscriber(self, machine: str | None = None) -> Subscriber:
        """As a manifest declares it."""
        return Subscriber(self.name, self, machine=machine)

    def versions(self, stream_id: UUID) -> list[int]:
        """What it was given of a stream, in the order it was."""
        return [p.version for p in self.got if p.stream_id == stream_id]


async def cases(database: Database, count: int = 1) -> list[UUID]:
    """That many jobs, each opened on a stream of its own by a committed post; their ids."""
    async with database.unit_of_work() as session:
        branch_id = await branch(session)
        changes = [received(branch_id) for _ in range(count)]
        await posted(session, changes)
    return [change.document_id for change in changes]


async def post_committed(database: Database, *changes: Change, origin: str = "live") -> None:
    """Post and commit."""
    async with database.unit_of_work() as session:
        await posted(session, changes, origin)


def noted(document_id: UUID) -> Change:
    """The simplest thing that can happen to a job."""
    return event(JOB, document_id, "noted")


async def deliveries(database: Database) -> list[Delivery]:
    """Every delivery that is left, in the order they were made."""
    async with database.sessions() as session:
        return list((await session.execute(select(Delivery).order_by(Delivery.id))).scalars())


async def notes(database: Database) -> list[tuple[UUID, int, str]]:
    """What handlers have written."""
    async with database.sessions() as session:
        rows = await session.execute(
            select(StatusNote.stream_id, StatusNote.version, StatusNote.text).order_by(
                StatusNote.stream_id, StatusNote.version
            )
        )
        return [(row.stream_id, row.version, row.text) for row in rows]


async def run_sql(database: Database, statement: str, **values: object) -> None:
    """One statement, committed; to move time and break things."""
    async with database.unit_of_work() as session:
        await session.execute(text(statement), values)


async def wipe(database: Database) -> None:
    """Leave nothing to deliver and no notes, whatever earlier tests did."""
    for table in ("delivery", "outbox_message", "status_note"):
        await run_sql(database, f"DELETE FROM {table}")  # noqa: S608 - the three names above


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """The application's own way to the database."""
    database = Database(url, pool_size=8, application_name="tests")
    try:
        yield database
    finally:
        await database.dispose()


def means(database: Database, known: Registry, settings: Settings) -> Means:
    """What a worker would have."""
    return Means(database, known, settings, Numbers(database), jitter=lambda: 1.0)


async def claimed(database: Database, known: Registry, settings: Settings) -> list[Claimed]:
    """What a worker would claim next."""
    _, found = await take(database, known, lanes(known, settings))
    return [claim for _, claims in found for claim in claims]


async def make_due(database: Database) -> None:
    """No more waiting."""
    await run_sql(database, "UPDATE delivery SET due_at = now() WHERE state <> 'dead'")
