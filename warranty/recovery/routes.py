"""The API of what is claimed back. Steps of one claim are actions of the manifest, lists as files its listings."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from aftersales.http import Page, PageDep, WorkDep, staff_router
from warranty.recovery import owing, repository
from warranty.recovery.permissions import FILE, VIEW
from warranty.recovery.schemas import (
    Acknowledged,
    CaughtUp,
    CoverIn,
    CoverOut,
    FileRecoveries,
    FilingOut,
    RecoveryOut,
    SupplierIn,
    SupplierOut,
)
from warranty.recovery.service import arising, filing, papers, suppliers

api = staff_router(tags=["recovery"])


@api.get("/suppliers", name="list_suppliers")
async def list_suppliers(work: WorkDep) -> list[SupplierOut]:
    """Suppliers, by name."""
    work.scope.require(VIEW)
    return [SupplierOut.model_validate(one) for one in await owing.suppliers(work.session, work.scope)]


@api.post("/suppliers", status_code=201, name="add_supplier")
async def add_supplier(work: WorkDep, body: SupplierIn) -> SupplierOut:
    """Add a supplier."""
    return SupplierOut.model_validate(await suppliers.add(work, body))


@api.get("/supplier_covers", name="list_supplier_covers")
async def list_covers(work: WorkDep) -> list[CoverOut]:
    """What suppliers cover, by part."""
    work.scope.require(VIEW)
    return [CoverOut.model_validate(one) for one in await owing.covers(work.session, work.scope)]


@api.post("/suppliers/{supplier_id}/covers", status_code=201, name="add_supplier_cover")
async def add_cover(work: WorkDep, supplier_id: UUID, body: CoverIn) -> CoverOut:
    """Say what a supplier covers. What was granted before from that day on is on the report of what was forgotten."""
    return CoverOut.model_validate(await suppliers.cover(work, supplier_id, body))


@api.get("/recoveries", name="list_recoveries")
async def list_recoveries(
    work: WorkDep,
    page: PageDep,
    status: Annotated[list[str] | None, Query(max_length=10)] = None,
    filing_id: UUID | None = None,
) -> Page[RecoveryOut]:
    """Claims on brands and suppliers, the last that arose first."""
    work.scope.require(VIEW)
    rows = await repository.views(
        work.session,
        work.scope,
        statuses=status or (),
        filing_id=filing_id,
        limit=page.limit,
        before=page.after,
    )
    more = str(rows[-1].id) if len(rows) == page.limit else None
    return Page(items=[RecoveryOut.model_validate(row) for row in rows], next=more)


@api.post("/recoveries/catch_up", name="catch_up_recoveries")
async def catch_up(work: WorkDep) -> CaughtUp:
    """Claim back what the report of what was forgotten lists, as far as a party is known."""
    work.scope.require(FILE)
    return CaughtUp(made=await arising.catch_up(work))


@api.get("/recovery_filings", name="list_recovery_filings")
async def list_filings(work: WorkDep, page: PageDep) -> Page[FilingOut]:
    """What was claimed at once, the last first."""
    work.scope.require(VIEW)
    rows = await repository.filings(work.session, work.scope, limit=page.limit, before=page.after)
    more = str(rows[-1].id) if len(rows) == page.limit else None
    return Page(items=[FilingOut.model_validate(row) for row in rows], next=more)


@api.post("/recovery_filings", status_code=201, name="file_recoveries")
async def file_recoveries(work: WorkDep, body: FileRecoveries, response: Response) -> FilingOut:
    """Claim from one brand or supplier, for one centre, all that is ripe by the end of a month."""
    filing_id = await filing.file(work, body)
    response.headers["Location"] = f"/api/v1/recovery_filings/{filing_id}"
    return FilingOut.model_validate(await repository.filing(work.session, work.as_system().scope, filing_id))


@api.get("/recovery_filings/{filing_id}", name="get_recovery_filing")
async def get_filing(work: WorkDep, filing_id: UUID) -> FilingOut:
    """One filing. Its jobs: `GET /recoveries?filing_id=`, or `GET /recoveries.csv?filing_id=`."""
    work.scope.require(VIEW)
    return FilingOut.model_validate(await repository.filing(work.session, work.scope, filing_id))


@api.get("/recovery_filings/{filing_id}/claim.pdf", name="recovery_filing_pdf")
async def get_paper(work: WorkDep, filing_id: UUID) -> Response:
    """The filing as it is sent."""
    work.scope.require(VIEW)
    number, pdf = await papers.paper(work, filing_id)
    headers = {
        "Content-Disposition": f'inline; filename="claim-{number}.pdf"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


@api.post("/recovery_filings/{filing_id}/acknowledge", name="acknowledge_recovery_filing")
async def acknowledge(work: WorkDep, filing_id: UUID, body: Acknowledged) -> FilingOut:
    """They have the whole filing."""
    await filing.acknowledge(work, filing_id, body)
    return FilingOut.model_validate(await repository.filing(work.session, work.scope, filing_id))
