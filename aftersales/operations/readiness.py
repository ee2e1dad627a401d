"""Can this process do its work? The database answers, and its tables are those that this version needs."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from aftersales.db.migrate import head
from aftersales.db.session import Database
from aftersales.outbox.listener import UNREACHABLE
from aftersales.outbox.retry import describe

ANSWER_SECONDS = 2.0
IDLE_SECONDS = 30.0
OK = "ok"
_REVISION = text("SELECT version_num FROM alembic_version")
# Migrations are files of the package: they do not change while it runs.
_newest = cache(head)


@dataclass(frozen=True, slots=True)
class Ready:
    """What was checked, each `ok` or what is wrong with it. Never an address or a name."""

    checks: Mapping[str, str]

    @property
    def well(self) -> bool:
        """Whether everything is."""
        return all(found == OK for found in self.checks.values())

    def document(self) -> dict[str, object]:
        """For JSON."""
        return {"ready": self.well, "checks": dict(self.checks)}


class Readiness:
    """Asks, each time anew. `idle` says how many seconds ago a worker last looked at its queue."""

    def __init__(self, database: Database, idle: Callable[[], float] | None = None) -> None:
        self._database = database
        self._idle = idle

    async def ask(self) -> Ready:
        """At most one statement and `ANSWER_SECONDS`; raises nothing."""
        checks = await self._of_database()
        if self._idle is not None:
            idle = self._idle()
            checks["outbox"] = OK if idle < IDLE_SECONDS else f"not looked at for {idle:.0f} s"
        return Ready(checks)

    async def _of_database(self) -> dict[str, str]:
        newest = await asyncio.to_thread(_newest) or ""
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._database.engine.connect() as connection:
                found = str(await connection.scalar(_REVISION) or "")
        except ProgrammingError:
            found = ""
        except UNREACHABLE as error:
            return {"database": f"does not answer ({describe(error)})", "migrations": "not known"}
        # A newer one is fine: migrations expand before they contract.
        behind = f"at {found or 'none'}, {newest} is needed: aftersales migrate"
        return {"database": OK, "migrations": OK if found >= newest else behind}
