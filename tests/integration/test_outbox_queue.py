"""Fan-out, order, leases, retries and dead letters: what a worker does, one step at a time."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.errors import Conflict, Forbidden, NotFound
from aftersales.ids import new_id
from aftersales.module import Subscriber
from aftersales.outbox import queue, repository
from aftersales.outbox.deliver import HANDLER_LEASE, deliver
from aftersales.outbox.queue import Room, Wanted
from aftersales.outbox.retry import HANDLER, LostLease
from aftersales.outbox.schedule import schedule
from aftersales.outbox.service import retry_dead
from aftersales.outbox.worker import drain
from aftersales.scope import Actor, ActorKind, Scope
from aftersales.status.changes import move
from aftersales.work import Work
from tests.factories.deliveries import (
    FUTURE,
    PAST,
    Seen,
    cases,
    claimed,
    deliveries,
    fail,
    make_due,
    means,
    noted,
    notes,
    post_committed,
    registry,
    run_sql,
)
from tests.factories.posting import JOB


def fails_on(version: int) -> Any:
    async def first(change: Any) -> None:
        if change.version == version:
            await fail()

    return first


# --- fan-out


async def test_each_subscriber_gets_what_it_asked_for(db: Database, settings: Settings) -> None:
    every, tickets, started, weighed, demo = (Seen(n) for n in ("every", "tickets", "started", "weighed", "demo"))
    others = Seen("others")
    known = registry(
        every.subscriber(),
        tickets.subscriber("ticket"),
        Subscriber("started", started, machine="job", to=frozenset({"started"})),
        Subscriber("weighed", weighed, machine="job", events=frozenset({"weighed"})),
        Subscriber("demo", demo, origins=frozenset({"demo", "import"})),
        Subscriber("others", others, apart_from=frozenset({"job", "visit"})),
    )
    (one,) = await cases(db)
    await post_committed(db, noted(one), move(JOB, one, "start"), noted(one))
    await post_committed(db, noted(one), origin="demo")
    done = await drain(db, known, settings)
    assert every.versions(one) == [1, 2, 3, 4]
    assert tickets.got == weighed.got == others.got == []
    assert started.versions(one) == [3]
    assert demo.versions(one) == [5]
    assert done == 6
    assert await deliveries(db) == []
    async with db.sessions() as session:
        assert (await session.execute(text("SELECT count(*) FROM outbox_message"))).scalar_one() == 0


async def test_what_a_subscriber_receives(db: Database, settings: Settings) -> None:
    seen = Seen()
    (one,) = await cases(db)
    await post_committed(db, move(JOB, one, "start", data={"bay": "B-7"}))
    await drain(db, registry(seen.subscriber()), settings)
    posted = seen.got[1]
    assert (posted.stream_id, posted.version, posted.document_id, posted.document_version) == (one, 2, one, 2)
    assert (posted.machine, posted.kind, posted.name) == ("job", "status", "start")
    assert (posted.from_status, posted.to_status, posted.origin) == ("received", "started", "live")
    assert posted.actor == Actor(ActorKind.SYSTEM)
    assert posted.data == {"bay": "B-7"}
    assert posted.at.tzinfo is not None


async def test_only_one_fans_out_at_a_time(db: Database, settings: Settings) -> None:
    await cases(db)
    known = registry(Seen().subscriber())
    async with db.unit_of_work() as other:
        assert await queue.fan_out(other, known.subscribers.values(), 10) == 1
        assert await claimed(db, known, settings) == []
    assert len(await claimed(db, known, settings)) == 1


async def test_a_batch_takes_whole_streams(db: Database, settings: Settings) -> None:
    one, two = await cases(db, 2)
    await post_committed(db, noted(two), noted(one), noted(two))
    known = registry(Seen().subscriber())
    async with db.unit_of_work() as connection:
        taken = await queue.fan_out(connection, known.subscribers.values(), 1)
    assert taken in {2, 3}
    assert {d.stream_id for d in await deliveries(db)} in ({one}, {two})


async def test_a_second_fan_out_of_the_same_entry_is_no_second_delivery(db: Database, settings: Settings) -> None:
    (one,) = await cases(db)
    known = registry(Seen().subscriber())
    await claimed(db, known, settings)
    await run_sql(db, "INSERT INTO outbox_message (stream_id, version) VALUES (:one, 1)", one=one)
    await claimed(db, known, settings)
    assert len(await deliveries(db)) == 1


# --- order and leases


async def test_one_version_after_the_other(db: Database, settings: Settings) -> None:
    seen, other = Seen("a"), Seen("b")
    known = registry(seen.subscriber(), other.subscriber())
    (one,) = await cases(db)
    await post_committed(db, noted(one), noted(one))
    first = await claimed(db, known, settings)
    assert sorted((c.subscriber, c.version) for c in first) == [("a", 1), ("b", 1)]
    assert await claimed(db, known, settings) == []
    await deliver(means(db, known, settings), first[0])
    (second,) = await claimed(db, known, settings)
    assert (second.subscriber, second.version) == (first[0].subscriber, 2)


async def test_streams_do_not_wait_for_each_other(db: Database, settings: Settings) -> None:
    known = registry(Seen().subscriber())
    await cases(db, 3)
    assert len(await claimed(db, known, settings)) == 3


async def test_claims_take_no_more_than_there_is_room_for(db: Database, settings: Settings) -> None:
    known = registry(*(Seen(name).subscriber() for name in "abc"))
    await cases(db, 5)
    async with db.unit_of_work() as connection:
        await queue.fan_out(connection, known.subscribers.values(), 100)
        wanted = [
            Wanted([Room("a", 2), Room("b", 9)], 5, HANDLER_LEASE),
            Wanted([Room("a", 2)], 0, HANDLER_LEASE),
            Wanted([Room("c", 1)], 3, timedelta(hours=1)),
            Wanted([], 2, HANDLER_LEASE),
        ]
        got = await queue.claim(connection, wanted)
        assert await queue.claim(connection, wanted[1:2]) == [[]]
    assert [sorted(c.subscriber for c in one) for one in got] == [["a", "a", "b", "b", "b"], [], ["c"], []]
    lasts = {row.subscriber: row.leased_until for row in await deliveries(db) if row.leased_until is not None}
    assert lasts["c"] - lasts["a"] == timedelta(hours=1) - HANDLER_LEASE


async def test_what_nobody_here_receives_waits(db: Database, settings: Settings) -> None:
    await cases(db)
    async with db.unit_of_work() as connection:
        await queue.fan_out(connection, registry(Seen("gone").subscriber()).subscribers.values(), 10)
    assert await drain(db, registry(), settings) == 0
    assert len(await deliveries(db)) == 1


async def test_two_claim_at_once_and_share(db: Database, settings: Settings) -> None:
    known = registry(Seen().subscriber())
    await cases(db, 4)
    async with db.unit_of_work() as a:
        await queue.fan_out(a, known.subscribers.values(), 100)
    async with db.unit_of_work() as a, db.unit_of_work() as b:
        wanted = Wanted([Room("seen", 3)], 3, HANDLER_LEASE)
        [one], [two] = await queue.claim(a, [wanted]), await queue.claim(b, [wanted])
    assert (len(one), len(two)) == (3, 1)
    assert len({c.id for c in (*one, *two)}) == 4


async def test_a_lease_that_ran_out_is_taken_and_the_zombie_writes_nothing(db: Database, settings: Settings) -> None:
    seen = Seen()
    known = registry(seen.subscriber())
    (one,) = await cases(db)
    (zombie,) = await claimed(db, known, settings)
    await run_sql(db, "UPDATE delivery SET leased_until = now()")
    (heir,) = await claimed(db, known, settings)
    assert heir.id == zombie.id
    assert (heir.attempts, heir.died) == (1, 0)
    assert (zombie.expired, heir.expired) == (False, True)
    outcome = await deliver(means(db, known, settings), zombie)
    assert (outcome.ended, outcome.error) == ("lost", None)
    assert seen.got == []
    assert await notes(db) == []
    await deliver(means(db, known, settings), heir)
    assert [(stream, words) for stream, _, words in await notes(db)] == [(one, "seen")]
    await deliver(means(db, known, settings), heir)
    assert len(seen.got) == 1


async def test_while_a_handler_works_even_an_ended_lease_is_not_taken(db: Database, settings: Settings) -> None:
    known = registry()
    found: list[int] = []

    async def slow(_: object) -> None:
        # The row is locked by the handler's own transaction; another worker's claim passes it by.
        found.append(len(await claimed(db, known, settings)))

    seen = Seen(first=slow)
    known = registry(seen.subscriber())
    await cases(db)
    (only,) = await claimed(db, known, settings)
    await run_sql(db, "UPDATE delivery SET leased_until = now()")
    await deliver(means(db, known, settings), only)
    assert found == [0]
    assert len(seen.got) == 1


async def test_a_crash_between_claim_and_finish(db: Database, settings: Settings) -> None:
    seen = Seen()
    known = registry(seen.subscriber())
    await cases(db)
    assert len(await claimed(db, known, settings)) == 1  # and this worker is never heard of again
    assert await drain(db, known, settings) == 0
    await run_sql(db, "UPDATE delivery SET leased_until = now()")
    assert await drain(db, known, settings) == 1
    assert len(seen.got) == 1


async def test_released_is_as_if_never_claimed(db: Database, settings: Settings) -> None:
    known = registry(Seen().subscriber())
    await cases(db, 2)
    held = await claimed(db, known, settings)
    async with db.engine.begin() as connection:
        await queue.release(connection, held[:1])
    states = sorted((d.lease is not None, d.attempts) for d in await deliveries(db))
    assert states == [(False, 0), (True, 1)]


# --- failures


async def test_a_failure_writes_nothing_and_is_tried_again(db: Database, settings: Settings) -> None:
    seen = Seen(first=fails_on(1))
    known = registry(seen.subscriber())
    (one,) = await cases(db)
    await post_committed(db, noted(one))
    assert await drain(db, known, settings, strict=False) == 0
    first, second = await deliveries(db)
    assert (first.state, first.attempts, first.lease, first.error) == ("retrying", 1, None, "Conflict:probe.broken")
    assert second.due_at == first.due_at
    assert await notes(db) == []
    seen.first = None
    await make_due(db)
    assert await drain(db, known, settings) == 2
    assert seen.versions(one) == [1, 2]


async def test_drain_raises_what_a_handler_raised(db: Database, settings: Settings) -> None:
    await cases(db)
    with pytest.raises(Conflict):
        await drain(db, registry(Subscriber("broken", fail)), settings)


async def test_new_work_behind_a_failing_delivery_is_put_off_with_it(db: Database, settings: Settings) -> None:
    known = registry(Subscriber("broken", fail))
    (one,) = await cases(db)
    await drain(db, known, settings, strict=False)
    await run_sql(db, "UPDATE delivery SET due_at = :later", later=FUTURE)
    await post_committed(db, noted(one))
    assert await drain(db, known, settings) == 0
    assert [d.due_at for d in await deliveries(db)] == [FUTURE, FUTURE]


async def test_a_failing_subscriber_holds_up_nobody_else(db: Database, settings: Settings) -> None:
    seen, webhook = Seen("steady"), Seen("webhook", first=fails_on(1))
    known = registry(webhook.subscriber(), seen.subscriber())
    one, two = await cases(db, 2)
    await post_committed(db, noted(one), noted(two))
    await drain(db, known, settings, strict=False)
    assert sorted(stream for stream, _, words in await notes(db) if words == "steady") == sorted([one, one, two, two])
    assert webhook.got == []
    assert len(await deliveries(db)) == 4


async def test_given_up_what_waited_behind_it_goes_on_until_a_person_retries(db: Database, settings: Settings) -> None:
    seen = Seen(first=fails_on(1))
    known = registry(seen.subscriber())
    (one,) = await cases(db)
    await post_committed(db, noted(one))
    await drain(db, known, settings, strict=False)
    await run_sql(db, "UPDATE delivery SET attempts = :n WHERE version = 1", n=HANDLER.max_attempts - 1)
    await make_due(db)
    assert await drain(db, known, settings, strict=False) == 1
    assert seen.versions(one) == [2]
    (dead,) = await deliveries(db)
    assert (dead.state, dead.attempts) == ("dead", HANDLER.max_attempts)
    seen.first = None
    async with means(db, known, settings).unit_of_work() as work:
        (letter,) = await repository.dead(work.session, work.scope)
        assert (letter.id, letter.error, letter.stream_id) == (dead.id, "Conflict:probe.broken", one)
        assert await repository.dead(work.session, work.scope, after=letter.id) == []
        (count,) = await repository.pending(work.session, work.scope)
        assert (count.subscriber, count.waiting, count.due, count.dead, count.oldest) == ("seen", 0, 0, 1, None)
        await retry_dead(work, dead.id)
        with pytest.raises(NotFound):
            await retry_dead(work, dead.id)
    assert await drain(db, known, settings) == 1
    assert seen.versions(one) == [2, 1]


async def test_dead_letters_need_permission(db: Database, settings: Settings) -> None:
    nobody = Scope(Actor(ActorKind.STAFF, new_id()))
    async with db.sessions() as session:
        for ask in (repository.dead(session, nobody), repository.pending(session, nobody)):
            with pytest.raises(Forbidden):
                await ask
        with pytest.raises(Forbidden):
            await repository.revive(session, nobody, new_id())


async def test_a_late_failure_of_a_zombie_changes_nothing(db: Database, settings: Settings) -> None:
    known = registry(Seen().subscriber())
    await cases(db)
    (zombie,) = await claimed(db, known, settings)
    await run_sql(db, "UPDATE delivery SET leased_until = now()")
    (heir,) = await claimed(db, known, settings)
    async with db.engine.begin() as connection:
        await queue.retry(connection, zombie, timedelta(hours=1), "Late")
        await queue.bury(connection, zombie, "Late")
        with pytest.raises(LostLease):
            await queue.renew(connection, zombie, HANDLER_LEASE)
    (row,) = await deliveries(db)
    assert (row.state, row.lease, row.error) == ("pending", heir.lease, None)


async def test_a_subscriber_without_its_entry(db: Database, settings: Settings) -> None:
    known = registry(Seen().subscriber())
    async with db.unit_of_work() as session:
        await schedule(session, "seen", "by hand", due_at=PAST)
    await drain(db, known, settings, strict=False)
    (row,) = await deliveries(db)
    assert row.error == "EntryMissing"


async def test_the_database_goes_while_a_failure_is_written_down(db: Database, settings: Settings) -> None:
    async def gone(_: object) -> None:
        db.engine = nowhere.engine
        db.sessions = nowhere.sessions
        await fail()

    nowhere = Database("postgresql+asyncpg://nobody@/none?host=/nonexistent&port=1")
    sessions, engine = db.sessions, db.engine
    known = registry(Seen(first=gone).subscriber())
    await cases(db)
    (only,) = await claimed(db, known, settings)
    outcome = await deliver(replace(means(db, known, settings), outage_seconds=0.1), only)
    db.sessions, db.engine = sessions, engine
    assert isinstance(outcome.error, Conflict)
    (row,) = await deliveries(db)
    assert (row.state, row.lease) == ("pending", only.lease)


async def test_what_the_database_refuses_is_not_insisted_on(db: Database, settings: Settings) -> None:
    tries = 0

    async def twice_the_same(work: Work) -> None:
        nonlocal tries
        tries += 1
        await work.session.execute(text("INSERT INTO stream (id) VALUES (:id), (:id)"), {"id": new_id()})

    async with asyncio.timeout(20):
        with pytest.raises(IntegrityError):
            await means(db, registry(), settings).insist(twice_the_same)
    assert tries == 1
