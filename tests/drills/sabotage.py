"""How a control takes a safeguard away."""

from sqlalchemy.engine import make_url

from aftersales.db.bootstrap import connected
from tests.fixtures.database import TestDatabase


async def sabotage(database: TestDatabase, *statements: str) -> None:
    """Carry these out as the superuser, who may do anything."""
    async with connected(make_url(database.server.url(database.name))) as superuser:
        for statement in statements:
            await superuser.execute(statement)
