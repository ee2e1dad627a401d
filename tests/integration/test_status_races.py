"""Posting from many at once, with real commits: no deadlock, no gap, no lost version."""

import asyncio
import random
from collections.abc import AsyncIterator
from itertools import groupby
from typing import Any

import pytest
from sqlalchemy import event as listens
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from aftersales.db.embedded import EmbeddedServer
from aftersales.db.session import Database
from aftersales.errors import Conflict, Stale
from aftersales.scope import SYSTEM_ACTOR
from aftersales.status import engine
from aftersales.status.changes import Change, move
from aftersales.status.numbers import BLOCK, Numbers
from tests.factories.deliveries import cases, noted, opened, post_committed
from tests.factories.posting import JOB, branch, posted, received
from tests.fixtures.database import TestDatabase, cloned

WRITERS, BATCHES, SIZE = 8, 12, 40


@pytest.fixture(scope="module")
async def place(postgres: EmbeddedServer, worker_id: str) -> AsyncIterator[TestDatabase]:
    """One database for this file, whose tests commit."""
    async with cloned(postgres, f"races_{worker_id}") as clone:
        yield clone


@pytest.fixture
async def db(place: TestDatabase) -> AsyncIterator[Database]:
    async with opened(place.app_url) as database:
        yield database


async def test_eight_writers_in_mixed_batches(db: Database) -> None:
    async with db.unit_of_work() as session:
        branch_id = await branch(session)
        first = [received(branch_id) for _ in range(12)]
        second = [received(branch_id, change.document_id) for change in first]
        await posted(session, [*first, *second])
    documents = [change.document_id for change in (*first, *second)]

    async def write(seed: int) -> int:
        chance = random.Random(seed)  # noqa: S311 - a repeatable mix
        done = 0
        for _ in range(BATCHES):
            changes: list[Change] = [noted(chance.choice(documents)) for _ in range(SIZE - 2)]
            changes += [received(branch_id), received(branch_id, chance.choice(first).document_id)]
            chance.shuffle(changes)
            async with db.unit_of_work() as session:
                if chance.random() < 0.3:
                    await engine.lock(session, chance.sample([c.document_id for c in first], 5))
                else:
                    done += len(await posted(session, changes))
        return done

    total = sum(await asyncio.gather(*(write(seed) for seed in range(WRITERS)))) + len(documents)
    async with db.sessions() as session:
        entries = (
            await session.execute(
                text("SELECT stream_id, version, document_id, document_version FROM timeline_entry ORDER BY 1, 2")
            )
        ).all()
        streams = {row.id: row.version for row in await session.execute(text("SELECT id, version FROM stream"))}
        versions = {row.id: row.version for row in await session.execute(text("SELECT id, version FROM document"))}
        messages = (await session.execute(text("SELECT count(*) FROM outbox_message"))).scalar_one()
    assert len(entries) == messages == sum(streams.values()) == sum(versions.values()) == total
    for stream, of_stream in groupby(entries, key=lambda e: e.stream_id):
        assert [e.version for e in of_stream] == list(range(1, streams[stream] + 1))
    by_document: dict[Any, list[int]] = {}
    for entry in entries:
        by_document.setdefault(entry.document_id, []).append(entry.document_version)
    for document, seen in by_document.items():
        assert seen == list(range(1, versions[document] + 1))


async def test_one_of_two_who_decide_at_once_is_refused(db: Database) -> None:
    (one,) = await cases(db)

    starts = (post_committed(db, move(JOB, one, "start")) for _ in range(6))
    answers = await asyncio.gather(*starts, return_exceptions=True)
    refused = [a for a in answers if a is not None]
    assert len(refused) == 5
    assert all(isinstance(a, Conflict) and a.extra["document_status"] == "started" for a in refused)


async def test_a_legal_change_is_not_refused_after_a_wait(db: Database) -> None:
    """The second waits for the first, and is judged by what the first has committed."""
    (one,) = await cases(db)
    async with db.sessions() as first, db.sessions() as second:
        await posted(first, [move(JOB, one, "start")])
        waiting = asyncio.create_task(posted(second, [move(JOB, one, "finish")]))
        stale = asyncio.create_task(post_committed(db, move(JOB, one, "finish", if_version=1)))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await first.commit()
        (entry,) = await waiting
        assert (entry.version, entry.status) == (3, "finished")
        await second.rollback()
        with pytest.raises(Stale):
            await stale


async def test_locked_streams_wait(db: Database) -> None:
    one, two = await cases(db, 2)
    async with db.sessions() as first:
        await engine.lock(first, [two, one])
        waiting = asyncio.create_task(post_committed(db, noted(one)))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await first.rollback()
        await waiting


async def test_rows_that_name_a_locked_stream_do_not_wait(db: Database) -> None:
    """A foreign key's own lock and ours stand side by side; otherwise modules' rows would deadlock with posts."""
    (one,) = await cases(db)
    async with db.sessions() as first, db.sessions() as second:
        await posted(first, [noted(one)])
        check = text(
            "SELECT 1 FROM stream s JOIN document d ON d.stream_id = s.id WHERE s.id = :one FOR KEY SHARE NOWAIT"
        )
        assert (await second.execute(check, {"one": one})).scalar_one() == 1


async def test_two_open_the_same_key_at_once(db: Database) -> None:
    async with db.unit_of_work() as session:
        branch_id = await branch(session)
    answers = await asyncio.gather(
        *(post_committed(db, received(branch_id, open_key="the same")) for _ in range(4)), return_exceptions=True
    )
    assert sorted(getattr(a, "code", "") for a in answers) == ["", *["status.already_open"] * 3]


async def test_one_post_is_one_statement(db: Database) -> None:
    one, two = await cases(db, 2)
    said: list[str] = []
    listens.listen(db.engine.sync_engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    async with db.unit_of_work() as session:
        await engine.post(session, [noted(one), move(JOB, two, "start"), noted(two)], actor=SYSTEM_ACTOR)
    assert len(said) == 1


async def test_the_application_cannot_rewrite_the_timeline(db: Database) -> None:
    await cases(db)
    for statement in (
        "UPDATE timeline_entry SET name = 'other'",
        "DELETE FROM timeline_entry",
        "TRUNCATE timeline_entry",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with db.unit_of_work() as session:
                await session.execute(text(statement))


async def test_numbers_are_never_given_twice(db: Database) -> None:
    here, there = Numbers(db), Numbers(db)
    got = await asyncio.gather(*(source.next("KKP", 2026) for source in (here, there) for _ in range(BLOCK + 3)))
    assert len(set(got)) == len(got)
    assert min(got) == "KKP-26-000001"
    assert await here.next("KKP", 2027) == "KKP-27-000001"


async def test_numbers_need_no_connection_of_the_pool(place: TestDatabase) -> None:
    small = Database(place.app_url, pool_size=1)
    numbers = Numbers(small)

    async def take() -> str:
        async with small.unit_of_work() as session:
            await session.execute(text("SELECT 1"))
            return await numbers.next("POOL", 2026)

    assert len(set(await asyncio.gather(take(), take()))) == 2
    await small.dispose()
