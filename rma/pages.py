"""Asking for a return: on the tracking page, and on the case page in the customer's name."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Response
from starlette.responses import RedirectResponse

from aftersales.errors import NotFound
from aftersales.http import CustomerWorkDep, WorkDep, customer_router, staff_router
from aftersales.i18n import DEFAULT
from rma import service
from rma.routes import as_pdf
from rma.rules import Reason
from rma.schemas import RequestReturn, Words
from rma.service import sending

pages = customer_router("/track/returns", tags=["returns"])
desk = staff_router("/desk/cases", tags=["returns"])


def asked(
    unit_id: Annotated[UUID, Form()], reason_code: Annotated[Reason, Form()], words: Annotated[Words, Form()]
) -> RequestReturn:
    """A wish as a form carries it."""
    return RequestReturn(unit_id=unit_id, reason_code=reason_code, words=words)


Asked = Annotated[RequestReturn, Depends(asked)]


@pages.post("", include_in_schema=False)
async def ask(
    work: CustomerWorkDep,
    body: Asked,
) -> Response:
    """The customer asks; then the tracking page again."""
    if work.scope.stream_id is None:
        raise NotFound("return.no_case", "Open the link from our latest message to you again.")
    await service.request(work, work.scope.stream_id, body)
    return RedirectResponse("/track#returns", 303)


@pages.get("/{return_id}/label.pdf", include_in_schema=False)
async def label(work: CustomerWorkDep, return_id: UUID) -> Response:
    """The label, to print or to show at the desk."""
    return as_pdf(*await sending.label(work, return_id, DEFAULT))


@desk.post("/{case_id}/returns", include_in_schema=False)
async def ask_for_customer(work: WorkDep, case_id: UUID, body: Asked) -> Response:
    """Staff ask in the customer's name; then the case again."""
    await service.request(work, case_id, body)
    return RedirectResponse(f"/desk/cases/{case_id}", 303)
