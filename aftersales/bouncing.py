"""`aftersales bounces`: what comes to our mail address. Reports find the update that they are about, and what people
write, with the files that come along, goes the way of every message."""

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from aftersales import clock
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.lifeline import Lifeline
from aftersales.registry import load_registry
from aftersales.scope import SYSTEM
from aftersales.serve import connected_settings
from aftersales.status.numbers import Numbers
from aftersales.updates import inbound, receipts
from aftersales.updates.channels import Inbound, Receipt
from aftersales.updates.channels.bounces import read
from aftersales.updates.channels.mail import MAX_BYTES, written
from aftersales.work import Work

_GATE = "email"
# Of one run over a folder; the next takes the rest.
_MOST = 1000
# One more, so that what is longer is known to be cut.
_READ = MAX_BYTES + 1
_SKIPPED = 1024 * 1024


def run(settings: Settings, chosen: argparse.Namespace) -> int:
    """Read one message from standard input, or all new ones of a maildir.

    What neither a person wrote nor is about a letter of ours is done with as well. Where the database is away
    the answer is 75, by which a mail server knows to hand the message over again.
    """
    try:
        if chosen.maildir is None:
            message = sys.stdin.buffer.read(_READ)
            # A mail server whose pipe is shut before it has said all may send the message back.
            while sys.stdin.buffer.read(_SKIPPED):
                pass
            _note(settings, [message])
            return 0
        return _emptied(settings, chosen.maildir)
    except (OSError, SQLAlchemyError) as error:
        print(f"aftersales bounces: {type(error).__name__}; hand it over again later", file=sys.stderr)
        return os.EX_TEMPFAIL


def _emptied(settings: Settings, maildir: Path) -> int:
    if not (maildir / "new").is_dir():
        raise ValueError(f"{maildir} is no maildir: it has no folder new")
    files = sorted(file for file in (maildir / "new").iterdir() if file.is_file())[:_MOST]
    (maildir / "cur").mkdir(exist_ok=True)
    found = 0
    for some in _together(files):
        found += _note(settings, [_start(file) for file in some])
        # Once they are noted: read twice does no harm, read never would.
        for file in some:
            file.rename(maildir / "cur" / f"{file.name.partition(':')[0]}:2,S")
    print(f"{len(files)} messages, {found} of them for us")
    return 0


def _together(files: Sequence[Path]) -> Iterator[list[Path]]:
    """As many at once as the longest message is long: a folder of photos need not fit into memory."""
    some: list[Path] = []
    held = 0
    for file in files:
        size = min(file.stat().st_size, _READ)
        if some and held + size > _READ:
            yield some
            some, held = [], 0
        some.append(file)
        held += size
    if some:
        yield some


def _start(file: Path) -> bytes:
    with file.open("rb") as message:
        return message.read(_READ)


def _note(settings: Settings, messages: Sequence[bytes]) -> int:
    """Keep what they say; how many said something."""
    now = clock.now()
    said = [one for message in messages if (one := read(message, now)) is not None]
    letters = [letter for message in messages if (letter := written(message, now, settings.upload_max_bytes))]
    # Much mail says nothing: no database is started for it.
    if said or letters:
        with Lifeline(settings.data_dir) as lifeline, connected_settings(settings, lifeline) as connected:
            asyncio.run(_receive(connected, said, letters))
    return len(said) + len(letters)


async def _receive(settings: Settings, said: Sequence[Receipt], letters: Sequence[Inbound]) -> None:
    database = Database(str(settings.database_url), pool_size=1, application_name="aftersales command")
    try:
        async with database.unit_of_work() as session:
            registry = load_registry(settings.module_names)
            work = Work(session, SYSTEM, registry, Numbers(database), settings, clock.now())
            await receipts.receive(work, _GATE, said)
            await inbound.keep(work, letters)
    finally:
        await database.dispose()
