"""The API of returns. Verbs on a return are actions of the manifest."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from aftersales.http import Page, PageDep, WorkDep, etag, staff_router
from aftersales.i18n import DEFAULT
from aftersales.policies.schemas import PolicyOut
from rma import repository, service
from rma.permissions import VIEW
from rma.repository import ReturnView
from rma.schemas import PublishTerms, RequestReturn, ReturnOut, Scan, ScannedOut
from rma.service import receiving, sending

api = staff_router(tags=["returns"])


@api.post("/cases/{case_id}/returns", status_code=201, name="request_return")
async def request_return(work: WorkDep, case_id: UUID, body: RequestReturn, response: Response) -> ReturnOut:
    """Ask, in the customer's name, to give back or exchange a unit of the case's household."""
    return_id = await service.request(work, case_id, body)
    found = await repository.one(work.session, work.as_system().scope, return_id)
    response.headers["Location"] = f"/api/v1/returns/{return_id}"
    response.headers["ETag"] = etag(found.version)
    return _out(found)


@api.get("/returns", name="list_returns")
async def list_returns(
    work: WorkDep, page: PageDep, status: Annotated[list[str] | None, Query(max_length=20)] = None
) -> Page[ReturnOut]:
    """Returns you may see, the last asked first."""
    work.scope.require(VIEW)
    found = await repository.listed(
        work.session, work.scope, statuses=status or (), limit=page.limit, before=page.after
    )
    more = str(found[-1].id) if len(found) == page.limit else None
    return Page(items=[_out(row) for row in found], next=more)


@api.post("/returns/scan", name="scan_returns")
async def scan(work: WorkDep, body: Scan) -> list[ScannedOut]:
    """Receive what is on up to 500 labels, each the number of a return or of a product. What can be received is, all at
    once; the answer says of each label what became of it. 409 if none could be."""
    return [ScannedOut.model_validate(one) for one in await receiving.scan(work, body.labels)]


@api.get("/returns/{return_id}", name="get_return")
async def get_return(work: WorkDep, return_id: UUID, response: Response) -> ReturnOut:
    """One return, with the rule's verdict and the way to it."""
    work.scope.require(VIEW)
    found = await repository.one(work.session, work.scope, return_id)
    response.headers["ETag"] = etag(found.version)
    return _out(found)


@api.get("/returns/{return_id}/label.pdf", name="return_label", response_class=Response)
async def label(work: WorkDep, return_id: UUID) -> Response:
    """The label of a return that may come to us: its number as Code128 and QR code. 409 before and afterwards."""
    work.scope.require(VIEW)
    return as_pdf(*await sending.label(work, return_id, DEFAULT))


@api.post("/return_terms", status_code=201, name="publish_return_terms")
async def publish_terms(work: WorkDep, body: PublishTerms) -> PolicyOut:
    """Publish the next version of the policy on returns."""
    return PolicyOut.model_validate(await service.publish(work, body))


def as_pdf(number: str, pdf: bytes) -> Response:
    """A label as it is handed out."""
    headers = {
        "Content-Disposition": f'inline; filename="return-{number}.pdf"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


def _out(found: ReturnView) -> ReturnOut:
    return ReturnOut.model_validate(found, from_attributes=True)
