"""Files to take in, and what is done with them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from aftersales.csvfile import BOM
from aftersales.imports import service
from aftersales.imports.fields import Order, Reading
from aftersales.imports.service import Report
from aftersales.module import Import
from aftersales.work import Work

EXAMPLES = Path(__file__).parents[2] / "docs" / "howto" / "import"
DMY = Reading(Order.DMY)


def example(name: str) -> bytes:
    """An example file of the documentation."""
    return (EXAMPLES / f"{name}.csv").read_bytes()


def csv_of(kind: Import, rows: Sequence[Mapping[str, object]]) -> bytes:
    """A file with the columns that the rows name."""
    columns = [field.name for field in kind.fields if any(field.name in row for row in rows)]
    quoted = [[f'"{row.get(name, "")}"' for name in columns] for row in rows]
    return BOM + "\r\n".join(",".join(line) for line in [columns, *quoted]).encode()


async def quiet(_done: int, _total: int) -> None:
    """Nobody watches."""


async def take(
    work: Work, kind: Import, data: bytes, *, write: bool = True, good_rows: bool = False, reading: Reading = DMY
) -> Report:
    """Take a file in, with days first."""
    findings = service.understand(kind, data, reading, limit=work.settings.upload_max_bytes)
    importing = replace(work, origin="import")
    return await service.take_in(importing, kind, findings, quiet, write=write, good_rows=good_rows)


def refused(report: Report) -> set[tuple[int, str, str]]:
    """Row, column and code of every fault."""
    return {(fault.row, fault.column, fault.code) for fault in report.findings.all_faults()}
