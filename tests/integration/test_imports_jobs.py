"""Past repairs from a file: their own times on the timeline, and nobody is told."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aftersales.auth.models import Branch
from aftersales.cases import repository as cases
from aftersales.cases.machine import CASE
from aftersales.config import Settings
from aftersales.customers.imports import CUSTOMERS
from aftersales.db.session import Database
from aftersales.imports.findings import Outcome
from aftersales.imports.permissions import RUN
from aftersales.imports.service import Report
from aftersales.products.imports import PRODUCTS
from aftersales.products.unit_imports import UNITS
from aftersales.registry import load_registry
from aftersales.scope import SYSTEM
from aftersales.search import query as search
from aftersales.status.changes import move
from aftersales.status.models import Document, StatusNote, TimelineEntry
from aftersales.status.numbers import Numbers
from aftersales.work import Work
from field_service.repairs.imports import JOBS
from field_service.repairs.machine import REPAIR_ORDER
from field_service.repairs.models import RepairOrder
from tests.factories.auth import add_branch
from tests.factories.customers import staff_scope, work_for
from tests.factories.files import csv_of, example, refused, take
from tests.factories.imports import shelves
from tests.fixtures.database import TestDatabase

SERIAL = "GW75-2203-11937"
JOB = {"job": "J-1", "centre": "KKP", "serial": SERIAL}


@pytest.fixture
async def kkp(session: AsyncSession) -> Branch:
    return await add_branch(session, "KKP")


@pytest.fixture
async def work(session: AsyncSession, settings: Settings, database: TestDatabase, kkp: Branch) -> Work:
    settings = settings.model_copy(update={"database_url": database.app_url})
    work = work_for(session, settings, registry=load_registry(), numbers=Numbers(Database(database.app_url)))
    await shelves(work)
    for kind in (PRODUCTS, CUSTOMERS, UNITS):
        report = await take(work, kind, example(kind.name))
        assert report.written
    return work


def outcomes(report: Report) -> tuple[int, ...]:
    """New, changed, unchanged, rejected."""
    return tuple(report.counts.values())


@pytest.fixture
def statements(connection: AsyncConnection) -> list[str]:
    said: list[str] = []
    event.listen(connection.sync_connection, "before_cursor_execute", lambda *args: said.append(args[2]))
    return said


async def timeline(work: Work, machine: str, number: str | None = None) -> list[tuple[str, datetime]]:
    """What was posted of a machine's documents, in order."""
    query = select(TimelineEntry.name, TimelineEntry.at).join(Document, Document.id == TimelineEntry.document_id)
    query = query.where(TimelineEntry.machine == machine).order_by(TimelineEntry.stream_id, TimelineEntry.version)
    rows = await work.session.execute(query if number is None else query.where(Document.number == number))
    return [(row.name, row.at) for row in rows]


def lines(*history: tuple[str, str], **more: str) -> list[dict[str, str]]:
    """A job's rows: status and time."""
    return [JOB | {"status": status, "at": at} | more for status, at in history]


async def test_the_example_stands_on_the_timeline_with_its_own_times(work: Work) -> None:
    report = await take(work, JOBS, example("jobs"))
    assert refused(report) == set()
    assert (outcomes(report), report.written) == ((11, 0, 0, 0), True)
    told = await timeline(work, "repair_order", "J-2024-0771")
    assert [name for name, _ in told] == [
        "open", "triage", "diagnose", "skip_estimate", "start", "check", "pass", "hand_over"
    ]  # fmt: skip
    assert told[0][1] == datetime(2024, 3, 14, 4, 50, tzinfo=UTC)
    assert told[-1][1] == datetime(2024, 3, 16, 13, 15, tzinfo=UTC)
    [hit] = await search.find(work.session, SYSTEM, "J-2024-0771")
    case = await cases.case(work.session, SYSTEM, hit.entity_id)
    assert (case.status, case.complaint, case.fault_code, case.channel) == ("closed", "Does not spin", "22-B", "phone")
    assert (case.opened_at, case.changed_at) == (told[0][1], told[-1][1])
    assert case.number.startswith("KKP-24-")
    [person] = await cases.people(work.session, SYSTEM, case.id)
    assert (person.role, person.name) == ("owner", "Padma Venkateswarlu")
    order = select(RepairOrder).join(Document, Document.id == RepairOrder.id)
    row = await work.session.scalar(order.where(Document.number == "J-2024-0771"))
    assert row is not None
    assert (row.fault_code, row.cause_code, row.visit_id) == ("22-B", "WR", None)
    statuses = select(Document.machine, Document.status).where(Document.category != "done")
    assert (await work.session.execute(statuses)).all() == [], "a follow-up call or anything else would be waiting"
    cancelled = await timeline(work, "repair_order", "J-2024-0802")
    assert cancelled[0][1] == datetime(2024, 4, 2, 10, 45, tzinfo=UTC)
    kinds = select(TimelineEntry.origin, func.count()).group_by(TimelineEntry.origin)
    assert [row.origin for row in await work.session.execute(kinds)] == ["import"]
    words = set(await work.session.scalars(select(StatusNote.text)))
    assert {"Drum bearing worn", "The customer took it to a relative's shop"} <= words


async def test_nobody_listens_to_what_was_imported(work: Work) -> None:
    """No update, no claim, no clock, no case that follows: no subscriber of any module hears of it."""
    for subscriber in work.registry.subscribers.values():
        for machine in (CASE, REPAIR_ORDER):
            for edge in machine.edges:
                assert not subscriber.wants(machine.name, "status", edge.verb, edge.to, "import"), subscriber.name


async def test_again_changes_nothing_and_later_lines_are_added(work: Work) -> None:
    begun = lines(("intake", "14-03-2024 10:20"), ("triage", "14-03-2024 11:00"))
    later = [*begun, *lines(("diagnosing", "14-03-2024 12:00"), ("no_trouble_found", "15-03-2024 09:00"))]
    assert outcomes(await take(work, JOBS, csv_of(JOBS, begun))) == (2, 0, 0, 0)
    assert outcomes(await take(work, JOBS, csv_of(JOBS, begun))) == (0, 0, 2, 0)
    assert outcomes(await take(work, JOBS, csv_of(JOBS, later))) == (0, 2, 2, 0)
    assert outcomes(await take(work, JOBS, csv_of(JOBS, later))) == (0, 0, 4, 0)
    assert outcomes(await take(work, JOBS, csv_of(JOBS, begun))) == (0, 0, 2, 0), "what is missing is not taken back"
    assert [name for name, _ in await timeline(work, "repair_order")] == [
        "open",
        "triage",
        "diagnose",
        "find_no_trouble",
    ]
    assert [name for name, _ in await timeline(work, "case")] == ["receive", "acknowledge", "progress"]
    other = [later[0], later[1] | {"at": "14-03-2024 11:01"}]
    assert refused(await take(work, JOBS, csv_of(JOBS, other))) == {
        (3, "status", "jobs.differs"),
        (2, "job", "jobs.with_others"),
    }
    document = await work.session.scalar(select(Document.id).where(Document.number == "J-1"))
    assert document is not None
    await work.post(move(REPAIR_ORDER, document, "return_as_is", note="As they wish"))
    longer = [*later, *lines(("ready", "16-03-2024 09:00"))]
    assert {code for _, _, code in refused(await take(work, JOBS, csv_of(JOBS, longer)))} == {
        "jobs.differs",
        "jobs.with_others",
    }


HISTORY = [("intake", "14-03-2024 10:20"), ("triage", "14-03-2024 11:00"), ("diagnosing", "14-03-2024 12:00")]
REST = [("approved", "15-03-2024 10:00"), ("in_repair", "15-03-2024 11:00"), ("quality_check", "16-03-2024 11:00")]
REST += [("ready", "16-03-2024 12:00"), ("handed_over", "16-03-2024 18:00")]
WRONG = [
    (1, {"status": "ready"}, "status", "jobs.illegal"),
    (0, {"status": "triage"}, "status", "jobs.illegal"),
    (1, {"status": "looked at"}, "status", "import.choice"),
    (2, {"at": "14-03-2024 10:59"}, "at", "jobs.backwards"),
    (2, {"at": "14-03-2099 10:59"}, "at", "jobs.time"),
    (0, {"at": "14-03-1969 10:59"}, "at", "jobs.time"),
    (1, {"at": "14-03-24 10:59"}, "at", "import.date"),
    (1, {"at": ""}, "at", "import.required"),
    (1, {"at": "14-03-2024 25:59"}, "at", "import.time"),
    (2, {"serial": "GF26-2109-40021"}, "serial", "jobs.two_values"),
    (2, {"fault_code": "99-Z"}, "fault_code", "import.choice"),
]


@pytest.mark.parametrize(("place", "change", "column", "code"), WRONG)
async def test_what_cannot_have_been_is_refused_with_all_of_its_job(
    work: Work, place: int, change: dict[str, str], column: str, code: str
) -> None:
    rows = lines(*HISTORY)
    rows[place] |= change
    good = [row | {"job": "J-2", "serial": "GF26-2109-40021"} for row in lines(*HISTORY)]
    report = await take(work, JOBS, csv_of(JOBS, [*rows, *good]), good_rows=True)
    expected = {(place + 2, column, code)}
    expected |= {(n + 2, "job", "jobs.with_others") for n in range(3) if n != place}
    assert refused(report) == expected
    assert outcomes(report) == (3, 0, 0, 3)
    assert await timeline(work, "repair_order", "J-1") == []
    assert len(await timeline(work, "repair_order", "J-2")) == 3
    assert report.findings.rejects().decode("utf-8-sig").count("\r\n") == 4
    # Put right, the job is taken in beside the other.
    assert outcomes(await take(work, JOBS, csv_of(JOBS, lines(*HISTORY)))) == (3, 0, 0, 0)


async def test_what_a_job_is_about_must_be_known(work: Work, kkp: Branch) -> None:
    other = await add_branch(work.session, "MNK")
    rows = [
        {"job": "A", "centre": "XYZ", "serial": "NONE-1", "status": "intake", "at": "14-03-2024 10:20"},
        {"job": "B", "status": "intake", "at": "14-03-2024 10:20"},
        {"job": "KKP-R-24-000001", "centre": "KKP", "serial": SERIAL, "status": "intake", "at": "14-03-2024 10:20"},
        {"job": "D", "centre": "MNK", "serial": SERIAL, "status": "intake", "at": "14-03-2024 10:20"},
        {"job": "E", "centre": "kkp", "serial": SERIAL, "status": "intake", "at": "14-03-2024 10:20"},
    ]
    assert refused(await take(work, JOBS, csv_of(JOBS, rows))) == {
        (2, "centre", "jobs.unknown_centre"),
        (2, "serial", "jobs.unknown_unit"),
        (3, "centre", "jobs.unknown_centre"),
        (3, "serial", "jobs.unknown_unit"),
        (4, "job", "jobs.number_ours"),
        (6, "status", "jobs.already_open"),
    }
    here = work_for(
        work.session,
        work.settings,
        staff_scope(other.id, RUN, branch=kkp.id),
        registry=work.registry,
        numbers=work.numbers,
    )
    assert refused(await take(here, JOBS, csv_of(JOBS, rows[3:]), write=False)) >= {(2, "centre", "jobs.elsewhere")}


async def test_a_job_of_today_goes_on_here(work: Work) -> None:
    at = (work.now - timedelta(hours=2)).isoformat(timespec="minutes")
    report = await take(work, JOBS, csv_of(JOBS, lines(("intake", at), ("triage", at), ("diagnosing", at))))
    assert outcomes(report) == (3, 0, 0, 0)
    [case] = (await work.session.execute(select(Document).where(Document.machine == "case"))).scalars().all()
    assert (case.status, case.category) == ("acknowledged", "open")
    assert report.counts[Outcome.NEW] == 3


async def test_statements_grow_by_batches_not_rows(work: Work, statements: list[str]) -> None:
    units = [{"model": "FL-75", "customer_number": "C-10482", "serial": f"BULK-{n:05d}"} for n in range(300)]
    await take(work, UNITS, csv_of(UNITS, units))
    counted = []
    for first, many in ((0, 20), (20, 280)):
        rows = [
            row | {"job": f"N-{n}", "serial": f"BULK-{n:05d}"}
            for n in range(first, first + many)
            for row in lines(*HISTORY, *REST)
        ]
        before = len(statements)
        assert outcomes(await take(work, JOBS, csv_of(JOBS, rows))) == (len(rows), 0, 0, 0)
        counted.append(len(statements) - before)
    few, many = counted
    # 280 jobs are about 3,600 changes: eight batches, where twenty jobs are one.
    assert few <= 25
    assert many <= few + 24
