"""The API of repair orders. Verbs on an order are actions of the manifest."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from aftersales.http import Page, PageDep, WorkDep, etag, staff_router
from field_service.repairs import repository
from field_service.repairs.schemas import OpenRepairOrder, RepairOrderOut, TakeIn
from field_service.repairs.service import intake, sheet

api = staff_router("/repair_orders", tags=["repair orders"])


@api.post("", status_code=201, name="open_repair_order")
async def open_repair_order(work: WorkDep, body: OpenRepairOrder, response: Response) -> RepairOrderOut:
    """Take in a unit that was brought to the counter. After a pickup the order opens by itself."""
    repair_id = await intake.take_in(work, body.case_id, TakeIn(note=body.note))
    found = await repository.repair(work.session, work.as_system().scope, repair_id)
    response.headers["Location"] = f"/api/v1/repair_orders/{repair_id}"
    response.headers["ETag"] = etag(found.version)
    return RepairOrderOut.model_validate(found)


@api.get("", name="list_repair_orders")
async def list_repair_orders(
    work: WorkDep,
    page: PageDep,
    status: Annotated[list[str] | None, Query(max_length=30)] = None,
    engineer_id: UUID | None = None,
) -> Page[RepairOrderOut]:
    """Repair orders you may see, the last opened first."""
    work.scope.require("repair_order.view")
    rows = await repository.listed(
        work.session, work.scope, statuses=status or (), engineer_id=engineer_id, limit=page.limit, after=page.after
    )
    more = str(rows[-1].id) if len(rows) == page.limit else None
    return Page(items=[RepairOrderOut.model_validate(row) for row in rows], next=more)


@api.get("/{repair_id}", name="get_repair_order")
async def get_repair_order(work: WorkDep, repair_id: UUID, response: Response) -> RepairOrderOut:
    """One repair order."""
    work.scope.require("repair_order.view")
    found = await repository.repair(work.session, work.scope, repair_id)
    response.headers["ETag"] = etag(found.version)
    return RepairOrderOut.model_validate(found)


@api.get("/{repair_id}/job-sheet.pdf", name="job_sheet", response_class=Response)
async def job_sheet(work: WorkDep, repair_id: UUID) -> Response:
    """The job sheet to print, with a code that opens the case's page for reading only."""
    work.scope.require("repair_order.view")
    name, pdf = await sheet.job_sheet(work, repair_id)
    headers = {
        "Content-Disposition": f'inline; filename="job-sheet-{name}.pdf"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(pdf, media_type="application/pdf", headers=headers)
