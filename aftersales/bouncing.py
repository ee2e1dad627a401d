"""`aftersales bounces`: what comes to our mail address. Reports find the update that they are about, and what people
write goes the way of every message."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
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
from aftersales.updates.channels.bounces import MAX_BYTES, read
from aftersales.updates.channels.mail import written
from aftersales.work import Work

_GATE = "email"
# Of one run over a folder; the next takes the rest.
_MOST = 1000


def run(settings: Settings, chosen: argparse.Namespace) -> int:
    """Read one message from standard input, or all new ones of a maildir.

    What neither a person wrote nor is about a letter of ours is done with as well. Where the database is away
    the answer is 75, by which a mail server knows to hand the message over again.
    """
    try:
        if chosen.maildir is None:
            _note(settings, [sys.stdin.buffer.read(MAX_BYTES)])
            return 0
        return _emptied(settings, chosen.maildir)
    except (OSError, SQLAlchemyError) as error:
        print(f"aftersales bounces: {type(error).__name__}; hand it over again later", file=sys.stderr)
        return os.EX_TEMPFAIL


def _emptied(settings: Settings, maildir: Path) -> int:
    if not (maildir / "new").is_dir():
        raise ValueError(f"{maildir} is no maildir: it has no folder new")
    files = sorted(file for file in (maildir / "new").iterdir() if file.is_file())[:_MOST]
    found = _note(settings, [_start(file) for file in files])
    (maildir / "cur").mkdir(exist_ok=True)
    # Once they are noted: read twice does no harm, read never would.
    for file in files:
        file.rename(maildir / "cur" / f"{file.name.partition(':')[0]}:2,S")
    print(f"{len(files)} messages, {found} of them for us")
    return 0


def _start(file: Path) -> bytes:
    with file.open("rb") as message:
        return message.read(MAX_BYTES)


def _note(settings: Settings, messages: Sequence[bytes]) -> int:
    """Keep what they say; how many said something."""
    now = clock.now()
    said = [one for message in messages if (one := read(message, now)) is not None]
    letters = [letter for message in messages if (letter := written(message, now)) is not None]
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
