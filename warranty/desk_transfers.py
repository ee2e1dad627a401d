"""A transfer to a new owner on the warranty desk: who has agreed, how and when, and what can be done."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from aftersales.auth import repository as auth
from aftersales.customers import repository as customers
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, day_time
from aftersales.products import repository as products
from aftersales.status import documents
from aftersales.status.documents import DocumentView
from aftersales.web.desk.homes import home_page
from aftersales.web.legal import Failed
from aftersales.work import Work
from warranty import passings
from warranty.life_machines import TRANSFER
from warranty.passings import TransferView
from warranty.permissions import TRANSFER as HAND_ON
from warranty.rules.passing import Party, Source

router = staff_router("/desk/warranty/transfers", tags=["warranty"])
PARTIES = {Party.OWNER: N_("Owner"), Party.NEW_OWNER: N_("New owner")}
SOURCES = {
    Source.PAGE: N_("on their page"),
    Source.COUNTER: N_("at the counter"),
    Source.PHONE: N_("by phone"),
    Source.LETTER: N_("by letter"),
}


@router.get("/{transfer_id}", include_in_schema=False)
async def transfer(work: WorkDep, request: Request, transfer_id: UUID) -> Response:
    """One transfer with both owners and their consents."""
    work.scope.require(HAND_ON)
    found = await documents.get(work.session, work.scope, transfer_id, TRANSFER.name)
    return await show_transfer(request, work, found)


async def show_transfer(
    request: Request, work: Work, document: DocumentView, *, failed: Failed | None = None
) -> Response:
    """The page of a transfer; with `failed`, its form again as it was sent."""
    held = await passings.transfer(work.session, work.scope, document.id)
    state = TRANSFER.by_state[held.status]
    about = {
        "number": held.number,
        "category": str(state.category),
        "label": state.label,
        "product": await _product(work, held),
        "until": day_time(held.until, request.state.who.timezone, year=True),
        "open": held.status == "asked",
        "parties": await _parties(work, held, request.state.who.timezone),
        "registration_url": f"/desk/warranty/registrations/{held.registration_id}",
    }
    return await home_page(request, work, document, "warranty/transfer.html", "warranty", failed=failed, about=about)


async def _product(work: Work, held: TransferView) -> str:
    return (await products.unit(work.session, work.as_system().scope, held.unit_id)).product_name


async def _parties(work: Work, held: TransferView, zone: str) -> list[dict[str, Any]]:
    system = work.as_system()
    given = {
        row.party: row for row in (await passings.consents(system.session, system.scope, [held.id])).get(held.id, [])
    }
    named = await customers.several(system.session, system.scope, {held.from_customer_id, held.to_customer_id})
    by = [row.recorded_by for row in given.values() if row.recorded_by is not None]
    staff = await auth.staff_names(system.session, system.scope, by) if by else {}
    shown = []
    for party, customer_id in ((Party.OWNER, held.from_customer_id), (Party.NEW_OWNER, held.to_customer_id)):
        row = given.get(party.value)
        shown.append(
            {
                "label": PARTIES[party],
                "name": named[customer_id].name if customer_id in named else "",
                "url": f"/desk/customers/{customer_id}",
                "agreed": row is not None,
                "source": SOURCES[Source(row.source)] if row is not None else "",
                "at": day_time(row.given_at, zone, year=True) if row is not None else "",
                "by": staff.get(row.recorded_by, "") if row is not None and row.recorded_by is not None else "",
            }
        )
    return shown
