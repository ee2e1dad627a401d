"""Registrations that staff make and check. None takes anything away: it only shows how old a unit is."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.auth.repository import BranchView
from aftersales.cases import repository as cases
from aftersales.errors import Conflict, Invalid
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.policies import repository as policies
from aftersales.policies.choosing import codes_for
from aftersales.products import repository as products
from aftersales.products.repository import UnitView
from aftersales.status import documents, engine
from aftersales.status.changes import NewDocument, event, move, open_document
from aftersales.work import Work
from warranty import records, repository
from warranty.machine import REGISTRATION
from warranty.models import WarrantyProof, WarrantyRegistration
from warranty.permissions import REGISTER
from warranty.rules.checks import Flag
from warranty.schemas import CHECKS, Checked, Identified, Reason, Refusal, RegisterUnit
from warranty.service import entitlement
from warranty.service.proofs import answer_anew, check_day, wrong


async def number_for(work: Work, branch: BranchView, letters: str = "G") -> str:
    """The next number of a registration at a branch, or of what these letters stand for."""
    return await work.numbers.next(f"{branch.code}-{letters}", work.now.astimezone(ZoneInfo(branch.timezone)).year)


async def register(work: Work, case_id: UUID, body: RegisterUnit) -> UUID:
    """Register the unit of a case, or a plan for it; a colleague checks it against the proof. Returns its id.

    It is the owner's, whoever has called, and is marked where it deserves a second look. It keeps the terms in force on
    the day of purchase, a plan those of the day it was bought. Raises Forbidden, Invalid (`warranty.no_unit`,
    `warranty.proof_date`, `warranty.plan_date`, `warranty.unknown_plan`), Conflict (`status.already_open`).
    """
    case = await cases.case(work.session, work.scope, case_id)
    work.scope.require(REGISTER, case.branch_id)
    if case.unit_id is None:
        raise Invalid("warranty.no_unit", "This case is about no unit yet. Choose the unit first.")
    check_day(work, body.purchased_on)
    unit = await products.unit(work.session, work.as_system().scope, case.unit_id)
    branch = await auth.branch(work.session, work.scope, case.branch_id)
    if body.plan_from is not None and not body.plan:
        raise wrong("warranty.plan_date", "plan_from", N_("This is the day of a plan, but no plan is named."))
    plan_from = (body.plan_from or clock.business_date(work.now, branch.timezone)) if body.plan else None
    if plan_from is not None and plan_from < body.purchased_on:
        raise wrong("warranty.plan_date", "plan_from", N_("The plan cannot be older than the purchase."))
    raised = [] if plan_from else await _marked(work, unit, body.purchased_on, None)
    terms = await _plan(work, body.plan, plan_from) if plan_from else await own_terms(work, unit, body.purchased_on)
    proofs = await repository.proofs_of(work.session, work.scope, [unit.id])
    registration_id = new_id()
    new = NewDocument(
        stream_id=unit.id,
        branch_id=case.branch_id,
        number=await number_for(work, branch),
        unit_id=unit.id,
        customer_id=unit.customer_id,
        open_key=f"warranty_registration:{unit.id}{body.plan and f':{body.plan}'}",
    )
    await work.post(open_document(REGISTRATION, registration_id, "register", new))
    work.session.add(
        WarrantyRegistration(
            id=registration_id,
            unit_id=unit.id,
            proof_id=next((proof.id for proof in proofs.get(unit.id, ())), None),
            purchased_on=body.purchased_on,
            policy_id=terms,
            plan_from=plan_from,
            flags=[flag.value for flag in raised],
            checked=[],
        )
    )
    await work.session.flush()
    return registration_id


async def own_terms(work: Work, unit: UnitView, purchased_on: date) -> UUID | None:
    """The version that a registration keeps; None where no terms were published for the product then."""
    codes = codes_for(unit)
    found = await policies.in_force(work.session, work.scope, entitlement.KIND, codes, purchased_on)
    return found.id if found is not None else None


async def _plan(work: Work, plan: str, plan_from: date) -> UUID:
    check_day(work, plan_from)
    found = await policies.in_force(work.session, work.scope, entitlement.KIND, [f"plan:{plan}"], plan_from)
    if found is None:
        raise wrong("warranty.unknown_plan", "plan", N_("There was no such plan on that day."))
    return found.id


async def identify(work: Work, registration_id: UUID, body: Identified) -> None:
    """Say which unit a registration with an unknown number is about, by the number that the unit bears here.

    Raises Invalid (`warranty.unknown_number`), Conflict (`warranty.identified`).
    """
    row = await repository.registration_row(work.session, work.scope, registration_id)
    if row.unit_id is not None:
        raise Conflict("warranty.identified", "It is known already which product this registration is about.")
    known = await products.by_identifier(work.session, work.scope, body.number)
    if not known:
        raise wrong("warranty.unknown_number", "number", N_("No unit with this number is known here. Add it first."))
    unit = known[0]
    await work.post(event(REGISTRATION, registration_id, "identified", if_version=work.if_version))
    await engine.place(work.session, registration_id, unit_id=unit.id, customer_id=unit.customer_id)
    row.unit_id, row.policy_id = unit.id, await own_terms(work, unit, row.purchased_on)
    told = [flag for flag in row.flags if flag != Flag.UNKNOWN_NUMBER]
    row.flags = list(dict.fromkeys([*told, *await _marked(work, unit, row.purchased_on, row.id)]))
    await work.session.flush()


async def _marked(work: Work, unit: UnitView, purchased_on: date, registration_id: UUID | None) -> list[Flag]:
    """What deserves a second look of a registration whose unit is known."""
    raised = []
    if unit.manufactured_on is not None and purchased_on < unit.manufactured_on:
        raised.append(Flag.BEFORE_MADE)
    if await records.is_registered(work.session, work.scope, unit.id, apart_from=registration_id):
        raised.append(Flag.DUPLICATE)
    return raised


async def why_not_identify(work: Work, registration_id: UUID) -> str | None:
    """Nothing is said where the product is known."""
    row = await repository.registration_row(work.session, work.scope, registration_id)
    return None if row.unit_id is None else ""


async def activate(work: Work, registration_id: UUID, body: Checked) -> None:
    """The proof has been compared; the unit's running cases are answered anew.

    Raises Conflict (`warranty.no_unit_yet`, `warranty.registered_already`), Invalid (`warranty.not_checked`,
    `warranty.flags_open`).
    """
    row = await repository.registration_row(work.session, work.scope, registration_id)
    await _still_to_check(work, registration_id)
    if row.unit_id is None:
        raise Conflict("warranty.no_unit_yet", "Say first which product this registration is about.")
    missing = [name for name in CHECKS if not getattr(body, name)]
    if missing:
        say = N_("Compare it first, then tick it.")
        errors = [{"field": name, "problem": N_("missing or wrong"), "help": say} for name in missing]
        raise Invalid("warranty.not_checked", "Compare everything on the check list first.", errors=errors)
    if row.flags and len(body.note) < 3:
        raise wrong("warranty.flags_open", "note", N_("Something is marked here. Say why it may be registered."))
    await engine.lock(work.session, {row.unit_id, (await _document(work, registration_id)).stream_id})
    if row.plan_from is None and await records.is_registered(
        work.session, work.scope, row.unit_id, apart_from=row.id, active=True
    ):
        raise Conflict(
            "warranty.registered_already", "This product is registered already. Declare that one void first."
        )
    note = body.note or None
    await work.post(move(REGISTRATION, registration_id, "activate", if_version=work.if_version, note=note))
    row.checked = list(CHECKS)
    await _keep_proof(work, row)
    await work.session.flush()
    await answer_anew(work, row.unit_id)


async def _still_to_check(work: Work, registration_id: UUID) -> None:
    """Raise as posting would, before anything else is found wrong."""
    found = await _document(work, registration_id)
    if found.status != "pending_verification" or work.if_version not in (None, found.version):
        await work.post(move(REGISTRATION, registration_id, "activate", if_version=work.if_version))


async def _document(work: Work, registration_id: UUID) -> documents.DocumentView:
    return await documents.get(work.session, work.scope, registration_id)


async def _keep_proof(work: Work, row: WarrantyRegistration) -> None:
    """The invoice that a customer sent is a proof of the unit from now on."""
    told = await records.application(work.session, work.scope, row.id)
    if told is None or not told.invoice_number or row.proof_id is not None or row.unit_id is None:
        return
    proof = WarrantyProof(
        id=new_id(),
        unit_id=row.unit_id,
        kind="invoice",
        dated_on=row.purchased_on,
        reference=told.invoice_number,
        file_id=told.file_id,
        recorded_by=work.scope.staff_id,
        recorded_at=work.now,
    )
    work.session.add(proof)
    await work.session.flush()
    row.proof_id = proof.id


async def declare_void(work: Work, registration_id: UUID, body: Refusal) -> None:
    """The registration rests on something that is not so; the customer reads why. Running cases are answered anew."""
    row = await repository.registration_row(work.session, work.scope, registration_id)
    await work.post(move(REGISTRATION, registration_id, "declare_void", if_version=work.if_version, note=body.note))
    if row.unit_id is not None:
        await answer_anew(work, row.unit_id)


async def cancel(work: Work, registration_id: UUID, body: Reason) -> None:
    """The owner does not want it."""
    await work.post(move(REGISTRATION, registration_id, "cancel", if_version=work.if_version, note=body.note))
