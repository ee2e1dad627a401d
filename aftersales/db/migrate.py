"""Migrations, run from code: no Alembic configuration file is needed where the package is installed."""

import asyncio
import io
import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

import aftersales


class NotMigratedError(RuntimeError):
    """The database is older than the package."""


# Alembic keeps what it is doing in global variables.
_alembic = threading.Lock()


def migrations_folder() -> Path:
    """Where the migrations are: inside an installed package, or `alembic/` beside it in a source tree."""
    package = Path(aftersales.__file__).parent
    installed = package / "_migrations"
    return installed if installed.is_dir() else package.parent / "alembic"


def configuration(owner_url: str) -> Config:
    """Alembic's configuration for a database, given the owner's address."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    # Not through an option: a password may hold characters that the option file's syntax takes for its own.
    config.attributes["url"] = owner_url
    return config


def head() -> str | None:
    """The newest revision this package knows; None while there is none."""
    return ScriptDirectory.from_config(configuration("")).get_current_head()


def upgrade(owner_url: str, to: str = "head") -> None:
    """Bring the database to the revision. Safe to run from several processes at once: one works, the rest wait.

    Must not be called on a running event loop; there, await `upgrade_async`.
    """
    if head() is not None:
        with _alembic:
            command.upgrade(configuration(owner_url), to)


def sql(since: str, to: str = "head") -> str:
    """The statements of every revision after `since`, as they would be run."""
    config = configuration("")
    config.output_buffer = io.StringIO()
    with _alembic:
        command.upgrade(config, f"{since}:{to}", sql=True)
    return config.output_buffer.getvalue()


async def revision(url: str) -> str | None:
    """The revision that a database is at; None when nothing was ever migrated there."""
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            if await connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
                return None
            found: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
            return found
    finally:
        await engine.dispose()


async def require_current(url: str) -> None:
    """Raise NotMigratedError unless the database is at this package's newest revision, or at a newer one.

    Newer is fine: migrations expand before they contract, so that the release before still runs.
    """
    found, newest = await revision(url), head()
    if (found or "") < (newest or ""):
        raise NotMigratedError(f"the database is at revision {found or 'none'}, {newest} is needed: aftersales migrate")


def write_revision(owner_url: str, message: str) -> None:
    """Write a new revision that brings a database at head to the models. Nothing is written when nothing differs."""
    config = configuration(owner_url)
    config.attributes["skip_empty"] = True
    with _alembic:
        command.revision(config, message, autogenerate=True)


async def upgrade_async(owner_url: str, to: str = "head") -> None:
    """The same from a coroutine; the work is done in a thread of its own."""
    await asyncio.to_thread(upgrade, owner_url, to)
