"""The driver's connection, which asks the database once for what is the same in every connection."""

from collections.abc import Collection
from types import SimpleNamespace
from typing import Any, Final

import asyncpg

_OWN: Final = "pg_catalog"
_known: dict[int, tuple[asyncpg.Record, ...]] = {}


class Connection(asyncpg.Connection):
    """asyncpg looks each kind of array up in each new connection, which takes the server 10 ms a time. Those of
    PostgreSQL's own kinds have the same numbers everywhere: they are looked up once for all connections.

    What is overridden is not public. Where a new version no longer asks it, all is looked up again and nothing breaks.
    """

    async def _introspect_types(self, typeoids: Collection[int], within: float | None) -> tuple[Any, Any]:
        if all(oid in _known for oid in typeoids):
            # A name, so that nothing takes the statement it was asked for as overwritten by that of the look-up.
            return [row for oid in typeoids for row in _known[oid]], SimpleNamespace(name="known")
        found, statement = await super()._introspect_types(typeoids, within)  # type: ignore[misc]
        kinds = {row["oid"]: row for row in found}
        for oid in typeoids:
            row = kinds.get(oid)
            if row is not None and row["ns"] == _OWN and row["elemtype"] in kinds:
                _known[oid] = (kinds[row["elemtype"]], row)
        return found, statement
