"""The lists of cases read no more than they show, however many cases there are."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Select, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aftersales.cases.machine import CASE
from aftersales.cases.repository import CaseFilter, counts, narrowed
from aftersales.scope import SYSTEM
from aftersales.status.models import Document
from tests.factories.posting import branch

RUNNING = frozenset(state.name for state in CASE.states if state.category != "done")
PAGE = 50
# A thousand cases that are done, and ten in each status, the oldest of all: as in a company that has grown.
FILL = text("""
WITH made AS (
    SELECT uuidv7(interval '1 second' * (CASE WHEN s.status = 'closed' THEN i - 2000 ELSE i - 9000 END)) AS id, s.*
    FROM unnest(CAST(:statuses AS text[]), CAST(:categories AS text[])) AS s(status, category)
    CROSS JOIN LATERAL generate_series(1, CASE s.status WHEN 'closed' THEN 1000 ELSE 10 END) AS i
), streams AS (INSERT INTO stream (id, version) SELECT id, 1 FROM made RETURNING id)
INSERT INTO document (id, machine, stream_id, branch_id, number, status, category, version, opened_at, changed_at)
SELECT m.id, 'case', m.id, :branch, 'B' || row_number() OVER (), m.status, m.category, 1, now(), now()
FROM made m JOIN streams USING (id)
""")


@pytest.fixture
async def grown(owner_connection: AsyncConnection) -> AsyncIterator[AsyncSession]:
    """A company with a thousand cases behind it."""
    async with AsyncSession(bind=owner_connection) as session:
        states = {"statuses": [s.name for s in CASE.states], "categories": [s.category.value for s in CASE.states]}
        await session.execute(FILL, states | {"branch": await branch(session)})
        await session.execute(text("ANALYZE document"))
        yield session


async def plan(session: AsyncSession, query: Select[tuple[object]]) -> str:
    """How the database goes about it."""
    plain = query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    return "\n".join(await session.scalars(text(f"EXPLAIN (ANALYZE, TIMING off) {plain}")))


async def test_what_runs_everywhere_is_read_by_its_age(grown: AsyncSession) -> None:
    shown = narrowed(select(Document.id), SYSTEM, CaseFilter(statuses=RUNNING)).order_by(Document.id.desc()).limit(PAGE)
    found = await plan(grown, shown)
    assert "ix_document_running" in found, found
    assert "Sort" not in found, found
    assert len((await grown.scalars(shown)).all()) == PAGE


async def test_a_category_asks_for_its_statuses(grown: AsyncSession) -> None:
    for category in ("open", "waiting", "trouble", "done"):
        states = {state.name for state in CASE.states if state.category == category}
        query = narrowed(select(Document.status), SYSTEM, CaseFilter(category=category))
        expected = 10 * len(states) + (990 if category == "done" else 0)
        rows = (await grown.scalars(query)).all()
        assert (set(rows), len(rows)) == (states, expected)
    both = CaseFilter(category="waiting", statuses=frozenset({"waiting", "received", "closed"}))
    assert set(await grown.scalars(narrowed(select(Document.status), SYSTEM, both))) == {"waiting"}
    done = CaseFilter(category="done", statuses=frozenset({"waiting", "cancelled"}))
    assert set(await grown.scalars(narrowed(select(Document.status), SYSTEM, done))) == {"cancelled"}
    nothing = CaseFilter(category="done", statuses=frozenset({"waiting"}))
    assert (await grown.scalars(narrowed(select(Document.status), SYSTEM, nothing))).all() == []


async def test_trouble_is_found_without_looking_at_the_rest(grown: AsyncSession) -> None:
    query = narrowed(select(Document.id), SYSTEM, CaseFilter(category="trouble"))
    found = await plan(grown, query)
    assert "ix_document_open" in found, found
    assert "Removed by Filter" not in found, found


async def test_counts_are_of_what_runs(grown: AsyncSession) -> None:
    assert await counts(grown, SYSTEM) == dict.fromkeys(RUNNING, 10)
