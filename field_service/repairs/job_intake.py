"""Writing many past repairs at once: each with its case, five hundred changes to a statement."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from aftersales.auth.repository import BranchView
from aftersales.cases.machine import CASE
from aftersales.cases.models import Case, MatterPerson
from aftersales.ids import new_id
from aftersales.imports.repository import BATCH
from aftersales.module import Progress
from aftersales.search import index
from aftersales.status.changes import MAX_CHANGES, Change, NewDocument, move, open_document
from aftersales.work import Work
from field_service.labels import FAULTS
from field_service.repairs.history import Step, case_verbs
from field_service.repairs.known_jobs import KnownJob
from field_service.repairs.machine import REPAIR_ORDER
from field_service.repairs.models import RepairOrder

NO_REASON = "Taken in from another system, where no reason was recorded."


@dataclass(frozen=True, slots=True)
class Job:
    """A past repair that is not on record: what it was about and its history, which is never empty."""

    number: str
    branch: BranchView
    unit_id: UUID
    customer_id: UUID
    person_id: UUID
    steps: Sequence[Step]
    facts: Mapping[str, Any]

    @property
    def complaint(self) -> str:
        """The customer's words, or what was found where nobody kept them."""
        said: str | None = self.facts.get("complaint")
        return said or FAULTS.get(self.facts.get("fault_code", ""), f"Repair {self.number}")

    @property
    def year(self) -> int:
        """The year it was opened in, at its centre."""
        return self.steps[0].at.astimezone(ZoneInfo(self.branch.timezone)).year


class Intake:
    """Gathers repairs and further steps of repairs, then writes them."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._new: list[Job] = []
        self._more: list[tuple[KnownJob, Sequence[Step]]] = []

    def add(self, job: Job) -> None:
        """A repair that is not on record."""
        self._new.append(job)

    def resume(self, known: KnownJob, steps: Sequence[Step]) -> None:
        """What happened next in one that is."""
        self._more.append((known, steps))

    async def write(self, progress: Progress) -> None:
        """Post every history, then the rows beside the documents. Progress counts lines of history."""
        numbers = await self._numbers()
        ids = [new_id() for _ in self._new]
        told = [
            *(_changes(job, case_id, number) for job, case_id, number in zip(self._new, ids, numbers, strict=True)),
            *([*_further(known.case_id, known.id, known.case_status, steps)] for known, steps in self._more),
        ]
        lines = [len(job.steps) for job in self._new] + [len(steps) for _, steps in self._more]
        total, done, batch = sum(lines), 0, list[Change]()
        # A history is never divided: half of it would leave the order open while the unit's next one is opened.
        for changes, count in zip(told, lines, strict=True):
            if len(batch) + len(changes) > MAX_CHANGES:
                await self._work.post(*batch)
                await progress(done, total)
                batch = []
            batch += changes
            done += count
        if batch:
            await self._work.post(*batch)
        for start in range(0, len(self._new), BATCH):
            end = start + BATCH
            await self._beside(self._new[start:end], ids[start:end], numbers[start:end], told[start:end])
        await progress(total, total)

    async def _numbers(self) -> list[str]:
        """A number of ours for each case: one statement for each centre and year."""
        wanted: dict[tuple[str, int], int] = defaultdict(int)
        for job in self._new:
            wanted[job.branch.code, job.year] += 1
        given = {
            (code, year): iter(await self._work.numbers.several(code, year, count))
            for (code, year), count in wanted.items()
        }
        return [next(given[job.branch.code, job.year]) for job in self._new]

    async def _beside(
        self, jobs: Sequence[Job], ids: Sequence[UUID], numbers: Sequence[str], told: Sequence[Sequence[Change]]
    ) -> None:
        session = self._work.session
        cases, people, orders = [], [], []
        keys: list[index.Entry] = []
        for job, case_id, number, changes in zip(jobs, ids, numbers, told, strict=True):
            fault, cause = job.facts.get("fault_code"), job.facts.get("cause_code")
            channel = job.facts.get("channel", "counter")
            cases.append({"id": case_id, "complaint": job.complaint, "fault_code": fault, "channel": channel})
            people.append({"case_id": case_id, "person_id": job.person_id, "role": "owner", "may_approve": True})
            orders.append({"id": changes[1].document_id, "fault_code": fault, "cause_code": cause})
            keys += [_key(text, case_id, job.customer_id) for text in (number, job.number)]
        await session.execute(insert(Case), cases)
        await session.execute(insert(MatterPerson), people)
        await session.execute(insert(RepairOrder), orders)
        await index.put_many(session, keys)


def _key(number: str, case_id: UUID, customer_id: UUID) -> index.Entry:
    return {
        "kind": "number",
        "text": number,
        "entity": "document",
        "entity_id": case_id,
        "customer_id": customer_id,
    }


def _changes(job: Job, case_id: UUID, number: str) -> list[Change]:
    """The case is received, then the order opened; both go on together."""
    first, repair_id = job.steps[0], new_id()
    case = NewDocument(case_id, job.branch.id, number, job.unit_id, job.customer_id, new_stream=True)
    order = replace(case, number=job.number, open_key=f"repair_order:{job.unit_id}", new_stream=False)
    channel = {"channel": job.facts.get("channel", "counter")}
    return [
        open_document(CASE, case_id, "receive", case, data=channel, at=first.at),
        open_document(REPAIR_ORDER, repair_id, first.edge.verb, order, note=first.note, at=first.at),
        *_case(case_id, "received", first),
        *_further(case_id, repair_id, _status_after("received", first), job.steps[1:]),
    ]


def _further(case_id: UUID, repair_id: UUID, case_status: str, steps: Sequence[Step]) -> list[Change]:
    changes: list[Change] = []
    for step in steps:
        note = step.note or (NO_REASON if step.edge.reason else None)
        changes.append(move(REPAIR_ORDER, repair_id, step.edge.verb, note=note, at=step.at))
        changes += _case(case_id, case_status, step)
        case_status = _status_after(case_status, step)
    return changes


def _case(case_id: UUID, case_status: str, step: Step) -> list[Change]:
    return [
        move(CASE, case_id, verb, note=NO_REASON if CASE.by_verb[verb].reason else None, at=step.at)
        for verb in case_verbs(case_status, step.edge.to)
    ]


def _status_after(case_status: str, step: Step) -> str:
    for verb in case_verbs(case_status, step.edge.to):
        case_status = CASE.by_verb[verb].to
    return case_status
