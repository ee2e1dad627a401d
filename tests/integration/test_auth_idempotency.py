"""Idempotency keys: carried out once, answered the same for ever after, on a real database."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth import idempotency
from aftersales.auth.models import Branch, Idempotency
from aftersales.db.session import Database
from aftersales.errors import Conflict, Invalid, Problem
from tests.factories.auth import add_branch
from tests.fixtures.database import TestDatabase

ROUTE = "POST /api/v1/cases"
KEY = "3f6a1c2e-0000-4000-8000-000000000001"


async def begin(
    session: AsyncSession, *, principal: str = "staff:1", route: str = ROUTE, key: str = KEY, body: str = "b1"
) -> idempotency.Replay | None:
    return await idempotency.begin(session, principal=principal, route=route, key=key, body_hash=body)


async def store(session: AsyncSession, *, answer: bytes = b'{"id":1}') -> None:
    await idempotency.store(
        session,
        principal="staff:1",
        route=ROUTE,
        key=KEY,
        body_hash="b1",
        status=201,
        headers={"etag": '"v1"', "location": "/x"},
        body=answer,
    )


@pytest.fixture
async def pool(fresh_database: TestDatabase) -> AsyncIterator[Database]:
    """Real commits, as many at once as the server of a busy day."""
    one = Database(fresh_database.app_url, pool_size=10)
    yield one
    await one.dispose()


async def test_the_first_answer_is_given_again(session: AsyncSession) -> None:
    assert await begin(session) is None
    await store(session, answer=b"\x00\xff bytes")
    replay = await begin(session)
    assert replay == idempotency.Replay(201, {"etag": '"v1"', "location": "/x"}, b"\x00\xff bytes")


async def test_begin_is_one_statement(session: AsyncSession) -> None:
    statements: list[str] = []
    connection = await session.connection()
    event.listen(
        connection.sync_connection, "before_cursor_execute", lambda _c, _cur, sql, *_rest: statements.append(sql)
    )
    await begin(session)
    assert len(statements) == 1


async def test_another_body_is_refused(session: AsyncSession) -> None:
    await begin(session)
    await store(session)
    with pytest.raises(Invalid) as refused:
        await begin(session, body="b2")
    assert (refused.value.code, refused.value.status) == ("idempotency.other_body", 422)


async def test_keys_are_each_principal_s_and_route_s_own(session: AsyncSession) -> None:
    await begin(session)
    await store(session)
    assert await begin(session, principal="staff:2") is None
    assert await begin(session, route="POST /api/v1/visits") is None
    assert await begin(session, key=KEY + "1") is None


@pytest.mark.parametrize("key", ["", "short", "x" * 101, "with space", "tab\tinside", "ключ-ключ", "new\nline1"])
async def test_malformed_keys_are_refused(session: AsyncSession, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        await begin(session, key=key)
    assert refused.value.code == "idempotency.key"


@pytest.mark.parametrize("key", ["x" * 8, "x" * 100, '"8e03978e-40d5-43dd-bc93-6894a57f9324"'])
async def test_well_formed_keys_are_taken(session: AsyncSession, key: str) -> None:
    assert await begin(session, key=key) is None


async def test_while_it_is_carried_out_it_says_so_and_other_keys_go_on(pool: Database) -> None:
    async with pool.unit_of_work() as first:
        assert await begin(first) is None
        async with pool.unit_of_work() as second:
            assert await begin(second, key=KEY + "1") is None
        with pytest.raises(Conflict) as refused:
            async with pool.unit_of_work() as third:
                await begin(third)
        assert refused.value.code == "idempotency.in_progress"
        await store(first)
    async with pool.unit_of_work() as later:
        assert await begin(later) is not None


async def test_what_fails_leaves_the_key_free(pool: Database) -> None:
    async def fail() -> None:
        async with pool.unit_of_work() as session:
            await begin(session)
            await store(session)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with pool.unit_of_work() as session:
        assert await begin(session) is None


async def test_who_looked_before_the_answer_and_locked_after_it_is_refused(pool: Database) -> None:
    async with pool.unit_of_work() as late:
        # Its look at the table is over, its lock not yet taken: the worst moment, made by hand.
        assert await late.scalar(select(func.count()).select_from(Idempotency)) == 0
        async with pool.unit_of_work() as quick:
            await begin(quick)
            await store(quick)
        with pytest.raises(Conflict) as refused:
            await store(late, answer=b"second")
        assert refused.value.code == "idempotency.in_progress"
        await late.rollback()
    async with pool.unit_of_work() as session:
        replay = await begin(session)
        assert replay is not None
        assert replay.body == b'{"id":1}'


async def test_fifty_at_once_are_carried_out_once(pool: Database) -> None:
    async def carry_out(number: int) -> bytes | str:
        try:
            async with pool.unit_of_work() as session:
                replay = await begin(session)
                if replay is not None:
                    return replay.body
                await add_branch(session)
                await asyncio.sleep(0.01)
                answer = b"answer %d" % number
                await store(session, answer=answer)
                return answer
        except Problem as problem:
            return problem.code

    results = await asyncio.gather(*(carry_out(number) for number in range(50)))
    answers = {result for result in results if isinstance(result, bytes)}
    assert len(answers) == 1
    assert {result for result in results if isinstance(result, str)} <= {"idempotency.in_progress"}
    async with pool.unit_of_work() as session:
        assert await session.scalar(select(func.count()).select_from(Branch)) == 1
        replay = await begin(session)
        assert replay is not None
        assert {replay.body} == answers
