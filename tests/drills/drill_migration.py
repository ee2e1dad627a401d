"""A table is changed in three steps (expand, fill, contract) while two servers work, one of them restarted as the new
release between the steps, and a long report holds the table: no 5xx, and nobody waits for a lock over two seconds."""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from sqlalchemy.engine import make_url

from aftersales.config import Settings
from aftersales.db.bootstrap import connected
from aftersales.db.migrate import configuration, head, migrations_folder
from tests.fixtures.database import TestDatabase
from tests.story.clerks import Size, Story, progress, story

SECONDS, REPORT_SECONDS = 2.0, 5.0
LONGEST = """
    SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)), 0)::float8
    FROM pg_locks WHERE NOT granted AND waitstart IS NOT NULL
"""
Record = Callable[[str, object], None]

_HEAD = """
from alembic import op
revision = "{revision}"
down_revision = "{before}"
branch_labels = depends_on = None


def upgrade():
"""
_EXPAND = """
    op.execute("ALTER TABLE document ADD COLUMN IF NOT EXISTS drilled integer")
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_document_drilled")
        op.execute("CREATE INDEX CONCURRENTLY ix_document_drilled ON document (drilled)")
"""
_FILL = """
    with op.get_context().autocommit_block():
        while op.get_bind().exec_driver_sql(
            "UPDATE document SET drilled = version WHERE id IN "
            "(SELECT id FROM document WHERE drilled IS NULL ORDER BY id LIMIT 50 FOR UPDATE SKIP LOCKED)"
        ).rowcount:
            pass
"""
_CONTRACT = """
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_document_drilled")
    op.execute("ALTER TABLE document DROP COLUMN IF EXISTS drilled")
"""
STEPS = (_EXPAND, _FILL, _CONTRACT)


@dataclass(slots=True)
class Watch:
    """The longest wait for a lock that anybody was seen in, and how often it was looked."""

    longest: float = 0.0
    looks: int = 0


def problems(watch: Watch, trouble: Counter[str]) -> list[str]:
    """What is not as promised."""
    found = [f"{count} answers {status}" for status, count in trouble.items() if status.isdigit() and status != "409"]
    if watch.longest > SECONDS:
        found.append(f"somebody waited {watch.longest:.1f} s for a lock")
    if not watch.looks:
        found.append("nobody looked")
    return found


@asynccontextmanager
async def watched(database: TestDatabase) -> AsyncIterator[Watch]:
    """Look at all locks twenty times a second meanwhile."""
    seen, enough = Watch(), asyncio.Event()

    async def look() -> None:
        async with connected(make_url(database.server.url(database.name))) as one:
            while not enough.is_set():
                seen.longest = max(seen.longest, await one.fetchval(LONGEST))
                seen.looks += 1
                await asyncio.sleep(0.05)

    looking = asyncio.create_task(look())
    try:
        yield seen
    finally:
        enough.set()
        await looking


@asynccontextmanager
async def long_report(database: TestDatabase) -> AsyncIterator[None]:
    """Somebody reads the table in one long transaction: whoever wants it alone must wait."""

    async def read() -> None:
        async with connected(make_url(database.owner_url)) as one, one.transaction():
            await one.execute("LOCK TABLE document IN ACCESS SHARE MODE")
            reading.set()
            await asyncio.sleep(REPORT_SECONDS)

    reading = asyncio.Event()
    task = asyncio.create_task(read())
    await reading.wait()
    yield
    await task


def written(folder: Path) -> list[str]:
    """A copy of the history with the drill's steps after it; their revisions."""
    copy = folder / "alembic"
    shutil.copytree(migrations_folder(), copy, ignore=shutil.ignore_patterns("__pycache__"))
    before, made = head(), []
    for number, step in enumerate(STEPS):
        revision = f"{9000 + number}"
        text = _HEAD.format(revision=revision, before=before) + step
        (copy / "versions" / f"{revision}_drill.py").write_text(text)
        made.append(revision)
        before = revision
    return made


async def migrated(database: TestDatabase, folder: Path, to: str) -> None:
    """As `aftersales migrate` does it, with the drill's steps in the history."""
    config = configuration(database.owner_url)
    config.set_main_option("script_location", str(folder / "alembic"))
    await asyncio.to_thread(command.upgrade, config, to)


async def new_release(it: Story, name: str) -> None:
    """One server ends in order and starts again; the other works on."""
    process = it.at.running.pop(name)
    process.child.terminate()
    assert await asyncio.to_thread(process.child.wait, 30) == 0, process.last_words()
    process.listening.close()
    await it.at.start(name)
    await it.at.answering()


async def test_expand_fill_contract(
    fresh_database: TestDatabase, settings: Settings, tmp_path: Path, record_property: Record
) -> None:
    size = Size(lease_seconds=60.0, servers=2)
    async with story(fresh_database, settings, tmp_path, size) as it:
        servers = [name for name in it.at.running if name.startswith("server")]
        revisions = written(tmp_path)
        async with it.working(), watched(fresh_database) as seen:
            await progress(it.team, 20)
            for revision, server in zip(revisions, [*servers, None], strict=True):
                async with long_report(fresh_database):
                    await migrated(fresh_database, tmp_path, revision)
                    await progress(it.team, 10)
                if server is not None:
                    await new_release(it, server)
                await progress(it.team, 20)
        trouble = sum((clerk.trouble for clerk in it.team), Counter[str]())
        found = await it.end()
    record_property("changes acknowledged", len(found.acknowledged))
    record_property("longest wait for a lock", f"{seen.longest:.2f} s in {seen.looks} looks")
    record_property("answers other than 2xx", dict(trouble))
    assert problems(seen, trouble) == []


async def test_control_a_change_that_waits_for_its_lock(
    fresh_database: TestDatabase, settings: Settings, tmp_path: Path, record_property: Record
) -> None:
    """Without the lock's time limit: it waits for the report, and everybody waits for it."""
    async with story(fresh_database, settings, tmp_path, Size(lease_seconds=60.0)) as it:
        async with it.working(), watched(fresh_database) as seen:
            await progress(it.team, 20)
            async with long_report(fresh_database), connected(make_url(fresh_database.owner_url)) as owner:
                await owner.execute("SET lock_timeout = 0")
                await owner.execute("ALTER TABLE document ADD COLUMN drilled integer NOT NULL DEFAULT 0")
            await progress(it.team, 10)
        await it.end()
    record_property("longest wait for a lock", f"{seen.longest:.2f} s")
    assert any("for a lock" in said for said in problems(seen, Counter()))
