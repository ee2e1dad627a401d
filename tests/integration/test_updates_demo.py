"""The demonstration's mailbox is full of words in both languages, no letter leaves the house, and two wait for us."""

from collections import Counter

import pytest
from sqlalchemy import select

from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.inbox.models import InboxDraft, InboxTask
from aftersales.outbox.models import Delivery
from aftersales.promises.models import CaseForecast, PromiseStep
from aftersales.updates.models import CustomerUpdate
from tests.fixtures.database import TestDatabase
from tests.fixtures.demo import filled

pytestmark = pytest.mark.slow


async def test_the_mailbox_of_the_demonstration(fresh_database: TestDatabase, settings: Settings) -> None:
    await filled(fresh_database, settings)
    database = Database(fresh_database.app_url)
    try:
        async with database.sessions() as session:
            updates = (await session.scalars(select(CustomerUpdate))).all()
            steps = Counter((await session.scalars(select(PromiseStep.step))).all())
            bases = Counter((await session.scalars(select(CaseForecast.basis))).all())
            waiting = (await session.scalars(select(Delivery).where(Delivery.subscriber == "updates.send"))).all()
            request = (await session.scalars(select(InboxDraft))).one()
            question = (await session.scalars(select(InboxTask))).one()
    finally:
        await database.dispose()
    assert (request.state, request.postcode, request.branch_id is None) == ("waiting", "500072", False)
    assert question.due_at > question.created_at
    assert waiting == []
    ended = sum(count for step, count in steps.items() if step != "made")
    assert steps["kept"] > 3
    assert steps["broken"] > 0
    assert steps["made"] > ended
    assert sum(bases.values()) > 100
    assert len(updates) > 40
    assert {update.channel for update in updates} == {"mailbox"}
    assert set(Counter(update.language for update in updates)) == {"te", "en"}
    states = Counter(update.state for update in updates)
    assert set(states) == {"sent", "read"}
    assert all(update.read_at > update.sent_at for update in updates if update.read_at and update.sent_at)
