"""What has served its time goes, in batches, night after night."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth import cleaning, codes, idempotency, limits, links, sessions
from aftersales.auth.models import CustomerLink, CustomerSession, Idempotency, OneTimeCode, RateLimit, StaffSession
from aftersales.auth.service import IP_LIMIT
from aftersales.config import Settings
from aftersales.db.session import Base, Database
from aftersales.ids import new_id
from aftersales.outbox.models import Delivery
from aftersales.registry import Registry
from aftersales.scope import SYSTEM
from aftersales.status.numbers import Numbers
from aftersales.work import Work
from tests.factories.auth import NOW, add_branch, add_person, add_staff, add_stream
from tests.fixtures.database import TestDatabase

DAY = timedelta(days=1)
TABLES: tuple[type[Base], ...] = (Idempotency, StaffSession, CustomerSession, OneTimeCode, RateLimit)


@pytest.fixture
def work(session: AsyncSession, database: TestDatabase, settings: Settings) -> Work:
    """The worker's, in the afternoon in Hyderabad."""
    numbers = Numbers(Database(database.app_url))
    return Work(session=session, scope=SYSTEM, registry=Registry([]), numbers=numbers, settings=settings, now=NOW)


async def counts(session: AsyncSession) -> dict[str, int]:
    found = {}
    for table in TABLES:
        found[table.__tablename__] = await session.scalar(select(func.count()).select_from(table)) or 0
    return found


async def fill(session: AsyncSession, settings: Settings) -> None:
    person = await add_person(session)
    link = await links.issue(session, stream_id=await add_stream(session), person_id=person.id, now=NOW)
    await links.exchange(session, settings, links.token(settings, link), NOW)
    staff = await add_staff(session, await add_branch(session))
    sessions.start(session, staff.id, NOW)
    await codes.issue(session, purpose=codes.ARRIVAL, subject_id=new_id(), person_id=person.id, now=NOW)
    await limits.take(session, [(IP_LIMIT, "203.0.113.7")], NOW)
    for key in ("key-00000001", "key-00000002"):
        await idempotency.store(
            session, principal="p", route="r", key=key, body_hash="", status=200, headers={}, body=b""
        )
    await session.execute(update(Idempotency).values(created_at=NOW))
    await session.flush()


async def armed(session: AsyncSession) -> dict[str | None, object]:
    rows = await session.scalars(select(Delivery).where(Delivery.subscriber == cleaning.TIMER))
    return {row.key: row.due_at for row in rows}


async def test_nothing_goes_before_its_time(session: AsyncSession, settings: Settings) -> None:
    await fill(session, settings)
    before = await counts(session)
    assert min(before.values()) == 1
    assert not await cleaning.clean(session, NOW)
    assert await counts(session) == before


async def test_each_goes_when_it_has_served(session: AsyncSession, settings: Settings) -> None:
    await fill(session, settings)
    assert not await cleaning.clean(session, NOW + 7 * DAY)
    left = await counts(session)
    assert left == {
        "idempotency": 2,
        "staff_session": 0,
        "customer_session": 1,
        "one_time_code": 1,
        "rate_limit": 0,
    }
    assert not await cleaning.clean(session, NOW + 31 * DAY)
    assert set((await counts(session)).values()) == {0}
    assert await session.scalar(select(func.count()).select_from(CustomerLink)) == 1


async def test_batches(session: AsyncSession, settings: Settings) -> None:
    await fill(session, settings)
    assert await cleaning.clean(session, NOW + 8 * DAY, batch=1)
    assert (await counts(session))["idempotency"] == 1
    assert await cleaning.clean(session, NOW + 8 * DAY, batch=1)
    assert not await cleaning.clean(session, NOW + 8 * DAY, batch=1)


async def test_it_is_armed_for_the_next_night(session: AsyncSession) -> None:
    await cleaning.arm(session, NOW)
    await cleaning.arm(session, NOW + timedelta(hours=1))
    night = NOW.replace(hour=21, minute=30)
    assert await armed(session) == {"2026-03-14": night}
    await cleaning.arm(session, night)
    assert await armed(session) == {"2026-03-14": night, "2026-03-15": night + DAY}


@pytest.mark.parametrize("late", [timedelta(seconds=-1), timedelta(), timedelta(hours=13)])
async def test_it_arms_itself_for_the_day_after(session: AsyncSession, work: Work, late: timedelta) -> None:
    night = NOW.replace(hour=21, minute=30)
    await cleaning.on_timer(replace(work, now=night + late), {"date": "2026-03-14"})
    assert await armed(session) == {"2026-03-15": night + DAY}


async def test_more_to_do_is_done_at_once(
    session: AsyncSession, settings: Settings, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(session, settings)
    # A batch of the real size would take two minutes to fill.
    monkeypatch.setattr(cleaning.clean, "__defaults__", (1,))
    later = replace(work, now=NOW + 8 * DAY)
    await cleaning.on_timer(later, {"date": "2026-03-14"})
    assert await armed(session) == {"2026-03-14.1": later.now}
    await cleaning.on_timer(later, {"date": "2026-03-14", "step": 1})
    assert (await armed(session)).keys() == {"2026-03-14.1", "2026-03-14.2"}
    await cleaning.on_timer(later, {"date": "2026-03-14", "step": 2})
    assert (await armed(session)).keys() == {"2026-03-14.1", "2026-03-14.2", "2026-03-22"}
