"""What a worker carries out in one place: handlers in one transaction, jobs that know how to go together."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.module import Job
from aftersales.outbox.deliver import BUNDLE, bundled, deliver_all
from aftersales.outbox.leased import Leased, done_all
from aftersales.outbox.retry import LostLease, NotBegun, Retry
from aftersales.outbox.schedule import schedule
from tests.factories.deliveries import (
    PAST,
    Seen,
    cases,
    claimed,
    deliveries,
    fail,
    make_due,
    means,
    notes,
    registry,
    run_sql,
)


async def order_mail(db: Database, stream_id: UUID, version: int) -> None:
    async with db.unit_of_work() as session:
        await schedule(session, "mail", f"m{version}", due_at=PAST, stream_id=stream_id, version=version)


async def test_what_is_claimed_together_shares_a_transaction(db: Database, settings: Settings) -> None:
    a, b = Seen("a"), Seen("b")
    known = registry(a.subscriber(), b.subscriber())
    ids = await cases(db, 12)
    with_means = means(db, known, settings)
    found = await claimed(db, known, settings)
    bundles = bundled(with_means, found, lambda _: 2)
    assert sorted(len(bundle) for bundle in bundles) == [12, 12]
    streams = [[one.stream_id for one in bundle] for bundle in bundles]
    assert not set(streams[0]) & set(streams[1])
    outcomes = [one for bundle in bundles for one in await deliver_all(with_means, bundle)]
    assert {one.ended for one in outcomes} == {"done"}
    assert len(await notes(db)) == 24
    assert await deliveries(db) == []
    assert sorted(one.stream_id for one in a.got) == sorted(ids)
    async with db.sessions() as session:
        written = (await session.execute(text("SELECT count(DISTINCT xmin::text) FROM status_note"))).scalar_one()
    assert written == 2


async def test_a_bundle_never_grows_beyond_its_bound(db: Database, settings: Settings) -> None:
    known = registry(Seen("a").subscriber())
    await cases(db, 2 * BUNDLE)
    found = await claimed(db, known, settings)
    assert [len(bundle) for bundle in bundled(means(db, known, settings), found, lambda _: 1)] == [BUNDLE, BUNDLE]


async def test_one_that_fails_takes_nobody_with_it(db: Database, settings: Settings) -> None:
    a, b = Seen("a"), Seen("b", first=fail)
    known = registry(a.subscriber(), b.subscriber())
    await cases(db, 3)
    with_means = means(db, known, settings)
    [bundle] = bundled(with_means, await claimed(db, known, settings), lambda _: 4)
    outcomes = await deliver_all(with_means, bundle)
    assert sorted((one.claimed.subscriber, one.ended) for one in outcomes) == [("a", "done")] * 3 + [("b", "retry")] * 3
    assert [words for _, _, words in await notes(db)] == ["a"] * 3
    await make_due(db)
    again = await claimed(db, known, settings)
    assert [len(bundle) for bundle in bundled(with_means, again, lambda _: 4)] == [1, 1, 1]
    assert sorted(len(bundle) for bundle in bundled(with_means, again, lambda _: 2)) == [1, 2]


async def test_what_somebody_else_has_taken_from_a_bundle_is_left_to_them(db: Database, settings: Settings) -> None:
    seen = Seen()
    known = registry(seen.subscriber())
    await cases(db, 3)
    found = await claimed(db, known, settings)
    await run_sql(db, "UPDATE delivery SET leased_until = now() WHERE id = :id", id=found[0].id)
    (heir,) = await claimed(db, known, settings)
    outcomes = await deliver_all(means(db, known, settings), found)
    assert sorted(one.ended for one in outcomes) == ["done", "done", "lost"]
    assert len(seen.got) == 2
    assert [row.id for row in await deliveries(db)] == [heir.id]


async def test_jobs_that_go_together_end_each_in_its_own_way(db: Database, settings: Settings) -> None:
    ways: dict[str, Exception | None] = {
        "m1": None,
        "m2": None,
        "m3": Retry(timedelta(days=3), "quiet_hours"),
        "m4": NotBegun(),
        "m5": LostLease(),
    }
    went: list[list[str | None]] = []

    async def alone(_: Leased) -> None:
        raise AssertionError

    async def together(leased: Sequence[Leased]) -> Sequence[Exception | None]:
        went.append([one.key for one in leased])
        async with leased[0].unit_of_work() as work:
            assert len(await done_all(work, leased[:1])) == 1
        return [ways[str(one.key)] for one in leased]

    job = Job("mail", alone, together=together)
    known, streams = registry(jobs=[job]), await cases(db, 5)
    for place, stream_id in enumerate(streams, 1):
        await order_mail(db, stream_id, place)
    with_means = means(db, known, settings)
    found = await claimed(db, known, settings)
    [bundle] = bundled(with_means, found, lambda _: 1)
    ended = {one.claimed.key: one.ended for one in await deliver_all(with_means, bundle)}
    assert sorted(map(str, went[0])) == ["m1", "m2", "m3", "m4", "m5"]
    assert ended == {"m1": "done", "m2": "done", "m3": "retry", "m4": "not_begun", "m5": "lost"}
    left = {row.key: (row.state, row.attempts, row.error) for row in await deliveries(db)}
    assert left == {
        "m3": ("retrying", 1, "Retry:quiet_hours"),
        "m4": ("pending", 0, None),
        "m5": ("pending", 1, None),
    }


async def test_jobs_that_go_together_share_a_lease_and_a_failure(db: Database, settings: Settings) -> None:
    async def alone(_: Leased) -> None:
        raise AssertionError

    async def together(leased: Sequence[Leased]) -> Sequence[Exception | None]:
        assert not leased[0].enough()
        async with leased[0].unit_of_work() as work:
            await done_all(work, leased[:1])
        await asyncio.sleep(60)
        return [None] * len(leased)

    job = Job("mail", alone, timedelta(seconds=0.3), 1, together=together)
    known = registry(jobs=[job])
    for place, stream_id in enumerate(await cases(db, 3), 1):
        await order_mail(db, stream_id, place)
    with_means = means(db, known, settings)
    [bundle] = bundled(with_means, await claimed(db, known, settings), lambda _: 1)
    assert sorted(one.ended for one in await deliver_all(with_means, bundle)) == ["dead", "dead", "done"]
    assert [(row.state, row.error) for row in await deliveries(db)] == [("dead", "TimeoutError")] * 2


async def test_told_to_stop_nothing_more_is_begun(db: Database, settings: Settings) -> None:
    async def alone(_: Leased) -> None:
        raise AssertionError

    async def together(leased: Sequence[Leased]) -> Sequence[Exception | None]:
        return [NotBegun() if one.enough() else None for one in leased]

    known = registry(jobs=[Job("mail", alone, together=together)])
    for place, stream_id in enumerate(await cases(db, 2), 1):
        await order_mail(db, stream_id, place)
    stopping = replace(means(db, known, settings), stopping=lambda: True)
    [bundle] = bundled(stopping, await claimed(db, known, settings), lambda _: 1)
    assert [one.ended for one in await deliver_all(stopping, bundle)] == ["not_begun"] * 2
    assert [(row.state, row.attempts) for row in await deliveries(db)] == [("pending", 0)] * 2


async def test_what_just_returned_is_noted_although_the_database_was_away(db: Database, settings: Settings) -> None:
    async def alone(_: Leased) -> None:
        raise AssertionError

    async def together(leased: Sequence[Leased]) -> Sequence[Exception | None]:
        return [None] * len(leased)

    known = registry(jobs=[Job("mail", alone, together=together)])
    for place, stream_id in enumerate(await cases(db, 2), 1):
        await order_mail(db, stream_id, place)
    away = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nowhere", pool_size=1)
    there = means(db, known, settings)
    [bundle] = bundled(there, await claimed(db, known, settings), lambda _: 1)
    gone = replace(there, database=away, outage_seconds=0.2)
    assert [one.ended for one in await deliver_all(gone, bundle)] == ["lost", "lost"]
    assert all(row.lease is not None for row in await deliveries(db))
    await away.dispose()
