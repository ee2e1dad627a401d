"""What field service knows of a customer's and of a unit's life: every visit, and every repair with its cause."""

from collections.abc import Mapping
from typing import Any

from aftersales.auth import repository as auth
from aftersales.i18n import N_, day_time, joined
from aftersales.status.life import Life
from aftersales.work import Work
from field_service import labels
from field_service.repairs import repository as repairs
from field_service.repairs.machine import REPAIR_ORDER
from field_service.repairs.repository import RepairView
from field_service.visits import repository as visits
from field_service.visits import rules as visit_rules
from field_service.visits.machine import VISIT
from field_service.visits.repository import VisitView


async def visits_in(work: Work, life: Life) -> Mapping[str, Any]:
    """Who came when, and in which state the unit was found."""
    found = await visits.in_life(work.session, work.scope, life)
    people = {one.technician_id for one in found if one.technician_id}
    names = await auth.staff_names(work.session, work.scope, people)
    return {"rows": [_visit(one, names.get(one.technician_id, "") if one.technician_id else "") for one in found]}


def _visit(one: VisitView, technician: str) -> dict[str, Any]:
    facts = [(N_("By"), technician)] if technician else []
    if one.condition:
        facts.append((N_("Found"), labels.CONDITIONS.get(one.condition, one.condition)))
    facts += [(N_("Came along"), ", ".join(one.accessories))] if one.accessories else []
    facts += [(N_("Seal"), one.seal_number)] if one.seal_number else []
    return {
        "id": one.id,
        "number": one.number,
        "category": one.category,
        "label": VISIT.by_state[one.status].label,
        "title": visit_rules.KINDS[one.kind],
        "url": f"/desk/cases/{one.case_id}",
        "facts": facts,
        "at_text": day_time(one.window_start or one.opened_at, one.timezone, year=True),
    }


async def repairs_in(work: Work, life: Life) -> Mapping[str, Any]:
    """What was broken, why, and who repaired it."""
    found = await repairs.in_life(work.session, work.scope, life)
    people = {one.engineer_id for one in found if one.engineer_id}
    names = await auth.staff_names(work.session, work.scope, people)
    return {
        "rows": [_repair(one, names.get(one.engineer_id, "") if one.engineer_id else "", life.zone) for one in found]
    }


def _repair(one: RepairView, engineer: str, zone: str) -> dict[str, Any]:
    cause = labels.CAUSES.get(one.cause_code or "")
    fault = labels.FAULTS.get(one.fault_code or "")
    facts = [(N_("Fault"), joined([one.fault_code or "", fault], " "))] if fault else []
    facts += [(N_("Cause"), joined([one.cause_code or "", cause.label], " "))] if cause else []
    facts += [(N_("By"), engineer)] if engineer else []
    return {
        "id": one.id,
        "number": one.number,
        "category": one.category,
        "label": REPAIR_ORDER.by_state[one.status].label,
        "title": N_("Repair"),
        "url": f"/desk/cases/{one.case_id}",
        "facts": facts,
        "at_text": day_time(one.opened_at, zone, year=True),
    }
