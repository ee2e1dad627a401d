"""What shows how old a unit is: proofs that staff record, and registrations."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.cases import repository as cases
from aftersales.errors import Invalid
from aftersales.files import service as files
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.policies import repository as policies
from aftersales.policies.repository import PolicyView
from aftersales.products import repository as products
from aftersales.products.repository import UnitView
from aftersales.status.changes import NewDocument, move, open_document
from aftersales.work import Work
from warranty import repository
from warranty.machine import REGISTRATION
from warranty.models import WarrantyProof, WarrantyRegistration
from warranty.permissions import RECORD_PROOF, REGISTER
from warranty.schemas import Nothing, ProofIn, Reason, RegisterUnit
from warranty.service import claims, entitlement

EARLIEST = date(1990, 1, 1)


async def record(
    work: Work, unit_id: UUID, body: ProofIn, *, filename: str = "", data: bytes | None = None
) -> WarrantyProof:
    """Record a proof of a unit, with its photo or scan, and answer anew for the unit's running cases.

    Raises Forbidden, NotFound, Invalid (`warranty.proof_date`, `warranty.invoice_number`, `files.…`).
    """
    work.scope.require(RECORD_PROOF)
    unit = await products.unit(work.session, work.scope, unit_id)
    if body.kind == "invoice" and not body.reference:
        raise _wrong("warranty.invoice_number", "reference", N_("Write the invoice's number."))
    _check_day(work, body.dated_on)
    file_id = None
    if data is not None:
        stored = await files.store(
            work, stream_id=unit.id, document_id=None, kind="invoice", filename=filename, data=data
        )
        file_id = stored.id
    proof = WarrantyProof(
        id=new_id(),
        unit_id=unit.id,
        kind=body.kind,
        dated_on=body.dated_on,
        reference=body.reference,
        file_id=file_id,
        recorded_by=work.scope.staff_id,
        recorded_at=work.now,
    )
    work.session.add(proof)
    await work.session.flush()
    await _answer_anew(work, unit.id)
    return proof


async def _answer_anew(work: Work, unit_id: UUID) -> None:
    # Whoever holds the proof may not be the one who decides, nor see every case of the unit.
    system = work.as_system()
    for case_id in await repository.running_cases(system.session, system.scope, unit_id):
        await claims.reopen_question(system, case_id)


async def register(work: Work, case_id: UUID, body: RegisterUnit) -> UUID:
    """Register the unit of a case, or a plan for it; a colleague checks it against the proof. Returns its id.

    The registration keeps the terms in force on the day of purchase, a plan those of the day it was bought. Raises
    Forbidden, Invalid (`warranty.no_unit`, `warranty.proof_date`, `warranty.unknown_plan`), Conflict
    (`status.already_open`).
    """
    case = await cases.case(work.session, work.scope, case_id)
    work.scope.require(REGISTER, case.branch_id)
    if case.unit_id is None:
        raise Invalid("warranty.no_unit", "This case is about no unit yet. Choose the unit first.")
    _check_day(work, body.purchased_on)
    unit = await products.unit(work.session, work.as_system().scope, case.unit_id)
    branch = await auth.branch(work.session, work.scope, case.branch_id)
    plan_from = (body.plan_from or clock.business_date(work.now, branch.timezone)) if body.plan else None
    terms = await _terms(work, unit, body, plan_from)
    proofs = await repository.proofs_of(work.session, work.scope, [unit.id])
    registration_id = new_id()
    new = NewDocument(
        stream_id=unit.id,
        branch_id=case.branch_id,
        number=await work.numbers.next(f"{branch.code}-G", work.now.astimezone(ZoneInfo(branch.timezone)).year),
        unit_id=unit.id,
        customer_id=case.customer_id,
        open_key=f"warranty_registration:{unit.id}{body.plan and f':{body.plan}'}",
    )
    await work.post(open_document(REGISTRATION, registration_id, "register", new))
    work.session.add(
        WarrantyRegistration(
            id=registration_id,
            unit_id=unit.id,
            proof_id=next((proof.id for proof in proofs.get(unit.id, ())), None),
            purchased_on=body.purchased_on,
            policy_id=terms.id if terms is not None else None,
            plan_from=plan_from,
        )
    )
    await work.session.flush()
    return registration_id


async def _terms(work: Work, unit: UnitView, body: RegisterUnit, plan_from: date | None) -> PolicyView | None:
    """The version that the registration keeps; None where no terms were published for the product then."""
    if plan_from is None:
        codes = entitlement.codes_for(unit)
        return await policies.in_force(work.session, work.scope, entitlement.KIND, codes, body.purchased_on)
    _check_day(work, plan_from)
    code = f"plan:{body.plan}"
    found = await policies.in_force(work.session, work.scope, entitlement.KIND, [code], plan_from)
    if found is None:
        raise _wrong("warranty.unknown_plan", "plan", N_("There was no such plan on that day."))
    return found


async def activate(work: Work, registration_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """The proof has been checked; the unit's running cases are answered anew."""
    row = await repository.registration_row(work.session, work.scope, registration_id)
    await work.post(move(REGISTRATION, registration_id, "activate", if_version=work.if_version))
    await _answer_anew(work, row.unit_id)


async def declare_void(work: Work, registration_id: UUID, body: Reason) -> None:
    """The registration rests on something that is not so."""
    await work.post(move(REGISTRATION, registration_id, "declare_void", if_version=work.if_version, note=body.note))


async def cancel(work: Work, registration_id: UUID, body: Reason) -> None:
    """The owner does not want it."""
    await work.post(move(REGISTRATION, registration_id, "cancel", if_version=work.if_version, note=body.note))


def _check_day(work: Work, day: date) -> None:
    if not EARLIEST <= day <= clock.business_date(work.now, "Pacific/Kiritimati"):
        raise _wrong(
            "warranty.proof_date", "dated_on", N_("The date of a proof lies in the past, and not before 1990.")
        )


def _wrong(code: str, field: str, words: str) -> Invalid:
    return Invalid(code, words, errors=[{"field": field, "problem": N_("missing or wrong"), "help": words}])
