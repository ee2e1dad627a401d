"""The demo company's field service: every status, no time in the future, a full day for every technician."""

import time

import pytest
from sqlalchemy import select

from aftersales import clock
from aftersales.auth.models import OneTimeCode, Staff
from aftersales.cases.models import MatterPerson
from aftersales.clock import business_date
from aftersales.config import Settings
from aftersales.customers.models import Person
from aftersales.db.session import Database
from aftersales.demo import fill
from aftersales.registry import Registry, load_registry
from aftersales.scope import SYSTEM
from aftersales.status.models import Document, TimelineEntry
from field_service.module import MODULE
from field_service.repairs.machine import REPAIR_ORDER
from field_service.visits import repository as visits
from field_service.visits.machine import VISIT
from tests.fixtures.database import TestDatabase

pytestmark = pytest.mark.slow


async def test_the_demo_shows_everything(fresh_database: TestDatabase, settings: Settings) -> None:
    database = Database(fresh_database.app_url)
    begun = time.monotonic()
    await fill(database, Registry([*load_registry([]).modules, MODULE]), settings)
    took = time.monotonic() - begun
    async with database.unit_of_work() as session:
        reached = {tuple(row) for row in await session.execute(select(Document.machine, Document.status).distinct())}
        latest = await session.scalar(select(TimelineEntry.at).order_by(TimelineEntry.at.desc()).limit(1))
        suresh = await session.scalar(select(Staff.id).where(Staff.login == "suresh"))
        assert suresh is not None
        day = await visits.today(session, SYSTEM, suresh, business_date(clock.now(), "Asia/Kolkata"))
        live = await visits.live_codes(session, SYSTEM, next(v.id for v in day if v.status == "en_route"), clock.now())
        backwards = await session.execute(
            select(TimelineEntry.document_id)
            .join(Document, Document.id == TimelineEntry.document_id)
            .where(TimelineEntry.at < Document.opened_at)
        )
        assert backwards.all() == []
        asked = await session.scalars(
            select(Person.language)
            .join(MatterPerson, MatterPerson.person_id == Person.id)
            .join(Document, Document.stream_id == MatterPerson.case_id)
            .where(MatterPerson.role == "owner", Document.status == "awaiting_approval")
        )
        assert set(asked) == {"te"}, "the page that is printed shows a question in Telugu"
        assert (await session.execute(select(OneTimeCode.id).limit(1))).all()
    await database.dispose()
    for machine in (VISIT, REPAIR_ORDER):
        assert {(machine.name, s) for s in machine.by_state} - reached == set()
    assert latest is not None
    assert latest <= clock.now()
    assert len(day) == 7
    assert [v.ended for v in day] == sorted(v.ended for v in day)
    assert len({v.status for v in day}) >= 4
    assert live
    assert took < 120
