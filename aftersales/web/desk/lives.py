"""One view of a household, and the passport of a unit: lists that the kernel and every module contribute."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from aftersales import phones
from aftersales.cases import households
from aftersales.cases import repository as cases
from aftersales.cases.households import Owner
from aftersales.customers import repository as customers
from aftersales.customers.repository import PersonView
from aftersales.errors import NotFound
from aftersales.files import repository as files
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import LANGUAGES, N_, calendar_day, day_time, joined, language_or_default
from aftersales.module import Panel
from aftersales.privacy import repository as privacy
from aftersales.privacy.permissions import ERASE, EXPORT
from aftersales.products import repository as products
from aftersales.products.repository import UnitView
from aftersales.status import documents
from aftersales.status.documents import DocumentView
from aftersales.status.life import Life
from aftersales.subject import ERASED_NAME, number_of
from aftersales.updates import repository as updates
from aftersales.updates.permissions import VIEW as SEE_UPDATES
from aftersales.web.desk.cases import case_rows
from aftersales.web.desk.entries import PHOTOS, entries, photo, title_of, told_block
from aftersales.web.desk.shell import desk
from aftersales.web.desk.wishes import of_household
from aftersales.web.panels import chapters
from aftersales.web.render import page
from aftersales.work import Work

router = staff_router()
FEW, MANY = 6, 30
FLAGS = {
    "purchased_before_manufactured": N_("bought before it was made"),
    "delivered_before_purchased": N_("delivered before it was bought"),
    "installed_before_delivered": N_("installed before it was delivered"),
}
DATES = (
    ("manufactured_on", N_("Made")),
    ("purchased_on", N_("Bought")),
    ("delivered_on", N_("Delivered")),
    ("installed_on", N_("Installed")),
)


async def _cases(work: Work, life: Life) -> Mapping[str, Any]:
    found = await cases.in_life(work.session, work.scope, life)
    rows = await case_rows(work, found, life.zone)
    return {"rows": [row | {"id": one.id} for row, one in zip(rows, found, strict=True)]}


async def _units(work: Work, life: Life) -> Mapping[str, Any]:
    found = await products.owned_in(work.session, work.scope, life)
    may_open = work.scope.can("case.open")
    return {
        "rows": [
            {
                "id": unit.id,
                "title": unit.product_name,
                "url": f"/desk/units/{unit.id}",
                "facts": [fact for fact in (*_numbers(unit, former=False), _bought(unit)) if fact],
                "new_case_url": _new_case(unit) if may_open else "",
            }
            for unit in found
        ]
    }


async def _messages(work: Work, life: Life) -> Mapping[str, Any]:
    found = await updates.in_life(work.session, work.scope, life)
    return {
        "rows": [
            {
                "id": one.id,
                "told": told_block(one, life.zone),
                "number": one.number,
                "url": f"/desk/cases/{one.stream_id}" if one.stream_id != life.unit_id else "",
            }
            for one in found
        ]
    }


async def _files(work: Work, life: Life) -> Mapping[str, Any]:
    found = await files.in_life(work.session, work.scope, life)
    return {
        "rows": [
            {
                "id": one.id,
                "picture": photo(one) if one.is_picture else None,
                "url": f"/api/v1/files/{one.id}",
                "name": PHOTOS.get(one.kind, one.filename),
                "at_text": day_time(one.created_at, life.zone, year=True),
            }
            for one in found
        ]
    }


OWN = (
    Panel("customer", "cases", "Cases", "desk/life/cases.html", _cases, "case.view", 0),
    Panel("customer", "units", "Units", "desk/life/units.html", _units, "", 10),
    Panel("customer", "messages", "What they were told", "desk/life/messages.html", _messages, SEE_UPDATES, 80),
    Panel("customer", "wishes", "How they are reached", "desk/life/wishes.html", of_household, SEE_UPDATES, 85),
    Panel("customer", "files", "Photos and files", "desk/life/files.html", _files, "", 90),
    Panel("unit", "cases", "Cases", "desk/life/cases.html", _cases, "case.view", 0),
    Panel("unit", "files", "Photos and files", "desk/life/files.html", _files, "", 90),
)


@router.get("/desk/customers/{customer_id}", include_in_schema=False)
async def customer_page(work: WorkDep, request: Request, customer_id: UUID) -> Response:
    """One household: its people, what it owns, and all that happened."""
    work.scope.require("customer.view")
    zone = request.state.who.timezone
    customer = await customers.customer(work.session, work.scope, customer_id)
    people = await customers.people(work.session, work.scope, customer_id)
    places = await customers.addresses(work.session, work.scope, customer_id)
    running = await documents.running_of(work.session, work.scope, customer_id=customer_id)
    first = people[0] if people else None
    facts = [{"label": N_("Number"), "value": number_of(customer_id)}]
    facts += [{"label": N_("Customer since"), "value": calendar_day(customer.since)}]
    facts += [{"label": N_("Address"), "value": ", ".join(place.lines)} for place in places]
    here = f"/desk/customers/{customer_id}"
    context = await desk(
        request,
        work,
        "customers",
        customer={
            "name": (first.name_local or first.name) if first else customer.name,
            "lang": first.language if first and first.name_local else "en",
            "latin_name": customer.name if first and first.name_local else "",
            "list_url": "/desk/customers",
            "facts": facts,
            "new_case_url": f"/desk/new-case?customer={customer_id}" if work.scope.can("case.open") else "",
        },
        standing=_standing(work, running),
        zone=zone,
        people=[_person(person) for person in people],
        privacy=await _privacy(work, customer_id, people, zone),
        chapters=await chapters(request, work, "customer", Life(zone, FEW, customer_id=customer_id), OWN, here),
    )
    return page(request, "desk/customer.html", context)


async def _privacy(work: Work, customer_id: UUID, people: Sequence[PersonView], zone: str) -> Mapping[str, Any]:
    """Handing out and letting go, for whoever may, and the records of what was let go."""
    here = f"/desk/customers/{customer_id}"
    remain = [person for person in people if person.name != ERASED_NAME]
    links = (
        [{"label": N_("Download everything stored"), "url": f"{here}/everything.zip"}] if work.scope.can(EXPORT) else []
    )
    if work.scope.can(ERASE):
        several = [
            (N_("Erase {name}").format(name=one.name), f"{here}/erase?person={one.id}")
            for one in remain
            if len(remain) > 1
        ]
        whole = (N_("Erase this customer"), f"{here}/erase")
        links += [{"label": label, "url": url} for label, url in (*several, whole) if remain]
    return {
        "links": links,
        "records": [
            {
                "label": N_("Erased on {when}").format(when=day_time(one.at, zone, year=True)),
                "url": f"/desk/erasures/{one.id}",
            }
            for one in await privacy.erasures_of(work.session, work.scope, customer_id)
        ],
    }


@router.get("/desk/units/{unit_id}", include_in_schema=False)
async def unit_page(
    work: WorkDep, request: Request, unit_id: UUID, before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None
) -> Response:
    """The passport of a unit: its whole life, over all its owners."""
    zone = request.state.who.timezone
    unit = await products.unit(work.session, work.scope, unit_id)
    running = await documents.running_of(work.session, work.scope, unit_id=unit_id)
    owners = await households.owners(work.session, work.scope, unit_id)
    here = f"/desk/units/{unit_id}"
    events, older = await _events(work, unit_id, zone, before)
    context = await desk(
        request,
        work,
        "customers",
        unit={
            "title": unit.product_name,
            "serial": unit.serial,
            "list_url": f"/desk/customers/{unit.customer_id}" if work.scope.can("customer.view") else "/desk/cases",
            "kind": f"{unit.brand_name} · {unit.category_name} · {unit.model}",
            "numbers": _numbers(unit, former=True),
            "dates": _dates(unit),
            "flags": [FLAGS.get(flag, N_(flag.replace("_", " "))) for flag in unit.flags],
            "new_case_url": _new_case(unit) if work.scope.can("case.open") else "",
        },
        standing=_standing(work, running),
        zone=zone,
        owners=[_owner(work, owner, unit, zone) for owner in owners],
        chapters=await chapters(request, work, "unit", Life(zone, FEW, unit_id=unit_id), OWN, here),
        events=events,
        older_url=f"{here}?before={older}#events" if older else "",
    )
    return page(request, "desk/unit.html", context)


@router.get("/desk/customers/{customer_id}/lists/{chapter}", include_in_schema=False)
async def customer_chapter(
    work: WorkDep, request: Request, customer_id: UUID, chapter: str, before: UUID | None = None
) -> Response:
    """One list of a household's life, page by page."""
    work.scope.require("customer.view")
    customer = await customers.customer(work.session, work.scope, customer_id)
    life = Life(request.state.who.timezone, MANY, customer_id=customer_id, before=before)
    return await _chapter(request, work, "customer", life, chapter, f"/desk/customers/{customer_id}", customer.name)


@router.get("/desk/units/{unit_id}/lists/{chapter}", include_in_schema=False)
async def unit_chapter(
    work: WorkDep, request: Request, unit_id: UUID, chapter: str, before: UUID | None = None
) -> Response:
    """One list of a unit's life, page by page."""
    unit = await products.unit(work.session, work.scope, unit_id)
    life = Life(request.state.who.timezone, MANY, unit_id=unit_id, before=before)
    return await _chapter(request, work, "unit", life, chapter, f"/desk/units/{unit_id}", unit.product_name)


async def _chapter(
    request: Request, work: Work, place: str, life: Life, chapter: str, here: str, about: str
) -> Response:
    found = await chapters(request, work, place, life, OWN, here, only=chapter)
    if not found:
        raise NotFound("life.no_such_list", "There is no such list here, or nothing more in it.")
    context = await desk(request, work, "customers", about=about, back_url=here, chapter=found[0])
    return page(request, "desk/chapter.html", context)


async def _events(work: Work, unit_id: UUID, zone: str, before: int | None) -> tuple[list[dict[str, Any]], int | None]:
    """What happened to the unit outside any case; nothing for whoever sees none of the documents there."""
    try:
        return await entries(work, unit_id, zone, before)
    except NotFound:
        return [], None


def _standing(work: Work, running: Sequence[DocumentView]) -> dict[str, Any]:
    """Where it stands in a sentence, its category, and the case to open: of whatever moved last, cases apart."""
    held = [one for one in running if one.machine == "case"]
    for one in [*(one for one in running if one.machine != "case"), *held]:
        machine = work.registry.machines.get(one.machine)
        state = machine.by_state.get(one.status) if machine is not None else None
        if machine is None or state is None:
            continue
        return {
            "text": joined([title_of(machine, state), one.number], " · "),
            "category": one.category,
            # A registration stands on the unit itself.
            "case_url": f"/desk/cases/{one.stream_id}" if one.stream_id != one.unit_id else "",
            "open_text": N_("{count} open cases").format(count=len(held)) if len(held) > 1 else "",
        }
    return {"text": N_("Nothing is open."), "category": "done", "case_url": "", "open_text": ""}


def _person(person: PersonView) -> dict[str, Any]:
    return {
        "name": person.name_local or person.name,
        "lang": person.language if person.name_local else "en",
        "relation": person.name if person.name_local else "",
        "phone_text": ", ".join(phones.spoken(number) for number in person.phones),
        "reads": N_("reads {language}").format(language=LANGUAGES[language_or_default(person.language)].name),
    }


def _numbers(unit: UnitView, *, former: bool) -> list[dict[str, str]]:
    """The identifiers; with `former` ones those too that were on it once, each with its dates."""
    return [
        {
            "label": N_(one.kind.replace("_", " ").capitalize()),
            "value": one.value,
            "current": "yes" if one.current else "",
        }
        | ({"dates": _span(one.valid_from, one.valid_until)} if former else {})
        for one in unit.identifiers
        if former or one.current
    ]


def _span(since: Any, until: Any) -> str:
    if until is None:
        return N_("since {day}").format(day=calendar_day(since)) if since is not None else ""
    if since is None:
        return N_("until {day}").format(day=calendar_day(until))
    return N_("{since} until {until}").format(since=calendar_day(since), until=calendar_day(until))


def _bought(unit: UnitView) -> dict[str, str] | None:
    on = unit.purchased_on
    return {"label": N_("Bought"), "value": calendar_day(on)} if on is not None else None


def _dates(unit: UnitView) -> list[dict[str, str]]:
    known = [(label, getattr(unit, name)) for name, label in DATES]
    facts = [{"label": label, "value": calendar_day(day)} for label, day in known if day is not None]
    return facts + ([{"label": N_("Invoice"), "value": unit.invoice_number}] if unit.invoice_number else [])


def _owner(work: Work, owner: Owner, unit: UnitView, zone: str) -> dict[str, str]:
    now = owner.id == unit.customer_id
    first = day_time(owner.first_at, zone, year=True) if owner.first_at is not None else ""
    last = day_time(owner.last_at, zone, year=True) if owner.last_at is not None else ""
    with_us = (
        N_("first matter with us {first}").format(first=first)
        if now
        else N_("matters with us {first} to {last}").format(first=first, last=last)
    )
    return {
        "name": owner.name_local or owner.name,
        "lang": owner.language if owner.name_local else "en",
        "latin_name": owner.name if owner.name_local else "",
        "url": f"/desk/customers/{owner.id}" if work.scope.can("customer.view") else "",
        "since": joined([N_("Owns it now") if now else N_("Before"), with_us if first else ""], " · "),
    }


def _new_case(unit: UnitView) -> str:
    return f"/desk/new-case?customer={unit.customer_id}&unit={unit.id}"
