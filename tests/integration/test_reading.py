"""A session that remembers what it has read."""

from sqlalchemy import Table, inspect, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth.models import Branch
from aftersales.db.reading import remember
from tests.factories.auth import add_branch


async def test_a_repeated_question_is_answered_from_memory(session: AsyncSession) -> None:
    branch = await add_branch(session)
    query = select(Branch.name).where(Branch.id == branch.id)
    table = inspect(Branch).local_table
    assert isinstance(table, Table)
    connection = await session.connection()
    await connection.execute(update(table).where(table.c.id == branch.id).values(name="As it was"))
    remember(session)
    assert await session.scalar(query) == "As it was"
    await connection.execute(update(table).where(table.c.id == branch.id).values(name="Behind its back"))
    assert await session.scalar(query) == "As it was"
    again = select(Branch).where(Branch.id == branch.id).execution_options(populate_existing=True)
    assert (await session.scalars(again)).one().name == "Behind its back"
    assert await session.scalar(query) == "As it was", "what is read to be changed forgets nothing by itself"
    await connection.execute(update(table).where(table.c.id == branch.id).values(name="Once more"))
    assert (await session.scalars(again)).one().name == "Behind its back", "and is asked for once too"
    other = await add_branch(session)
    assert await session.scalar(query) == "Once more", "a write forgets"
    assert await session.scalar(select(Branch.name).where(Branch.id == other.id)) == other.name
    assert (await session.scalars(select(Branch).where(Branch.id == other.id))).one() is other
    assert (await session.scalars(select(Branch).where(Branch.id == other.id))).one() is other


async def test_a_session_that_was_not_told_to_asks_each_time(session: AsyncSession) -> None:
    branch = await add_branch(session)
    query = select(Branch.name).where(Branch.id == branch.id)
    before = await session.scalar(query)
    await session.execute(update(Branch).where(Branch.id == branch.id).values(name="New"))
    assert (before, await session.scalar(query)) == (branch.code + " service centre", "New")
