"""What becomes of every row of a file. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aftersales import csvfile
from aftersales.errors import Invalid
from aftersales.imports.fields import Field, Reading, Unreadable, needs_order, value
from aftersales.imports.reading import REASON, Sheet


class Outcome(StrEnum):
    """What a row means for what is on record here."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is not taken: its number, the column and what stands there, a reason in words, a stable code."""

    row: int
    column: str
    value: str
    reason: str
    code: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file: `cells` as they stand, `values` of those that could be read, by column; no empty ones."""

    number: int
    cells: tuple[str, ...]
    values: Mapping[str, Any]
    sound: bool = True

    def get(self, column: str) -> Any:
        """What the row says in a column; None where it is empty or unreadable."""
        return self.values.get(column)


@dataclass(frozen=True, slots=True)
class Told:
    """What was found about a sound row: which columns bring something new, and which differ and stay as they are."""

    outcome: Outcome
    subject: str
    changed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(slots=True)
class Findings:
    """Everything that is known of a file's rows, gathered while it is examined."""

    sheet: Sheet
    rows: list[Row] = field(default_factory=list)
    faults: dict[int, list[Fault]] = field(default_factory=dict)
    told: dict[int, Told] = field(default_factory=dict)

    def refuse(self, row: Row, column: str, code: str, reason: str) -> None:
        """The row is not taken."""
        self.faults.setdefault(row.number, []).append(Fault(row.number, column, self.cell(row, column), reason, code))

    def tell(
        self, row: Row, outcome: Outcome, subject: str, changed: Iterable[str] = (), kept: Iterable[str] = ()
    ) -> None:
        """What the row means; a row that was refused stays so."""
        self.told[row.number] = Told(outcome, subject, tuple(changed), tuple(kept))

    def refused(self, row: Row) -> bool:
        """Whether anything speaks against the row so far."""
        return row.number in self.faults

    def cell(self, row: Row, column: str) -> str:
        """What stands in the file there."""
        if column not in self.sheet.columns:
            return ""
        return row.cells[self.sheet.columns.index(column)]

    def counts(self) -> dict[Outcome, int]:
        """How many rows have which outcome."""
        found = Counter(told.outcome for number, told in self.told.items() if number not in self.faults)
        found[Outcome.REJECTED] = len(self.faults)
        return {outcome: found[outcome] for outcome in Outcome}

    def all_faults(self) -> list[Fault]:
        """Every fault, by row."""
        return [fault for number in sorted(self.faults) for fault in self.faults[number]]

    def rejects(self) -> bytes:
        """The refused rows as a CSV file: the columns as they came and the reason, to be corrected and fed back."""
        width = len(self.sheet.header)
        place = self._place_of_reason()
        header = [cell for at, cell in enumerate(self.sheet.header) if at != place]
        lines: list[list[str]] = [[csvfile.cell(cell) for cell in header] + [REASON]]
        for row in self.rows:
            if self.refused(row):
                cells = [csvfile.cell(cell) for at, cell in enumerate(row.cells[:width]) if at != place]
                lines.append([*cells, csvfile.cell(self._why(row.number))])
        return csvfile.BOM + csvfile.lines(lines)

    def _place_of_reason(self) -> int | None:
        """Where the file, itself one of rejects, has the reasons of the last time."""
        pairs = enumerate(zip(self.sheet.header, self.sheet.columns, strict=True))
        return next((at for at, (name, column) in pairs if column is None and name.strip() == REASON), None)

    def _why(self, number: int) -> str:
        return "; ".join(f"{fault.column}: {fault.reason}".removeprefix(": ") for fault in self.faults[number])


def examine(sheet: Sheet, fields: Sequence[Field], reading: Reading) -> Findings:
    """The rows with what their cells mean, and a fault for each cell that cannot be read.

    Raises Invalid (`import.date_order`) when the file holds dates whose order was not given.
    """
    by_name = {field.name: field for field in fields}
    if reading.dates is None:
        _refuse_unordered(sheet, by_name)
    findings = Findings(sheet)
    for number, cells in sheet.rows:
        findings.rows.append(_row(findings, number, cells, by_name, reading))
    return findings


def _row(
    findings: Findings, number: int, cells: tuple[str, ...], by_name: Mapping[str, Field], reading: Reading
) -> Row:
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for column, cell in zip(findings.sheet.columns, cells, strict=False):
        if column is None:
            continue
        try:
            found = value(by_name[column], cell, reading)
        except Unreadable as wrong:
            faults.append(Fault(number, column, cell, str(wrong), wrong.code))
        else:
            if found is not None:
                values[column] = found
    if len(cells) > len(findings.sheet.columns):
        words = "has more cells than there are columns: put text that holds the delimiter in quotation marks"
        faults.append(Fault(number, "", cells[len(findings.sheet.columns)], words, "import.too_many_cells"))
    if faults:
        findings.faults[number] = faults
    return Row(number, cells, values, sound=not faults)


def _refuse_unordered(sheet: Sheet, by_name: Mapping[str, Field]) -> None:
    places = [(place, by_name[name]) for place, name in enumerate(sheet.columns) if name is not None]
    dated = [(place, one) for place, one in places if one.kind.value.startswith("date")]
    for number, cells in sheet.rows:
        for place, one in dated:
            if needs_order(one, cells[place]):
                raise Invalid(
                    "import.date_order",
                    f"Row {number}, column {one.name}: {cells[place].strip()[:20]!r} may be two dates. Say in which "
                    "order day, month and year are written (--dates dmy, mdy or ymd).",
                    row=number,
                    column=one.name,
                )


def unknown(known: Collection[str]) -> str:
    """The end of a sentence that says what would have been right, cut short where there are many."""
    some = sorted(known)[:20]
    return f"known are: {', '.join(some)}{' …' if len(known) > len(some) else ''}" if some else "none is known yet"
