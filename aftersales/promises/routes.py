"""The API of hours, targets and clocks."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from aftersales.auth import repository as auth
from aftersales.http import Page, WorkDep, staff_router
from aftersales.policies.schemas import PolicyOut
from aftersales.promises import repository, watchlist
from aftersales.promises.clock import Reading
from aftersales.promises.permissions import VIEW
from aftersales.promises.schemas import ClockOut, ClocksOut, DueOut, HoursIn, HoursOut, PublishTargets
from aftersales.promises.service import clocks, hours
from aftersales.promises.watchlist import Place, Which
from aftersales.status import documents

api = staff_router(tags=["promises"])


@api.get("/cases/{case_id}/clocks", name="get_clocks")
async def get_clocks(work: WorkDep, case_id: UUID) -> ClocksOut:
    """What the clocks of a case say now; none where no targets were in force when it was opened."""
    work.scope.require(VIEW)
    await documents.get(work.session, work.scope, case_id, "case")
    found = await clocks.shown(work, case_id)
    if found is None:
        return ClocksOut(rule="", words="", urgency=0, clocks=[])
    return ClocksOut(
        rule=found.chosen.rule,
        words=found.chosen.words,
        urgency=found.chosen.urgency,
        clocks=[_out(reading) for reading in found.readings],
    )


@api.get("/promises/due", name="list_due_promises")
async def list_due(
    work: WorkDep,
    show: Annotated[Which, Query(description="Due within four hours, late, or whatever is promised")] = "soon",
    branch_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Rows per page")] = 50,
    after: Annotated[str, Query(max_length=120, description="The `next` of the page before")] = "",
) -> Page[DueOut]:
    """Promises and clocks that are about to be late, or are, what is due first. A promise has `said_at`."""
    work.scope.require(VIEW)
    place = Place.read(after) if after else None
    found = await watchlist.due(work, show, branch_id=branch_id, after=place, limit=limit)
    more = str(found[-1].place) if len(found) == limit else None
    return Page(items=[DueOut.model_validate(one) for one in found], next=more)


@api.get("/branches/{branch_id}/hours", name="get_hours")
async def get_hours(work: WorkDep, branch_id: UUID) -> HoursOut:
    """The working hours of a service centre; version 0 and no hours where none were set."""
    branch = await auth.branch(work.session, work.scope, branch_id)
    found = await repository.hours_of(work.session, work.scope, branch_id)
    if found is None:
        return HoursOut(branch_id=branch_id, version=0, hours={"tz": branch.timezone}, made_at=None)
    return HoursOut.model_validate(found)


@api.put("/branches/{branch_id}/hours", name="set_hours")
async def set_hours(work: WorkDep, branch_id: UUID, body: HoursIn) -> HoursOut:
    """Set them, from now on."""
    return HoursOut.model_validate(await hours.set_hours(work, branch_id, body.hours))


@api.post("/targets", status_code=201, name="publish_targets")
async def publish_targets(work: WorkDep, body: PublishTargets) -> PolicyOut:
    """Publish the next version of the targets, for cases that are opened from its day on."""
    return PolicyOut.model_validate(await hours.publish(work, body.effective_from, body.terms))


def _out(reading: Reading) -> ClockOut:
    return ClockOut(
        clock=reading.clock,
        shape=reading.target.shape,
        amount=reading.target.amount,
        started_at=reading.started,
        due_at=reading.due,
        ended_at=reading.ended,
        state=reading.state,
        level=reading.level,
        whole=int(reading.whole.total_seconds()),
        spent={str(who): int(spent.total_seconds()) for who, spent in reading.spent.items()},
    )
