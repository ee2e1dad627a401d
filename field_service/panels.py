"""What the cards of field service show. Values only; the templates find the words in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales.auth import codes
from aftersales.auth import repository as auth
from aftersales.cases import repository as cases
from aftersales.cases.rules import about
from aftersales.customers import repository as customers
from aftersales.i18n import N_, day_time, joined
from aftersales.scope import ActorKind
from aftersales.work import Work
from field_service import labels, rules
from field_service.repairs import repository as repairs
from field_service.repairs.machine import REPAIR_ORDER
from field_service.repairs.repository import RepairView
from field_service.visits import repository as visits
from field_service.visits import rules as visit_rules
from field_service.visits.machine import VISIT
from field_service.visits.repository import VisitView

HOLDERS = {
    rules.CUSTOMER: N_("The customer"),
    rules.TECHNICIAN: N_("Our technician"),
    rules.CENTRE: N_("Service centre"),
    rules.SUPPLIER: N_("The supplier"),
}


async def now_with(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """Who has the unit now; None for a case without a unit."""
    case = await cases.case(work.session, work.scope, case_id)
    if case.unit_id is None:
        return None
    legs = await visits.of_case(work.session, work.scope, case_id)
    orders = await repairs.of_case(work.session, work.scope, case_id)
    holder = rules.holder([_leg(v) for v in legs], [_bench(o) for o in orders])
    who = ""
    if holder == rules.CENTRE:
        who = (await auth.branch(work.session, work.scope, case.branch_id)).name
    elif holder == rules.TECHNICIAN:
        carrier = max((v for v in legs if v.custody == rules.TECHNICIAN), key=lambda v: v.changed_at)
        names = await _names(work, [carrier.technician_id])
        who = next(iter(names.values()), "")
    seal = next((v.seal_number for v in reversed(legs) if v.seal_number), None)
    return {"holder": HOLDERS[holder], "who": who, "seal": seal or ""}


async def summary(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """Visits and repairs of the case, and the forms that begin one."""
    case = await cases.case(work.session, work.scope, case_id)
    legs = await visits.of_case(work.session, work.scope, case_id)
    orders = await repairs.of_case(work.session, work.scope, case_id)
    names = await _names(work, [*(v.technician_id for v in legs), *(o.engineer_id for o in orders)])
    open_now = case.category != "done"
    may_book = open_now and work.scope.can("visit.request", case.branch_id)
    may_take = open_now and case.unit_id is not None and work.scope.can("repair_order.open", case.branch_id)
    known = await customers.addresses(work.session, work.scope, case.customer_id) if may_book else []
    held = any(o.category != "done" for o in orders)
    return {
        "case_id": str(case_id),
        "visits": [_visit_line(v, names) for v in legs],
        "repairs": [_repair_line(o, names) for o in orders],
        "addresses": [{"value": str(a.id), "label": ", ".join(a.lines)} for a in known],
        "kinds": [{"value": code, "label": label} for code, label in visit_rules.KINDS.items()],
        "may_take_in": may_take and not held,
        "begins": not legs and not orders,
    }


def _visit_line(visit: VisitView, names: Mapping[UUID, str]) -> dict[str, Any]:
    state = VISIT.by_state[visit.status]
    return {
        "number": visit.number,
        "kind": visit_rules.KINDS[visit.kind],
        "category": visit.category,
        "label": state.label,
        "start": visit.window_start,
        "end": visit.window_end,
        "window": _window(visit),
        "zone": visit.timezone,
        "technician": names.get(visit.technician_id, "") if visit.technician_id else "",
        "condition": labels.CONDITIONS.get(visit.condition or "", ""),
        "accessories": ", ".join(visit.accessories),
        "seal": visit.seal_number or "",
    }


def _window(visit: VisitView) -> str:
    """As staff read it: `Sun 22 Nov, 12:06–13:36`."""
    if visit.window_start is None or visit.window_end is None:
        return ""
    end = visit.window_end.astimezone(ZoneInfo(visit.timezone))
    return joined([day_time(visit.window_start, visit.timezone), f"{end:%H:%M}"], "–")


def _repair_line(repair: RepairView, names: Mapping[UUID, str]) -> dict[str, Any]:
    cause = labels.CAUSES.get(repair.cause_code or "")
    return {
        "id": str(repair.id),
        "number": repair.number,
        "category": repair.category,
        "label": REPAIR_ORDER.by_state[repair.status].label,
        "engineer": names.get(repair.engineer_id, "") if repair.engineer_id else "",
        "fault_code": repair.fault_code or "",
        "fault": labels.FAULTS.get(repair.fault_code or "", ""),
        "cause_code": repair.cause_code or "",
        "cause": cause.label if cause else "",
    }


async def visit_details(work: Work, visit_id: UUID) -> Mapping[str, Any] | None:
    """What the technician needs at hand: the way there, what to bring, who opens, what is wrong."""
    visit = await visits.day_visit(work.session, work.scope, visit_id)
    bring = visit_rules.bring(visit.kind, heavy=visit.heavy, has_lift=visit.has_lift)
    return {"visit": visit, "complaint": about(visit.complaint), "bring": bring}


async def coming(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """The next visit with its window, and the codes that are the customer's to give at the door."""
    legs = await visits.of_case(work.session, work.scope, case_id)
    visit = next((v for v in reversed(legs) if v.status in _COMING), None)
    if visit is None:
        return None
    names = await _names(work, [visit.technician_id])
    label = VISIT.by_state[visit.status].customer_label
    return _visit_line(visit, names) | {"status": label, "codes": await _codes(work, visit)}


async def steps(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """The way of the unit, or of the visit, step by step."""
    legs = await visits.of_case(work.session, work.scope, case_id)
    orders = await repairs.of_case(work.session, work.scope, case_id)
    asked = bool(legs) and not orders
    back = asked and await repairs.given_back(work.session, work.scope, case_id, legs[-1].unit_id)
    found = rules.steps([_leg(v) for v in legs], _bench(orders[-1]) if orders else None, given_back=back)
    return {"steps": [{"title": step.title, "state": step.state} for step in found]} if found else None


_COMING = frozenset(
    {"confirmed", "dispatched", "accepted", "declined", "en_route", "arrived", "in_progress", "checked"}
)


async def _codes(work: Work, visit: VisitView | None) -> list[dict[str, str]]:
    """Each code to the person it was made for, never through a printed link."""
    if visit is None or work.scope.read_only or work.scope.actor.kind is not ActorKind.CUSTOMER:
        return []
    titles = {codes.ARRIVAL: N_("Arrival code"), codes.HAND_OVER: N_("Hand-over code")}
    live = await visits.live_codes(work.session, work.scope, visit.id, work.now)
    return [
        {"title": title, "digits": codes.value(work.settings, live[purpose])}
        for purpose, title in titles.items()
        if purpose in live and live[purpose].person_id == work.scope.person_id
    ]


def _leg(visit: VisitView) -> rules.Leg:
    return rules.Leg(visit.kind, visit.status, visit.changed_at, visit.custody)


def _bench(order: RepairView) -> rules.Bench:
    return rules.Bench(order.status, order.changed_at, walk_in=order.visit_id is None)


async def _names(work: Work, ids: Sequence[UUID | None]) -> dict[UUID, str]:
    return await auth.staff_names(work.session, work.scope, {one for one in ids if one is not None})
