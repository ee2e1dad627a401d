"""Customers: the list, and one view of a household."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request, Response

from aftersales import phones
from aftersales.cases import households
from aftersales.cases import repository as cases
from aftersales.cases.repository import CaseFilter
from aftersales.customers import repository
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import LANGUAGES, format_calendar, language_or_default
from aftersales.products import repository as products
from aftersales.products.repository import UnitView
from aftersales.search import query as search
from aftersales.updates import repository as updates
from aftersales.web.desk.cases import case_rows
from aftersales.web.desk.entries import told_block
from aftersales.web.desk.shell import desk
from aftersales.web.panels import panels
from aftersales.web.render import page

router = staff_router()
PAGE = 50
FEW = 5


@router.get("/desk/customers", include_in_schema=False)
async def customer_list(
    work: WorkDep, request: Request, q: Annotated[str, Query(max_length=100)] = "", after: UUID | None = None
) -> Response:
    """Everybody, or those that match what was typed."""
    work.scope.require("customer.view")
    ids = None
    if q.strip():
        hits = await search.find(work.session, work.scope, q, PAGE)
        ids = list(dict.fromkeys(h.customer_id for h in hits if h.customer_id is not None))
    found = await households.lines(work.session, work.scope, ids=ids, after=after, limit=PAGE)
    rows = [
        {
            "url": f"/desk/customers/{line.id}",
            "name": line.name_local or line.name,
            "lang": line.language if line.name_local else "en",
            "latin_name": line.name if line.name_local else "",
            "phone_text": phones.spoken(line.phone) if line.phone else "",
            "place": line.locality or "",
            "units_text": "1 unit" if line.units == 1 else f"{line.units} units",
            "open_text": f"{line.open_cases} open" if line.open_cases else "",
            "open_category": "open",
        }
        for line in found
    ]
    more = f"/desk/customers?{urlencode({'q': q, 'after': str(found[-1].id)})}" if len(found) == PAGE else ""
    field = {"name": "q", "label": "Name, phone or serial", "kind": "search", "value": q, "required": False}
    context = await desk(
        request,
        work,
        "customers",
        search={"url": "/desk/customers", "field": field},
        customers=rows,
        next_url=more,
        empty={"title": "Nobody found", "text": "A household appears here when its first case is opened."},
        new_url="",
    )
    return page(request, "desk/customers.html", context)


@router.get("/desk/customers/{customer_id}", include_in_schema=False)
async def customer_page(work: WorkDep, request: Request, customer_id: UUID) -> Response:
    """One household: its people, units, cases."""
    work.scope.require("customer.view")
    zone = request.state.who.timezone
    customer = await repository.customer(work.session, work.scope, customer_id)
    people = await repository.people(work.session, work.scope, customer_id)
    places = await repository.addresses(work.session, work.scope, customer_id)
    units = await products.units_of(work.session, work.scope, customer_id)
    wanted = CaseFilter(customer_id=customer_id)
    found = await cases.listed(work.session, work.scope, wanted, limit=PAGE)
    seen = work.scope.can("updates.view") and bool(found)
    told = await updates.mailbox(work.session, work.scope, streams=[row.id for row in found], limit=FEW) if seen else []
    first = people[0] if people else None
    facts = [{"label": "Customer since", "value": format_calendar(customer.since, "en")}]
    facts += [{"label": "Address", "value": ", ".join(place.lines)} for place in places]
    may_open = work.scope.can("case.open")
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
            "new_case_url": f"/desk/new-case?customer={customer_id}" if may_open else "",
        },
        people=[
            {
                "name": person.name_local or person.name,
                "lang": person.language if person.name_local else "en",
                "relation": person.name if person.name_local else "",
                "phone_text": ", ".join(phones.spoken(number) for number in person.phones),
                "reads": f"reads {LANGUAGES[language_or_default(person.language)].name}",
            }
            for person in people
        ],
        units=[_unit(unit, may_open) for unit in units],
        cases=await case_rows(work, found, zone),
        panels=await panels(request, work, "customer", "left", customer_id),
        messages=[
            {"told": told_block(one, zone), "case_number": one.number, "case_url": f"/desk/cases/{one.stream_id}"}
            for one in told
        ],
        actions=[],
    )
    return page(request, "desk/customer.html", context)


def _unit(unit: UnitView, may_open: bool) -> dict[str, Any]:
    facts = [{"label": i.kind.replace("_", " ").capitalize(), "value": i.value} for i in unit.identifiers]
    if unit.purchased_on is not None:
        facts.append({"label": "Bought", "value": format_calendar(unit.purchased_on, "en")})
    return {
        "title": unit.product_name,
        "facts": facts,
        "new_case_url": f"/desk/new-case?customer={unit.customer_id}&unit={unit.id}" if may_open else "",
    }
