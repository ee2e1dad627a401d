"""Search on a real database: who finds what, and that nothing is ever read from end to end."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aftersales.config import Settings
from aftersales.ids import new_id
from aftersales.scope import SYSTEM, Actor, ActorKind, Scope
from aftersales.search import index, query
from aftersales.status.changes import NewDocument, open_document
from aftersales.work import Work
from tests.factories.auth import add_branch, add_staff
from tests.factories.customers import add_household, add_shelf, add_unit, staff_scope, work_for
from tests.factories.posting import JOB


@pytest.fixture
def work(session: AsyncSession, settings: Settings) -> Work:
    return work_for(session, settings)


async def found(work: Work, typed: str, scope: Scope = SYSTEM) -> list[UUID]:
    return [hit.entity_id for hit in await query.find(work.session, scope, typed)]


async def put(work: Work, kind: str, typed: str, customer_id: UUID | None = None) -> UUID:
    entity_id = new_id()
    entity = {"number": "document", "identifier": "unit"}.get(kind, "customer")
    await index.put(work.session, kind=kind, text=typed, entity=entity, entity_id=entity_id, customer_id=customer_id)
    return entity_id


async def test_numbers_whole_begun_and_by_their_end(work: Work) -> None:
    case, other = await put(work, "number", "KKP-26-004217"), await put(work, "number", "KKP-26-004218")
    for typed in ("KKP-26-004217", "kkp 26 4217", "kkp26004217", "4217", "004217", "04217"):
        assert await found(work, typed) == [case], typed
    assert set(await found(work, "kkp-26")) == {case, other}
    assert await found(work, "SEC-26-004217") == []


async def test_names_in_both_scripts_and_nearly_right(work: Work) -> None:
    padma = await add_household(work, "Padma Venkateswarlu", name_local="పద్మ వెంకటేశ్వర్లు")
    await add_household(work, "Lakshmi Reddy", name_local="లక్ష్మి రెడ్డి")
    for typed in (
        "padma", "PADMA GARU", "Padma Venkateshwarlu", "venkateswarlu padma", "పద్మ", "పద్మ వెంకటేశ్వర్లు గారు", "వెంకటేశ్వర్లు",
    ):  # fmt: skip
        assert await found(work, typed) == [padma.id], typed
    assert await found(work, "సుబ్బారావు") == []
    (hit,) = await query.find(work.session, SYSTEM, "padma")
    assert (hit.entity, hit.customer_id, hit.kind) == ("customer", padma.id, "name")


async def test_the_likeliest_comes_first_and_the_limit_holds(work: Work) -> None:
    reddy = await put(work, "name", "Lakshmi Reddy")
    await put(work, "name", "Lakshmi Prasanna Reddy")
    await put(work, "name", "Lakshmi Rao")
    assert (await found(work, "Lakshmi Reddy"))[0] == reddy
    assert len(await query.find(work.session, SYSTEM, "lakshmi", 2)) == 2
    whole, longer = await put(work, "identifier", "GW75"), await put(work, "identifier", "GW75-2203")
    assert await found(work, "gw75") == [whole, longer]


async def test_one_entity_is_one_hit(work: Work) -> None:
    await add_household(work, "Padma Padma", "70000 22338", "70000 22339", name_local="Padma")
    assert len(await query.find(work.session, SYSTEM, "padma")) == 1
    assert len(await query.find(work.session, SYSTEM, "70000 22338")) == 1


async def test_keys_go_away(work: Work) -> None:
    customer = await add_household(work, "Padma", "70000 22338")
    await put(work, "identifier", "GW75-2203-11937", customer.id)
    await index.remove(work.session, "customer", customer.id, "phone")
    assert await found(work, "70000 22338") == []
    assert await found(work, "padma") == [customer.id]
    await index.put_many(work.session, [])
    await put(work, "name", "…")
    await index.remove_customer(work.session, customer.id)
    assert await found(work, "padma") == []
    assert await found(work, "GW75-2203-11937") == []


async def test_what_means_nothing_asks_nothing(work: Work) -> None:
    assert await query.find(work.session, SYSTEM, " ") == []
    assert await query.find(work.session, SYSTEM, "\x00") == []


async def test_everyone_finds_what_they_may_see(work: Work) -> None:
    branch, other_branch = await add_branch(work.session), await add_branch(work.session)
    technician = await add_staff(work.session, branch)
    padma, other = await add_household(work, "Padma Rao"), await add_household(work, "Padma Reddy")
    shelf = await add_shelf(work)
    mine = await add_unit(work, shelf, padma.id, ("serial", "GW75-0001"))
    theirs = await add_unit(work, shelf, other.id, ("serial", "GW75-0002"))
    document = new_id()
    new = NewDocument(document, branch.id, "TST-26-000042", unit_id=mine.id, customer_id=padma.id, new_stream=True)
    await work.post(open_document(JOB, document, "receive", new, assignee_id=technician.id))
    await index.put(
        work.session,
        kind="number",
        text="TST-26-000042",
        entity="document",
        entity_id=document,
        customer_id=padma.id,
    )
    viewer = staff_scope(new_id(), "customer.view", branch=branch.id)
    elsewhere = staff_scope(new_id(), "customer.view", branch=other_branch.id)
    assigned = staff_scope(technician.id, "job.work", branch=branch.id, assigned_only=True)
    nobody = staff_scope(new_id())
    link = Scope(Actor(ActorKind.CUSTOMER, new_id()), stream_id=document)
    for scope, people, units, documents in (
        (viewer, {padma.id, other.id}, {mine.id, theirs.id}, {document}),
        (elsewhere, {padma.id, other.id}, {mine.id, theirs.id}, set()),
        (assigned, {padma.id}, {mine.id}, {document}),
        (nobody, set(), set(), set()),
        (link, set(), set(), set()),
    ):
        assert set(await found(work, "padma", scope)) == people
        assert set(await found(work, "gw75-000", scope)) == units
        assert set(await found(work, "tst-26-42", scope)) == documents


@pytest.fixture(scope="module")
def typed() -> dict[str, str]:
    return {
        "phone": "70000 50123",
        "end of a phone": "50123",
        "number": "TST-26-050123",
        "end of a number": "050123",
        "serial": "GW75-2203-50123",
        "begun serial": "GW75-2203-501",
        "imei": "490154203237518",
        "name": "padma venkateswarlu",
        "one name": "venkateswarlu",
        "telugu": "పద్మ వెంకటేశ్వర్లు",
    }


_COMPLETE: dict[str, Any] = {"compile_kwargs": {"render_postcompile": True}}


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def read(plan: dict[str, Any]) -> float:
    """How many rows of the table a plan has looked at, for nothing or not."""
    wasted = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    mine = (node for node in nodes(plan) if node.get("Relation Name") == "search_key")
    return float(sum(node["Actual Loops"] * node.get(name, 0) for node in mine for name in wasted))


_FILL = """
    INSERT INTO search_key (entity, entity_id, kind, key, reversed)
    SELECT v.entity, uuidv7(), v.kind, v.key, CASE WHEN v.ends THEN reverse(v.key) END
    FROM generate_series(0, 24999) AS n, LATERAL (VALUES
        ('customer', 'phone', '+9170000' || lpad((n * 4 + 3)::text, 5, '0'), true),
        ('document', 'number', 'TST26' || lpad((n * 4 + 3)::text, 6, '0'), true),
        ('unit', 'identifier', 'GW752203' || lpad((n * 4 + 3)::text, 5, '0'), false),
        ('customer', 'name', CASE WHEN n % 5000 = 7 THEN 'padma venkateswarlu'
            ELSE left(md5(n::text), 7) || ' ' || left(md5((n * 7)::text), 9) END, false)
    ) AS v(entity, kind, key, ends)
"""


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_a_hundred_thousand_keys_are_never_read_from_end_to_end(
    owner_connection: AsyncConnection, typed: dict[str, str], mode: str
) -> None:
    await owner_connection.execute(text(_FILL))
    await owner_connection.execute(text(f"SET LOCAL plan_cache_mode = {mode}"))
    raw = (await owner_connection.get_raw_connection()).driver_connection
    assert raw is not None
    elsewhere = staff_scope(new_id(), "job.work", branch=new_id())
    # Just loaded and not looked at yet, then with statistics: no hour is a bad one.
    for prepare in ("SELECT 1", "ANALYZE search_key"):
        await owner_connection.execute(text(prepare))
        for scope in (SYSTEM, staff_scope(new_id(), "customer.view"), elsewhere):
            for what, words in typed.items():
                statement = query.statement_for(scope, words, 20)
                assert statement is not None
                plan = await explained(raw, statement.compile(dialect=owner_connection.dialect, **_COMPLETE))
                assert "Seq Scan" not in {n["Node Type"] for n in nodes(plan) if n.get("Relation Name") == "search_key"}
                assert read(plan) < 500, (what, prepare, plan)
    async with AsyncSession(owner_connection) as session:
        assert len(await query.find(session, SYSTEM, typed["name"])) == 5
        assert len(await query.find(session, SYSTEM, typed["phone"])) == 1


async def explained(raw: Any, compiled: Any) -> dict[str, Any]:
    """The plan of a statement that was prepared, as it was carried out."""
    await raw.execute(f"PREPARE probe AS {compiled}")
    values = ", ".join(f"'{compiled.params[name]}'" for name in compiled.positiontup or ())
    answer = await raw.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE probe({values})")
    await raw.execute("DEALLOCATE probe")
    plan: dict[str, Any] = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    return plan
