"""The forms on the coverage card."""

from typing import Annotated
from uuid import UUID

from fastapi import Form, Response
from starlette.responses import RedirectResponse

from aftersales.http import WorkDep, staff_router
from warranty.routes import ProofForm, Scan, scanned
from warranty.service import claims, proofs

pages = staff_router("/desk", tags=["warranty"])


@pages.post("/units/{unit_id}/proofs", include_in_schema=False)
async def record_proof(
    work: WorkDep, unit_id: UUID, body: ProofForm, case_id: Annotated[UUID, Form()], file: Scan = None
) -> Response:
    """Record the proof and go back to the case."""
    data = await scanned(work, file)
    await proofs.record(work, unit_id, body, filename=file.filename or "" if file else "", data=data)
    return RedirectResponse(f"/desk/cases/{case_id}", 303)


@pages.post("/cases/{case_id}/warranty_claims", include_in_schema=False)
async def open_claim(work: WorkDep, case_id: UUID) -> Response:
    """Open the claim and go back to the case."""
    await claims.open_claim(work, case_id)
    return RedirectResponse(f"/desk/cases/{case_id}", 303)
