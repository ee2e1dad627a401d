"""Two who wrote to us, for the demonstration: somebody new, whose request waits to become a case, and a customer whose
words wait for a person. Demonstration data tells nobody, so neither has been answered yet."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from aftersales.auth.rules import customer_scope
from aftersales.cases.machine import CASE
from aftersales.customers.models import Person
from aftersales.inbox.service import drafts, tasks
from aftersales.inbox.service.brought import Brought
from aftersales.inbox.service.replies import To
from aftersales.scene import drawn
from aftersales.status import documents
from aftersales.status.changes import event
from aftersales.work import Work

AGO = timedelta(minutes=25)
STRANGER = "+917000099817"
REQUEST = "Hello, my washing machine stops with the drum full of water since yesterday. Flat 402, KPHB Phase 3, 500072."
CENTRE = "KKP"
AIR = "The AC hangs very high on the wall. Please tell your technician to bring a ladder."
AIR_TE = "ఏసీ గోడకు చాలా ఎత్తులో ఉంది. మీ టెక్నీషియన్‌ని నిచ్చెన తీసుకురమ్మని చెప్పండి."


async def fill(work: Work, world: dict[str, Any]) -> None:
    """They wrote some minutes ago."""
    then = replace(work, now=work.now - AGO)
    picture = drawn(random.Random(STRANGER))  # noqa: S311 - the same picture each time, no secret
    await drafts.take(then, To(drafts.ASKING, STRANGER, "en"), "Deepika Rao", REQUEST, Brought((picture,)))
    await _question(then, world)


async def _question(work: Work, world: dict[str, Any]) -> None:
    """On their own page, about the newest air conditioner in hand at the coordinator's centre."""
    centre = world["branches"][CENTRE]
    theirs = [one for one in world["cases"] if (one["branch_id"], one["category"]) == (centre, "air_conditioner")]
    running = await documents.running_on(work.session, work.scope, [one["case_id"] for one in theirs])
    open_ones = {one.id for one in running if one.machine == CASE.name}
    case = next((one for one in reversed(theirs) if one["case_id"] in open_ones), None)
    if case is None:
        return
    case_id, person_id = case["case_id"], case["person_id"]
    language = await work.session.scalar(select(Person.language).where(Person.id == person_id)) or "en"
    writer = replace(work, scope=customer_scope(person_id, case_id, read_only=False))
    [entry] = await writer.post(event(CASE, case_id, "customer_wrote", note=AIR_TE if language == "te" else AIR))
    await tasks.promise(
        work,
        case_id,
        person_id=person_id,
        version=entry.version,
        channel=tasks.PAGE,
        asked="unknown",
        language="",
    )
