"""How Alembic connects: as the owner of the tables, through asyncpg, one process at a time."""

import asyncio
import os
from collections.abc import Iterable
from typing import Any

from alembic import context
from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, pool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from aftersales.db.bootstrap import APPLICATION
from aftersales.db.session import Base
from aftersales.db.tables import import_models

# Whoever holds this advisory lock migrates; a second process waits and then finds nothing to do.
MIGRATION_LOCK = 0x61667465
# Who waits for a table's lock makes all wait who come after; so not for long, but again and again.
LOCK_TIMEOUT = "1s"
LOCK_TRIES = 60
LOCK_PAUSE_SECONDS = 1.0
LOCK_NOT_AVAILABLE = "55P03"
TURN_SECONDS = 0.2
# Made by hand in a migration and unknown to the models: autogenerate leaves them alone.
IGNORED_COMMENT = "managed by migrations"


def number(
    migration_context: MigrationContext, revision: str | Iterable[str | None], directives: list[MigrationScript]
) -> None:
    """Number new revisions 0001, 0002, …: the history is linear, and the order is seen in a listing."""
    del migration_context, revision
    script = directives[0]
    nothing = script.upgrade_ops is None or script.upgrade_ops.is_empty()
    if nothing and context.config.attributes.get("skip_empty", False):
        directives[:] = []
        return
    newest = ScriptDirectory.from_config(context.config).get_current_head()
    script.rev_id = f"{int(newest or '0') + 1:04d}"


def migrate(connection: Connection) -> None:
    """Run what is due, each revision in a transaction of its own."""
    options: dict[str, Any] = {"compare_server_default": True, "transaction_per_migration": True}
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        process_revision_directives=number,
        include_object=lambda item, _name, _kind, _reflected, _other: getattr(item, "comment", None) != IGNORED_COMMENT,
        **options,
    )
    with context.begin_transaction():
        context.run_migrations()


async def insist(connection: AsyncConnection) -> None:
    """Migrate; a revision that did not get a lock in time has done nothing, lets the others go on, and tries again."""
    for left in reversed(range(LOCK_TRIES)):
        try:
            await connection.run_sync(migrate)
        except DBAPIError as error:
            await connection.rollback()
            if left == 0 or getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            await asyncio.sleep(LOCK_PAUSE_SECONDS)
        else:
            return


def write_sql() -> None:
    """Write what would be run, for the eye and for the linter."""
    context.configure(dialect_name="postgresql", target_metadata=Base.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_migrate(url: str) -> None:
    """Connect as the owner, wait for the turn, migrate."""
    settings = {"application_name": "aftersales migrate", "lock_timeout": LOCK_TIMEOUT}
    engine = create_async_engine(url, poolclass=pool.NullPool, connect_args={"server_settings": settings})
    try:
        async with engine.connect() as connection:
            # Asked again and again: a statement that waits holds a snapshot, whose end CREATE INDEX CONCURRENTLY of
            # whoever has the turn waits for.
            while not await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": MIGRATION_LOCK}):
                await connection.commit()
                await asyncio.sleep(TURN_SECONDS)
            await connection.commit()
            await insist(connection)
            # Default rights would let the application write here too.
            await connection.execute(text(f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {APPLICATION}"))
            await connection.commit()
    finally:
        await engine.dispose()


import_models()
if context.is_offline_mode():
    write_sql()
else:
    asyncio.run(connect_and_migrate(context.config.attributes.get("url") or os.environ["AFTERSALES_MIGRATION_URL"]))
