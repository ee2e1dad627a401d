"""Workers as they run: woken, several at once, stopped, and through a restart of the database; and live pages."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from aftersales.config import Settings
from aftersales.db.embedded import EmbeddedServer
from aftersales.db.session import Database
from aftersales.ids import new_id
from aftersales.module import Job
from aftersales.outbox import listener
from aftersales.outbox.leased import Leased
from aftersales.outbox.listener import CHANNEL, Listener
from aftersales.outbox.live import Live
from aftersales.outbox.schedule import schedule
from aftersales.outbox.wake import Waker
from aftersales.outbox.worker import Worker
from aftersales.registry import Registry
from tests.factories.deliveries import (
    PAST,
    Seen,
    cases,
    deliveries,
    noted,
    opened,
    post_committed,
    registry,
    run_sql,
    wipe,
)
from tests.fixtures.database import TestDatabase, cloned


@pytest.fixture(scope="module")
async def place(postgres: EmbeddedServer, worker_id: str) -> AsyncIterator[TestDatabase]:
    """One database for this file: its tests commit, and wipe the outbox before each."""
    async with cloned(postgres, f"workers_{worker_id}") as clone:
        yield clone


@pytest.fixture
async def db(place: TestDatabase) -> AsyncIterator[Database]:
    async with opened(place.app_url) as database:
        await wipe(database)
        yield database


async def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.005)


async def settled(database: Database, seconds: float = 15) -> None:
    """Return when everything posted has been fanned out."""
    deadline = time.monotonic() + seconds
    left = 1
    while left:
        assert time.monotonic() < deadline, "messages are left"
        await asyncio.sleep(0.01)
        async with database.sessions() as session:
            left = (await session.execute(text("SELECT count(*) FROM outbox_message"))).scalar_one()


@asynccontextmanager
async def working(database: Database, known: Registry, settings: Settings, **options: float) -> AsyncIterator[Worker]:
    worker = Worker(database, known, settings, **options)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await task


@asynccontextmanager
async def heard(database: Database) -> AsyncIterator[list[str]]:
    """Every notification, as any listener gets it."""
    got: list[str] = []
    connection = await asyncpg.connect(
        make_url(database.url).set(drivername="postgresql").render_as_string(hide_password=False)
    )
    await connection.add_listener(CHANNEL, lambda *args: got.append(str(args[2])))
    try:
        yield got
    finally:
        await connection.close()


async def stop_backends(place: TestDatabase, application: str = "%") -> None:
    """What a restart of the database does to those who are connected."""
    superuser = make_url(place.server.url("postgres")).set(drivername="postgresql")
    connection = await asyncpg.connect(superuser.render_as_string(hide_password=False))
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE $2",
        place.name,
        application,
    )
    await connection.close()


# --- the worker


async def test_everything_once_and_in_order_by_two_workers(
    db: Database, place: TestDatabase, settings: Settings
) -> None:
    seen, other = Seen("a"), Seen("b")
    known = registry(seen.subscriber(), other.subscriber())
    streams = await cases(db, 5)
    async with (
        opened(place.app_url) as second,
        Waker(db) as waker,
        working(db, known, settings),
        working(second, known, settings),
    ):
        assert db.on_posted == waker.posted
        for _ in range(6):
            await post_committed(db, *(noted(stream) for stream in streams))
        await until(lambda: len(seen.got) == len(other.got) == 35)
    for handler in (seen, other):
        for stream in streams:
            assert handler.versions(stream) == list(range(1, 8))
        assert max(Counter((p.stream_id, p.version) for p in handler.got).values()) == 1
    assert await deliveries(db) == []


async def test_woken_at_once(db: Database, settings: Settings) -> None:
    seen = Seen()
    (one,) = await cases(db)
    took = []
    async with working(db, registry(seen.subscriber()), settings, poll_seconds=30):
        await until(lambda: len(seen.got) == 1)
        for n in range(2, 12):
            await asyncio.sleep(0.03)
            began = time.monotonic()
            await post_committed(db, noted(one))
            await until(lambda n=n: len(seen.got) == n)  # type: ignore[misc]
            took.append(time.monotonic() - began)
    assert sorted(took)[5] < 0.25, took


async def test_unwoken_it_looks_by_itself(db: Database, place: TestDatabase, settings: Settings) -> None:
    seen = Seen()
    async with opened(place.app_url) as silent, working(db, registry(seen.subscriber()), settings, poll_seconds=0.05):
        await asyncio.sleep(0.1)
        await cases(silent)
        await until(lambda: len(seen.got) == 1)


async def test_a_long_backlog_is_taken_in_batches(db: Database, settings: Settings) -> None:
    seen = Seen()
    one, two, three = await cases(db, 3)
    for stream in (one, two, three):
        await post_committed(db, *(noted(stream) for _ in range(300)))
    known = registry(seen.subscriber("ticket"))
    async with working(db, known, settings, poll_seconds=30):
        await settled(db)
    assert seen.got == []


async def test_slow_jobs_take_no_place_from_handlers_nor_all_from_each_other(db: Database, settings: Settings) -> None:
    release = asyncio.Event()
    going: Counter[str] = Counter()

    async def slow(leased: Leased) -> None:
        going[leased.claimed.subscriber] += 1
        await release.wait()

    seen = Seen()
    known = registry(
        seen.subscriber(), jobs=[Job("one", slow), Job("two", slow), Job("odd", slow, timedelta(seconds=50))]
    )
    async with db.unit_of_work() as session:
        for name in ("one", "two", "odd"):
            for n in range(6):
                await schedule(session, name, str(n), due_at=PAST)
    async with working(db, known, settings):
        await until(lambda: going == Counter(one=2, two=2, odd=2))
        await cases(db)
        await until(lambda: len(seen.got) == 1)
        release.set()
        await until(lambda: going.total() == 18)


async def test_stopped_it_finishes_what_it_has_begun(db: Database, settings: Settings) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: object) -> None:
        begun.set()
        await go_on.wait()

    seen = Seen(first=wait)
    (one,) = await cases(db)
    await post_committed(db, noted(one))
    async with working(db, registry(seen.subscriber()), settings) as worker:
        await begun.wait()
        worker.stop()
        await asyncio.sleep(0.05)
        go_on.set()
    assert seen.versions(one) == [1]
    (left,) = await deliveries(db)
    assert (left.version, left.state) == (2, "pending")


async def test_stopped_while_it_claims_it_begins_nothing(db: Database, settings: Settings) -> None:
    seen = Seen()
    await cases(db)
    worker = Worker(db, registry(seen.subscriber()), settings)

    def stop(*args: Any) -> None:
        if "claimed AS" in args[2]:
            worker.stop()

    event.listen(db.engine.sync_engine, "before_cursor_execute", stop)
    await worker.run()
    (left,) = await deliveries(db)
    assert (seen.got, left.state, left.attempts) == ([], "pending", 0)
    assert 0 <= worker.idle() < 60, "it has just looked"


async def test_stopped_it_gives_back_what_takes_too_long(db: Database, settings: Settings) -> None:
    begun = asyncio.Event()

    async def endless(_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    await cases(db)
    async with working(db, registry(Seen(first=endless).subscriber()), settings, stop_seconds=0.05):
        await begun.wait()
    (left,) = await deliveries(db)
    assert (left.state, left.attempts, left.lease, left.leased_until) == ("pending", 0, None, None)


async def test_through_a_restart_of_the_database(db: Database, place: TestDatabase, settings: Settings) -> None:
    seen = Seen()
    (one,) = await cases(db)
    async with opened(place.app_url) as own, working(own, registry(seen.subscriber()), settings, poll_seconds=0.1):
        await until(lambda: len(seen.got) == 1)
        await stop_backends(place)
        with suppress(*listener.UNREACHABLE):
            await post_committed(db, noted(one))
        await post_committed(db, noted(one))
        await until(lambda: len(seen.got) >= 2)
        await stop_backends(place, "aftersales listener")
    assert seen.versions(one)[:2] == [1, 2]


async def test_an_unreachable_database_is_tried_again_and_again(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = Database("postgresql+asyncpg://nobody@/none?host=/nonexistent&port=1")
    async with working(nowhere, registry(), settings):
        await until(lambda: caplog.text.count("cannot be read") >= 2 and "not listening" in caplog.text)


# --- notifications


async def test_a_burst_of_posts_is_a_few_notifications(db: Database) -> None:
    one, two = await cases(db, 2)
    async with heard(db) as got, Waker(db):
        for _ in range(20):
            await asyncio.gather(post_committed(db, noted(one)), post_committed(db, noted(two)))
        for _ in range(100):
            assert db.on_posted is not None
            db.on_posted()
        await asyncio.sleep(0.15)
        assert 1 <= len(got) < 30
        before = len(got)
        await post_committed(db, noted(one))
        await until(lambda: len(got) == before + 1)
        await asyncio.sleep(0.1)
        assert len(got) == before + 1
    assert db.on_posted is None


async def test_nothing_is_notified_inside_the_transaction(db: Database) -> None:
    (one,) = await cases(db)
    said: list[str] = []

    def listen(*args: Any) -> None:
        said.append(args[2].split()[0])

    event.listen(db.engine.sync_engine, "before_cursor_execute", listen)
    async with heard(db) as got, Waker(db):
        await post_committed(db, noted(one))
        assert said == ["WITH"]
        await until(lambda: len(got) == 1)


async def test_without_a_database_nobody_is_woken_and_nothing_breaks(caplog: pytest.LogCaptureFixture) -> None:
    async with Waker(Database("postgresql+asyncpg://nobody@/none?host=/nonexistent&port=1")) as waker:
        waker.posted()
    assert "nobody woken" in caplog.text


async def test_the_listener_comes_back(db: Database, place: TestDatabase) -> None:
    heard_of: list[int] = []
    task = asyncio.create_task(Listener(db.url, lambda: heard_of.append(1)).run())
    await until(lambda: len(heard_of) == 1)
    await run_sql(db, f"NOTIFY {CHANNEL}")
    await until(lambda: len(heard_of) == 2)
    await stop_backends(place, "aftersales listener")
    await until(lambda: len(heard_of) == 3)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


# --- live pages


async def test_a_page_hears_of_its_own_stream_only(db: Database) -> None:
    one, two = await cases(db, 2)
    async with Waker(db), Live(db, poll_seconds=30) as live, live.watch(one, after=1) as changes:
        await post_committed(db, noted(two))
        began = time.monotonic()
        await post_committed(db, noted(one), noted(one))
        assert await anext(changes) == 3
        assert time.monotonic() - began < 1
        assert live.watching == 1
    assert live.watching == 0


async def test_what_came_before_the_watch_is_told_at_once(db: Database) -> None:
    (one,) = await cases(db)
    await post_committed(db, noted(one))
    async with Live(db, poll_seconds=30) as live, live.watch(one, after=1) as changes, live.watch(one) as fresh:
        assert await anext(changes) == 2
        assert live.watching == 2
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(fresh), 0.2)


async def test_without_notifications_a_page_is_a_poll_late(db: Database) -> None:
    (one,) = await cases(db)
    async with Live(db, poll_seconds=0.05) as live, live.watch(one, after=1) as changes:
        await post_committed(db, noted(one))
        assert await anext(changes) == 2


async def test_nobody_watching_costs_no_query(db: Database) -> None:
    said: list[str] = []
    event.listen(db.engine.sync_engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    async with Live(db, poll_seconds=0.01):
        await asyncio.sleep(0.1)
    assert said == []


async def test_signs_of_life(db: Database) -> None:
    async with Live(db, heartbeat_seconds=0.05) as live, live.watch(new_id(), after=0) as changes:
        assert await anext(changes) is None
        assert await anext(changes) is None


async def test_the_end_of_the_server_ends_every_watch(db: Database) -> None:
    (one,) = await cases(db)
    async with Live(db) as live, live.watch(one, after=1) as changes:
        waiting = asyncio.create_task(anext(changes, "ended"))
        await asyncio.sleep(0.05)
        await live.__aexit__(None, None, None)
        assert await waiting == "ended"
        assert [v async for v in changes] == []


async def test_live_pages_wait_for_the_database(caplog: pytest.LogCaptureFixture) -> None:
    nowhere = Database("postgresql+asyncpg://nobody@/none?host=/nonexistent&port=1")
    async with Live(nowhere, poll_seconds=0.02) as live, live.watch(new_id()):
        await until(lambda: "live pages wait" in caplog.text)
