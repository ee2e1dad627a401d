"""What brands and suppliers paid comes from a file: matched row by row, all of it or nothing, and twice is once."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

import pytest
from sqlalchemy import text

from aftersales import csvfile
from aftersales.errors import Forbidden, Invalid
from aftersales.ids import new_id
from aftersales.imports.findings import Outcome
from aftersales.listing import rows
from aftersales.status import engine
from tests.factories.entitlement import Household
from tests.integration.test_warranty_recovery import brand_of, done, file, granted, part, recoveries
from warranty.recovery import repository
from warranty.recovery.listings import SHORT, CentreFilters
from warranty.recovery.rules import Party
from warranty.recovery.schemas import AcceptedPartly, Credited, Nothing, Why
from warranty.recovery.service import payments, settling
from warranty.recovery.service.payments import FIELDS, Recorded

WAITS_FOR_US = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"


async def claimed(home: Household) -> tuple[UUID, str]:
    """A filed claim on the brand of ₹400, ₹500 and, on one ticket, ₹100 and ₹200; what its tickets begin with."""
    own = f"GO{new_id().hex[-8:]}".upper()
    amounts = ((40_000, "1"), (50_000, "2"), (10_000, "3"), (20_000, "3"))
    asked = [part("BR-1", minor, payer="brand", ticket=f"{own}-{ticket}") for minor, ticket in amounts]
    _, claim_id = await granted(home, *asked, fault="P")
    await done(home, claim_id, *(f"{own}{place}" for place in range(len(asked))))
    await file(home, Party.BRAND, await brand_of(home))
    return claim_id, own


def file_of(rows: Sequence[Mapping[str, object]]) -> bytes:
    """The rows as a spreadsheet writes them."""
    names = [field.name for field in FIELDS]
    return csvfile.BOM + csvfile.lines([names, *([str(row.get(name, "")) for name in names] for row in rows)])


async def taken(home: Household, *rows: Mapping[str, object]) -> Recorded:
    async with home.work(home.staff(home.srinivas)) as work:
        return await payments.record(work, file_of(rows))


async def standing(home: Household, claim_id: UUID) -> list[tuple[str, int | None, int]]:
    return [(one.status, one.accepted_minor, one.received_minor) for one in await recoveries(home, claim_id)]


def refused(found: Recorded) -> dict[int, str]:
    """The code of each row's fault."""
    assert not found.written
    return {fault.row: fault.code for fault in found.findings.all_faults()}


async def test_each_row_pays_its_job_and_a_file_that_comes_twice_is_taken_once(home: Household) -> None:
    claim_id, own = await claimed(home)
    _, second, *_ = await recoveries(home, claim_id)
    sent: list[dict[str, object]] = [
        {"ticket": f"{own}-1".lower(), "amount": "400.00", "reference": "CN-1"},
        {"job": second.number, "ticket": f"{own}-2", "amount": "300", "reference": "CN-1"},
        {"ticket": f"{own}-3", "amount": "300.00", "reference": "CN 1"},
    ]
    both = await asyncio.gather(taken(home, *sent), taken(home, *sent))
    found, other = sorted(both, key=lambda one: -one.findings.counts()[Outcome.NEW])
    assert (found.written, found.findings.counts()[Outcome.NEW]) == (True, 3)
    assert (other.written, other.findings.counts()[Outcome.UNCHANGED]) == (True, 3), "sent twice at once"
    paid = [("closed", 40_000, 40_000), ("credited", 30_000, 30_000), ("closed", 10_000, 10_000)]
    assert await standing(home, claim_id) == [*paid, ("closed", 20_000, 20_000)]
    assert [(one.number, one.ticket, one.due.minor, one.received.minor) for one in found.short] == [
        (second.number, f"{own}-2", 50_000, 30_000)
    ]
    before = [one.version for one in await recoveries(home, claim_id)]
    again = await taken(home, *sent)
    assert (again.written, again.findings.counts()[Outcome.UNCHANGED], list(again.short)) == (True, 3, [])
    assert [one.version for one in await recoveries(home, claim_id)] == before

    changed = await taken(home, {"job": second.number, "amount": "301", "reference": "CN-1"})
    assert refused(changed) == {2: "payments.other_amount"}
    typed = await taken(home, sent[1] | {"reference": "cn-1"})
    assert (typed.written, typed.findings.counts()[Outcome.UNCHANGED]) == (True, 1), "one number, however it is typed"
    more = await taken(home, {"job": second.number, "amount": "200.01", "reference": "CN-2"})
    assert refused(more) == {2: "payments.not_now"}, "more than was claimed"


async def test_what_is_short_comes_later_or_is_claimed_again(home: Household) -> None:
    claim_id, own = await claimed(home)
    first, second, *_ = await recoveries(home, claim_id)
    both = (
        {"ticket": f"{own}-1", "amount": "100", "reference": "A"},
        {"ticket": f"{own}-2", "amount": "300", "reference": "A"},
    )
    await taken(home, *both)
    later = await taken(home, {"ticket": f"{own}-1", "amount": "150", "reference": "B"}, *both)
    assert (later.written, [one.received.minor for one in later.short]) == (True, [25_000])
    await taken(home, {"ticket": f"{own}-1", "amount": "150", "reference": "C"})
    assert (await standing(home, claim_id))[:2] == [("closed", 40_000, 40_000), ("credited", 30_000, 30_000)]

    async with home.work(home.staff(home.srinivas)) as work:
        with pytest.raises(Invalid, match="credited_already"):
            await settling.credit(work, second.id, Credited(amount_minor=100, reference="a"))
        await settling.refile(work, second.id, Why(note="Their letter names the whole amount."))
    assert (await standing(home, claim_id))[1] == ("refiled", 30_000, 30_000)
    async with home.work(home.staff(home.srinivas)) as work:
        listed = await rows(work, SHORT, CentreFilters(branch_id=home.branch_id), limit=10)
        assert listed == [], "they owe an answer"
        for wrong in (30_000, 50_000):
            with pytest.raises(Invalid, match=r"recovery\.amount"):
                await settling.accept_partly(work, second.id, AcceptedPartly(amount_minor=wrong, note="Less."))
        await settling.reject(work, second.id, Why(note="They pay no more."))
        await settling.refile(work, second.id, Why(note="They do: their letter of the 19th."))
    await taken(
        home,
        {"ticket": f"{own}-2", "amount": "50", "reference": "D"},
        {"ticket": f"{own}-2", "amount": "150", "reference": "E"},
    )
    assert (await standing(home, claim_id))[1] == ("closed", 50_000, 50_000)
    assert first.due_minor + second.due_minor == 90_000


async def test_a_file_of_very_many_rows_is_read_and_one_of_more_is_refused(home: Household) -> None:
    _, own = await claimed(home)
    many = [{"job": f"{own}-NO-{number}", "amount": "1", "reference": "CN-1"} for number in range(payments.MOST)]
    with pytest.raises(Invalid, match=r"payments\.too_many_rows"):
        await taken(home, *many, many[0])
    assert len(refused(await taken(home, *many))) == payments.MOST
    # However long a file may be one day: it is one parameter of the statement.
    numbers = {f"{own}-NO-{number}" for number in range(33_000)}
    async with home.work() as work:
        assert await repository.claimed(work.session, work.scope, numbers, {f"{own}-1"}) != []
        ids = [new_id() for _ in range(33_000)]
        assert await repository.credited(work.session, work.scope, ids) == {}


async def test_every_job_of_a_long_file_is_held_in_the_order_of_all(home: Household) -> None:
    claim_id, own = await claimed(home)
    first, second, *_ = await recoveries(home, claim_id)
    assert first.id < second.id
    # More steps than are posted at once, the later job's first.
    many = [{"ticket": f"{own}-2", "amount": "0.50", "reference": f"N-{number}"} for number in range(520)]
    async with home.work() as other:
        await engine.lock(other.session, [first.id])
        paying = asyncio.create_task(taken(home, *many, {"ticket": f"{own}-1", "amount": "1", "reference": "L"}))
        while not await other.session.scalar(text(WAITS_FOR_US)):
            assert not paying.done()
            await asyncio.sleep(0.02)
        await engine.lock(other.session, [second.id])
    assert (await paying).written
    assert (await standing(home, claim_id))[:2] == [("credited", 100, 100), ("credited", 26_000, 26_000)]
    async with home.work() as work:
        # Nobody listens: whichever test is next need not deliver them.
        await work.session.execute(text("DELETE FROM outbox_message WHERE stream_id = :id"), {"id": second.id})


async def test_a_row_that_fits_no_job_is_named_with_its_reason_and_nothing_is_recorded(home: Household) -> None:
    claim_id, own = await claimed(home)
    first, *_ = await recoveries(home, claim_id)
    before = await standing(home, claim_id)
    found = await taken(
        home,
        {"ticket": f"{own}-2", "amount": "500.00", "reference": "CN-1"},
        {"ticket": f"{own}-9", "amount": "500.00", "reference": "CN-1"},
        {"job": first.number, "ticket": f"{own}-2", "amount": "400.00", "reference": "CN-1"},
        {"ticket": f"{own}-3", "amount": "100.00", "reference": "CN-1"},
        {"amount": "100.00", "reference": "CN-1"},
        {"job": first.number, "amount": "0", "reference": "CN-1"},
        {"job": first.number, "amount": "400.001", "reference": "CN-1"},
        {"job": first.number, "amount": "400.00", "reference": "their letter!"},
        {"job": first.number, "amount": "400.01", "reference": "CN-1"},
        {"ticket": f"{own}-2", "amount": "500.00", "reference": "CN-1"},
    )
    assert refused(found) == {
        3: "payments.unknown",
        4: "payments.other_ticket",
        5: "payments.several",
        6: "payments.no_key",
        7: "payments.amount",
        8: "payments.amount",
        9: "payments.reference",
        10: "payments.not_now",
        11: "import.twice",
    }
    assert await standing(home, claim_id) == before
    async with home.work(home.staff(home.srinivas)) as work:
        with pytest.raises(Invalid, match=r"import\."):
            await payments.record(work, b"who,what\n1,2\n")
    async with home.work(home.staff(home.anil, "service_engineer")) as work:
        with pytest.raises(Forbidden):
            await payments.record(work, file_of([{"ticket": "X", "amount": "1", "reference": "Y"}]))


async def test_what_was_accepted_and_never_comes_is_written_off_and_stays_on_the_list(home: Household) -> None:
    claim_id, _ = await claimed(home)
    [first, *_] = await recoveries(home, claim_id)
    async with home.work(home.staff(home.srinivas)) as work:
        await settling.accept(work, first.id, Nothing())
        await settling.write_off(work, first.id, Why(note="They are bankrupt."))
        listed = await rows(work, SHORT, CentreFilters(branch_id=home.branch_id), limit=10)
    assert [(row["number"], row["status"]) for row in listed] == [(first.number, "closed")]
