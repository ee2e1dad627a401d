"""The watch for due promises: what looking costs when few are due and ever more cases are open."""

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from aftersales.outbox.queue import Room, Wanted, claim
from aftersales.promises.service.keeping import DUE
from bench.company import Company
from bench.report import Table

FEW, MANY = 1_000, 100_000
# So many are due whenever one looks; all others in the days to come.
READY = 50
LOOKS = 60
# A promise of each open case: its beginning, its place on the watch, its timer.
_PROMISES = """
INSERT INTO promise_step (id, promise_id, step, case_id, document_id, kind, due_at, at, version, text, language, basis,
        update_id)
    SELECT id, id, 'made', :case, :case, 'next_update', now() + n * interval '20 s', now(), n, '', 'en', 'usual', id
    FROM (SELECT n, gen_random_uuid() AS id FROM generate_series(CAST(:first AS int), :last) n) AS made;
INSERT INTO open_promise
    SELECT promise_id, case_id, due_at FROM promise_step WHERE case_id = :case AND version BETWEEN :first AND :last;
INSERT INTO delivery (subscriber, key, due_at, data)
    SELECT :timer, CAST(promise_id AS text),
        CASE WHEN version <= :ready THEN now() - interval '1 s' ELSE due_at END, '{}'
    FROM promise_step WHERE case_id = :case AND version BETWEEN :first AND :last
"""
_NEXT = text("SELECT promise_id FROM open_promise WHERE due_at > now() ORDER BY due_at, promise_id LIMIT 50")


async def watch(company: Company) -> Table:
    """The worker's claim of due timers and the desk's first page, over `FEW` open promises and over `MANY`."""
    [case] = await company.cases(1)
    found, last = [], 0
    for size in (FEW, MANY):
        print(f"  {size:,} promises …", flush=True)
        await _open(company, case, last + 1, size)
        last = size
        found.append([await _claims(company), await _pages(company)])
    names = (f"The worker takes up the {READY} that are due", "The desk reads the next 50")
    rows = [
        [name, f"{few:.2f}", f"{many:.2f}", f"{many / few:.2f}"] for name, few, many in zip(names, *found, strict=True)
    ]
    head = ["", f"ms at {FEW:,}", f"ms at {MANY:,}", "growth"]
    words = f"Medians of {LOOKS} looks, each undone. Wanted: what is due decides, not what is open."
    return Table("due", "The watch for due promises", head, rows, words)


async def _open(company: Company, case: UUID, first: int, last: int) -> None:
    values = {"case": case, "first": first, "last": last, "timer": DUE, "ready": READY}
    async with company.database.unit_of_work() as session:
        for sql in _PROMISES.split(";"):
            names = {name for name in values if f":{name}" in sql}
            await session.execute(text(sql), {name: values[name] for name in names})


async def _claims(company: Company) -> float:
    async def look() -> None:
        async with company.database.sessions() as session:
            [taken] = await claim(session, [Wanted([Room(DUE, READY)], READY, timedelta(minutes=1))])
            if len(taken) != READY:
                raise AssertionError(f"{len(taken)} of {READY} were due")
            await session.rollback()

    return await _median(look)


async def _pages(company: Company) -> float:
    async def look() -> None:
        async with company.database.sessions() as session:
            found: Sequence[UUID] = (await session.scalars(_NEXT)).all()
            if len(found) != READY:
                raise AssertionError(f"{len(found)} were listed")

    return await _median(look)


async def _median(look: Callable[[], Awaitable[None]]) -> float:
    taken = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        await look()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)
