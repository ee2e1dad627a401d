"""What people do with cases."""

from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales.auth import repository as auth
from aftersales.cases.machine import CASE
from aftersales.cases.models import Case, MatterPerson
from aftersales.cases.rules import Part, follow
from aftersales.cases.schemas import AddFiles, Assign, Close, Note, Nothing, OpenCase, Prioritise, Reason
from aftersales.customers import repository as customers
from aftersales.errors import Conflict, Invalid
from aftersales.files import repository as files
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.products import repository as products
from aftersales.search import index
from aftersales.status import documents, engine
from aftersales.status.changes import NewDocument, event, move, open_document
from aftersales.status.machine import Category
from aftersales.work import Work


async def open_case(work: Work, body: OpenCase, *, planned: bool = False) -> UUID:
    """Open a case; whoever opens it owns it. Returns its id.

    One that we have `planned` ourselves, unasked, begins acknowledged: nobody is told that their request came.
    Raises NotFound for an unknown household, unit or branch, Invalid (`case.person_elsewhere`, `case.unit_elsewhere`,
    `case.no_owner`) when people or unit do not belong together.
    """
    work.scope.require("case.open", body.branch_id)
    branch = await auth.branch(work.session, work.scope, body.branch_id)
    await _belong_together(work, body)
    case_id = new_id()
    year = work.now.astimezone(ZoneInfo(branch.timezone)).year
    number = await work.numbers.next(branch.code, year)
    new = NewDocument(
        stream_id=case_id,
        branch_id=body.branch_id,
        number=number,
        unit_id=body.unit_id,
        customer_id=body.customer_id,
        new_stream=True,
    )
    owner = work.actor.id if work.actor.kind == "staff" else None
    verb = "plan" if planned else "receive"
    await work.post(open_document(CASE, case_id, verb, new, data=_facts(body), assignee_id=owner))
    work.session.add(Case(id=case_id, complaint=body.complaint, fault_code=body.fault_code, channel=body.channel))
    await work.session.flush()
    work.session.add_all(
        MatterPerson(case_id=case_id, person_id=p.person_id, role=p.role, may_approve=p.may_approve)
        for p in body.people
    )
    await index.put(
        work.session, kind="number", text=number, entity="document", entity_id=case_id, customer_id=body.customer_id
    )
    await work.session.flush()
    return case_id


def _facts(body: OpenCase) -> dict[str, str]:
    """What clocks go by, as it was said at the opening; nothing of what was not."""
    said = {"channel": body.channel, "fault": body.fault_code, "need": body.need, "priority": body.priority}
    return {name: value for name, value in said.items() if value}


async def _belong_together(work: Work, body: OpenCase) -> None:
    """The caller may be anyone of any household; owner, payer and unit belong to this one."""
    if not any(person.role == "owner" for person in body.people):
        raise Invalid("case.no_owner", "Name at least one person as the owner of the unit: they are written to.")
    household = {person.id for person in await customers.people(work.session, work.scope, body.customer_id)}
    if any(p.role in ("owner", "payer") and p.person_id not in household for p in body.people):
        raise Invalid("case.person_elsewhere", "Owner and payer must belong to this household. Add them to it first.")
    known = await customers.persons(work.session, work.scope, [p.person_id for p in body.people])
    if len(known) != len({p.person_id for p in body.people}):
        raise Invalid("case.person_unknown", "One of these people is not known. Add them first.")
    if body.unit_id is not None:
        unit = await products.unit(work.session, work.scope, body.unit_id)
        if unit.customer_id != body.customer_id:
            raise Invalid("case.unit_elsewhere", "This unit belongs to another household. Check its serial number.")


async def add_note(work: Work, case_id: UUID, body: Note) -> None:
    """A note for colleagues, on the timeline; its words stay erasable."""
    await work.post(event(CASE, case_id, "note_added", note=body.note))


async def file_added(work: Work, case_id: UUID, file_id: UUID, kind: str) -> None:
    """A photo or document has been kept with the case."""
    await work.post(event(CASE, case_id, "file_added", data={"file_id": file_id, "kind": kind}))


async def add_files(work: Work, case_id: UUID, body: AddFiles) -> None:
    """Photos or documents from a form, already kept with the case. Raises Invalid for one that is not."""
    kept = {one.id: one.kind for one in await files.for_document(work.session, work.scope, case_id)}
    if not body.files or not kept.keys() >= set(body.files):
        raise Invalid("case.files", "Choose at least one photo or PDF.", errors=[{"field": "files"}])
    for file_id in body.files:
        await file_added(work, case_id, file_id, kept[file_id])


async def assign(work: Work, case_id: UUID, body: Assign) -> None:
    """Give the case another owner. Raises NotFound for unknown staff."""
    owner = await auth.staff_member(work.session, work.scope, body.owner_id)
    change = event(
        CASE,
        case_id,
        "assigned",
        data={"owner_id": owner.id},
        assignee_id=owner.id,
        if_version=work.if_version,
    )
    await work.post(change)


async def prioritise(work: Work, case_id: UUID, body: Prioritise) -> None:
    """Say how urgent it is, and why; its clocks are read anew from the beginning."""
    change = event(
        CASE, case_id, "priority_changed", data={"priority": body.priority}, note=body.note, if_version=work.if_version
    )
    await work.post(change)


async def close(work: Work, case_id: UUID, body: Close) -> None:
    """The customer was called and is happy, or could not be reached."""
    await work.post(
        move(
            CASE,
            case_id,
            "close",
            if_version=work.if_version,
            data={"reached": body.reached},
            note=body.note,
        )
    )


async def reopen(work: Work, case_id: UUID, body: Reason) -> None:
    """The customer is not happy: the case runs again."""
    await work.post(move(CASE, case_id, "reopen", if_version=work.if_version, note=body.note))


async def request_cancel(work: Work, case_id: UUID, body: Reason) -> None:
    """Announce the cancellation; the customer is told before it is confirmed."""
    await work.post(move(CASE, case_id, "request_cancel", if_version=work.if_version, note=body.note))


async def confirm_cancel(work: Work, case_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """End the case as cancelled. Raises Conflict (`case.still_running`) while visits or repairs of it go on."""
    await engine.lock(work.session, [case_id])
    running = [
        document.number
        for document in await documents.on_stream(work.session, work.as_system().scope, case_id)
        if document.category != Category.DONE and _ended_by_hand(work, document.machine)
    ]
    if running:
        raise Conflict(
            "case.still_running",
            N_("Still under way: {names}. Cancel that first, then the case.").format(names=", ".join(running)),
            documents=running,
        )
    await work.post(move(CASE, case_id, "confirm_cancel", if_version=work.if_version))


async def withdraw_cancel(work: Work, case_id: UUID, body: Reason) -> None:
    """Keep the case after all."""
    await work.post(move(CASE, case_id, "withdraw_cancel", if_version=work.if_version, note=body.note))


async def follow_documents(work: Work, case_id: UUID) -> None:
    """Bring the case to where its documents say it is. Idempotent; does nothing for a stream that is no case."""
    await engine.lock(work.session, [case_id])
    found = await documents.on_stream(work.session, work.scope, case_id)
    case = next((d for d in found if d.machine == CASE.name), None)
    if case is None:
        return
    # A return of the mixer, asked for on the page of the washing machine, is no news of the washing machine.
    own = [d for d in found if d.machine != CASE.name and (case.unit_id is None or d.unit_id in (None, case.unit_id))]
    parts = [_part(work, d.machine, d.status, d.category) for d in own]
    verbs = follow(case.status, parts)
    if verbs:
        notes = {"reopen": N_("A document of this case is open again.")}
        await work.post(*(move(CASE, case_id, verb, note=notes.get(verb)) for verb in verbs))


def _ended_by_hand(work: Work, machine: str) -> bool:
    """Whether people cancel such documents themselves; what has no verb for it ends with the case."""
    declared = work.registry.machines.get(machine)
    return declared is not None and "cancel" in declared.by_verb


def _part(work: Work, machine: str, status: str, category: str) -> Part:
    """A document of a module that is switched off still counts, by its category."""
    declared = work.registry.machines.get(machine)
    state = declared.by_state.get(status) if declared else None
    if state is None:
        return Part(Category(category))
    return Part(state.category, state.waits_on, state.milestones)
