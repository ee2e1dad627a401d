"""`aftersales import …`: files of customers, products, units and past repairs, from the command line."""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from aftersales import clock
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.imports import service
from aftersales.imports.fields import Order, Reading
from aftersales.imports.findings import Fault, Outcome
from aftersales.imports.service import Report
from aftersales.lifeline import Lifeline
from aftersales.module import Import
from aftersales.registry import load_registry
from aftersales.scope import SYSTEM
from aftersales.serve import connected_settings
from aftersales.status.engine import IMPORT
from aftersales.status.numbers import Numbers
from aftersales.work import Work

WIDTH = 30
TOLD = 20


def add_arguments(command: argparse.ArgumentParser) -> None:
    """One sub-command for each list that the installed packages take in, its help naming every column."""
    lists = command.add_subparsers(dest="what", required=True, metavar="WHAT")
    for kind in load_registry().imports.values():
        one = lists.add_parser(
            kind.name,
            help=kind.about,
            description=f"{kind.about} The first row names the columns, in any order.",
            epilog="\n".join(_columns(kind)),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        one.add_argument("file", type=Path, metavar="FILE.csv")
        one.add_argument("--dry-run", action="store_true", help="say what would happen, and write nothing")
        one.add_argument(
            "--good-rows", action="store_true", help="write the rows that are right; else it is all or none"
        )
        one.add_argument("--dates", choices=[order.value for order in Order], help="the order of day, month and year")
        one.add_argument(
            "--country",
            metavar="XX",
            help="whose phones are written without a country code (two letters; AFTERSALES_COUNTRY if not given)",
        )
        one.add_argument(
            "--rejects", type=Path, metavar="FILE.csv", help="where the refused rows go (FILE.rejects.csv)"
        )
        one.set_defaults(what=kind.name)


def run(settings: Settings, chosen: argparse.Namespace) -> int:
    """Take in one file. 0: it was written, or a dry run found nothing wrong; 1: rows were refused."""
    data = chosen.file.read_bytes()
    with Lifeline(settings.data_dir) as lifeline, connected_settings(settings, lifeline) as connected:
        report = asyncio.run(_take_in(connected, chosen, data))
    for line in told(report, dry_run=chosen.dry_run):
        print(line)
    rejects: Path = chosen.rejects or chosen.file.with_suffix(".rejects.csv")
    if report.findings.faults:
        rejects.write_bytes(report.findings.rejects())
        print(f"The refused rows with their reasons: {rejects}. Correct them there and take that file in.")
    return 1 if report.findings.faults else 0


async def _take_in(settings: Settings, chosen: argparse.Namespace, data: bytes) -> Report:
    registry = load_registry(settings.module_names)
    if chosen.what not in registry.imports:
        raise ValueError(f"the module that takes in {chosen.what} is switched off")
    kind = registry.imports[chosen.what]
    reading = Reading(Order(chosen.dates) if chosen.dates else None, (chosen.country or settings.country).upper())
    findings = service.understand(kind, data, reading, limit=settings.upload_max_bytes)
    database = Database(str(settings.database_url), application_name="aftersales import")
    try:
        async with database.unit_of_work() as session:
            work = Work(session, SYSTEM, registry, Numbers(database), settings, clock.now(), origin=IMPORT)
            bar = Bar(sys.stderr)
            report = await service.take_in(
                work, kind, findings, bar.show, write=not chosen.dry_run, good_rows=chosen.good_rows
            )
        bar.end()
    finally:
        await database.dispose()
    return report


def told(report: Report, *, dry_run: bool) -> list[str]:
    """What the terminal says: every refused row, what differs and was left, and how many rows became what."""
    findings, counts = report.findings, report.counts
    sheet = findings.sheet
    trust = "" if sheet.sure else " (taken on trust: look whether the names are right)"
    lines = [f"Read as {sheet.encoding}{trust}, a {sheet.delimiter} between cells, {len(findings.rows)} rows."]
    if sheet.ignored:
        lines.append(f"Not read: the columns {', '.join(sheet.ignored)}.")
    lines += [_fault(fault) for fault in findings.all_faults()]
    kept = [(n, one) for n, one in sorted(findings.told.items()) if one.kept and n not in findings.faults]
    lines += [f"row {n}: differs here and is left as it is: {', '.join(one.kept)}" for n, one in kept[:TOLD]]
    if len(kept) > TOLD:
        lines.append(f"… and {len(kept) - TOLD} more rows with something that is left as it is")
    lines.append(_counted(counts))
    if dry_run:
        lines.append("A dry run: nothing was written.")
    elif not report.written:
        lines.append("Nothing was written. Correct the rows, or write the others with --good-rows.")
    return lines


def _counted(counts: Mapping[Outcome, int]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) + "."


def _fault(fault: Fault) -> str:
    place = f"row {fault.row}" + (f", {fault.column}" if fault.column else "")
    shown = f" {fault.value.strip()[:60]!r}" if fault.value.strip() else ""
    return f"{place}:{shown} {fault.reason} [{fault.code}]"


def _columns(kind: Import) -> Sequence[str]:
    lines = ["columns (* must be there):"]
    width = max(len(field.name) for field in kind.fields) + 2
    for field in kind.fields:
        star = "*" if field.required else " "
        example = f" Such as: {field.example}" if field.example else ""
        lines.append(f" {star}{field.name:<{width}}{field.about}. {field.kind.capitalize()}.{example}")
        if field.choices:
            lines.append(f"  {'':<{width}}One of: {', '.join(field.choices)}.")
    return lines


class Bar:
    """How far it is, on a terminal as a bar that stays on its line, elsewhere as a plain line for each tenth."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._terminal = out.isatty()
        self._tenth = -1

    async def show(self, done: int, total: int) -> None:
        """So much is done of so much."""
        share = done / total if total else 1.0
        if self._terminal:
            full = int(share * WIDTH)
            bar = "█" * full + "░" * (WIDTH - full)
            self._out.write(f"\r{bar} {share:4.0%}  {done:,} of {total:,}")
        elif (tenth := int(share * 10)) > self._tenth:
            self._tenth = tenth
            self._out.write(f"{done:,} of {total:,}\n")
        self._out.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._terminal:
            self._out.write("\r\x1b[K")
            self._out.flush()
