"""500 labels of returns in one call, beside the plain form: the same rows by statements that check nothing."""

import statistics
import time
from collections.abc import Mapping
from uuid import UUID

import asyncpg
from sqlalchemy import insert, select

from aftersales import clock
from aftersales.ids import new_id
from aftersales.registry import load_registry
from aftersales.scope import SYSTEM
from aftersales.status.models import Document
from aftersales.status.numbers import Numbers
from aftersales.work import Work
from bench.baseline import APPLICATION, unnest
from bench.company import Company
from bench.report import Table
from rma.goods import MOST
from rma.models import Return, ReturnLine, ReturnWords
from rma.service.receiving import scan

_MOVED = """
INSERT INTO product_return_movement (item, step, place, return_id, line_id, moved_at)
SELECT 'line:' || l.id || ':1', 1, 'hub', l.return_id, l.id, $2 FROM product_return_line l
WHERE l.return_id = ANY($1::uuid[])
"""
_COUNTED = "UPDATE product_return_line SET received = quantity WHERE return_id = ANY($1::uuid[])"


async def scanning(company: Company, rounds: int) -> Table:
    """Taking turns, each time on returns that nobody has touched; the middle of the rounds."""
    plain, ours = [], []
    connection = await asyncpg.connect(company.server.dsn("aftersales", APPLICATION))
    try:
        for _ in range(rounds):
            plain.append(await _plain(connection, [*await _awaited(company)]))
            ours.append(await _ours(company, await _awaited(company)))
    finally:
        await connection.close()
    raw, scanned = statistics.median(plain), statistics.median(ours)
    rows = [
        ["Three statements that check nothing", f"{1000 * raw:,.0f}", f"{MOST / raw:,.0f}", ""],
        ["`scan()`", f"{1000 * scanned:,.0f}", f"{MOST / scanned:,.0f}", f"{raw / scanned:.2f}"],
    ]
    words = (
        f"{MOST} returns that are awaited, each received by its number. `scan()` reads what is on each label, who may, "
        "where each piece was last and what is still to come, posts, counts and moves all of it and arms the clock of "
        "the inspection, in one transaction."
    )
    return Table("scanning", f"{MOST} labels in one call", ("", "ms", "labels per second", "of the plain"), rows, words)


async def _plain(connection: "asyncpg.Connection[asyncpg.Record]", ids: list[UUID]) -> float:
    began = time.perf_counter()
    async with connection.transaction():
        await unnest(connection, ids, "received", clock.now())
        await connection.execute(_MOVED, ids, clock.now())
        await connection.execute(_COUNTED, ids)
    return time.perf_counter() - began


async def _ours(company: Company, numbers: Mapping[UUID, str]) -> float:
    registry, counters = load_registry(), Numbers(company.database)
    began = time.perf_counter()
    async with company.database.unit_of_work() as session:
        work = Work(session, SYSTEM, registry, counters, company.settings, clock.now())
        found = await scan(work, list(numbers.values()))
    took = time.perf_counter() - began
    if {one.outcome for one in found} != {"received"}:
        raise RuntimeError(f"not all were received: {found[:3]}")
    return took


async def _awaited(company: Company) -> dict[UUID, str]:
    """As many returns as one call takes, of one piece without a number each, with their numbers."""
    made = await company.returns(MOST)
    async with company.database.unit_of_work() as session:
        asked = {"reason_code": "defective", "evaluator_version": 1, "facts": {}, "asked_at": clock.now()}
        await session.execute(
            insert(Return), [asked | {"id": key, "unit_id": one.unit_id} for key, one in made.items()]
        )
        await session.execute(insert(ReturnWords), [{"return_id": key, "asked": "It stops."} for key in made])
        line = {"position": 1, "product_id": company.product_id, "quantity": 1, "received": 0}
        line |= {"reason_code": "defective"}
        await session.execute(insert(ReturnLine), [line | {"id": new_id(), "return_id": key} for key in made])
        known = await session.execute(select(Document.id, Document.number).where(Document.id.in_(made)))
        numbers = {row[0]: row[1] for row in known}
    await company.settle()
    return numbers
