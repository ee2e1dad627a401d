"""The forms of the case page that begin a visit or a repair order."""

from uuid import UUID

from fastapi import Request, Response
from starlette.responses import RedirectResponse

from aftersales.auth import repository as auth
from aftersales.cases import repository as cases
from aftersales.http import WorkDep, staff_router
from aftersales.web.forms import body_of, validated
from aftersales.work import Work
from field_service.repairs.schemas import TakeIn
from field_service.repairs.service import intake
from field_service.visits.schemas import RequestVisit
from field_service.visits.service import planning

router = staff_router()


@router.post("/desk/cases/{case_id}/visits", include_in_schema=False)
async def book_visit(work: WorkDep, request: Request, case_id: UUID) -> Response:
    """Book a visit, then back to the case."""
    body = validated(RequestVisit, body_of(RequestVisit, await request.form(), await _zone(work, case_id)))
    await planning.request(work, case_id, body)
    return RedirectResponse(f"/desk/cases/{case_id}", 303)


@router.post("/desk/cases/{case_id}/repair_orders", include_in_schema=False)
async def take_in(work: WorkDep, request: Request, case_id: UUID) -> Response:
    """Take a unit in at the counter, then back to the case."""
    body = validated(TakeIn, body_of(TakeIn, await request.form(), "UTC"))
    await intake.take_in(work, case_id, body)
    return RedirectResponse(f"/desk/cases/{case_id}", 303)


async def _zone(work: Work, case_id: UUID) -> str:
    case = await cases.case(work.session, work.scope, case_id)
    return (await auth.branch(work.session, work.scope, case.branch_id)).timezone
