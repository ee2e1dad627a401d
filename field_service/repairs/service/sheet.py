"""The job sheet: gathers what stands on it, and has it drawn off the event loop."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from aftersales.auth import links
from aftersales.auth import repository as auth
from aftersales.cases import repository as cases
from aftersales.cases.rules import about
from aftersales.customers import repository as customers
from aftersales.i18n import LANGUAGES, N_, day_time, joined, language_or_default
from aftersales.ports.coverage import Answer, Cover
from aftersales.products import repository as products
from aftersales.status.machine import Audience
from aftersales.status.timeline import latest
from aftersales.work import Work
from field_service import labels
from field_service.repairs import repository
from field_service.repairs.documents import JobSheet, draw
from field_service.repairs.repository import RepairView
from field_service.visits import repository as visits

_COVER = {
    Cover.COVERED: N_("covered"),
    Cover.PARTLY: N_("covered in part"),
    Cover.NOT_COVERED: N_("not covered"),
    Cover.UNKNOWN: N_("not known"),
}


async def job_sheet(work: Work, repair_id: UUID) -> tuple[str, bytes]:
    """The order's number and its job sheet as a PDF. The QR code opens the owner's page for reading only."""
    repair = await repository.repair(work.session, work.scope, repair_id)
    gathered = await _gather(work, repair)
    return repair.number, await asyncio.to_thread(draw, gathered)


async def _gather(work: Work, repair: RepairView) -> JobSheet:
    session, scope = work.session, work.as_system().scope
    case = await cases.case(session, scope, repair.case_id)
    branch = await auth.branch(session, scope, repair.branch_id)
    people = await cases.people(session, scope, repair.case_id)
    owner_id = next((p.person_id for p in people if p.role == "owner"), None)
    owner = await customers.person(session, scope, owner_id) if owner_id else None
    addresses = await customers.addresses(session, scope, repair.customer_id)
    unit = await products.unit(session, scope, repair.unit_id) if repair.unit_id else None
    legs = await visits.of_case(session, scope, repair.case_id)
    pickup = next((v for v in legs if v.id == repair.visit_id), None)
    names = await auth.staff_names(session, scope, [i for i in (repair.engineer_id,) if i])
    answer = await work.ports.coverage.current(work.as_system(), repair.case_id)
    link = None
    if owner_id is not None:
        link = await links.issue(session, stream_id=repair.case_id, person_id=owner_id, read_only=True, now=work.now)
    return JobSheet(
        language=language_or_default(owner.language if owner else None, LANGUAGES),
        branch=branch.name,
        branch_lines=(branch.address, branch.postcode, branch.phone),
        case_number=case.number,
        repair_number=repair.number,
        opened=day_time(repair.opened_at, branch.timezone, year=True),
        printed=day_time(work.now, branch.timezone, year=True),
        customer=owner.name if owner else "",
        customer_local=(owner.name_local or "") if owner else "",
        phone=(owner.phone or "") if owner else "",
        address=addresses[0].lines if addresses else (),
        brand=unit.brand_name if unit else "",
        product=unit.product_name if unit else "",
        model=unit.model if unit else "",
        identifiers=tuple((i.kind, i.value) for i in unit.identifiers if i.current) if unit else (),
        complaint=about(case.complaint),
        coverage=_coverage(answer),
        condition=labels.CONDITIONS.get(pickup.condition or "", "") if pickup else "",
        accessories=tuple(pickup.accessories) if pickup else (),
        seal=(pickup.seal_number or "") if pickup else "",
        fault=_coded(repair.fault_code, labels.FAULTS.get(repair.fault_code or "", "")),
        cause=_coded(repair.cause_code, _cause(repair.cause_code)),
        findings=await _findings(work, repair),
        engineer=next(iter(names.values()), ""),
        link=links.url(work.settings, link) if link else "",
    )


def _coverage(answer: Answer) -> str:
    words = N_("Parts: {parts}. Labour: {labour}.").format(parts=_COVER[answer.parts], labour=_COVER[answer.labour])
    return words if answer.decided else joined([words, N_("Not decided yet.")], " ")


def _coded(code: str | None, label: str) -> str:
    return joined([code or "", label], " ")


def _cause(code: str | None) -> str:
    cause = labels.CAUSES.get(code or "")
    return cause.label if cause else ""


async def _findings(work: Work, repair: RepairView) -> Sequence[str]:
    """The notes of the last findings, newest last."""
    entries = await latest(work.session, work.as_system().scope, repair.case_id, Audience.STAFF)
    found = [e.note for e in entries if e.document_id == repair.id and e.name == "diagnosed" and e.note]
    return tuple(reversed(found[:3]))
