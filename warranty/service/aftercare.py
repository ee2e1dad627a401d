"""What a repair and a replacement leave behind: days of their own, and the cover that goes on."""

from datetime import date, datetime
from uuid import UUID

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.cases import repository as cases
from aftersales.ids import new_id
from aftersales.work import Work
from warranty import records, repository
from warranty.models import WarrantyService
from warranty.rules import Done


async def repaired(work: Work, case_id: UUID, at: datetime) -> None:
    """Remember that the unit of a case was repaired, with the fault and the cause that are known. Idempotent."""
    case = await cases.case(work.session, work.scope, case_id)
    if case.unit_id is None:
        return
    done = await records.services_on(work.session, work.scope, case_id)
    found = next((row for row in done if row.what == Done.REPAIR and row.unit_id == case.unit_id), None)
    held = await repository.claims_on(work.session, work.scope, case_id)
    cause = next((claim.cause_code for claim in held if claim.cause_code), None)
    if found is None:
        found = WarrantyService(id=new_id(), unit_id=case.unit_id, stream_id=case_id, what=Done.REPAIR.value, lasted={})
        work.session.add(found)
    found.done_on = await _day(work, case.branch_id, at)
    found.fault_code, found.cause_code = case.fault_code, cause
    await work.session.flush()


async def returned(work: Work, case_id: UUID, at: datetime) -> None:
    """The customer has the unit back: the days of the repair's own warranty begin then."""
    done = [row for row in await records.services_on(work.session, work.scope, case_id) if row.what == Done.REPAIR]
    if not done:
        return
    case = await cases.case(work.session, work.scope, case_id)
    day = await _day(work, case.branch_id, at)
    for row in done:
        row.done_on = max(row.done_on, day)
    await work.session.flush()


async def _day(work: Work, branch_id: UUID, at: datetime) -> date:
    branch = await auth.branch(work.session, work.scope, branch_id)
    return clock.business_date(at, branch.timezone)
