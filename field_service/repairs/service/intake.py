"""From the door to the finding: open, triage, diagnose, found."""

from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales.auth import repository as auth
from aftersales.auth.permissions import SERVICE_ENGINEER, TECHNICIAN
from aftersales.cases import repository as cases
from aftersales.cases.schemas import Nothing, Reason
from aftersales.errors import Conflict, Invalid
from aftersales.files import repository as files
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.search import index
from aftersales.status.changes import NewDocument, event, move, open_document
from aftersales.work import Work
from field_service import labels
from field_service.repairs import repository, rules
from field_service.repairs.machine import REPAIR_ORDER
from field_service.repairs.models import RepairOrder
from field_service.repairs.schemas import Diagnose, Found, TakeIn, ToldReason

ENDED_CASES = frozenset({"cancelled", "merged"})


async def take_in(work: Work, case_id: UUID, body: TakeIn) -> UUID:
    """Open a repair order for a unit that was brought to the counter. Returns its id.

    Raises NotFound, Conflict (`repair_order.case_ended`, `status.already_open` while the unit has an open one), Invalid
    (`repair_order.no_unit`).
    """
    return await open_order(work, case_id, note=body.note)


async def open_order(work: Work, case_id: UUID, *, visit_id: UUID | None = None, note: str | None = None) -> UUID:
    """Open a repair order on the case for its unit, which came with the visit or over the counter."""
    case = await cases.case(work.session, work.scope, case_id)
    work.scope.require("repair_order.open", case.branch_id)
    if case.status in ENDED_CASES:
        raise Conflict("repair_order.case_ended", "This case has ended. Open a new one for the unit.")
    if case.unit_id is None:
        raise Invalid("repair_order.no_unit", "The case names no unit. Add the unit to it first.")
    branch = await auth.branch(work.session, work.scope, case.branch_id)
    repair_id = new_id()
    number = await work.numbers.next(f"{branch.code}-R", work.now.astimezone(ZoneInfo(branch.timezone)).year)
    new = NewDocument(
        stream_id=case_id,
        branch_id=case.branch_id,
        number=number,
        unit_id=case.unit_id,
        customer_id=case.customer_id,
        open_key=f"repair_order:{case.unit_id}",
    )
    data = {"visit_id": visit_id} if visit_id else None
    await work.post(open_document(REPAIR_ORDER, repair_id, "open", new, data=data, note=note))
    work.session.add(RepairOrder(id=repair_id, visit_id=visit_id, fault_code=case.fault_code))
    await index.put(
        work.session, kind="number", text=number, entity="document", entity_id=case_id, customer_id=case.customer_id
    )
    await work.session.flush()
    return repair_id


async def triage(work: Work, repair_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """Sort the unit: what it is, how urgent, who should look at it."""
    await repository.repair(work.session, work.scope, repair_id)
    await work.post(move(REPAIR_ORDER, repair_id, "triage", if_version=work.if_version))


async def diagnose(work: Work, repair_id: UUID, body: Diagnose) -> None:
    """Give the unit to an engineer or technician of the branch. Raises Invalid (`repair_order.not_an_engineer`)."""
    repair = await repository.repair(work.session, work.scope, repair_id)
    bench = [
        *await auth.staff_with_role(work.session, work.scope, SERVICE_ENGINEER, repair.branch_id),
        *await auth.staff_with_role(work.session, work.scope, TECHNICIAN, repair.branch_id),
    ]
    if body.engineer_id not in {person.id for person in bench}:
        raise Invalid(
            "repair_order.not_an_engineer",
            "This person repairs nothing at the order's service centre. Choose one from the list.",
            errors=[{"field": "engineer_id", "problem": N_("not an engineer here")}],
        )
    await work.post(
        move(
            REPAIR_ORDER,
            repair_id,
            "diagnose",
            if_version=work.if_version,
            data={"engineer_id": body.engineer_id},
            assignee_id=body.engineer_id,
        )
    )


async def found(work: Work, repair_id: UUID, body: Found) -> None:
    """Record fault and cause, with the findings as a note.

    Raises Invalid (`repair_order.unknown_code`), Conflict (`repair_order.photo_missing`) for a cause that excludes
    cover without a photo of kind `photo` on the repair order.
    """
    await repository.repair(work.session, work.scope, repair_id)
    for field, code, known in (
        ("fault_code", body.fault_code, labels.FAULTS),
        ("cause_code", body.cause_code, labels.CAUSES),
    ):
        if code not in known:
            raise Invalid(
                "repair_order.unknown_code",
                N_("There is no {field} {code}. Choose one from the list.").format(
                    field=field.replace("_", " "), code=code
                ),
                errors=[{"field": field, "problem": N_("unknown code")}],
            )
    photos = await files.count(work.session, work.scope, repair_id, "photo")
    if rules.needs_photo(body.cause_code) and photos < 1:
        raise Conflict(
            "repair_order.photo_missing",
            "This cause may end the cover, so it must be seen: attach at least one photo to the repair order first.",
        )
    data = {"fault_code": body.fault_code, "cause_code": body.cause_code, "photos": photos}
    change = event(REPAIR_ORDER, repair_id, "diagnosed", if_version=work.if_version, data=data, note=body.note)
    await work.post(change)
    await repository.change(work.session, work.scope, repair_id, fault_code=body.fault_code, cause_code=body.cause_code)


async def report_damage(work: Work, repair_id: UUID, body: ToldReason) -> None:
    """The unit was damaged while it was on the way. The customer is told."""
    await repository.repair(work.session, work.scope, repair_id)
    await work.post(move(REPAIR_ORDER, repair_id, "report_damage", if_version=work.if_version, note=body.note))


async def cancel(work: Work, repair_id: UUID, body: Reason) -> None:
    """The order was opened in error, or the unit went back at once."""
    await repository.repair(work.session, work.scope, repair_id)
    await work.post(move(REPAIR_ORDER, repair_id, "cancel", if_version=work.if_version, note=body.note))
