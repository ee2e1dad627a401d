"""`aftersales updates …`: the matrix of texts, and the templates that providers must know."""

import argparse
import asyncio
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from aftersales import clock
from aftersales.config import Settings
from aftersales.csvfile import BOM, cell, lines
from aftersales.db.session import Database
from aftersales.i18n import LANGUAGES
from aftersales.lifeline import Lifeline
from aftersales.registry import load_registry
from aftersales.scope import SYSTEM
from aftersales.serve import connected_settings
from aftersales.status.numbers import Numbers
from aftersales.updates import registrations
from aftersales.updates.matrix import CHANNELS, REGISTERED, Cell
from aftersales.updates.segments import counted
from aftersales.work import Work

HEAD = (
    *("text", "event", "audience", "channel", "language", "brand"),
    *("segments", "registered", "document", "wording", "problems"),
)


def add_arguments(command: argparse.ArgumentParser) -> None:
    """What `aftersales updates` takes."""
    what = command.add_subparsers(dest="what", required=True, metavar="WHAT")
    about = "every text by channel, language and brand; fails where one is missing or unfit, and says which"
    shown = what.add_parser("matrix", help=about, description=about)
    shown.add_argument("--csv", type=Path, metavar="FILE.csv", help="every cell in a row, with its words")
    about = "templates as CSV, for DLT or Meta and back"
    handed = what.add_parser("registrations", help=about, description=about)
    handed.add_argument("way", choices=("export", "import"))
    handed.add_argument("file", type=Path, metavar="FILE.csv")
    for one, channels in ((shown, CHANNELS), (handed, REGISTERED)):
        one.add_argument("--language", action="append", default=[], choices=tuple(LANGUAGES))
        one.add_argument("--channel", action="append", default=[], choices=channels)
        one.add_argument("--brand", action="append", default=[], metavar="NAME")


def run(settings: Settings, chosen: argparse.Namespace) -> int:
    """Print, write or take in. 1 where the matrix has an error. Raises Invalid for a file that cannot be taken in."""
    with Lifeline(settings.data_dir) as lifeline, connected_settings(settings, lifeline) as connected:
        return asyncio.run(_run(connected, chosen))


async def _run(settings: Settings, chosen: argparse.Namespace) -> int:
    database = Database(str(settings.database_url), pool_size=2, application_name="aftersales command")
    try:
        async with database.unit_of_work() as session:
            registry = load_registry(settings.module_names)
            work = Work(session, SYSTEM, registry, Numbers(database), settings, clock.now())
            return await _matrix(work, chosen) if chosen.what == "matrix" else await _registrations(work, chosen)
    finally:
        await database.dispose()


async def _matrix(work: Work, chosen: argparse.Namespace) -> int:
    found = await registrations.cells(work, languages=chosen.language, channels=chosen.channel, named=chosen.brand)
    if chosen.csv is not None:
        chosen.csv.write_bytes(as_csv(found))
        print(chosen.csv)
    else:
        print("\n".join(table(found)))
    errors, warnings = problems(found)
    print("\n".join(errors), file=sys.stderr, end="\n" if errors else "")
    print(f"{len(found)} cells, {len(errors)} errors, {warnings} warnings")
    return 1 if errors else 0


async def _registrations(work: Work, chosen: argparse.Namespace) -> int:
    found = await registrations.cells(
        work, languages=chosen.language, channels=chosen.channel or REGISTERED, named=chosen.brand
    )
    if chosen.way == "export":
        chosen.file.write_bytes(registrations.as_csv(found))
        print(chosen.file)
    else:
        rows = registrations.read(chosen.file.read_bytes(), found)
        print(f"{await registrations.keep(work, rows)} templates")
    return 0


def table(found: Sequence[Cell]) -> list[str]:
    """A line for each text: to whom, and by channel the languages, with a mark where one is not as it should be,
    and by which channels a document goes with it."""
    told = []
    for text, group in groupby(found, key=lambda one: one.text):
        own = list(group)
        carried = {one.channel for one in own if one.paper}
        marks = [
            f"{channel}{'+pdf' if channel in carried else ''} {_marks(one for one in own if one.channel == channel)}"
            for channel in _channels(own)
        ]
        told.append(f"{text:38} {','.join(own[0].roles):18} {'  '.join(marks)}")
    return told


def _channels(found: Iterable[Cell]) -> list[str]:
    return list(dict.fromkeys(one.channel for one in found))


def _marks(found: Iterable[Cell]) -> str:
    worst: dict[str, str] = {}
    for one in found:
        mark = "!" if one.errors else "~" if one.found else ""
        worst[one.language] = (
            max(worst.get(one.language, ""), mark, key=" ~!".index) if mark else (worst.get(one.language, ""))
        )
    return " ".join(f"{language}{mark}" for language, mark in worst.items())


def problems(found: Iterable[Cell]) -> tuple[list[str], int]:
    """Each error with the name of its cell; warnings are counted."""
    errors = [
        f"{one.text} · {one.channel} · {one.language} · {one.brand}: {wrong.words}"
        for one in found
        for wrong in one.errors
    ]
    return errors, sum(wrong.warning for one in found for wrong in one.found)


def as_csv(found: Iterable[Cell]) -> bytes:
    """Every cell in a row."""
    rows = [
        (
            one.text,
            one.event,
            ", ".join(one.roles),
            one.channel,
            one.language,
            one.brand,
            str(counted(one.wording).segments) if one.channel == "sms" else "",
            f"{one.registration.name} {one.registration.state}" if one.registration else "",
            one.paper,
            one.wording,
            "; ".join(wrong.words for wrong in one.found),
        )
        for one in found
    ]
    return BOM + lines([HEAD, *([cell(value) for value in row] for row in rows)])
