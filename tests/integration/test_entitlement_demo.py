"""The demonstration's registrations, claims and returns: in every status, and every answer replays."""

import pytest
from sqlalchemy import text

from aftersales import demo
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.registry import Registry, load_registry
from aftersales.scope import SYSTEM
from rma import repository as returns
from rma import service, settlements
from rma.machine import RETURN
from rma.module import MODULE as RMA
from tests.fixtures.database import TestDatabase
from warranty import offerings
from warranty.machine import CLAIM, REGISTRATION
from warranty.module import MODULE as WARRANTY
from warranty.recovery import owing
from warranty.recovery.machine import MACHINES
from warranty.rules import EVALUATOR_VERSION
from warranty.service import entitlement

pytestmark = pytest.mark.slow

SETTLED = ("resolution_pending", "resolved", "closed", "exchanged_at_door")


async def test_the_demonstration(fresh_database: TestDatabase, settings: Settings) -> None:
    database = Database(fresh_database.app_url)
    registry = Registry([*load_registry([]).modules, WARRANTY, RMA])
    await demo.fill(database, registry, settings)
    async with database.sessions() as session:
        rows = await session.execute(text("SELECT machine, status, count(*) FROM document GROUP BY 1, 2"))
        held = {(machine, status): count for machine, status, count in rows}
        for machine in (CLAIM, REGISTRATION, RETURN, *MACHINES.values()):
            assert not [s for s in machine.by_state if not held.get((machine.name, s))]
        assert await entitlement.replay_all(session, SYSTEM) == []
        [offer] = await offerings.listed(session, SYSTEM, statuses=("offered",), limit=5, before=None)
        assert (offer.trigger, offer.choices[0].rung) == ("third_failure", "same_model")
        home = await session.scalar(text("SELECT id FROM branch WHERE code = 'KKP'"))
        assert offer.branch_id == home, "those who sign in first see it on their desk"
        # Hundreds of them, by the evaluator of now: the one that counts what is left of limits, or a later one.
        by_evaluator = await session.execute(
            text("SELECT evaluator_version, count(*) FROM warranty_verdict GROUP BY 1")
        )
        versions = {row[0]: row[1] for row in by_evaluator}
        assert versions.keys() == {EVALUATOR_VERSION}
        assert EVALUATOR_VERSION >= 2
        assert versions[EVALUATOR_VERSION] > 100
        assert await owing.owed(session, SYSTEM) == []
        given = await session.execute(
            text(
                "SELECT d.status, coalesce(sum(l.granted_minor), 0) FROM document d LEFT JOIN warranty_claim_line l"
                " ON l.claim_id = d.id WHERE d.machine = 'warranty_claim' GROUP BY d.status"
            )
        )
        granted = {status for status, amount in given if amount}
        assert granted == {"approved", "partially_approved", "fulfilled", "closed"}, "what is granted has its lines"
        for found in await returns.listed(session, SYSTEM, limit=100):
            assert service.replay(found) == found.verdict
        settled = await returns.listed(session, SYSTEM, statuses=SETTLED, limit=100)
        how = await settlements.resolutions(session, SYSTEM, {one.id for one in settled})
        assert {row.return_id for row in how} == {one.id for one in settled}
        assert len(await settlements.paid(session, SYSTEM, [row.line_id for row in how])) == len(settled)
        alone = await session.scalar(
            text(
                "SELECT count(*) FROM document d WHERE d.machine = 'case' AND d.unit_id IS NOT NULL AND NOT EXISTS"
                " (SELECT FROM warranty_verdict v WHERE v.stream_id = d.id)"
            )
        )
        assert alone == 0
    await database.dispose()
