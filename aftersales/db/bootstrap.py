"""Roles, database and extensions, made once by a superuser and left alone when they are there.

Two roles share the work: the owner, who migrates, and the application, who may only read and write rows. What the
application must never do (rewrite a timeline, drop a table) is thereby impossible, not merely absent from the code.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg
from sqlalchemy.engine import URL, make_url

from aftersales.db.embedded import EmbeddedServer

OWNER = "aftersales_owner"
APPLICATION = "aftersales_app"
DATABASE = "aftersales"
EXTENSIONS = ("pg_trgm", "btree_gist")
MINIMUM_VERSION = 18

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class BootstrapError(RuntimeError):
    """The server cannot hold the system; the message says why."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where to connect, for SQLAlchemy: as the owner for migrations, as the application for everything else."""

    owner_url: str
    app_url: str


async def bootstrap(server: EmbeddedServer, database: str = DATABASE) -> Addresses:
    """Prepare a database of the embedded server. Idempotent."""
    await prepare(make_url(server.url("postgres")), database)
    return Addresses(server.url(database, OWNER), server.url(database, APPLICATION))


async def bootstrap_external(superuser_url: str, database: str = DATABASE) -> Addresses:
    """Prepare a database on a server of your own, given a superuser's address; both roles get new passwords.

    The addresses returned hold the passwords: put them where AFTERSALES_DATABASE_URL and AFTERSALES_MIGRATION_URL
    come from. Run again, it makes new passwords.
    """
    superuser = make_url(superuser_url)
    await prepare(superuser, database)
    owner, application = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    async with connected(superuser) as server:
        # ALTER ROLE takes no parameters; token_urlsafe has neither quote nor backslash.
        await server.execute(f"ALTER ROLE {OWNER} PASSWORD '{owner}'")
        await server.execute(f"ALTER ROLE {APPLICATION} PASSWORD '{application}'")

    def address(role: str, password: str) -> str:
        at = superuser.set(drivername="postgresql+asyncpg", username=role, password=password, database=database)
        return at.render_as_string(hide_password=False)

    return Addresses(address(OWNER, owner), address(APPLICATION, application))


async def prepare(superuser: URL, database: str) -> None:
    """Make what is missing of roles, database, extensions and rights. Idempotent."""
    async with connected(superuser) as server:
        await make_roles(server)
        if not await server.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            # The same order, letter cases and trigrams on every server, whatever its own locale.
            await server.execute(
                f'CREATE DATABASE "{database}" OWNER {OWNER} TEMPLATE template0 ENCODING UTF8 '
                "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
            )
    async with connected(superuser.set(database=database)) as inside:
        await grant_rights(inside)


@asynccontextmanager
async def connected(at: URL) -> AsyncIterator[Connection]:
    """A plain asyncpg connection to an address of SQLAlchemy's form, closed at the end."""
    connection = await asyncpg.connect(at.set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        yield connection
    finally:
        await connection.close()


async def make_roles(superuser: Connection) -> None:
    """The two roles, neither with any right over the server itself. Raises BootstrapError for an older server."""
    if superuser.get_server_version().major < MINIMUM_VERSION:
        raise BootstrapError(f"PostgreSQL {MINIMUM_VERSION} or newer is needed")
    for role in (OWNER, APPLICATION):
        if not await superuser.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
            await superuser.execute(
                f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
            )


async def grant_rights(inside: Connection) -> None:
    """Extensions and rights inside the database. Tables that only grow are narrowed by their own migrations."""
    for extension in EXTENSIONS:
        await inside.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    by_default = f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public GRANT"
    for statement in (
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"ALTER SCHEMA public OWNER TO {OWNER}",
        f"GRANT USAGE ON SCHEMA public TO {APPLICATION}",
        f"{by_default} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APPLICATION}",
        f"{by_default} USAGE, SELECT ON SEQUENCES TO {APPLICATION}",
    ):
        await inside.execute(statement)
