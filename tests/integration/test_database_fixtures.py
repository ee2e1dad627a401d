"""The fixtures themselves: what a test does in `session` is gone afterwards, what it does in a clone stays there."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aftersales.db.session import Database
from tests.fixtures.database import TestDatabase


async def test_connects_as_the_application(session: AsyncSession) -> None:
    assert await session.scalar(text("SELECT current_user")) == "aftersales_app"


async def test_commits_of_a_session_are_savepoints(session: AsyncSession, connection: AsyncConnection) -> None:
    await session.execute(text("SELECT 1"))
    await session.commit()
    await session.execute(text("SELECT 1"))
    assert connection.in_transaction()


async def test_each_fresh_database_is_its_own(fresh_database: TestDatabase, database: TestDatabase) -> None:
    pool = Database(fresh_database.app_url)
    async with pool.sessions() as session:
        assert await session.scalar(text("SELECT current_database()")) == fresh_database.name
    assert fresh_database.name != database.name
    await pool.dispose()
