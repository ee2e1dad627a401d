"""Statements that nearly every request makes, carried out by the driver itself.

SQLAlchemy takes 0.2 ms of the processor for a statement that it knows, asyncpg by itself 0.03. What is asked once in a
while, or is put together anew each time, is better off with SQLAlchemy; a page has a dozen of those. The connection,
its transaction and what is told of each statement stay SQLAlchemy's.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

import asyncpg
from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi, dialect
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import SessionTransaction
from sqlalchemy.sql import ClauseElement

from aftersales.db.reading import answers

_DIALECT: Final = dialect()  # type: ignore[no-untyped-call]
_HELD: Final = "aftersales.driver"
_BROKEN: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
# What cannot begin is told in the adapter's own kind of error, which SQLAlchemy puts into its own.
_ADAPTED: Final = AsyncAdapt_asyncpg_dbapi.Error
_LAST_WORDS: Final = ("FATAL", "PANIC")
# The first that fits; what is none of these is the database's own trouble.
_KINDS: Final[Sequence[tuple[type[Exception], type[DBAPIError]]]] = (
    (asyncpg.IntegrityConstraintViolationError, IntegrityError),
    (asyncpg.SyntaxOrAccessError, ProgrammingError),
    (asyncpg.DataError, DataError),
    (asyncpg.InterfaceError, InterfaceError),
)


class Row(asyncpg.Record):
    """A row as the driver made it: by name as an attribute, by position, and in the order of its columns."""

    def __getattr__(self, name: str) -> Any:
        """The column of this name. Raises AttributeError."""
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


class Said(Exception):
    """What the driver said, without the values that stand in its details; `__cause__` has them all."""

    def __init__(self, error: Exception) -> None:
        super().__init__(*error.args[:1])
        self.sqlstate = getattr(error, "sqlstate", None)
        self.__cause__ = error


class Direct:
    """One statement, written once. Values go as the driver takes them: JSON as text, and it comes read.

    With `reads` it changes nothing, and a request that only reads has it answered once (`aftersales.db.reading`).
    """

    def __init__(self, statement: str | ClauseElement, *, reads: bool = False) -> None:
        compiled = (text(statement) if isinstance(statement, str) else statement).compile(dialect=_DIALECT)
        self._sql = str(compiled)
        self._names = tuple(getattr(compiled, "positiontup", None) or ())
        self._reads = reads

    async def rows(self, session: AsyncSession, values: Mapping[str, object]) -> list[Row]:
        """What it answers, in the session's transaction. Raises what SQLAlchemy would: a kind of DBAPIError."""
        given = [values[name] for name in self._names]
        known = answers(session)
        if known is None:
            return await self._asked(session, given)
        if not self._reads:
            known.clear()
            return await self._asked(session, given)
        key = (self._sql, repr(given))
        if key not in known:
            known[key] = await self._asked(session, given)
        found: list[Row] = known[key]
        return found

    async def row(self, session: AsyncSession, values: Mapping[str, object]) -> Row | None:
        """The one row that it answers, if any."""
        return next(iter(await self.rows(session, values)), None)

    async def _asked(self, session: AsyncSession, given: Sequence[object]) -> list[Row]:
        connection, adapted = await _held(session)
        driver = adapted.driver_connection
        for told in connection.dispatch.before_cursor_execute:
            told(connection, None, self._sql, given, None, False)
        try:
            # It begins a transaction with the first statement that goes through it, and has no other way of being told.
            if adapted._transaction is None:  # noqa: SLF001
                await adapted._start_transaction()  # noqa: SLF001
            found: list[Row] = await driver.fetch(self._sql, *given, record_class=Row)
        except _ADAPTED as error:
            await (await session.connection()).invalidate(error)
            self._refuse(error)
        except _BROKEN as error:
            if _ended(driver, error):
                await (await session.connection()).invalidate(error)
            self._refuse(error)
        return found

    def _refuse(self, error: Exception) -> NoReturn:
        kind = next((ours for theirs, ours in _KINDS if isinstance(error, theirs)), OperationalError)
        raise kind(self._sql, None, Said(error), hide_parameters=True) from error


async def _held(session: AsyncSession) -> tuple[Connection, Any]:
    """The connection that the session works on, and SQLAlchemy's wrapping of the driver's.

    Looked up once for each block of a transaction: SQLAlchemy sets a savepoint only when it is asked for a connection.
    """
    held = session.info.get(_HELD)
    if held is not None and held[0] is _block(session):
        return held[1], held[2]
    connection = await session.run_sync(lambda sync: sync.connection())
    adapted: Any = connection.connection.dbapi_connection
    session.info[_HELD] = (_block(session), connection, adapted)
    return connection, adapted


def _ended(driver: Any, error: Exception) -> bool:
    """Whether the connection is of no use any more: its last words may be heard, or confuse, before its end is seen."""
    spoken = getattr(error, "severity_en", None) in _LAST_WORDS
    return spoken or isinstance(error, asyncpg.InternalClientError) or bool(driver.is_closed())


def _block(session: AsyncSession) -> SessionTransaction | None:
    sync = session.sync_session
    return sync.get_nested_transaction() or sync.get_transaction()
