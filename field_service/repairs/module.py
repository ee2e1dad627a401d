"""What repair orders contribute to the manifest of field service."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from aftersales.auth import repository as auth
from aftersales.auth.permissions import SERVICE_ENGINEER, TECHNICIAN
from aftersales.cases.schemas import Nothing, Reason
from aftersales.module import Action, Option, Subscriber
from aftersales.work import Work
from field_service import labels
from field_service.repairs import handlers, repository, rules, schemas
from field_service.repairs.schemas import Remark, ToldReason
from field_service.repairs.service import bench, intake, money

Options = Mapping[str, Sequence[Option]]


async def engineers(work: Work, repair_id: UUID) -> Options:
    """The engineers and technicians of the order's branch."""
    repair = await repository.repair(work.session, work.scope, repair_id)
    roles = (SERVICE_ENGINEER, TECHNICIAN)
    people = await auth.staff_with_roles(work.session, work.scope, roles, repair.branch_id)
    return {"engineer_id": [Option(str(person.id), person.name) for person in people]}


async def findings(_work: Work, _repair_id: UUID) -> Options:
    """Faults and causes by code."""
    return {
        "fault_code": [Option(code, label) for code, label in labels.FAULTS.items()],
        "cause_code": [Option(cause.code, cause.label) for cause in labels.CAUSES.values()],
    }


ACTIONS = (
    Action("repair_order", "triage", intake.triage, Nothing, primary=True),
    Action("repair_order", "diagnose", intake.diagnose, schemas.Diagnose, options=engineers, primary=True),
    Action(
        "repair_order",
        "estimate",
        money.estimate,
        schemas.EstimateIn,
        primary=frozenset({"diagnosing", "estimating"}),
        blocked=money.estimate_blocked,
    ),
    Action(
        "repair_order",
        "diagnosed",
        intake.found,
        schemas.Found,
        options=findings,
        primary=frozenset({"diagnosing"}),
    ),
    Action("repair_order", "skip_estimate", money.skip_estimate, Nothing, blocked=money.skip_blocked),
    Action("repair_order", "start", bench.start, Nothing, primary=True),
    Action("repair_order", "check", bench.check, Remark, primary=True),
    Action("repair_order", "pass", bench.pass_check, Remark, primary=True),
    Action("repair_order", "rework", bench.rework, Reason),
    Action("repair_order", "await_parts", bench.await_parts, ToldReason),
    Action("repair_order", "send_to_vendor", bench.send_to_vendor, ToldReason),
    Action("repair_order", "take_back", bench.take_back, Remark, primary=True),
    Action("repair_order", "find_no_trouble", bench.find_no_trouble, ToldReason),
    Action("repair_order", "write_off", bench.write_off, ToldReason),
    Action("repair_order", "give_up", bench.give_up, ToldReason),
    Action("repair_order", "offer_options", bench.offer_options, Remark, primary=True),
    Action("repair_order", "return_as_is", bench.return_as_is, ToldReason),
    Action("repair_order", "replace", bench.replace, ToldReason),
    Action("repair_order", "hand_over", bench.hand_over, Remark),
    Action("repair_order", "mark_unclaimed", bench.mark_unclaimed, Nothing),
    Action("repair_order", "dispose", bench.dispose, ToldReason),
    Action("repair_order", "report_damage", intake.report_damage, ToldReason),
    Action("repair_order", "cancel", intake.cancel, Reason),
)

SUBSCRIBERS = (
    Subscriber(
        "repairs.visits",
        handlers.after_visit,
        machine="visit",
        to=frozenset({"collected", "delivered", "completed"}),
    ),
    Subscriber(
        "repairs.estimates",
        handlers.after_estimate,
        machine="estimate",
        to=frozenset(rules.REACTIONS),
    ),
)
