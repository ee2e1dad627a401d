"""Taking a file in: examined whole, then written in one transaction, or not at all."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from aftersales import phones
from aftersales.errors import Conflict, Invalid, TooLarge
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.imports import repository
from aftersales.imports.fields import Field, Order, Reading
from aftersales.imports.findings import Findings, Outcome, examine
from aftersales.imports.models import ImportRun
from aftersales.imports.permissions import RUN
from aftersales.imports.reading import read
from aftersales.module import Import, Progress
from aftersales.outbox.schedule import schedule
from aftersales.work import Work

JOB, CLEAN = "imports.run", "imports.clean"
KEEP = timedelta(days=7)
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in a file and whether it was written."""

    findings: Findings
    written: bool

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many rows have which outcome."""
        return self.findings.counts()


def understand(kind: Import, data: bytes, reading: Reading, *, limit: int) -> Findings:
    """What the file says, row by row; see `rows_of`."""
    return rows_of(kind.fields, data, reading, limit=limit)


def rows_of(fields: Sequence[Field], data: bytes, reading: Reading, *, limit: int) -> Findings:
    """What a file with these columns says, row by row; nothing is asked of the database. Raises TooLarge, or Invalid
    for a file that is no such list, or whose dates have an order that was not given."""
    if len(data) > limit:
        raise TooLarge(
            "import.too_large",
            N_("The file is larger than {count} MB. Divide it, and take in one part after the other.").format(
                count=limit // (1024 * 1024)
            ),
            limit=limit,
        )
    if reading.region not in phones.REGIONS:
        raise Invalid(
            "import.country",
            "Name the country whose phones go without its code by two letters, such as IN.",
            errors=[{"field": "country", "problem": N_("is no country's two letters")}],
        )
    names = {field.name: field for field in fields}
    sheet = read(data, list(names), required=[name for name, field in names.items() if field.required])
    return examine(sheet, fields, reading)


async def take_in(
    work: Work, kind: Import, findings: Findings, progress: Progress, *, write: bool, good_rows: bool = False
) -> Report:
    """Compare the file with what is on record and, if asked to `write`, write it in the caller's transaction.

    With any row refused nothing is written, unless `good_rows` asks for those that are right. Raises Forbidden.
    """
    work.scope.require(RUN)
    if write:
        await repository.hold(work.session, work.scope)
    put = await kind.plan(work, findings)
    written = write and (good_rows or not findings.faults)
    if written:
        await put(progress)
    return Report(findings, written)


async def send(work: Work, kind: Import, *, filename: str, data: bytes, dates: str, region: str) -> UUID:
    """Keep a file that was sent on the page and have it examined. Raises Forbidden, TooLarge, Invalid for no file."""
    work.scope.require(RUN)
    if not data:
        raise Invalid(
            "import.no_file", "Choose a CSV file first.", errors=[{"field": "file", "problem": N_("is empty")}]
        )
    # Read once, so that what is no list at all, or asks for the order of dates, is said at once.
    order = Order(dates) if dates else None
    limit = work.settings.upload_max_bytes
    await asyncio.to_thread(understand, kind, data, Reading(order, region), limit=limit)
    branches = work.scope.branches(RUN)
    run = ImportRun(
        id=new_id(),
        what=kind.name,
        filename=filename[:120],
        dates=order,
        region=region,
        state="checking",
        staff_id=work.scope.actor.id,
        branch_ids=None if branches is None else sorted(branches),
        content=data,
        created_at=work.now,
        changed_at=work.now,
    )
    work.session.add(run)
    await work.session.flush()
    await _soon(work, run.id, "check")
    await schedule(work.session, CLEAN, work.now.date().isoformat(), due_at=work.now + KEEP + timedelta(days=1))
    return run.id


async def carry_out(work: Work, run_id: UUID, *, good_rows: bool) -> None:
    """Have an examined file written. Raises Conflict (`import.not_now`) for one that is not ready for it."""
    work.scope.require(RUN)
    run = await repository.run(work.session, work.scope, run_id, locked=True)
    rejected = (run.report or {}).get("counts", {}).get(Outcome.REJECTED, 0)
    if run.state != "checked" or (rejected and not good_rows):
        raise Conflict("import.not_now", "This file has been taken in already, or has rows to correct first.")
    run.state, run.good_rows, run.changed_at, run.done = "writing", good_rows, work.now, 0
    await work.session.flush()
    await _soon(work, run_id, "write")


async def _soon(work: Work, run_id: UUID, step: str) -> None:
    await schedule(work.session, JOB, f"{run_id.hex}.{step}", due_at=work.now, data={"run_id": str(run_id)})


async def clean(work: Work, _data: Mapping[str, Any]) -> None:
    """Remove files and reports that are older than a week."""
    await repository.forget(work.session, work.scope, work.now - KEEP)


def shown(report: Report) -> dict[str, Any]:
    """A report as the page keeps it: all counts, and the first rows of each kind."""
    findings, sheet = report.findings, report.findings.sheet
    told = [(n, one) for n, one in sorted(findings.told.items()) if n not in findings.faults]
    return {
        "counts": {outcome.value: count for outcome, count in report.counts.items()},
        "rows": len(findings.rows),
        "encoding": sheet.encoding,
        "sure": sheet.sure,
        "delimiter": sheet.delimiter,
        "ignored": list(sheet.ignored),
        "faults": [
            {"row": f.row, "column": f.column, "value": f.value[:80], "reason": f.reason, "code": f.code}
            for f in findings.all_faults()[:SHOWN]
        ],
        "told": [
            {"row": n, "outcome": one.outcome.value, "subject": one.subject, "changed": one.changed, "kept": one.kept}
            for n, one in [t for t in told if t[1].outcome is not Outcome.UNCHANGED or t[1].kept][:SHOWN]
        ],
        "written": report.written,
    }
