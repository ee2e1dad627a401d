"""The case list with its filters, and search over everything."""

from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request, Response
from starlette.responses import RedirectResponse

from aftersales import phones
from aftersales.auth import repository as auth
from aftersales.cases import households
from aftersales.cases import repository as cases
from aftersales.cases.repository import CaseFilter, CaseRow
from aftersales.cases.rules import about
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, day_time
from aftersales.listing import address
from aftersales.products import repository as products
from aftersales.search import query as search
from aftersales.status import documents
from aftersales.status.machine import WaitsOn
from aftersales.web.desk.entries import title_of
from aftersales.web.desk.shell import capped, desk
from aftersales.web.render import page
from aftersales.work import Work

router = staff_router()
PAGE = 50
TABS: tuple[tuple[str, str, str | None], ...] = (
    ("running", N_("Running"), None),
    ("mine", N_("Mine"), None),
    ("waiting", N_("Waiting"), "waiting"),
    ("trouble", N_("Trouble"), "trouble"),
    ("follow_up", N_("Follow-up call due"), "open"),
    ("done", N_("Done"), "done"),
    ("all", N_("All"), None),
)
Tab = Literal["running", "mine", "waiting", "trouble", "follow_up", "done", "all"]


async def case_rows(work: Work, found: list[CaseRow], zone: str) -> list[dict[str, Any]]:
    """Rows as the list macro takes them; one statement for all the owners' names, one for what each case is at."""
    owners = sorted({row.owner_id for row in found if row.owner_id is not None})
    names = await auth.staff_names(work.session, work.scope, owners)
    states = work.registry.machines["case"].by_state
    at = await _at(work, [row.id for row in found if row.category != "done"])
    return [
        {
            "url": f"/desk/cases/{row.id}",
            "number": row.number,
            "category": row.category,
            "status_label": states[row.status].label,
            "title": about(row.complaint),
            "who": row.name or "",
            "where": row.product or "",
            "owner": names.get(row.owner_id, "") if row.owner_id else "",
            "next_text": at[row.id][0] if row.id in at else "",
            "next_category": at[row.id][1] if row.id in at else None,
            "at_text": day_time(row.changed_at, zone),
        }
        for row in found
    ]


async def _at(work: Work, ids: list[UUID]) -> dict[UUID, tuple[str, str]]:
    """What each case is at, with its category: what waits for the customer first, else whatever moved last."""
    at: dict[UUID, tuple[bool, str, str]] = {}
    for document in await documents.running_on(work.session, work.scope, ids):
        machine = work.registry.machines.get(document.machine)
        state = machine.by_state.get(document.status) if machine is not None else None
        if machine is None or state is None or document.machine == "case":
            continue
        theirs = state.waits_on is WaitsOn.CUSTOMER
        if document.stream_id not in at or (theirs and not at[document.stream_id][0]):
            at[document.stream_id] = (theirs, title_of(machine, state), document.category)
    return {key: (words, category) for key, (_, words, category) in at.items()}


@router.get("/desk/cases", include_in_schema=False)
async def case_list(
    work: WorkDep,
    request: Request,
    show: Tab = "running",
    status: Annotated[str, Query(max_length=40)] = "",
    branch: Annotated[UUID | Literal[""], Query()] = "",
    after: UUID | None = None,
) -> Response:
    """The newest first, `PAGE` at a time; the list keeps its filter in its address."""
    work.scope.require("case.view")
    who = request.state.who
    states = work.registry.machines["case"].by_state
    wanted = _filter(show, status, branch or None, who.staff_id, states)
    found = await cases.listed(work.session, work.scope, wanted, limit=PAGE, after=after)
    counts = await cases.counts(work.session, work.scope, branch or None)
    kept = {"show": show, "status": status, "branch": str(branch)}
    branches = await auth.branches(work.session, work.scope)
    fields = [
        {
            "name": "status",
            "label": N_("Status"),
            "kind": "select",
            "value": status,
            "options": [{"value": s.name, "label": s.label} for s in states.values()],
        },
        {
            "name": "branch",
            "label": N_("Service centre"),
            "kind": "select",
            "value": str(branch),
            "options": [{"value": str(b.id), "label": b.name} for b in branches],
        },
        {"name": "show", "kind": "hidden", "value": show, "label": ""},
    ]
    context = await desk(
        request,
        work,
        "cases",
        by_status=counts if not branch else None,
        heading=N_("Cases"),
        tabs=[_tab(name, label, category, show, counts, kept, states) for name, label, category in TABS],
        filters={
            "url": "/desk/cases",
            "fields": fields,
            "more_open": bool(status or branch),
            "clear_url": "/desk/cases" if status or branch else "",
        },
        hits=[],
        rows=await case_rows(work, found, who.timezone),
        next_url=f"/desk/cases?{urlencode(kept | {'after': str(found[-1].id)})}" if len(found) == PAGE else "",
        empty={
            "title": N_("No case here"),
            "text": N_("A case appears when a customer calls, writes or brings a unit in."),
        },
        new_url="/desk/new-case" if work.scope.can("case.open") else "",
        csv_url=_csv(wanted),
    )
    return page(request, "desk/cases.html", context)


def _csv(wanted: CaseFilter) -> str:
    """The same cases as a file."""
    shown = {"status": sorted(wanted.statuses or ()), "category": wanted.category}
    return address("cases", shown | {"owner_id": wanted.owner_id, "branch_id": wanted.branch_id})


def _filter(show: Tab, status: str, branch: UUID | None, me: UUID, states: Any) -> CaseFilter:
    if status in states:
        return CaseFilter(statuses=frozenset({status}), branch_id=branch)
    running = frozenset(name for name, state in states.items() if state.category != "done")
    return CaseFilter(
        statuses={"running": running, "mine": running, "follow_up": frozenset({"follow_up"})}.get(show),
        category=show if show in ("waiting", "trouble", "done") else None,
        owner_id=me if show == "mine" else None,
        branch_id=branch,
    )


def _tab(
    name: str, label: str, category: str | None, show: str, counts: dict[str, int], kept: dict[str, str], states: Any
) -> dict[str, Any]:
    total = sum(counts.values())
    count: int | None = None
    if name in ("waiting", "trouble"):
        count = sum(n for s, n in counts.items() if s in states and states[s].category == name)
    elif name == "running":
        count = total
    elif name == "follow_up":
        count = counts.get("follow_up", 0)
    # Once counting has stopped at its cap, the parts are no more than a sample.
    text = "" if count is None or (total >= documents.COUNT_CAP and name != "running") else capped(count)
    query = urlencode({"show": name, "branch": kept["branch"]} if kept["branch"] else {"show": name})
    return {
        "label": label,
        "url": f"/desk/cases?{query}",
        "current": name == show and not kept["status"],
        "count_text": text,
        "category": category,
    }


@router.get("/desk/search", include_in_schema=False)
async def search_page(work: WorkDep, request: Request, q: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Numbers, phones, identifiers and names; a single hit opens at once."""
    work.scope.require("case.view")
    found = await search.find(work.session, work.scope, q, 50, region=work.settings.country) if q.strip() else []
    ids = [h.entity_id for h in found if h.entity == "document"]
    rows = await cases.listed(work.session, work.scope, CaseFilter(ids=ids), limit=50) if ids else []
    if len(found) == 1 and len(rows) == 1:
        return RedirectResponse(f"/desk/cases/{rows[0].id}", 303)
    hits = [*await _customer_hits(work, found), *await _unit_hits(work, found)]
    if len(found) == 1 and len(hits) == 1:
        return RedirectResponse(hits[0]["url"], 303)
    context = await desk(
        request,
        work,
        "search",
        heading=N_("Found for “{q}”").format(q=q.strip()),
        tabs=[],
        filters=None,
        hits=hits,
        rows=await case_rows(work, rows, request.state.who.timezone),
        next_url="",
        empty={
            "title": N_("Nothing found"),
            "text": N_("Try a case number, the last digits of a phone, a serial number or a name in either script."),
        },
        new_url="/desk/new-case" if work.scope.can("case.open") else "",
    )
    context["shell"]["query"] = q
    return page(request, "desk/cases.html", context)


async def _customer_hits(work: Work, found: list[search.Hit]) -> list[dict[str, Any]]:
    ids = list(dict.fromkeys(h.customer_id for h in found if h.entity == "customer" and h.customer_id))
    if not ids:
        return []
    return [
        {
            "kind_label": N_("Customer"),
            "title": line.name_local or line.name,
            "lang": line.language if line.name_local else "en",
            "detail": " · ".join(
                filter(None, (line.name, phones.spoken(line.phone) if line.phone else "", line.locality))
            ),
            "url": f"/desk/customers/{line.id}",
        }
        for line in await households.lines(work.session, work.scope, ids=ids)
    ]


async def _unit_hits(work: Work, found: list[search.Hit]) -> list[dict[str, Any]]:
    ids = list(dict.fromkeys(h.entity_id for h in found if h.entity == "unit"))
    if not ids:
        return []
    return [
        {
            "kind_label": N_("Unit"),
            "title": unit.product_name,
            "detail": ", ".join(i.value for i in unit.identifiers),
            "url": f"/desk/units/{unit.id}",
        }
        for unit in (await products.units(work.session, work.scope, ids)).values()
    ]
