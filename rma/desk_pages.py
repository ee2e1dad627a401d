"""The returns desk: one field for the scanner, and what stands in each state. Everything goes by keyboard."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Form, Query, Request, Response

from aftersales.cases import repository as cases
from aftersales.cases.repository import CaseFilter
from aftersales.errors import Problem
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, day_time
from aftersales.products import repository as products
from aftersales.web.desk.shell import desk, queue_tabs
from aftersales.web.forms import validated
from aftersales.web.legal import ui_problem
from aftersales.web.render import page
from aftersales.work import Work
from rma import repository
from rma.goods import MOST
from rma.labels import labels_in
from rma.machine import OVER, RETURN
from rma.permissions import RECEIVE, VIEW
from rma.schemas import Scan
from rma.service import receiving
from rma.service.receiving import Scanned

HOME = "/desk/returns"
router = staff_router(HOME, tags=["returns"])
PAGE = 50
QUEUES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("inspect", N_("To inspect"), ("partially_received", "received", "inspecting")),
    ("coming", N_("To come"), ("authorised", "awaiting_return", "pickup_scheduled", "in_transit")),
    ("settle", N_("To settle"), ("dispositioned", "resolution_pending", "exchanged_at_door")),
    ("back", N_("Going back"), ("returning",)),
    ("asked", N_("Asked for"), ("requested", "under_review", "info_requested")),
)
KEPT = N_("Here, to be handed back")
OUTCOMES = {
    "received": N_("Received"),
    "unknown": N_("Nothing that comes to your centres bears this label. Compare it, or ask the centre that it names"),
    "unreadable": N_("Nothing can be read of it"),
    "already": N_("Received before"),
    "twice": N_("Scanned twice, counted once"),
    "called_off": N_("Its return was cancelled. It is written down as here: hand it back, or open a new return"),
    "too_late": N_("The time of its return is over. It is written down as here: hand it back, or open a new return"),
    "refused": N_("Its return was rejected. It is written down as here: hand it back, or review the return"),
    "given_back": N_("Its return is finished. It is written down as here: hand it back, or open a new return"),
    "not_expected": N_("Not on its way to us"),
    "elsewhere": N_("With us already, or scrapped"),
}


@router.get("", include_in_schema=False)
async def queue(
    work: WorkDep,
    request: Request,
    show: Annotated[str | None, Query(max_length=20)] = None,
    before: UUID | None = None,
) -> Response:
    """The returns in one group of states, of the first in which something waits, the last asked for first; what is
    older than `before`."""
    return await _desk(request, work, show, before=before)


@router.post("/scan", include_in_schema=False)
async def scan(work: WorkDep, request: Request, labels: Annotated[str, Form(max_length=40_000)] = "") -> Response:
    """Receive what was scanned, a label a line; then the desk again with what became of each."""
    work.scope.require(RECEIVE)
    try:
        async with work.session.begin_nested():
            body = validated(Scan, {"labels": labels_in(labels)})
            scanned = await receiving.scan(work, body.labels)
    except Problem as problem:
        if problem.status in (401, 403, 404):
            raise
        # Whoever held 500 of them before the scanner does not do so twice.
        told: Any = problem.extra.get("labels", ())
        each = [Scanned(**one) for one in told]
        return await _desk(request, work, "inspect", scanned=each, problem=problem, labels=labels)
    return await _desk(request, work, "inspect", scanned=scanned)


def _told(scanned: Sequence[Scanned]) -> dict[str, Any]:
    """What became of the labels: first what somebody has to look at."""
    rows = [
        (one.label, OUTCOMES[one.outcome], one.number, f"/desk/returns/{one.return_id}", one.outcome == "received")
        for one in scanned
    ]
    # Whoever held one label before the scanner three times reads once what is wrong with it.
    return {
        "scanned": list(dict.fromkeys(row[:4] for row in rows if not row[4])),
        "received": [row[:4] for row in rows if row[4]],
    }


async def _desk(
    request: Request,
    work: Work,
    show: str | None,
    *,
    before: UUID | None = None,
    scanned: Sequence[Scanned] = (),
    problem: Problem | None = None,
    labels: str = "",
) -> Response:
    work.scope.require(VIEW)
    counts = await repository.waiting(work.session, work.scope)
    name, tabs = queue_tabs(QUEUES, counts, HOME, show)
    statuses = next(statuses for key, _, statuses in QUEUES if key == name)
    more = await repository.listed(
        work.session, work.scope, statuses=statuses, kept=name == "back", limit=PAGE + 1, before=before
    )
    found = more[:PAGE]
    units = await products.units(work.session, work.as_system().scope, {row.unit_id for row in found}) if found else {}
    wanted = CaseFilter(ids=list({row.stream_id for row in found}))
    about = await cases.listed(work.session, work.scope, wanted, limit=PAGE) if found else []
    known = {case.id: case for case in about}
    zone = request.state.who.timezone
    rows: list[dict[str, Any]] = [
        {
            "number": row.number,
            "case": known[row.stream_id].number if row.stream_id in known else "",
            "customer": known[row.stream_id].name or "" if row.stream_id in known else "",
            "url": f"/desk/returns/{row.id}",
            "product": units[row.unit_id].product_name if row.unit_id in units else "",
            "category": "waiting" if row.status in OVER else row.category,
            "label": KEPT if row.status in OVER else RETURN.by_state[row.status].label,
            "at_text": day_time(row.asked_at, zone),
        }
        for row in found
    ]
    context = await desk(
        request,
        work,
        "returns",
        rows=rows,
        tabs=tabs,
        older_url=f"{HOME}?show={name}&before={found[-1].id}" if len(more) > PAGE else "",
        zone=zone,
        most=MOST,
        may_scan=work.scope.can(RECEIVE),
        labels=labels,
        **_told(scanned),
    )
    if problem is not None:
        context["problem"] = ui_problem(problem)
    answer = page(request, "rma/desk.html", context, status=problem.status if problem is not None else 200)
    if request.method == "POST":
        # Kept for whoever opens a return from it and comes back: browsers show nothing of what was sent otherwise.
        answer.headers["Cache-Control"] = "private, no-cache"
    return answer
