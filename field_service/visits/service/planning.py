"""The coordinator's verbs: request, schedule, confirm, dispatch, recall, reschedule, rebook, miss, cancel."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales.auth import repository as auth
from aftersales.auth.permissions import TECHNICIAN
from aftersales.cases import repository as cases
from aftersales.cases.schemas import Nothing, Reason
from aftersales.customers import repository as customers
from aftersales.errors import Conflict, Invalid
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.search import index
from aftersales.status.changes import NewDocument, event, move, open_document
from aftersales.work import Work
from field_service.visits import repository, rules
from field_service.visits.machine import VISIT
from field_service.visits.models import Visit
from field_service.visits.schemas import Dispatch, Rebook, RequestVisit, Reschedule, Window
from field_service.visits.service import overdue

ENDED_CASES = frozenset({"cancel_pending", "cancelled", "merged"})
Bounds = tuple[datetime, datetime]


async def request(work: Work, case_id: UUID, body: RequestVisit) -> UUID:
    """Book a visit on the case; with a window it is scheduled at once. Returns its id.

    Raises NotFound, Conflict (`visit.case_ended`, `status.already_open` for a second open visit of a kind), Invalid
    (`visit.window`, `visit.address_elsewhere`, `visit.no_unit`).
    """
    return await _open(work, case_id, body)


async def _open(work: Work, case_id: UUID, body: RequestVisit, follows_id: UUID | None = None) -> UUID:
    case = await cases.case(work.session, work.scope, case_id)
    work.scope.require("visit.request", case.branch_id)
    if case.status in ENDED_CASES:
        raise Conflict("visit.case_ended", "This case is cancelled. Keep it or open a new one, then book the visit.")
    if case.unit_id is None and body.kind in (rules.PICKUP, rules.DROP):
        raise Invalid("visit.no_unit", "The case names no unit that could be fetched or brought. Add the unit first.")
    known = await customers.addresses(work.session, work.scope, case.customer_id)
    if body.address_id not in {address.id for address in known}:
        raise Invalid(
            "visit.address_elsewhere",
            "This address is not one of the household's. Add it to them first.",
            errors=[{"field": "address_id", "problem": N_("not an address of this household")}],
        )
    branch = await auth.branch(work.session, work.scope, case.branch_id)
    window = _wished(work, body, branch.timezone)
    visit_id = new_id()
    number = await work.numbers.next(f"{branch.code}-V", work.now.astimezone(ZoneInfo(branch.timezone)).year)
    new = NewDocument(
        stream_id=case_id,
        branch_id=case.branch_id,
        number=number,
        unit_id=case.unit_id,
        customer_id=case.customer_id,
        open_key=f"visit:{body.kind}:{case_id}",
    )
    data = {"kind": body.kind, **({"follows": follows_id} if follows_id else {})}
    changes = [open_document(VISIT, visit_id, "request", new, data=data, note=body.note)]
    if window:
        changes.append(move(VISIT, visit_id, "schedule", data=_times(window)))
    await work.post(*changes)
    start, end = window or (None, None)
    work.session.add(
        Visit(
            id=visit_id,
            kind=body.kind,
            address_id=body.address_id,
            window_start=start,
            window_end=end,
            accessories=[],
            follows_id=follows_id,
        )
    )
    await index.put(
        work.session, kind="number", text=number, entity="document", entity_id=case_id, customer_id=case.customer_id
    )
    await work.session.flush()
    return visit_id


def _wished(work: Work, body: RequestVisit | Rebook, zone: str) -> Bounds | None:
    if body.window_start is None and body.window_end is None:
        return None
    if body.window_start is None or body.window_end is None:
        field = "window_start" if body.window_start is None else "window_end"
        raise Invalid(
            "visit.window",
            "Give both times of the window, or neither.",
            errors=[{"field": field, "problem": "missing"}],
        )
    return rules.window(body.window_start, body.window_end, now=work.now, zone=zone)


def _times(window: Bounds) -> dict[str, object]:
    return {"starts_at": window[0], "ends_at": window[1]}


async def schedule(work: Work, visit_id: UUID, body: Window) -> None:
    """Set the window. Raises Invalid (`visit.window`)."""
    visit = await repository.visit(work.session, work.scope, visit_id)
    window = rules.window(body.window_start, body.window_end, now=work.now, zone=visit.timezone)
    await work.post(move(VISIT, visit_id, "schedule", if_version=work.if_version, data=_times(window)))
    await repository.change(work.session, work.scope, visit_id, window_start=window[0], window_end=window[1])


async def confirm(work: Work, visit_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """The customer has agreed to the window; they are told in writing."""
    visit = await repository.visit(work.session, work.scope, visit_id)
    data: dict[str, object] = {"kind": visit.kind}
    if visit.window_start and visit.window_end:
        data |= _times((visit.window_start, visit.window_end))
        await overdue.watch(work, visit_id, visit.window_end)
    await work.post(move(VISIT, visit_id, "confirm", if_version=work.if_version, data=data))


async def dispatch(work: Work, visit_id: UUID, body: Dispatch) -> None:
    """Give the visit to a technician of its branch. Raises Invalid (`visit.not_a_technician`)."""
    visit = await repository.visit(work.session, work.scope, visit_id)
    crew = await auth.staff_with_role(work.session, work.scope, TECHNICIAN, visit.branch_id)
    if body.technician_id not in {person.id for person in crew}:
        raise Invalid(
            "visit.not_a_technician",
            "This person is no technician of the visit's service centre. Choose one from the list.",
            errors=[{"field": "technician_id", "problem": N_("not a technician here")}],
        )
    await work.post(
        move(
            VISIT,
            visit_id,
            "dispatch",
            if_version=work.if_version,
            data={"technician_id": body.technician_id},
            assignee_id=body.technician_id,
        )
    )


async def reschedule(work: Work, visit_id: UUID, body: Reschedule) -> None:
    """Another window, with the reason; the status stays and the customer is told."""
    visit = await repository.visit(work.session, work.scope, visit_id)
    window = rules.window(body.window_start, body.window_end, now=work.now, zone=visit.timezone)
    await work.post(
        event(
            VISIT,
            visit_id,
            "rescheduled",
            if_version=work.if_version,
            data={**_times(window), "reason": body.reason, "kind": visit.kind},
            note=body.note,
        )
    )
    await repository.change(work.session, work.scope, visit_id, window_start=window[0], window_end=window[1])
    if visit.status != "scheduled":
        await overdue.watch(work, visit_id, window[1])


async def rebook(work: Work, visit_id: UUID, body: Rebook) -> UUID:
    """End a failed visit and book a new one in its place. Returns the new one's id."""
    visit = await repository.visit(work.session, work.scope, visit_id)
    await work.post(move(VISIT, visit_id, "rebook", if_version=work.if_version))
    await _custody(work, visit, "rebook")
    wanted = {"kind": visit.kind, "address_id": visit.address_id, **body.model_dump()}
    again = RequestVisit.model_validate(wanted)
    return await _open(work, visit.case_id, again, follows_id=visit_id)


async def recall(work: Work, visit_id: UUID, body: Reason) -> None:
    """Take the visit back from its technician; another one is needed."""
    await repository.visit(work.session, work.scope, visit_id)
    await work.post(move(VISIT, visit_id, "recall", if_version=work.if_version, note=body.note))


async def miss(work: Work, visit_id: UUID, body: Reason) -> None:
    """We did not come. The customer is told so, and why."""
    await repository.visit(work.session, work.scope, visit_id)
    await work.post(move(VISIT, visit_id, "miss", if_version=work.if_version, note=body.note))


async def cancel(work: Work, visit_id: UUID, body: Reason) -> None:
    """The visit will not take place, and none in its stead."""
    visit = await repository.visit(work.session, work.scope, visit_id)
    await work.post(move(VISIT, visit_id, "cancel", if_version=work.if_version, note=body.note))
    await _custody(work, visit, "cancel")


async def _custody(work: Work, visit: repository.VisitView, verb: str) -> None:
    """A drop that failed is on the van until somebody ends it: then the unit is back at the centre."""
    holder = rules.custody_after(visit.kind, verb)
    if holder is not None and visit.custody is not None:
        await repository.change(work.session, work.scope, visit.id, custody=holder)
