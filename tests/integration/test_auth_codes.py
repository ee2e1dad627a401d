"""One-time codes on a real database: one per purpose, counted, spent, limited, sent."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth import codes
from aftersales.auth.models import OneTimeCode
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.errors import TooMany
from aftersales.ids import new_id
from aftersales.outbox.models import Delivery
from aftersales.registry import Registry
from aftersales.scope import SYSTEM
from aftersales.status.numbers import Numbers
from aftersales.work import Work
from tests.factories.auth import NOW, add_person, add_stream
from tests.fixtures.database import TestDatabase

SOON = NOW + timedelta(minutes=1)


@pytest.fixture
async def person_id(session: AsyncSession) -> UUID:
    """Whom codes are for."""
    return (await add_person(session)).id


def wrong(value: str) -> str:
    return f"{(int(value) + 1) % 10**6:06d}"


class Door:
    """One subject, asked for codes."""

    def __init__(self, session: AsyncSession, settings: Settings, person_id: UUID) -> None:
        self.session, self.settings, self.person_id, self.subject_id = session, settings, person_id, new_id()

    async def issue(self, purpose: str = codes.ARRIVAL, after: timedelta = timedelta()) -> str:
        code = await codes.issue(
            self.session, purpose=purpose, subject_id=self.subject_id, person_id=self.person_id, now=NOW + after
        )
        return codes.value(self.settings, code)

    async def opens(self, given: str, purpose: str = codes.ARRIVAL, after: timedelta = timedelta(minutes=1)) -> bool:
        return await codes.check(
            self.session, self.settings, purpose=purpose, subject_id=self.subject_id, given=given, now=NOW + after
        )

    async def consume(self, purpose: str = codes.ARRIVAL) -> bool:
        return await codes.consume(self.session, purpose=purpose, subject_id=self.subject_id, now=SOON)


@pytest.fixture
def door(session: AsyncSession, settings: Settings, person_id: UUID) -> Door:
    """A door of the test's own."""
    return Door(session, settings, person_id)


async def test_a_code_opens_its_own_purpose_and_subject_once(door: Door) -> None:
    value = await door.issue()
    assert not await door.opens(value, codes.HAND_OVER)
    assert not await Door(door.session, door.settings, door.person_id).opens(value)
    assert await door.opens(f" {value[:3]} {value[3:]}")
    assert await door.consume()
    assert not await door.opens(value)
    assert not await door.consume()


async def test_purposes_have_codes_of_their_own(door: Door) -> None:
    values = [await door.issue(purpose) for purpose in (codes.ARRIVAL, codes.HAND_OVER, codes.APPROVAL)]
    assert len(set(values)) == 3
    assert await door.consume(codes.ARRIVAL)
    assert await door.opens(values[1], codes.HAND_OVER)


async def test_the_fifth_wrong_answer_ends_it(door: Door) -> None:
    value = await door.issue()
    for _ in range(codes.MAX_ATTEMPTS - 1):
        assert not await door.opens(wrong(value))
    assert await door.opens(value)
    assert not await door.opens(wrong(value))
    assert not await door.opens(value)
    again = await door.issue()
    assert again != value
    assert await door.opens(again)
    assert not await door.opens(value)


async def test_right_answers_and_nonsense_cost_nothing(door: Door) -> None:
    value = await door.issue()
    for _ in range(codes.MAX_ATTEMPTS * 2):
        assert await door.opens(value)
        assert not await door.opens("abcdef")
    assert await door.opens(value)


async def test_it_expires_and_asking_again_while_it_lives_prolongs_it(door: Door) -> None:
    value = await door.issue()
    assert not await door.opens(value, after=codes.TTL)
    assert await door.issue(after=codes.TTL / 2) == value
    assert await door.opens(value, after=codes.TTL)
    later = await door.issue(after=codes.TTL * 2)
    assert later != value
    assert not await door.opens(value, after=codes.TTL * 2)


async def test_no_more_than_five_new_codes_an_hour(door: Door) -> None:
    minutes = timedelta(minutes=1)
    values = set()
    for number in range(codes.ISSUES_PER_HOUR):
        values.add(await door.issue(after=number * minutes))
        await door.consume()
    assert len(values) == codes.ISSUES_PER_HOUR
    with pytest.raises(TooMany) as refused:
        await door.issue(after=10 * minutes)
    assert refused.value.code == "auth.too_many_codes"
    assert refused.value.extra["retry_after"] == 50 * 60
    assert await door.issue(after=60 * minutes) not in values


async def test_each_person_has_their_own_and_either_will_do(door: Door) -> None:
    owner = await door.issue()
    caller = Door(door.session, door.settings, (await add_person(door.session)).id)
    caller.subject_id = door.subject_id
    other = await caller.issue()
    assert owner != other
    assert await door.opens(owner)
    assert await door.opens(other)
    alone = {"purpose": codes.ARRIVAL, "subject_id": door.subject_id, "person_id": door.person_id, "now": SOON}
    assert await codes.check(door.session, door.settings, given=owner, **alone)  # type: ignore[arg-type]
    assert not await codes.check(door.session, door.settings, given=other, **alone)  # type: ignore[arg-type]
    assert await door.consume()
    assert not await door.opens(other)


async def test_the_digits_are_nowhere_in_the_row(door: Door) -> None:
    value = await door.issue()
    row = (await door.session.scalars(select(OneTimeCode).where(OneTimeCode.subject_id == door.subject_id))).one()
    plain = {"attempts", "sends", "issued", "generation"}
    assert not any(value == str(getattr(row, c.key)) for c in OneTimeCode.__table__.columns if c.key not in plain)


@pytest.fixture
async def pool(fresh_database: TestDatabase) -> AsyncIterator[Database]:
    """Real commits."""
    one = Database(fresh_database.app_url, pool_size=10)
    yield one
    await one.dispose()


async def test_fifty_guesses_at_once_count_as_five(pool: Database, settings: Settings) -> None:
    async with pool.unit_of_work() as session:
        door = Door(session, settings, (await add_person(session)).id)
        value = await door.issue()

    async def guess() -> bool:
        async with pool.unit_of_work() as session:
            return await codes.check(
                session,
                settings,
                purpose=codes.ARRIVAL,
                subject_id=door.subject_id,
                given=wrong(value),
                now=SOON,
            )

    assert not any(await asyncio.gather(*(guess() for _ in range(50))))
    async with pool.unit_of_work() as session:
        row = (await session.scalars(select(OneTimeCode))).one()
        assert row.attempts == codes.MAX_ATTEMPTS


async def test_of_many_who_use_it_at_once_one_succeeds(pool: Database, settings: Settings) -> None:
    async with pool.unit_of_work() as session:
        door = Door(session, settings, (await add_person(session)).id)
        await door.issue()

    async def use() -> bool:
        async with pool.unit_of_work() as session:
            return await codes.consume(session, purpose=codes.ARRIVAL, subject_id=door.subject_id, now=SOON)

    assert sum(await asyncio.gather(*(use() for _ in range(10)))) == 1


async def test_of_many_who_ask_at_once_all_get_the_same(pool: Database, settings: Settings) -> None:
    async with pool.unit_of_work() as session:
        person_id = (await add_person(session)).id
    subject_id = new_id()

    async def ask() -> str:
        async with pool.unit_of_work() as session:
            code = await codes.issue(
                session, purpose=codes.APPROVAL, subject_id=subject_id, person_id=person_id, now=NOW
            )
            return codes.value(settings, code)

    assert len(set(await asyncio.gather(*(ask() for _ in range(20))))) == 1


async def test_of_many_who_ask_at_once_for_a_new_one_all_get_the_same(pool: Database, settings: Settings) -> None:
    async with pool.unit_of_work() as session:
        door = Door(session, settings, (await add_person(session)).id)
        old = await door.issue()

    async def ask() -> str:
        async with pool.unit_of_work() as session:
            again = Door(session, settings, door.person_id)
            again.subject_id = door.subject_id
            return await again.issue(after=codes.TTL)

    assert old not in set(await asyncio.gather(*(ask() for _ in range(20))))
    async with pool.unit_of_work() as session:
        row = (await session.scalars(select(OneTimeCode))).one()
        assert (row.generation, row.issued) == (2, 2)


async def test_a_request_schedules_its_sending_and_is_limited(
    session: AsyncSession, database: TestDatabase, settings: Settings, person_id: UUID
) -> None:
    numbers = Numbers(Database(database.app_url))
    work = Work(session=session, scope=SYSTEM, registry=Registry([]), numbers=numbers, settings=settings, now=NOW)
    stream_id, subject_id = await add_stream(session), new_id()
    made = [
        await codes.request(work, codes.APPROVAL, subject_id, stream_id, person_id)
        for _ in range(codes.SEND_LIMIT.burst)
    ]
    assert len({code.id for code in made}) == 1
    assert made[0].stream_id == stream_id
    jobs = (await session.scalars(select(Delivery).where(Delivery.subscriber == codes.JOB))).all()
    assert len(jobs) == codes.SEND_LIMIT.burst
    assert all(job.data == {"code_id": str(made[0].id)} for job in jobs)
    with pytest.raises(TooMany) as refused:
        await codes.request(work, codes.APPROVAL, subject_id, stream_id, person_id)
    assert refused.value.extra["retry_after"] == 120
