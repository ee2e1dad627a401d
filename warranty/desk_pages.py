"""The warranty desk: what waits to be checked or decided, a registration with its check list, a claim with photos."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from aftersales import clock, phones
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, OFFERED, calendar_day, day_time, joined
from aftersales.products import repository as products
from aftersales.status import documents
from aftersales.status.documents import DocumentView
from aftersales.web.desk.entries import photos_of
from aftersales.web.desk.homes import home_page
from aftersales.web.desk.shell import desk, queue_tabs
from aftersales.web.legal import Failed
from aftersales.web.render import page
from aftersales.work import Work
from warranty import offer_cards, offerings, panels, passings, records, repository
from warranty.life_machines import OFFER, TRANSFER
from warranty.machine import CLAIM, REGISTRATION
from warranty.permissions import REGISTER, VIEW
from warranty.records import Registered
from warranty.rules.checks import Flag

HOME = "/desk/warranty"
router = staff_router(HOME, tags=["warranty"])
PAGE = 50
MACHINES = (REGISTRATION.name, CLAIM.name, OFFER.name)
QUEUES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("check", N_("Registrations to check"), ("pending_verification",)),
    ("decide", N_("Claims to decide"), ("submitted", "in_review", "pre_authorised", "appealed")),
    ("waiting", N_("Waiting for the customer"), ("info_requested",)),
    ("offers", N_("Replacements offered"), ("offered", "taken")),
    ("granted", N_("Approved"), ("approved", "partially_approved")),
    ("registered", N_("Registered"), ("active",)),
)
FLAGS = {
    Flag.UNKNOWN_NUMBER: N_("This number is not known here."),
    Flag.IMEI_WRONG: N_("A digit of the IMEI is wrong."),
    Flag.NUMBER_ODD: N_("This does not look like a serial number."),
    Flag.DUPLICATE: N_("This product has another registration."),
    Flag.OTHER_PHONE: N_("The phone is not one of the owner's household."),
    Flag.BEFORE_MADE: N_("It was bought before it was made."),
    Flag.MANY: N_("Several registrations came from this phone lately."),
    Flag.NO_PROOF: N_("No proof came with it."),
}


@router.get("", include_in_schema=False)
async def queue(
    work: WorkDep,
    request: Request,
    show: Annotated[str | None, Query(max_length=20)] = None,
    before: UUID | None = None,
) -> Response:
    """The registrations, claims or offers at one step, at the first at which something waits, the last first; what is
    older than `before`."""
    work.scope.require(VIEW)
    counts = await documents.counts(work.session, work.scope, MACHINES, permission=VIEW)
    name, tabs = queue_tabs(QUEUES, counts, HOME, show)
    statuses = next(statuses for key, _, statuses in QUEUES if key == name)
    rows = await _LISTED.get(name, _claims)(work, statuses, request.state.who.timezone, before)
    older = f"{HOME}?show={name}&before={rows[PAGE - 1]['key']}" if len(rows) > PAGE else ""
    context = await desk(request, work, "warranty", rows=rows[:PAGE], tabs=tabs, older_url=older)
    return page(request, "warranty/desk.html", context)


async def _registrations(work: Work, statuses: Sequence[str], zone: str, before: UUID | None) -> list[dict[str, Any]]:
    found = await records.registered(work.session, work.scope, statuses=statuses, limit=PAGE + 1, before=before)
    units = await _named(work, [one.row.unit_id for one in found])
    return [
        {
            "key": one.id,
            "number": one.number,
            "url": f"/desk/warranty/registrations/{one.id}",
            "product": units.get(one.row.unit_id, one.told.model if one.told else ""),
            "category": "trouble" if one.row.flags and one.status == "pending_verification" else one.category,
            "label": REGISTRATION.by_state[one.status].label,
            "at_text": day_time(one.opened_at, zone, year=_another_year(work, one.opened_at, zone)),
            "notes": [FLAGS[Flag(flag)] for flag in one.row.flags] if one.status == "pending_verification" else [],
        }
        for one in found
    ]


async def _claims(work: Work, statuses: Sequence[str], zone: str, before: UUID | None) -> list[dict[str, Any]]:
    found = await repository.listed(work.session, work.scope, statuses=statuses, limit=PAGE + 1, before=before)
    units = await _named(work, [one.unit_id for one in found])
    return [
        {
            "key": one.id,
            "number": one.number,
            "url": f"/desk/warranty/claims/{one.id}",
            "product": units.get(one.unit_id, ""),
            "category": str(CLAIM.by_state[one.status].category),
            "label": CLAIM.by_state[one.status].label,
            "at_text": day_time(one.verdict.at, zone, year=_another_year(work, one.verdict.at, zone)),
            "notes": [code for code in (one.fault_code, one.cause_code) if code],
        }
        for one in found
    ]


async def _offers(work: Work, statuses: Sequence[str], zone: str, before: UUID | None) -> list[dict[str, Any]]:
    found = await offerings.listed(work.session, work.scope, statuses=statuses, limit=PAGE + 1, before=before)
    units = await _named(work, [one.unit_id for one in found])
    return [
        {
            "key": one.id,
            "number": one.number,
            "url": f"/desk/cases/{one.case_id}",
            "product": units.get(one.unit_id, ""),
            "category": str(OFFER.by_state[one.status].category),
            "label": OFFER.by_state[one.status].label,
            "at_text": day_time(one.opened_at, zone, year=_another_year(work, one.opened_at, zone)),
            "notes": [offer_cards.REASONS[one.trigger]],
        }
        for one in found
    ]


_LISTED = {"check": _registrations, "registered": _registrations, "offers": _offers}


def _another_year(work: Work, at: datetime, zone: str) -> bool:
    """This year's days go without it."""
    return clock.business_date(at, zone).year != clock.business_date(work.now, zone).year


async def _named(work: Work, unit_ids: Sequence[UUID | None]) -> dict[UUID | None, str]:
    known = {unit_id for unit_id in unit_ids if unit_id is not None}
    units = await products.units(work.session, work.as_system().scope, known) if known else {}
    return {unit.id: unit.product_name for unit in units.values()}


@router.get("/registrations/{registration_id}", include_in_schema=False)
async def registration(work: WorkDep, request: Request, registration_id: UUID) -> Response:
    """One registration with what the customer told, its proof, what is marked and the check list."""
    work.scope.require(REGISTER)
    found = await documents.get(work.session, work.scope, registration_id, REGISTRATION.name)
    return await show_registration(request, work, found)


async def show_registration(
    request: Request, work: Work, document: DocumentView, *, failed: Failed | None = None
) -> Response:
    """The page of a registration; with `failed`, its form again as it was sent."""
    [held] = await records.registered(work.session, work.scope, ids=[document.id], limit=1)
    zone = request.state.who.timezone
    pictures = await photos_of(work, document.stream_id)
    names = await _named(work, [held.row.unit_id])
    state = REGISTRATION.by_state[held.status]
    scan = held.told.file_id if held.told else None
    about = {
        "number": held.number,
        "category": str(state.category),
        "label": state.label,
        "facts": _facts(held, zone, names.get(held.row.unit_id, "")),
        "flags": [FLAGS[Flag(flag)] for flag in held.row.flags],
        "unit_url": f"/desk/units/{held.row.unit_id}" if held.row.unit_id else "",
        "photos": [pictures[scan]] if scan is not None and scan in pictures else [],
        "scan_url": f"/api/v1/files/{scan}" if scan is not None and scan not in pictures else "",
        "certificates": _certificates(held),
        "transfers": [
            {
                "number": one.number,
                "url": f"/desk/warranty/transfers/{one.id}",
                "label": TRANSFER.by_state[one.status].label,
            }
            | {"category": str(TRANSFER.by_state[one.status].category)}
            for one in await passings.of_registration(work.session, work.scope, document.id)
        ],
    }
    return await home_page(
        request, work, document, "warranty/registration.html", "warranty", failed=failed, about=about
    )


def _certificates(held: Registered) -> list[dict[str, str]]:
    """The certificate in the customer's language first, then in all others."""
    if held.status != "active":
        return []
    own = held.told.language if held.told and held.told.language in OFFERED else "en"
    address = f"/api/v1/warranty_registrations/{held.id}/certificate.pdf?lang="
    codes = [own, *(code for code in OFFERED if code != own)]
    return [{"lang": code, "name": OFFERED[code].name, "url": address + code} for code in codes]


def _facts(held: Registered, zone: str, product: str) -> list[dict[str, Any]]:
    told = held.told
    rows = [
        (N_("Product"), product or (told.model if told else "")),
        (N_("Number on the product"), told.number if told else ""),
        (N_("Bought on"), calendar_day(held.row.purchased_on)),
        (N_("Number of the invoice"), told.invoice_number if told else ""),
        (N_("Plan bought on"), calendar_day(held.row.plan_from) if held.row.plan_from else ""),
        (N_("Name"), told.name if told else ""),
        (N_("Phone"), phones.spoken(told.phone) if told else ""),
        (N_("Sent"), day_time(held.opened_at, zone, year=True)),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


@router.get("/claims/{claim_id}", include_in_schema=False)
async def claim(work: WorkDep, request: Request, claim_id: UUID) -> Response:
    """One claim: the answer and the way to it beside the photos of its case, and what can be done."""
    work.scope.require(VIEW)
    held = await repository.claim(work.session, work.scope, claim_id)
    document = await documents.get(work.session, work.scope, claim_id, CLAIM.name)
    card = await panels.coverage(work, held.case_id)
    state = CLAIM.by_state[held.status]
    about = {
        "number": held.number,
        "category": str(state.category),
        "label": state.label,
        "product": (await _named(work, [held.unit_id])).get(held.unit_id, ""),
        "codes": joined([held.fault_code or "", held.cause_code or ""]),
        "case_url": f"/desk/cases/{held.case_id}",
        "answer": card["answer"] if card else None,
        "photos": list((await photos_of(work, held.case_id)).values()),
    }
    return await home_page(request, work, document, "warranty/claim.html", "warranty", failed=None, about=about)
