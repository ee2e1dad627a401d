"""What brands and suppliers paid, from a file: all of its payments are recorded, or none."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from aftersales.errors import Invalid
from aftersales.i18n import N_, amount
from aftersales.imports import service as files
from aftersales.imports.fields import Field, Kind, Reading
from aftersales.imports.findings import Findings, Outcome, Row
from aftersales.money import Money, parse_major
from aftersales.status import engine
from aftersales.status.changes import MAX_CHANGES, Change, move
from aftersales.work import Work
from warranty.recovery import repository
from warranty.recovery.machine import MACHINES
from warranty.recovery.permissions import SETTLE
from warranty.recovery.repository import Claimed
from warranty.recovery.rules import Standing, Step, pay
from warranty.recovery.service.filing import code_of

FIELDS = (
    Field("job", N_("Our number of the claim on them; needed where no ticket is named"), "KKP-D-26-000012"),
    Field("ticket", N_("Their ticket; needed where no job is named"), "T-4102"),
    Field("amount", N_("What they paid for it"), "1500.00", Kind.AMOUNT, required=True),
    Field("reference", N_("The number of their payment or credit note"), "CN-7781", required=True),
)
MOST = 10_000
"""So many payments may one file hold: they are recorded in one transaction, which holds every job of them."""
SHORT_NOTE = N_("They paid less than was claimed.")


@dataclass(frozen=True, slots=True)
class Short:
    """A job for which less has come than was claimed."""

    number: str
    party: str
    ticket: str
    due: Money
    received: Money


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of the file: `written` is False where any row was refused. `short` are those of the file's jobs
    that are paid short by it."""

    findings: Findings
    written: bool
    short: Sequence[Short]


@dataclass
class _File:
    """What is on record, and what the file adds: for each job its payments, with the row that each stands in."""

    findings: Findings
    by_number: Mapping[str, Claimed]
    by_ticket: Mapping[str, Sequence[Claimed]]
    known: Mapping[tuple[UUID, str], int]
    paid: dict[UUID, list[tuple[Row, int, str]]] = field(default_factory=dict)
    steps: dict[UUID, tuple[list[Step], Standing]] = field(default_factory=dict)

    @property
    def claimed(self) -> dict[UUID, Claimed]:
        """Every job, by its id."""
        return {one.row.id: one for one in self.by_number.values()}


async def record(work: Work, data: bytes) -> Recorded:
    """Record every payment of the file, or none: with any row refused nothing is written. What is on record already is
    left as it is, so that a file that comes twice is taken once.

    Raises Forbidden, TooLarge, Invalid for what is no such file or too long (`payments.too_many_rows`).
    """
    work.scope.require(SETTLE)
    reading, limit = Reading(region=work.settings.country), work.settings.upload_max_bytes
    findings = await asyncio.to_thread(files.rows_of, FIELDS, data, reading, limit=limit)
    if len(findings.rows) > MOST:
        words = N_("The file has more than {count} rows. Split it, and take the pieces in one after the other.")
        words = words.format(count=MOST)
        raise Invalid("payments.too_many_rows", words, errors=[{"field": "file", "problem": words}])
    file = await _compared(work, findings)
    if findings.faults:
        return Recorded(findings, False, ())
    await _write(work, file)
    return Recorded(findings, True, _short(file))


async def _compared(work: Work, findings: Findings) -> _File:
    rows = [row for row in findings.rows if row.sound]
    numbers = {_key(row.get("job")) for row in rows if row.get("job")}
    tickets = {_key(row.get("ticket")) for row in rows if row.get("ticket") and not row.get("job")}
    held = await repository.claimed(work.session, work.scope, numbers, tickets)
    known = await repository.credited(work.session, work.scope, [one.row.id for one in held])
    by_ticket: dict[str, list[Claimed]] = {}
    for one in held:
        by_ticket.setdefault(_key(one.ticket), []).append(one)
    file = _File(findings, {_key(one.number): one for one in held}, by_ticket, known)
    for row in rows:
        _decide(work, file, row)
    for job_id, payments in file.paid.items():
        _settle(file, file.claimed[job_id], payments)
    return file


def _key(written: str) -> str:
    return written.strip().upper()


def _decide(work: Work, file: _File, row: Row) -> None:
    """Which jobs the row pays, and what of it each."""
    found, refuse = file.findings, file.findings.refuse
    reference = code_of(row.get("reference"))
    if not reference:
        refuse(row, "reference", "payments.reference", N_("may hold letters, digits, - and / alone"))
        return
    jobs = _jobs(file, row)
    if not jobs:
        return
    if not all(work.scope.can(SETTLE, one.branch_id) for one in jobs):
        refuse(row, _column(row), "payments.elsewhere", N_("is a job of a centre whose money you may not record"))
        return
    currency = jobs[0].row.currency
    try:
        minor = parse_major(str(row.get("amount")), currency).minor
    except ValueError:
        minor = 0
    if not minor:
        refuse(row, "amount", "payments.amount", N_("is no payment; write what they paid, such as 1500.00"))
        return
    before = sum(file.known.get((one.row.id, reference.upper()), 0) for one in jobs)
    subject = " · ".join(dict.fromkeys((*(one.number for one in jobs), reference)))
    if before == minor:
        found.tell(row, Outcome.UNCHANGED, subject)
    elif before:
        was = amount(Money(currency, before))
        words = N_("is on record under this reference as {amount}").format(amount=was)
        refuse(row, "amount", "payments.other_amount", words)
    else:
        _shared(file, row, jobs, minor, reference)
        found.tell(row, Outcome.NEW, subject)


def _column(row: Row) -> str:
    return "job" if row.get("job") else "ticket"


def _jobs(file: _File, row: Row) -> Sequence[Claimed]:
    """The jobs that the row names; none, and the row refused, where there is none such."""
    job, ticket, refuse = row.get("job"), row.get("ticket"), file.findings.refuse
    if not job and not ticket:
        refuse(row, "ticket", "payments.no_key", N_("is needed where no job is named"))
        return ()
    if not job:
        found = file.by_ticket.get(_key(ticket), ())
        if not found:
            words = N_("is no ticket for which anything was claimed, as far as you may see")
            refuse(row, "ticket", "payments.unknown", words)
        return found
    one = file.by_number.get(_key(job))
    if one is None:
        words = N_("is no number under which anything was claimed, as far as you may see")
        refuse(row, "job", "payments.unknown", words)
        return ()
    if ticket and _key(ticket) != _key(one.ticket):
        words = N_("is not the ticket of this job; that is {ticket}").format(ticket=one.ticket or "-")
        refuse(row, "ticket", "payments.other_ticket", words)
        return ()
    return (one,)


def _shared(file: _File, row: Row, jobs: Sequence[Claimed], minor: int, reference: str) -> None:
    """One job takes all of it; several of one ticket take what is left of each, if that is what was paid."""
    open_ = [one for one in jobs if one.status != "closed"] or list(jobs[:1])
    shares = {one.row.id: one.left for one in open_}
    if len(open_) == 1:
        shares = {open_[0].row.id: minor}
    elif sum(shares.values()) != minor:
        numbers = ", ".join(one.number for one in open_[:10])
        words = N_("stands on several jobs ({numbers}); name the job in each row").format(numbers=numbers)
        file.findings.refuse(row, "ticket", "payments.several", words)
        return
    for job_id, share in shares.items():
        payments = file.paid.setdefault(job_id, [])
        if any(one.upper() == reference.upper() for _, _, one in payments):
            words = N_("is in another row for this job too; keep one of the two")
            file.findings.refuse(row, "reference", "import.twice", words)
            return
        payments.append((row, share, reference))


def _settle(file: _File, one: Claimed, payments: Sequence[tuple[Row, int, str]]) -> None:
    """What the payments do to the job; every row of a job that cannot take them is refused."""
    try:
        file.steps[one.row.id] = pay(one.status, one.standing, [share for _, share, _ in payments])
    except ValueError as wrong:
        for row, _, _ in payments:
            file.findings.refuse(row, "amount", "payments.not_now", str(wrong))


async def _write(work: Work, file: _File) -> None:
    """The steps of every job, in the order of the machine; then the sums in its row."""
    changes: list[Change] = []
    jobs = file.claimed
    # Of all at once: what is posted in pieces would take them out of the order that everybody else takes them in.
    await engine.lock(work.session, file.steps)
    for job_id, (steps, held) in file.steps.items():
        one, references = jobs[job_id], [reference for _, _, reference in file.paid[job_id]]
        rest = iter(references)
        for step in steps:
            data: dict[str, object] = {} if step.verb == "settle" else {"amount": step.amount}
            data |= {"reference": next(rest)} if step.verb == "credit" else {}
            note = SHORT_NOTE if step.verb == "accept_partly" else None
            changes.append(move(MACHINES[one.machine], job_id, step.verb, data=data, note=note))
        one.row.accepted_minor, one.row.received_minor = held.accepted, held.received
        one.row.reference = references[-1]
    for begin in range(0, len(changes), MAX_CHANGES):
        await work.post(*changes[begin : begin + MAX_CHANGES])
    await work.session.flush()


def _short(file: _File) -> list[Short]:
    """The jobs of the file for which less has come than was claimed, as its rows name them."""
    found = []
    for job_id in file.steps:
        one = file.claimed[job_id]
        currency, due, received = one.row.currency, one.row.due_minor, one.row.received_minor
        if received < due:
            found.append(Short(one.number, one.party, one.ticket, Money(currency, due), Money(currency, received)))
    return found
