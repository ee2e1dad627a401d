"""Statements that go to the driver itself: the same transaction, the same errors, the same witnesses."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.db.direct import Direct
from aftersales.db.reading import remember
from aftersales.db.session import Database, connect
from aftersales.ids import new_id
from tests.fixtures.database import TestDatabase

MAKE = Direct("INSERT INTO stream (id) VALUES (:id)")
RAISE = Direct("UPDATE stream SET version = version + 1 WHERE id = :id RETURNING id, version")
READ = Direct("SELECT id, version FROM stream WHERE id = :id", reads=True)
PROCESS = Direct("SELECT pg_backend_pid() AS pid")
WAIT = Direct("SELECT pg_sleep(20)")
COUNT = text("SELECT count(*) FROM stream WHERE id = :id")


@pytest.fixture
async def db(fresh_database: TestDatabase) -> AsyncIterator[Database]:
    """Real commits, through few connections."""
    one = Database(fresh_database.app_url, pool_size=2)
    yield one
    await one.dispose()


async def kept(db: Database, one: object) -> bool:
    async with db.sessions() as session:
        return bool((await session.execute(COUNT, {"id": one})).scalar_one())


async def process(session: AsyncSession) -> int:
    """The process in the database that serves this session."""
    [row] = await PROCESS.rows(session, {})
    found: int = row.pid
    return found


async def end(db: Database, pid: int) -> None:
    """The database ends it, as it does when it is stopped."""
    other = Database(db.url, pool_size=1)
    async with other.sessions() as session:
        await session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    await other.dispose()


async def test_what_it_writes_is_of_the_session_s_transaction(db: Database) -> None:
    one, two = new_id(), new_id()
    async with db.unit_of_work() as session:
        # The very first statement: nobody has begun a transaction for it.
        assert await MAKE.rows(session, {"id": one}) == []
        assert not await kept(db, one)
        assert (await session.execute(COUNT, {"id": one})).scalar_one() == 1
    assert await kept(db, one)
    with contextlib.suppress(ZeroDivisionError):
        async with db.unit_of_work() as session:
            await MAKE.rows(session, {"id": two})
            raise ZeroDivisionError
    assert not await kept(db, two)


async def test_a_savepoint_takes_it_back(db: Database) -> None:
    one, two, three = new_id(), new_id(), new_id()
    async with db.unit_of_work() as session:
        await MAKE.rows(session, {"id": one})
        nested = await session.begin_nested()
        await MAKE.rows(session, {"id": two})
        await nested.rollback()
        await MAKE.rows(session, {"id": three})
    assert [await kept(db, each) for each in (one, two, three)] == [True, False, True]


async def test_a_session_that_goes_on_after_its_commit(db: Database) -> None:
    one, two = new_id(), new_id()
    async with db.sessions() as session:
        await MAKE.rows(session, {"id": one})
        await session.commit()
        await MAKE.rows(session, {"id": two})
        await session.rollback()
    assert (await kept(db, one), await kept(db, two)) == (True, False)


async def test_rows_have_names(db: Database) -> None:
    one = new_id()
    async with db.unit_of_work() as session:
        await MAKE.rows(session, {"id": one})
        row = await RAISE.row(session, {"id": one, "nobody": "asks for it"})
        assert row is not None
        assert (row.id, row.version, tuple(row)) == (one, 1, (one, 1))
        with pytest.raises(AttributeError):
            _ = row.status
        assert await RAISE.row(session, {"id": new_id()}) is None


@pytest.mark.parametrize(
    ("statement", "kind", "state"),
    [
        ("INSERT INTO stream (id, version) VALUES (:id, NULL)", IntegrityError, "23502"),
        ("SELECT id FROM nowhere WHERE id = :id", ProgrammingError, "42P01"),
        ("SELECT 1 / (version - version) FROM stream WHERE id = :id", DataError, "22012"),
        ("SELECT pg_advisory_xact_lock(1), CAST(:id AS uuid) WHERE pg_sleep(2) IS NOT NULL", OperationalError, "57014"),
    ],
)
async def test_what_goes_wrong_is_sqlalchemy_s_error(
    db: Database, statement: str, kind: type[DBAPIError], state: str
) -> None:
    one = new_id()

    async def try_it() -> None:
        async with db.unit_of_work() as session:
            await MAKE.rows(session, {"id": one})
            await session.execute(text("SET LOCAL statement_timeout = 500"))
            await Direct(statement).rows(session, {"id": one})

    with pytest.raises(kind) as refused:
        await try_it()
    assert getattr(refused.value.orig, "sqlstate", None) == state
    assert str(one) not in str(refused.value), "what people wrote is among the values"
    assert not await kept(db, one)


async def test_a_value_of_the_wrong_kind(db: Database) -> None:
    with pytest.raises(DataError):
        async with db.unit_of_work() as session:
            await READ.rows(session, {"id": "not one"})


async def test_a_connection_that_breaks_is_not_used_again(db: Database) -> None:
    one = new_id()
    async with db.sessions() as session:
        await MAKE.rows(session, {"id": one})
        broken = await process(session)
        await end(db, broken)
        # It goes at once or in the middle of this: the other has only been asked to end.
        with pytest.raises(DBAPIError):
            await WAIT.rows(session, {})
    for _ in range(3):
        async with db.unit_of_work() as session:
            assert await process(session) != broken
    assert not await kept(db, one)


async def test_one_that_broke_while_nobody_used_it_is_not_handed_out(db: Database) -> None:
    async with db.unit_of_work() as session:
        broken = await process(session)
        driver = (await (await session.connection()).get_raw_connection()).driver_connection
    assert driver is not None
    lost = asyncio.Event()
    driver.add_termination_listener(lambda _: lost.set())
    await end(db, broken)
    async with asyncio.timeout(20):
        await lost.wait()
    async with db.unit_of_work() as session:
        assert await process(session) != broken


async def test_a_session_that_remembers_asks_once_and_forgets_with_a_write(session: AsyncSession) -> None:
    one, said = new_id(), list[str]()
    await MAKE.rows(session, {"id": one})
    connection = await session.connection()
    event.listen(connection.sync_connection, "before_cursor_execute", lambda *args: said.append(args[2]))
    remember(session)
    values = {"id": one}
    assert [await version(session, one) for _ in range(3)] == [0, 0, 0]
    assert await READ.row(session, {"id": new_id()}) is None
    assert len(said) == 2
    await RAISE.rows(session, values)
    assert await version(session, one) == 1
    assert len(said) == 4
    await session.execute(text("UPDATE stream SET version = 7 WHERE id = :id"), values)
    assert await version(session, one) == 7


async def version(session: AsyncSession, one: UUID) -> int:
    """The stream's, as it is read."""
    [row] = await READ.rows(session, {"id": one})
    found: int = row.version
    return found


async def test_a_transaction_that_cannot_begin_is_the_database_s_trouble(db: Database) -> None:
    async with db.sessions() as session:
        adapted = (await (await session.connection()).get_raw_connection()).dbapi_connection
        assert adapted is not None
        await end(db, adapted.driver_connection.get_server_pid())
        with pytest.raises(DBAPIError) as raised:
            await READ.rows(session, {"id": new_id()})
        assert raised.value.hide_parameters
    async with db.sessions() as session:
        assert await READ.rows(session, {"id": new_id()}) == []


async def test_kinds_of_arrays_are_looked_up_once_for_all_connections(database: TestDatabase) -> None:
    asked: list[str] = []
    for turn in range(2):
        one = await connect(database.app_url.replace("+asyncpg", ""))
        try:
            one.add_query_logger(lambda record, turn=turn: asked.append(record.query) if turn else None)
            assert await one.fetchval("SELECT $1::uuid[]", [UUID(int=turn)]) == [UUID(int=turn)]
            assert await one.fetchval("SELECT $1::interval[]", [timedelta(hours=turn)]) == [timedelta(hours=turn)]
        finally:
            await one.close()
    assert asked == ["SELECT $1::uuid[]", "SELECT $1::interval[]"]
