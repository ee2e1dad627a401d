"""Fifty requests at once for the same unit and fault: one is served, the others are told why not."""

import asyncio
from collections import Counter
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from tests.factories.world import API, Home, World, add_home

pytestmark = pytest.mark.slow

DESKS, CASES = 50, 10


async def cover_over(company: World, home: Home) -> None:
    """Its cover is over, so that no case opens a claim by itself, and the claim of its first case has ended."""
    async with company.database.unit_of_work() as session:
        old = "UPDATE unit SET purchased_on = '2019-01-01', delivered_on = NULL WHERE id = :id"
        ended = "UPDATE document SET category = 'done', status = 'closed' WHERE machine = :name AND unit_id = :id"
        await session.execute(text(old), {"id": home.unit_id})
        await session.execute(text(ended), {"id": home.unit_id, "name": "warranty_claim"})


async def test_fifty_at_once_for_the_same_unit_and_fault(company: World) -> None:
    """At fifty desks, five to a case: who is second on the case hears so, who is on another hears its number."""
    home = await add_home(company, "Lakshmi Narayana", "+919849012355")
    await company.settle()
    await cover_over(company, home)
    cases = [await company.open_case(home) for _ in range(CASES)]
    await company.settle()
    # As many at once as one process has connections for: beyond that a busy machine answers 503 in the end.
    connections = asyncio.Semaphore(10)

    async def claim(desk: httpx.AsyncClient, case_id: UUID) -> tuple[UUID, httpx.Response]:
        async with connections:
            return case_id, await desk.post(f"{API}/cases/{case_id}/warranty_claims")

    asked = [claim(company.by("manager"), cases[number % CASES]) for number in range(DESKS)]
    answers = await asyncio.gather(*asked)
    assert Counter(one.status_code for _, one in answers) == {201: 1, 409: DESKS - 1}
    [(winner, opened)] = [(case_id, one.json()) for case_id, one in answers if one.status_code == 201]
    lost = [(case_id, one.json()) for case_id, one in answers if one.status_code == 409]
    on_it = {one["code"] for case_id, one in lost if case_id == winner}
    elsewhere = {(one["code"], one["detail"].split()[1]) for case_id, one in lost if case_id != winner}
    assert on_it == {"warranty.claimed"}
    assert elsewhere == {("warranty.claimed_elsewhere", opened["number"])}
    [(count,)] = await company.rows(
        "SELECT count(*) FROM document WHERE machine = 'warranty_claim' AND unit_id = :id AND category <> 'done'",
        id=home.unit_id,
    )
    assert count == 1
