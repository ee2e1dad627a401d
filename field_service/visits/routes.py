"""The API of visits. Verbs on a visit are actions of the manifest."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from aftersales.fields import Day
from aftersales.http import Page, PageDep, WorkDep, etag, staff_router
from field_service.visits import repository
from field_service.visits.schemas import Kind, RequestVisit, VisitIn, VisitLine, VisitOut
from field_service.visits.service import planning

api = staff_router("/visits", tags=["visits"])


@api.post("", status_code=201, name="request_visit")
async def request_visit(work: WorkDep, body: VisitIn, response: Response) -> VisitOut:
    """Book a visit on a case. With both times it is scheduled at once; without, it is requested."""
    wanted = RequestVisit.model_validate(body.model_dump(exclude={"case_id"}))
    visit_id = await planning.request(work, body.case_id, wanted)
    found = await repository.visit(work.session, work.as_system().scope, visit_id)
    response.headers["Location"] = f"/api/v1/visits/{visit_id}"
    response.headers["ETag"] = etag(found.version)
    return VisitOut.model_validate(found)


@api.get("", name="list_visits")
async def list_visits(
    work: WorkDep,
    page: PageDep,
    status: Annotated[list[str] | None, Query(max_length=20)] = None,
    kind: Kind | None = None,
    technician_id: UUID | None = None,
) -> Page[VisitOut]:
    """Visits you may see, the last booked first."""
    work.scope.require("visit.view")
    rows = await repository.listed(
        work.session,
        work.scope,
        statuses=status or (),
        kind=kind,
        technician_id=technician_id,
        limit=page.limit,
        after=page.after,
    )
    more = str(rows[-1].id) if len(rows) == page.limit else None
    return Page(items=[VisitOut.model_validate(row) for row in rows], next=more)


@api.get("/day/{staff_id}/{day}", name="list_day")
async def list_day(work: WorkDep, staff_id: UUID, day: Day) -> list[VisitLine]:
    """A technician's visits of one day, in their order; what has ended, last."""
    work.scope.require("visit.view")
    rows = await repository.today(work.session, work.scope, staff_id, day)
    return [VisitLine.model_validate(row) for row in rows]


@api.get("/{visit_id}", name="get_visit")
async def get_visit(work: WorkDep, visit_id: UUID, response: Response) -> VisitOut:
    """One visit."""
    work.scope.require("visit.view")
    found = await repository.visit(work.session, work.scope, visit_id)
    response.headers["ETag"] = etag(found.version)
    return VisitOut.model_validate(found)
