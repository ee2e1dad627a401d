"""The API of billing. Verbs are actions of the manifest."""

from typing import Any
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel

from aftersales.http import WorkDep, etag, staff_router
from billing.estimates import repository as estimates
from billing.estimates.rules import line_total, totals
from billing.invoices import repository as invoices

api = staff_router(tags=["billing"])


class EstimateOut(BaseModel):
    """An estimate with its sums, in minor units of `currency`."""

    id: UUID
    number: str
    status: str
    version: int
    work_id: UUID | None
    currency: str
    net_minor: int
    tax_minor: int
    total_minor: int
    lines: list[dict[str, Any]]


class InvoiceOut(BaseModel):
    """An invoice with what is paid and due, in minor units of `currency`."""

    id: UUID
    number: str
    serial: str
    status: str
    version: int
    currency: str
    total_minor: int
    paid_minor: int
    due_minor: int


@api.get("/estimates/{estimate_id}", name="get_estimate")
async def get_estimate(work: WorkDep, estimate_id: UUID, response: Response) -> EstimateOut:
    """One estimate with its lines."""
    work.scope.require("billing.view")
    return await _estimate(work, estimate_id, response)


@api.get("/invoices/{invoice_id}", name="get_invoice")
async def get_invoice(work: WorkDep, invoice_id: UUID, response: Response) -> InvoiceOut:
    """One invoice."""
    work.scope.require("billing.view")
    found = await invoices.invoice(work.session, work.scope, invoice_id)
    response.headers["ETag"] = etag(found.version)
    return InvoiceOut(
        id=found.id,
        number=found.number,
        serial=found.serial,
        status=found.status,
        version=found.version,
        currency=found.currency,
        total_minor=found.total_minor,
        paid_minor=found.paid_minor,
        due_minor=found.due.minor,
    )


async def _estimate(work: WorkDep, estimate_id: UUID, response: Response) -> EstimateOut:
    found = await estimates.estimate(work.session, work.scope, estimate_id)
    response.headers["ETag"] = etag(found.version)
    sums = totals(found.lines)
    return EstimateOut(
        id=found.id,
        number=found.number,
        status=found.status,
        version=found.version,
        work_id=found.work_id,
        currency=found.currency,
        net_minor=sums.net.minor,
        tax_minor=sums.tax.minor,
        total_minor=sums.total.minor,
        lines=[
            {
                "kind": line.kind,
                "description": line.description,
                "quantity": line.quantity,
                "unit_price_minor": line.unit_price.minor,
                "tax_rate": str(line.tax_rate),
                "tax_code": line.tax_code,
                "net_minor": line_total(line).minor,
            }
            for line in found.lines
        ],
    )
