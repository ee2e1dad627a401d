"""One connection of its own that hears NOTIFY, and comes back by itself when the database does."""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import asyncpg
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

CHANNEL: Final = "aftersales_posted"
UNREACHABLE: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    # What the driver says of a connection that broke in the middle of an answer, when it is to be rolled back.
    asyncpg.InternalClientError,
    SQLAlchemyError,
)
"""What goes wrong when the database is away, restarts, or refuses; it is tried again later."""

_LONGEST_PAUSE = 5.0
_CONNECT_SECONDS = 10.0
_log = logging.getLogger(__name__)


def pause(failures: int) -> float:
    """Seconds to wait before trying the database again, after so many failures in a row."""
    longest: float = min(_LONGEST_PAUSE, 0.1 * 2 ** min(failures, 10))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter


class Listener:
    """Calls `heard` for every notification, and once after each (re)connection, for what was missed meanwhile."""

    def __init__(self, url: str, heard: Callable[[], None], *, channel: str = CHANNEL) -> None:
        self._dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._heard = heard
        self._channel = channel

    async def run(self) -> None:
        """Listen until cancelled."""
        failures = 0
        while True:
            try:
                await self._listen()
                failures = 0
            except UNREACHABLE as error:
                failures += 1
                _log.warning("not listening: %s (failure %d)", type(error).__name__, failures)
            await asyncio.sleep(pause(failures))

    async def _listen(self) -> None:
        connection = await asyncpg.connect(
            self._dsn, timeout=_CONNECT_SECONDS, server_settings={"application_name": "aftersales listener"}
        )
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(self._channel, lambda *_: self._heard())
            self._heard()
            await lost.wait()
        finally:
            with suppress(*UNREACHABLE):
                connection.terminate()
