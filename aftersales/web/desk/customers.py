"""The list of customers."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request, Response

from aftersales import phones
from aftersales.cases import households
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, several
from aftersales.listing import address
from aftersales.search import query as search
from aftersales.web.desk.shell import desk
from aftersales.web.render import page

router = staff_router()
PAGE = 50


@router.get("/desk/customers", include_in_schema=False)
async def customer_list(
    work: WorkDep, request: Request, q: Annotated[str, Query(max_length=100)] = "", after: UUID | None = None
) -> Response:
    """Everybody, or those that match what was typed."""
    work.scope.require("customer.view")
    ids = None
    if q.strip():
        hits = await search.find(work.session, work.scope, q, PAGE, region=work.settings.country)
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
            "units_text": several("{count} unit", "{count} units", line.units),
            "open_text": N_("{count} open").format(count=line.open_cases) if line.open_cases else "",
            "open_category": "open",
        }
        for line in found
    ]
    more = f"/desk/customers?{urlencode({'q': q, 'after': str(found[-1].id)})}" if len(found) == PAGE else ""
    field = {"name": "q", "label": N_("Name, phone or serial"), "kind": "search", "value": q, "required": False}
    context = await desk(
        request,
        work,
        "customers",
        search={"url": "/desk/customers", "field": field},
        customers=rows,
        next_url=more,
        empty={"title": N_("Nobody found"), "text": N_("A household appears here when its first case is opened.")},
        new_url="",
        csv_url=address("customers", {"q": q.strip()}),
    )
    return page(request, "desk/customers.html", context)
