"""Engine, declarative base and the unit of work. Commits happen here and nowhere else in a request."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import MetaData, event
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, mapped_column

from aftersales import metrics
from aftersales.db.driver import Connection
from aftersales.ids import new_id

UuidPk = Annotated[UUID, mapped_column(primary_key=True, default=new_id)]
Instant = Annotated[datetime, mapped_column(TIMESTAMP(timezone=True))]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]

POSTED = "aftersales.posted"
"""Key in `session.info`: set by whoever wrote an outbox row, read after the commit to wake the workers."""


class Base(DeclarativeBase):
    """All tables of the kernel and of every module; one metadata, one linear history of migrations."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


async def connect(*where: Any, **options: Any) -> Any:
    """asyncpg's own, with one error (ConnectionError) for a database that is away, refuses or is just starting.

    By itself that is any of a dozen, from a missing socket file to a recovery that has not ended.
    """
    try:
        return await asyncpg.connect(*where, connection_class=Connection, **options)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise ConnectionError(f"no connection to the database: {error}") from error


def _whole(adapted: Any, record: object, proxy: object) -> None:  # noqa: ARG001 - the listener's shape
    """Hand out no connection that the database has closed meanwhile: the pool then makes new ones."""
    if adapted.driver_connection.is_closed():
        raise DisconnectionError


class Database:
    """One pool of connections as the application role. `on_posted` is called after each commit that posted."""

    def __init__(self, url: str, *, pool_size: int = 10, application_name: str = "aftersales") -> None:
        self.url = url
        self.most_connections = 2 * pool_size
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=5,
            # What people wrote is among them, and errors are logged.
            hide_parameters=True,
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
            connect_args={
                "async_creator_fn": connect,
                "server_settings": {
                    "application_name": application_name,
                    "timezone": "UTC",
                    "statement_timeout": "30000",
                    "idle_in_transaction_session_timeout": "60000",
                },
            },
        )
        event.listen(self.engine.sync_engine, "checkout", _whole)
        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False, autoflush=False)
        self.on_posted: Callable[[], None] | None = None

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed once when the block ends, or rolled back whole when it raises."""
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(self.sessions())
            yield session
            await session.commit()
            # With the commit it has given its connection back: what is left to close waits for nothing, and needs none
            # of what sees a roll-back through to its end (a task of its own).
            stack.pop_all()
            session.sync_session.close()
        metrics.committed(session.info)
        if session.info.get(POSTED, False) and self.on_posted is not None:
            self.on_posted()

    async def dispose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
