"""`kill -9` of the worker over a promise's due time: what is owed goes out when one is back, once, and it was late."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.engine import make_url

from aftersales import clock
from aftersales.customers import service as customers
from aftersales.customers.schemas import PersonPatch
from aftersales.db.bootstrap import OWNER, connected
from aftersales.db.embedded import EmbeddedServer
from tests.factories.promises import Back
from tests.factories.world import World
from tests.story.processes import Plant

pytestmark = pytest.mark.slow

WORKER = "worker"
LEASE_SECONDS, PATIENCE = 5.0, 90.0
OUTAGE = timedelta(minutes=12)
STEPS = "SELECT step, at - due_at FROM promise_step WHERE case_id = :id AND kind = 'next_update' ORDER BY at, step"
HELD = (
    "SELECT 1 FROM delivery d JOIN open_promise o ON d.key = o.promise_id::text "
    "WHERE o.case_id = :id AND d.leased_until > now()"
)


@pytest.fixture
async def plant(shop: World, tmp_path: Path) -> AsyncIterator[Plant]:
    made = Plant(shop.settings, tmp_path, LEASE_SECONDS, servers=0)
    yield made
    await made.close()


async def until(holds: Callable[[], Awaitable[object]], plant: Plant) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await holds():
            assert all(process.child.poll() is None for process in plant.running.values()), plant.last_words()
            await asyncio.sleep(0.1)


async def told(shop: World, case_id: UUID) -> Counter[str]:
    rows = await shop.rows("SELECT text FROM customer_update WHERE stream_id = :id", id=case_id)
    return Counter(text for (text,) in rows)


async def test_the_next_word_goes_out_late_and_once(shop: World, postgres: EmbeddedServer, plant: Plant) -> None:
    async with shop.work() as work:
        known = PersonPatch(email="padma@example.com")
        await customers.change_person(work, shop.home.customer_id, shop.home.person_id, known)
    case_id = await shop.open_case(shop.home)
    await shop.settle()
    [(due,)] = await shop.rows("SELECT due_at FROM open_promise WHERE case_id = :id", id=case_id)
    name = make_url(str(shop.settings.database_url)).database
    assert name is not None
    async with connected(make_url(postgres.url(name, OWNER))) as owner:
        back = Back(owner)
        # Ten minutes are left, so the word is to go now; and whoever takes it up is held in the middle of it.
        await back.by(case_id, due - clock.now() - timedelta(minutes=10))
        async with owner.transaction():
            await owner.execute("SELECT 1 FROM open_promise WHERE case_id = $1 FOR UPDATE", case_id)
            await plant.start(WORKER)
            await until(lambda: shop.rows(HELD, id=case_id), plant)
            await plant.kill(WORKER)
        assert await told(shop, case_id) == Counter({"case.received": 1})
        await back.by(case_id, OUTAGE)
    await plant.start(WORKER)

    async def said() -> bool:
        return len(await shop.rows(STEPS, id=case_id)) == 3 and bool(plant.arrivals)

    await until(said, plant)
    await plant.end(WORKER)
    assert await told(shop, case_id) == Counter({"case.received": 1, "case.no_news": 1})
    assert len(plant.arrivals) == 1
    late = {step: over for step, over in await shop.rows(STEPS, id=case_id) if step != "made"}
    assert list(late) == ["broken"]
    assert late["broken"] >= OUTAGE - timedelta(minutes=10)
