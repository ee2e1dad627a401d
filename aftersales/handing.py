"""`aftersales export …` and `aftersales erase …`: lists and customers as files, and letting a customer go."""

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from uuid import UUID

from aftersales import clock, listing
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.files import repository as filed
from aftersales.files import service as files
from aftersales.lifeline import Lifeline
from aftersales.privacy import bundle, repository, service
from aftersales.registry import load_registry
from aftersales.scope import SYSTEM
from aftersales.serve import connected_settings
from aftersales.status.numbers import Numbers
from aftersales.subject import Line, number_of
from aftersales.work import Work

WHO = "a customer's number (C-7F3A-91B2), id, own number, or the number of a case"


def add_export(command: argparse.ArgumentParser) -> None:
    """One sub-command for each list, and one for a customer."""
    lists = command.add_subparsers(dest="what", required=True, metavar="WHAT")
    for one in load_registry().listings.values():
        listed = lists.add_parser(one.name, help=f"{one.title.lower()}, as CSV")
        listed.add_argument("file", type=Path, metavar="FILE.csv")
    customer = lists.add_parser("customer", help="everything that is stored about one customer")
    customer.add_argument("who", metavar="NUMBER_OR_ID", help=WHO)
    customer.add_argument("file", type=Path, metavar="FILE.zip")


def add_erase(command: argparse.ArgumentParser) -> None:
    """`customer`, looked at first."""
    what = command.add_subparsers(dest="what", required=True, metavar="WHAT")
    customer = what.add_parser("customer", help="say what would be erased; with --confirm erase it")
    customer.add_argument("who", metavar="NUMBER_OR_ID", help=WHO)
    customer.add_argument("--person", type=UUID, metavar="ID", help="one person, where others of the household remain")
    customer.add_argument("--confirm", default="", metavar="NUMBER", help="the customer's number: erase for good")


def export(settings: Settings, chosen: argparse.Namespace) -> None:
    """Write the file whole or not at all. Raises what the services raise."""
    with Lifeline(settings.data_dir) as lifeline, connected_settings(settings, lifeline) as connected:
        asyncio.run(_export(connected, chosen))
    print(f"{chosen.file}")


def erase(settings: Settings, chosen: argparse.Namespace) -> int:
    """Print the report; 1 where something stands in the way."""
    with Lifeline(settings.data_dir) as lifeline, connected_settings(settings, lifeline) as connected:
        return asyncio.run(_erase(connected, chosen))


async def _export(settings: Settings, chosen: argparse.Namespace) -> None:
    async with _database(settings) as (database, work):
        with _whole(chosen.file) as draft:
            if chosen.what == "customer":
                customer_id = await repository.find(work.session, work.scope, chosen.who)
                with draft.open("wb") as out:
                    await bundle.write(work, customer_id, out)
                return
            wanted = work.registry.listings[chosen.what]
            query = await listing.statement(work, wanted, wanted.filters())
            with draft.open("wb") as out:
                async for part in listing.chunks(database, wanted, query):
                    await asyncio.to_thread(out.write, part)


async def _erase(settings: Settings, chosen: argparse.Namespace) -> int:
    async with _database(settings) as (_, work):
        customer_id = await repository.find(work.session, work.scope, chosen.who)
        found = await service.plan(work, customer_id, chosen.person)
        print(f"Customer {number_of(customer_id)}\n\n{_told(found.lines)}")
        if found.blocked:
            print("\n".join(("", "Not possible now:", *(f"- {reason}" for reason in found.blocked))), file=sys.stderr)
            return 1
        if not chosen.confirm:
            print(f"\nNothing has been erased. To do it: --confirm {number_of(customer_id)}")
            return 0
        streams = found.subject.streams
        held = await filed.names_on(work.session, work.scope, streams)
        made = await service.erase(work, customer_id, chosen.person, confirmed=chosen.confirm)
    # Once that is committed, and without waiting for a worker: there may be none.
    async with _database(settings) as (_, work):
        await files.remove(work, {"names": held})
    print(f"\nErased. The record: {made}. Copies in backups go as those end: docs/howto/privacy.md")
    return 0


def _told(lines: Sequence[Line]) -> str:
    told = []
    for title, kept in (("Erased", False), ("Kept", True)):
        told.append(f"{title}:")
        for line in (one for one in lines if one.kept is kept):
            until = f" Until {line.until.isoformat()}." if line.until else ""
            told.append(f"- {line.count} × {line.what}{f' ({line.why}{until})' if line.why else ''}")
    return "\n".join(told)


@contextlib.asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[tuple[Database, Work]]:
    database = Database(str(settings.database_url), pool_size=2, application_name="aftersales command")
    registry = load_registry(settings.module_names)
    try:
        async with database.unit_of_work() as session:
            yield database, Work(session, SYSTEM, registry, Numbers(database), settings, clock.now())
    finally:
        await database.dispose()


@contextlib.contextmanager
def _whole(file: Path) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}.")
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
