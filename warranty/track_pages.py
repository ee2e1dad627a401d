"""What customers see of their registrations: on the page of the unit, and on that of its case."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response

from aftersales.cases import repository as cases
from aftersales.customers import repository as customers
from aftersales.errors import NotFound
from aftersales.http import CustomerWorkDep, customer_router
from aftersales.i18n import DEFAULT, N_
from aftersales.work import Work
from warranty import passings
from warranty.life_machines import TRANSFER
from warranty.machine import REGISTRATION
from warranty.models import WarrantyRegistration
from warranty.passings import TransferView
from warranty.routes import as_pdf
from warranty.rules.passing import Party
from warranty.service import certificates

pages = customer_router("/track/warranty", tags=["warranty"])


@pages.get("/{registration_id}/certificate.pdf", include_in_schema=False)
async def certificate(
    work: CustomerWorkDep, registration_id: UUID, lang: Annotated[str, Query(max_length=20)] = DEFAULT
) -> Response:
    """The certificate of a registration of the household's own, in the language asked for."""
    unit_id, customer_id = await _whose(work)
    system = work.as_system()
    mine = await passings.of_customer(system.session, system.scope, unit_id, customer_id) if unit_id else []
    if registration_id not in {found[0] for found in mine}:
        raise NotFound("warranty.unknown_registration", "There is no such registration, or you may not see it.")
    return as_pdf(*await certificates.certificate(system, registration_id, lang))


async def _whose(work: Work) -> tuple[UUID | None, UUID]:
    """The unit that the link is about, and the household of whoever opened it."""
    system, stream_id = work.as_system(), work.scope.own_stream
    person = await customers.person(system.session, system.scope, work.scope.own_person)
    try:
        return (await cases.case(work.session, work.scope, stream_id)).unit_id, person.customer_id
    except NotFound:
        return stream_id, person.customer_id


async def on_case(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """The certificates of the case's unit, for its own household; None where there are none."""
    found = await passings.of_case(work.session, work.scope, case_id)
    if not found or not await cases.may_answer(work.session, work.scope, case_id):
        return None
    return {"registrations": _registrations(found), "transfers": []}


async def on_unit(work: Work, unit_id: UUID) -> Mapping[str, Any] | None:
    """The household's registrations of a unit and whatever is to be answered about them; None where there are none."""
    system = work.as_system()
    person = await customers.person(system.session, system.scope, work.scope.own_person)
    held = await passings.of_household(system.session, system.scope, unit_id, person.customer_id)
    given = await passings.consents(system.session, system.scope, [one.id for one in held]) if held else {}
    transfers = [_transfer(one, person.customer_id, {c.party for c in given.get(one.id, ())}) for one in held[:3]]
    registrations = _registrations(
        await passings.of_customer(system.session, system.scope, unit_id, person.customer_id)
    )
    return {"registrations": registrations, "transfers": transfers} if registrations or transfers else None


def _registrations(found: Sequence[tuple[UUID, str, str, WarrantyRegistration]]) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "category": str(REGISTRATION.by_state[status].category),
            "label": REGISTRATION.by_state[status].customer_label or N_("We are checking your registration"),
            "bought": row.purchased_on,
            "certificate_url": f"/track/warranty/{key}/certificate.pdf" if status == "active" else "",
        }
        for key, number, status, row in found
    ]


def _transfer(held: TransferView, customer_id: UUID, given: set[str]) -> dict[str, Any]:
    """A transfer as one of the two sees it; the other stays without a name."""
    party = Party.OWNER if customer_id == held.from_customer_id else Party.NEW_OWNER
    state = TRANSFER.by_state[held.status]
    turn = held.status == "asked" and party.value not in given
    base = f"/track/warranty_transfers/{held.id}"
    return {
        "number": held.number,
        "category": str(state.category),
        "label": state.customer_label or state.label,
        "giving": party is Party.OWNER,
        "waits": held.status == "asked" and not turn,
        "until": held.until,
        "agree": {"url": f"{base}/consent_given", "version": held.version} if turn else None,
        "decline": {"url": f"{base}/decline", "version": held.version} if turn else None,
    }
