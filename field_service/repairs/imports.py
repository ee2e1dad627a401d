"""Past repairs from a file: a row is one line of a repair's history, and a job number holds its lines together."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales.auth import repository as auth
from aftersales.auth.repository import BranchView
from aftersales.imports.fields import Field, Kind
from aftersales.imports.findings import Findings, Outcome, Row, unknown
from aftersales.imports.permissions import RUN
from aftersales.module import Import, Progress
from aftersales.products.known_units import KnownUnit
from aftersales.search.rules import normal_identifier
from aftersales.status.machine import Category
from aftersales.work import Work
from field_service import labels
from field_service.repairs.history import Step, edge_to, instant, possible_after
from field_service.repairs.job_intake import Intake, Job
from field_service.repairs.known_jobs import KnownJob, first_people, jobs, under_repair, units_by_label
from field_service.repairs.machine import REPAIR_ORDER

MAX_LINES = 100
CHANNELS = ("phone", "counter", "whatsapp", "email", "web", "social")
_OURS = re.compile(r"[A-Z]{2,5}(-[A-Z]{1,2})?-\d\d-\d{6}")

FIELDS = (
    Field("job", "The job's number in the other system, the same in each of its rows", "J-2024-0771", required=True),
    Field(
        "status",
        "What the repair came to, in the words of the repair order's machine",
        "intake",
        Kind.CHOICE,
        required=True,
        choices=tuple(state.name for state in REPAIR_ORDER.states),
    ),
    Field(
        "at",
        "When; without an offset, on the clock of the service centre",
        "14-03-2024 10:20",
        Kind.INSTANT,
        required=True,
    ),
    Field("centre", "The service centre's code; in one row of the job at least", "KKP"),
    Field("serial", "The serial number or IMEI of the unit; in one row of the job at least", "GW75-2203-11937"),
    Field("complaint", "What the customer said was wrong", "Does not spin", Kind.WORDS),
    Field("fault_code", "The fault that was found", "22-B", Kind.CHOICE, choices=tuple(labels.FAULTS)),
    Field("cause_code", "Its cause", "WR", Kind.CHOICE, choices=tuple(labels.CAUSES)),
    Field("channel", "How the customer reached you; counter if empty", "phone", Kind.CHOICE, choices=CHANNELS),
    Field("note", "What was written down at this step", "Drum bearing worn", Kind.WORDS),
)
_FACTS = ("centre", "serial", "complaint", "fault_code", "cause_code", "channel")


@dataclass(slots=True)
class _Lines:
    """The rows of one job, in the order of the file, and what they say of it as a whole."""

    number: str
    rows: list[Row] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _File:
    """What is on record."""

    work: Work
    findings: Findings
    branches: Mapping[str, BranchView]
    units: Mapping[str, Mapping[UUID, KnownUnit]]
    known: Mapping[str, KnownJob]
    people: Mapping[UUID, UUID]
    open_units: dict[UUID, str]


async def plan(work: Work, findings: Findings) -> Callable[[Progress], Awaitable[None]]:
    """Gather each job's rows; a job is taken whole or not at all."""
    gathered = _gather(findings)
    file = await _look_up(work, findings, gathered)
    intake = Intake(work)
    for lines in gathered.values():
        _decide(file, intake, lines)
    return intake.write


def _gather(findings: Findings) -> dict[str, _Lines]:
    gathered: dict[str, _Lines] = {}
    for row in findings.rows:
        number = row.get("job")
        if number is None:
            continue
        lines = gathered.setdefault(number, _Lines(number))
        lines.rows.append(row)
        for column in _FACTS:
            said = row.get(column)
            if said is not None and lines.facts.setdefault(column, said) != said:
                words = f"is another than in row {lines.rows[0].number} of the same job; write it once, or the same"
                findings.refuse(row, column, "jobs.two_values", words)
    return gathered


async def _look_up(work: Work, findings: Findings, gathered: Mapping[str, _Lines]) -> _File:
    session, scope = work.session, work.scope
    labels = {lines.facts["serial"] for lines in gathered.values() if "serial" in lines.facts}
    units = await units_by_label(session, scope, labels)
    every = [unit for found in units.values() for unit in found.values()]
    return _File(
        work,
        findings,
        {branch.code.casefold(): branch for branch in await auth.branches(session, scope)},
        units,
        await jobs(session, scope, gathered.keys()),
        await first_people(session, scope, {unit.customer_id for unit in every}),
        await under_repair(session, scope, {unit.id for unit in every}),
    )


def _decide(file: _File, intake: Intake, lines: _Lines) -> None:
    known = file.known.get(lines.number)
    branch, unit = _branch(file, lines), _unit(file, lines)
    if len(lines.rows) > MAX_LINES:
        words = f"has more than {MAX_LINES} rows; is it one job?"
        file.findings.refuse(lines.rows[0], "job", "jobs.too_long", words)
    _check_number(file, lines, known)
    steps = _steps(file, lines, branch) if branch is not None else []
    if unit is not None and unit.customer_id not in file.people:
        file.findings.refuse(lines.rows[0], "serial", "jobs.no_person", "belongs to a customer without people; add one")
    if _any_refused(file, lines) or branch is None or unit is None:
        return
    if known is not None:
        _continue(file, intake, lines, known, steps)
        return
    _check_open(file, lines, unit, steps[-1])
    if _any_refused(file, lines):
        return
    owner = file.people[unit.customer_id]
    intake.add(Job(lines.number, branch, unit.id, unit.customer_id, owner, steps, lines.facts))
    for row in lines.rows:
        file.findings.tell(row, Outcome.NEW, lines.number)


def _any_refused(file: _File, lines: _Lines) -> bool:
    """Half a history would be a false one: with one row of a job all of them are refused."""
    wrong = next((row.number for row in lines.rows if file.findings.refused(row)), None)
    if wrong is None:
        return False
    for row in lines.rows:
        if not file.findings.refused(row):
            file.findings.refuse(row, "job", "jobs.with_others", f"row {wrong} of the same job is wrong")
    return True


def _branch(file: _File, lines: _Lines) -> BranchView | None:
    code = lines.facts.get("centre")
    branch = file.branches.get((code or "").casefold())
    if branch is None:
        words = f"is no service centre; {unknown([b.code for b in file.branches.values()])}" if code else "is needed"
        file.findings.refuse(_row_of(lines, "centre"), "centre", "jobs.unknown_centre", words)
    elif not file.work.scope.can(RUN, branch.id):
        words = "is a service centre for which you may not take in files; ask its manager"
        file.findings.refuse(_row_of(lines, "centre"), "centre", "jobs.elsewhere", words)
    return branch


def _unit(file: _File, lines: _Lines) -> KnownUnit | None:
    label = lines.facts.get("serial")
    found = file.units.get(normal_identifier(label or ""), {})
    if len(found) == 1:
        return next(iter(found.values()))
    words = "is on no unit here; take in the units first" if label else "is needed: which unit was it?"
    if found:
        words = "is on several units here; put them in order first"
    file.findings.refuse(_row_of(lines, "serial"), "serial", "jobs.unknown_unit", words)
    return None


def _row_of(lines: _Lines, column: str) -> Row:
    return next((row for row in lines.rows if row.get(column) is not None), lines.rows[0])


def _check_number(file: _File, lines: _Lines, known: KnownJob | None) -> None:
    first = lines.rows[0]
    if len(lines.number) > 40:
        file.findings.refuse(first, "job", "jobs.number", "is longer than 40 characters")
    elif known is not None and known.machine != REPAIR_ORDER.name:
        file.findings.refuse(first, "job", "jobs.number_taken", "is the number of something else here")
    elif known is None and _OURS.fullmatch(lines.number):
        words = "looks like a number that is given here; put the other system's name before it"
        file.findings.refuse(first, "job", "jobs.number_ours", words)


def _steps(file: _File, lines: _Lines, branch: BranchView) -> list[Step]:
    """The history as edges with times. Refuses what the machine does not know and what cannot be in time."""
    steps: list[Step] = []
    status: str | None = None
    last: datetime | None = None
    for row in lines.rows:
        target, at = row.get("status"), row.get("at")
        if target is None or at is None:
            # Refused already; what follows cannot be judged.
            return []
        edge = edge_to(status, target)
        if edge is None:
            before = f"after {status}" if status else "at the beginning"
            words = (
                f"cannot come {before}; possible are: {', '.join(possible_after(status)) or 'nothing, it had ended'}"
            )
            file.findings.refuse(row, "status", "jobs.illegal", words)
            return []
        try:
            when = instant(at, branch.timezone, file.work.now)
        except ValueError as wrong:
            file.findings.refuse(row, "at", "jobs.time", str(wrong))
            return []
        if last is not None and when < last:
            file.findings.refuse(row, "at", "jobs.backwards", "is before the row above of the same job")
        status, last = target, when
        steps.append(Step(edge, when, row.get("note")))
    return steps


def _check_open(file: _File, lines: _Lines, unit: KnownUnit, last: Step) -> None:
    """A unit has one repair order at a time."""
    if REPAIR_ORDER.by_state[last.edge.to].category is Category.DONE:
        return
    other = file.open_units.setdefault(unit.id, lines.number)
    if other != lines.number:
        words = f"has not ended, and the unit is under repair already as {other}; end one of the two"
        file.findings.refuse(lines.rows[-1], "status", "jobs.already_open", words)


def _continue(file: _File, intake: Intake, lines: _Lines, known: KnownJob, steps: list[Step]) -> None:
    """The job is on record: rows that are there are unchanged, rows after them are added if all of it was imported."""
    told = [(step.edge.to, step.at) for step in steps]
    common = min(len(told), len(known.history))
    differs = next((n for n in range(common) if told[n] != known.history[n]), None)
    if differs is None and len(told) > common and not known.imported:
        differs = common
    if differs is not None:
        words = "differs from what is on record here of this job; past entries are never changed"
        file.findings.refuse(lines.rows[differs], "status", "jobs.differs", words)
        _any_refused(file, lines)
        return
    if steps[common:]:
        intake.resume(known, steps[common:])
    for place, row in enumerate(lines.rows):
        added = place >= common
        outcome = Outcome.CHANGED if added else Outcome.UNCHANGED
        file.findings.tell(row, outcome, lines.number, ("status", "at") if added else ())


JOBS = Import(
    name="jobs",
    title="Past repairs",
    about="A row for each line of a repair's history, oldest first. Units must be there already. Nobody is told.",
    fields=FIELDS,
    plan=plan,
    rank=40,
)
