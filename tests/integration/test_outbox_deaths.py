"""Workers that are never heard of again, and what they held."""

from datetime import UTC, datetime

from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.module import Subscriber
from aftersales.outbox import queue
from aftersales.outbox.retry import HANDLER
from aftersales.outbox.worker import drain
from aftersales.registry import Registry
from tests.factories.deliveries import Seen, cases, claimed, deliveries, fail, make_due, registry, run_sql


async def test_dead_workers_make_nobody_wait_longer_until_there_are_too_many(db: Database, settings: Settings) -> None:
    known = registry(Subscriber("broken", fail))
    await cases(db)
    for _ in range(HANDLER.max_attempts):
        await begun_and_killed(db, known, settings)
    await drain(db, known, settings, strict=False)
    (left,) = await deliveries(db)
    assert (left.state, left.attempts, left.died) == ("retrying", 1, HANDLER.max_attempts)
    assert left.due_at - datetime.now(UTC) < HANDLER.base
    await make_due(db)
    await begun_and_killed(db, known, settings)
    await drain(db, known, settings, strict=False)
    (dead,) = await deliveries(db)
    assert (dead.state, dead.error) == ("dead", "WorkerDied")


async def begun_and_killed(db: Database, known: Registry, settings: Settings) -> None:
    """A worker that is never heard of again once it has begun."""
    (held,) = await claimed(db, known, settings)
    if held.expired:
        async with db.unit_of_work() as work:
            await queue.begin_again(work, held)
    await run_sql(db, "UPDATE delivery SET leased_until = now()")


async def test_what_killed_workers_had_only_claimed_is_not_buried_with_them(db: Database, settings: Settings) -> None:
    seen = Seen()
    known = registry(seen.subscriber())
    await cases(db)
    for _ in range(2 * HANDLER.max_attempts):
        await claimed(db, known, settings)
        await run_sql(db, "UPDATE delivery SET leased_until = now()")
    assert await drain(db, known, settings) == 1
    assert (len(seen.got), await deliveries(db)) == (1, [])
