"""Promises' share of the demonstration: targets, hours, clocks, the ledger, and what is foreseen."""

from typing import Any

from aftersales.cases.machine import CASE
from aftersales.outbox.schedule import cancel
from aftersales.promises import records, terms
from aftersales.promises.service import clocks, keeping, outlook
from aftersales.status import documents
from aftersales.status.changes import event
from aftersales.work import Work

LATEST = 16
"""Cases whose messages the demonstration holds."""
WAITING = 5


async def fill_targets(work: Work, world: dict[str, Any]) -> None:  # noqa: ARG001 - what a part is called with
    """What the company holds itself to."""
    await terms.publish_all(work)


async def fill(work: Work, world: dict[str, Any]) -> None:
    """Read the clocks of every case once: closed ones for the reports, open ones to go on from here and be foreseen."""
    for case in world["cases"]:
        await clocks.refresh(work, case["case_id"])
    after = await outlook.foresee(work, None)
    while after is not None:
        after = await outlook.foresee(work, after)


async def fill_words(work: Work, world: dict[str, Any]) -> None:
    """Some of the newest customers have just heard that there is no news yet, and by when they hear more."""
    latest = sorted(world["cases"], key=lambda one: one["opened_at"])[-LATEST:]
    running = await documents.running_on(work.session, work.scope, [one["case_id"] for one in latest])
    waiting = [one.id for one in running if one.machine == CASE.name][:WAITING]
    if waiting:
        await work.post(*(event(CASE, case_id, "no_news") for case_id in waiting))


async def fill_ledger(work: Work, world: dict[str, Any]) -> None:
    """What the messages of the demonstration have promised ends as its story says; nobody is told of what is past."""
    for case in world["cases"]:
        await keeping.settle(work, case["case_id"])
        for one in await records.of_case(work.session, work.scope, case["case_id"]):
            if one.end is not None:
                await cancel(work.session, keeping.DUE, str(one.id))
