"""The watch for due promises: what looking costs when few are due and ever more cases are open."""

import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import make_url

from aftersales import clock
from aftersales.db.bootstrap import connected
from aftersales.outbox.queue import Room, Wanted, claim
from aftersales.promises import watchlist
from aftersales.promises.service import keeping
from aftersales.promises.terms import publish_all
from aftersales.registry import load_registry
from aftersales.scope import SYSTEM
from aftersales.status.engine import DEMO
from aftersales.status.numbers import Numbers
from aftersales.work import Work
from bench.company import Company
from bench.report import Table

FEW, MANY = 1_000, 100_000
# So many are due whenever one looks; all others in the days to come.
READY = 50
LOOKS, DONE = 40, 5
AT_ONCE = 10_000
# A case as the one at hand, each on a stream of its own, with its clocks, its promise, and the timers of both.
_CASES = """
INSERT INTO stream (id, version) SELECT md5('case' || n)::uuid, 1 FROM generate_series(CAST(:first AS int), :last) n;
INSERT INTO document SELECT r.* FROM document d, generate_series(CAST(:first AS int), :last) n,
        LATERAL jsonb_populate_record(d, jsonb_build_object('id', md5('case' || n), 'stream_id',
        md5('case' || n), 'number', 'DUE-' || n, 'opened_at', now() - n * interval '1 s')) r
    WHERE d.id = :case;
INSERT INTO support_case SELECT r.* FROM support_case c, generate_series(CAST(:first AS int), :last) n,
        LATERAL jsonb_populate_record(c, jsonb_build_object('id', md5('case' || n))) r
    WHERE c.id = :case;
INSERT INTO matter_person SELECT r.* FROM matter_person p, generate_series(CAST(:first AS int), :last) n,
        LATERAL jsonb_populate_record(p, jsonb_build_object('case_id', md5('case' || n))) r
    WHERE p.case_id = :case;
INSERT INTO timeline_entry SELECT r.* FROM timeline_entry e, generate_series(CAST(:first AS int), :last) n,
        LATERAL jsonb_populate_record(e, jsonb_build_object('stream_id', md5('case' || n),
        'document_id', md5('case' || n), 'at', now() - n * interval '1 s')) r
    WHERE e.stream_id = :case;
INSERT INTO case_targets (case_id, policy_id, facts, rule, urgency, version)
    SELECT md5('case' || n)::uuid, p.id, CAST(:facts AS jsonb), 'everything else', 0, 1
    FROM (SELECT id FROM policy WHERE kind = 'targets' LIMIT 1) p, generate_series(CAST(:first AS int), :last) n;
INSERT INTO case_clock (case_id, clock, shape, amount, started_at, due_at, state, level, tier, visits, pauses, spent,
        former)
    SELECT md5('case' || n)::uuid, c.clock, 'hours', 1, now(), now() + n * c.step, 'running', 0, 0, 0, '[]', '{}', '[]'
    FROM (VALUES ('next_update', interval '20 s'), ('completion', interval '60 s')) c(clock, step),
        generate_series(CAST(:first AS int), :last) n;
INSERT INTO promise_step (id, promise_id, step, case_id, document_id, kind, due_at, at, version, text, language, basis,
        update_id)
    SELECT md5('promise' || n)::uuid, md5('promise' || n)::uuid, 'made', md5('case' || n)::uuid, md5('case' || n)::uuid,
        'next_update', now() + interval '10 min' + n * interval '20 s', now(), 1, 'case.received', 'en', 'usual',
        md5('promise' || n)::uuid
    FROM generate_series(CAST(:first AS int), :last) n;
INSERT INTO open_promise SELECT md5('promise' || n)::uuid, md5('case' || n)::uuid,
        now() + interval '10 min' + n * interval '20 s'
    FROM generate_series(CAST(:first AS int), :last) n;
INSERT INTO delivery (subscriber, key, due_at, data)
    SELECT :timer, md5('promise' || n)::uuid::text,
        CASE WHEN n <= :ready THEN now() - interval '1 s' ELSE now() + n * interval '20 s' END, '{}'
    FROM generate_series(CAST(:first AS int), :last) n;
INSERT INTO delivery (subscriber, key, due_at, data)
    SELECT 'promises.watch', md5('case' || n)::uuid::text, now() + n * interval '15 s', '{}'
    FROM generate_series(CAST(:first AS int), :last) n
"""
_FACTS = '{"category": "", "product": "", "fault": "", "territory": "", "priority": "", "channel": "", "need": ""}'
_TABLES = "stream, document, support_case, matter_person, timeline_entry, case_targets, case_clock, promise_step"
_DUE = text("SELECT case_id, promise_id FROM open_promise ORDER BY due_at LIMIT 10")


async def watch(company: Company) -> Table:
    """What the worker and the desk do about what is due, over `FEW` open cases and over `MANY`."""
    [case] = await company.cases(1)
    async with _work(company) as work:
        await publish_all(replace(work, origin=DEMO))
        await work.session.commit()
    found, last = [], 0
    for size in (FEW, MANY):
        print(f"  {size:,} open cases …", flush=True)
        await _open(company, case, last + 1, size)
        last = size
        found.append([await _claims(company), await _owed(company), await _promised(company), await _soon(company)])
    names = (
        f"The worker takes up the {READY} that are due",
        "It says what is owed on 10 of them",
        "The desk reads the next 50 promises",
        "The desk reads the next 50 promises and clocks, and how many are due in 4 hours",
    )
    rows = [
        [name, f"{few:.2f}", f"{many:.2f}", f"{many / few:.2f}"] for name, few, many in zip(names, *found, strict=True)
    ]
    head = ["", f"ms at {FEW:,} open cases", f"ms at {MANY:,}", "growth"]
    words = f"Medians of {LOOKS} looks ({DONE} of what is owed), each undone. What is due decides, not what is open."
    return Table("due", "The watch for due promises", head, rows, words)


async def _open(company: Company, case: UUID, first: int, last: int) -> None:
    for start in range(first, last + 1, AT_ONCE):
        values = {"case": case, "first": start, "last": min(last, start + AT_ONCE - 1)}
        values |= {"timer": keeping.DUE, "ready": READY, "facts": _FACTS}
        async with company.database.unit_of_work() as session:
            for sql in _CASES.split(";"):
                names = {name for name in values if f":{name}" in sql}
                await session.execute(text(sql), {name: values[name] for name in names})
    async with connected(make_url(company.server.url("aftersales"))) as superuser:
        await superuser.execute(f"VACUUM (ANALYZE) {_TABLES}, open_promise, delivery")


@asynccontextmanager
async def _work(company: Company) -> AsyncIterator[Work]:
    async with company.database.sessions() as session:
        numbers, registry = Numbers(company.database), load_registry()
        yield Work(session, SYSTEM, registry, numbers, company.settings, clock.now())
        await session.rollback()


async def _claims(company: Company) -> float:
    async def look() -> None:
        async with company.database.sessions() as session:
            [taken] = await claim(session, [Wanted([Room(keeping.DUE, READY)], READY, timedelta(minutes=1))])
            if len(taken) != READY:
                raise AssertionError(f"{len(taken)} of {READY} were due")
            await session.rollback()

    return await _median(look)


async def _owed(company: Company) -> float:
    async def look() -> None:
        async with _work(company) as work:
            for case_id, promise_id in (await work.session.execute(_DUE)).all():
                await keeping.look(work, case_id, promise_id)

    return await _median(look, DONE)


async def _promised(company: Company) -> float:
    async def look() -> None:
        async with _work(company) as work:
            if len(await watchlist.due(work, "promised", limit=50)) != 50:
                raise AssertionError("fewer were listed")

    return await _median(look)


async def _soon(company: Company) -> float:
    async def look() -> None:
        async with _work(company) as work:
            listed, counts = await watchlist.due(work, "soon", limit=50), await watchlist.counts(work)
            if len(listed) != 50 or counts["soon"] < 900:
                raise AssertionError(f"{len(listed)} of {counts}")

    return await _median(look)


async def _median(look: Callable[[], Awaitable[None]], looks: int = LOOKS) -> float:
    taken = []
    for _ in range(looks):
        began = time.perf_counter()
        await look()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)
