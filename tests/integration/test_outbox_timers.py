"""Timers and jobs: due times, keys, order, leases."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.ids import new_id
from aftersales.module import Job, TimerHandler
from aftersales.outbox.deliver import deliver
from aftersales.outbox.leased import Leased
from aftersales.outbox.retry import Retry
from aftersales.outbox.schedule import cancel, rearm, schedule
from aftersales.outbox.worker import drain
from aftersales.scope import SYSTEM
from aftersales.status.engine import create_streams
from aftersales.work import Work
from tests.factories.deliveries import (
    FUTURE,
    PAST,
    cases,
    claimed,
    deliveries,
    make_due,
    means,
    registry,
    run_sql,
)


class Bell:
    """A timer's handler."""

    def __init__(self, again: str | None = None) -> None:
        self.rang: list[Any] = []
        self.again = again

    async def __call__(self, work: Work, data: Any) -> None:
        self.rang.append(data)
        if self.again is not None and len(self.rang) < 3:
            await schedule(work.session, "bell", self.again, due_at=PAST, data={"n": len(self.rang)})


async def arm(db: Database, key: str, due_at: datetime = PAST, **data: object) -> None:
    async with db.unit_of_work() as session:
        await schedule(session, "bell", key, due_at=due_at, data=data)


async def test_a_timer_rings_once_per_key_in_due_order(db: Database, settings: Settings) -> None:
    bell = Bell()
    known = registry(timers=[TimerHandler("bell", bell)])
    await arm(db, "second", PAST + timedelta(hours=1), n=2)
    await arm(db, "first", n=1)
    await arm(db, "first", n=9)
    await arm(db, "later", FUTURE)
    assert await drain(db, known, settings) == 2
    assert bell.rang == [{"n": 1}, {"n": 2}]
    assert [d.key for d in await deliveries(db)] == ["later"]


async def test_a_timer_arms_itself_again_under_its_own_key(db: Database, settings: Settings) -> None:
    bell = Bell(again="daily")
    await arm(db, "daily")
    assert await drain(db, registry(timers=[TimerHandler("bell", bell)]), settings) == 3
    assert bell.rang == [{}, {"n": 1}, {"n": 2}]


async def test_cancelled(db: Database, settings: Settings) -> None:
    bell = Bell()
    known = registry(timers=[TimerHandler("bell", bell)])
    await arm(db, "k")
    (held,) = await claimed(db, known, settings)
    async with db.unit_of_work() as session:
        assert await cancel(session, "bell", "k")
        assert not await cancel(session, "bell", "k")
    await deliver(means(db, known, settings), held)
    assert bell.rang == []


async def test_armed_for_another_time(db: Database, settings: Settings) -> None:
    bell = Bell()
    known = registry(timers=[TimerHandler("bell", bell)])
    await arm(db, "k", n=1)
    (held,) = await claimed(db, known, settings)
    async with db.unit_of_work() as session:
        await rearm(session, "bell", "k", due_at=FUTURE, data={"n": 2})
        await rearm(session, "bell", "other", due_at=PAST)
    await deliver(means(db, known, settings), held)
    assert bell.rang == []
    assert await drain(db, known, settings) == 1
    assert bell.rang == [{}]
    await make_due(db)
    await drain(db, known, settings)
    assert bell.rang == [{}, {"n": 2}]


# --- jobs


async def order_mail(db: Database, stream_id: UUID, *versions: int) -> None:
    async with db.unit_of_work() as session:
        for version in versions:
            await schedule(
                session, "mail", f"m{version}", due_at=PAST, data={"n": version}, stream_id=stream_id, version=version
            )


async def test_jobs_are_done_in_the_order_of_their_stream(db: Database, settings: Settings) -> None:
    sent: list[tuple[str | None, int | None, int, Any]] = []

    async def send(leased: Leased) -> None:
        async with leased.unit_of_work() as work:
            assert work.scope is SYSTEM
        await leased.renew()
        sent.append((leased.key, leased.version, leased.attempts, leased.data["n"]))
        assert leased.stream_id is not None
        async with leased.unit_of_work() as work:
            await leased.done(work)

    known = registry(jobs=[Job("mail", send)])
    (one,) = await cases(db)
    await order_mail(db, one, 3, 1, 2)
    assert await drain(db, known, settings) == 3
    assert sent == [("m1", 1, 1, 1), ("m2", 2, 1, 2), ("m3", 3, 1, 3)]
    assert await deliveries(db) == []


async def test_a_job_that_just_returns_is_done(db: Database, settings: Settings) -> None:
    async def nothing(_: Leased) -> None:
        return

    (one,) = await cases(db)
    await order_mail(db, one, 1)
    assert await drain(db, registry(jobs=[Job("mail", nothing)]), settings) == 1
    assert await deliveries(db) == []


async def test_a_job_chooses_when_to_come_again(db: Database, settings: Settings) -> None:
    async def not_now(_: Leased) -> None:
        raise Retry(timedelta(days=3), "quiet_hours")

    (one,) = await cases(db)
    await order_mail(db, one, 1, 2)
    await drain(db, registry(jobs=[Job("mail", not_now)]), settings, strict=False)
    first, second = await deliveries(db)
    assert (first.state, first.error) == ("retrying", "Retry:quiet_hours")
    assert timedelta(days=2.9) < first.due_at - datetime.now(UTC) < timedelta(days=3.1)
    assert (second.state, second.due_at) == ("pending", first.due_at)


async def test_a_job_that_lost_its_lease_keeps_nothing(db: Database, settings: Settings) -> None:
    made = new_id()

    async def slow(leased: Leased) -> None:
        await run_sql(db, "DELETE FROM delivery")
        async with leased.unit_of_work() as work:
            await create_streams(work.session, [made])
            await leased.done(work)

    (one,) = await cases(db)
    await order_mail(db, one, 1)
    assert await drain(db, registry(jobs=[Job("mail", slow)]), settings) == 1
    async with db.sessions() as session:
        found = await session.execute(text("SELECT count(*) FROM stream WHERE id = :made"), {"made": made})
        assert found.scalar_one() == 0


async def test_a_job_does_not_outlive_its_lease(db: Database, settings: Settings) -> None:
    async def endless(_: Leased) -> None:
        await asyncio.sleep(60)

    (one,) = await cases(db)
    await order_mail(db, one, 1)
    job = Job("mail", endless, lease=timedelta(seconds=0.2), max_attempts=1)
    await drain(db, registry(jobs=[job]), settings, strict=False)
    (row,) = await deliveries(db)
    assert (row.state, row.error) == ("dead", "TimeoutError")


async def test_renewed_a_job_lives_longer(db: Database, settings: Settings) -> None:
    async def patient(leased: Leased) -> None:
        for _ in range(4):
            await asyncio.sleep(0.2)
            await leased.renew()

    (one,) = await cases(db)
    await order_mail(db, one, 1)
    job = Job("mail", patient, lease=timedelta(seconds=0.5))
    assert await drain(db, registry(jobs=[job]), settings) == 1


async def test_a_lease_is_cut_to_what_the_installation_allows(db: Database, settings: Settings) -> None:
    async def endless(_: Leased) -> None:
        await asyncio.sleep(60)

    (one,) = await cases(db)
    await order_mail(db, one, 1)
    short = settings.model_copy(update={"worker_lease_seconds": 1.0})
    known = registry(jobs=[Job("mail", endless, max_attempts=1)])
    (held,) = await claimed(db, known, short)
    (row,) = await deliveries(db)
    assert row.leased_until is not None
    assert row.leased_until - datetime.now(UTC) <= timedelta(seconds=1)
    await deliver(means(db, known, short), held)
    (row,) = await deliveries(db)
    assert (row.state, row.error) == ("dead", "TimeoutError")


async def test_what_is_done_outside_is_noted_although_the_database_was_away(db: Database, settings: Settings) -> None:
    (one,) = await cases(db)
    made = new_id()
    notes: list[int] = []

    async def send(leased: Leased) -> None:
        async def note(work: Work) -> None:
            notes.append(leased.attempts)
            if len(notes) < 3:
                raise ConnectionRefusedError
            await create_streams(work.session, [made])
            await leased.done(work)

        await leased.insist(note)

    await order_mail(db, one, 1)
    assert await drain(db, registry(jobs=[Job("mail", send)]), settings) == 1
    assert notes == [1, 1, 1]
    assert await deliveries(db) == []
    async with db.sessions() as session:
        found = await session.execute(text("SELECT count(*) FROM stream WHERE id = :made"), {"made": made})
        assert found.scalar_one() == 1


async def test_a_database_that_stays_away_leaves_it_to_the_next_attempt(db: Database, settings: Settings) -> None:
    (one,) = await cases(db)

    async def away(_: Work) -> None:
        raise ConnectionRefusedError

    async def send(leased: Leased) -> None:
        await leased.insist(away)

    await order_mail(db, one, 1)
    known = registry(jobs=[Job("mail", send)])
    (held,) = await claimed(db, known, settings)
    await deliver(replace(means(db, known, settings), outage_seconds=0.2), held)
    (row,) = await deliveries(db)
    assert (row.state, row.error) == ("retrying", "ConnectionRefusedError")


async def test_waiting_for_the_database_is_not_cut_off_with_the_lease(db: Database, settings: Settings) -> None:
    (one,) = await cases(db)
    tried: list[float] = []

    async def send(leased: Leased) -> None:
        async def note(work: Work) -> None:
            tried.append(asyncio.get_running_loop().time())
            if tried[-1] - tried[0] < 0.5:
                raise ConnectionRefusedError
            await leased.done(work)

        await leased.insist(note)

    await order_mail(db, one, 1)
    job = Job("mail", send, lease=timedelta(seconds=0.2))
    assert await drain(db, registry(jobs=[job]), settings) == 1
    assert await deliveries(db) == []
