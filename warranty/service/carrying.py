"""A unit takes the place of another: what the old one was covered for goes on, and so do its registrations."""

from datetime import date
from uuid import UUID

from aftersales.auth import repository as auth
from aftersales.cases import repository as cases
from aftersales.cases.machine import CASE
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.products import repository as products
from aftersales.products.repository import UnitView
from aftersales.status import engine
from aftersales.status.changes import NewDocument, event, move, open_document
from aftersales.work import Work
from warranty import records, repository, upkeeps
from warranty.machine import REGISTRATION
from warranty.models import WarrantyRegistration, WarrantyService, WarrantyUpkeep
from warranty.rules import Done
from warranty.service import entitlement, registrations

GOES_ON = N_("Another product has taken its place; the registration goes on there.")
VISIT = N_("Another product has taken the place of the one that this visit was planned for. Look after that one.")


async def over(work: Work, case_id: UUID, unit_id: UUID, new_unit_id: UUID, on: date) -> None:
    """Hand cover and registrations on, once however often it is called. Raises NotFound for an unknown case or unit."""
    await engine.lock(work.session, {case_id, unit_id, new_unit_id})
    done = await records.services_on(work.session, work.scope, case_id)
    if any(row.what == Done.REPLACEMENT and row.unit_id == new_unit_id for row in done):
        return
    unit = await products.unit(work.session, work.scope, unit_id)
    new_unit = await products.unit(work.session, work.scope, new_unit_id)
    known = await entitlement.gather(work, unit, on, None)
    found = await entitlement.assess(work, unit, entitlement.Known(known.facts, _own(known)))
    lasts = found.verdict.lasts if found is not None else {}
    work.session.add(
        WarrantyService(
            id=new_id(),
            unit_id=new_unit_id,
            stream_id=case_id,
            what=Done.REPLACEMENT.value,
            done_on=on,
            fault_code=None,
            cause_code=None,
            lasted={cost.value: day.isoformat() for cost, day in lasts.items() if day >= on},
        )
    )
    await work.session.flush()
    active = await repository.registrations_of(work.session, work.scope, [unit_id])
    for _, row in active.get(unit_id, []):
        await _registration(work, case_id, row, new_unit)


def _own(known: entitlement.Known) -> list[WarrantyRegistration]:
    """What the unit is covered for apart from plans: those go on as they are."""
    return [row for row in known.registered if row.plan_from is None]


async def _registration(work: Work, case_id: UUID, row: WarrantyRegistration, unit: UnitView) -> None:
    case = await cases.case(work.session, work.scope, case_id)
    branch = await auth.branch(work.session, work.scope, case.branch_id)
    made = new_id()
    new = NewDocument(
        stream_id=unit.id,
        branch_id=branch.id,
        number=await registrations.number_for(work, branch),
        unit_id=unit.id,
        customer_id=unit.customer_id,
    )
    await work.post(
        move(REGISTRATION, row.id, "cancel", note=GOES_ON),
        open_document(REGISTRATION, made, "register", new),
        move(REGISTRATION, made, "activate"),
    )
    work.session.add(
        WarrantyRegistration(
            id=made,
            unit_id=unit.id,
            proof_id=None,
            purchased_on=row.purchased_on,
            policy_id=row.policy_id,
            plan_from=row.plan_from,
            flags=[],
            checked=row.checked,
        )
    )
    await work.session.flush()
    await _visits(work, row, made)


async def _visits(work: Work, row: WarrantyRegistration, made: UUID) -> None:
    """A visit of a plan that was asked for is one of the new product's plan: it does not come a second time. Whoever
    makes one that is still to come reads whose turn it is."""
    planned = await upkeeps.of_plan(work.session, work.scope, row)
    for visit in planned:
        again = WarrantyUpkeep(
            id=new_id(),
            registration_id=made,
            position=visit.position,
            case_id=visit.case_id,
            visit_id=visit.visit_id,
        )
        work.session.add(again)
    await work.session.flush()
    wanted = cases.CaseFilter(ids=list({visit.case_id for visit in planned}))
    told = await cases.listed(work.session, work.scope, wanted, limit=len(planned)) if planned else []
    coming = [case.id for case in told if case.category != "done"]
    if coming:
        await work.post(*(event(CASE, case_id, "note_added", note=VISIT) for case_id in coming))
