"""A claim is decided by one person at a time, whoever else learns something about the unit meanwhile."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from aftersales import clock
from tests.factories.world import API, World, ok
from warranty.schemas import Nothing, ProofIn
from warranty.service import claims, proofs


async def test_a_proof_that_comes_while_a_claim_is_approved_leaves_the_decision_alone(company: World) -> None:
    home = company.home
    await company.settle()
    [row] = await company.rows(
        "SELECT id FROM document WHERE machine = 'warranty_claim' AND stream_id = :case", case=home.case_id
    )
    await ok(company.by("manager"), f"{API}/warranty_claims/{row.id}/review")

    async def proof() -> None:
        async with company.work() as work:
            day = (clock.now() - timedelta(days=100)).date()
            await proofs.record(work, home.unit_id, ProofIn(kind="dealer_record", dated_on=day, reference="D1"))

    async with company.work() as work:
        await claims.approve(work, row.id, Nothing())
        recording = asyncio.create_task(proof())
        await waiting(company)
    await recording
    [held] = await company.rows(
        "SELECT v.facts->>'established' AS established FROM warranty_claim c "
        "JOIN warranty_verdict v ON v.id = c.verdict_id WHERE c.id = :id",
        id=row.id,
    )
    assert held.established == "set_aside"
    names = await company.rows("SELECT name FROM timeline_entry WHERE document_id = :id ORDER BY version", id=row.id)
    assert [one.name for one in names][-1] == "approve"


async def waiting(company: World) -> None:
    """Until somebody waits for a lock."""
    async with asyncio.timeout(10), company.database.sessions() as session:
        while not await session.scalar(text("SELECT count(*) FROM pg_locks, pg_sleep(0.02) WHERE NOT granted")):
            pass
