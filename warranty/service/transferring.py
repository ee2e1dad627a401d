"""A unit passes to a new owner with its warranty: both are asked, and nothing moves before both have agreed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from aftersales import phones
from aftersales.auth import repository as auth
from aftersales.auth.repository import BranchView
from aftersales.customers import repository as customers
from aftersales.customers.repository import CustomerView
from aftersales.errors import Conflict, Forbidden
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.outbox.schedule import cancel, schedule
from aftersales.policies import repository as policies
from aftersales.products import repository as products
from aftersales.products import service as units
from aftersales.scope import ActorKind
from aftersales.status import documents, engine
from aftersales.status.changes import Change, NewDocument, event, move, open_document
from aftersales.work import Work
from warranty import passings, repository
from warranty.life_machines import TRANSFER
from warranty.machine import REGISTRATION
from warranty.models import WarrantyConsent, WarrantyRegistration, WarrantyTransfer
from warranty.passings import TransferView
from warranty.rules.passing import Fate, Held, Party, Source, agreed, fate, may_be_asked
from warranty.schemas import AskTransfer, Consent, Disagreed, Nothing, Reason
from warranty.service import registrations
from warranty.service.entitlement import TERMS
from warranty.service.proofs import answer_anew, wrong

LAPSE = "warranty.transfer_lapse"
ASKED_FOR = timedelta(days=30)
ENDS = N_("The product has a new owner, and these terms do not pass on.")


async def ask(work: Work, registration_id: UUID, body: AskTransfer) -> None:
    """Ask the owner and the new one whether the unit may pass on with its warranty; they have thirty days.

    Raises Invalid (`warranty.unknown_new_owner`, `warranty.several_new_owners`), Conflict (`warranty.not_transferable`,
    `warranty.same_owner`, `status.illegal`, `status.already_open`).
    """
    row = await repository.registration_row(work.session, work.scope, registration_id)
    held = await documents.get(work.session, work.scope, registration_id)
    await engine.lock(work.session, {held.stream_id})
    if held.status != "active" or row.unit_id is None:
        await work.post(event(REGISTRATION, registration_id, "transfer_asked", if_version=work.if_version))
        raise Conflict("warranty.no_unit_yet", "Say first which product this registration is about.")
    if not may_be_asked((await _terms(work, [row]))[row.id]):
        raise Conflict(
            "warranty.not_transferable",
            "By its terms this warranty does not pass to a new owner. The new owner can buy a plan of their own.",
        )
    unit = await products.unit(work.session, work.as_system().scope, row.unit_id)
    to = await _new_owner(work, body)
    if to.id == unit.customer_id:
        raise Conflict("warranty.same_owner", "The product belongs to this customer already.")
    branch = await auth.branch(work.session, work.as_system().scope, held.branch_id)
    transfer_id = new_id()
    until = work.now + ASKED_FOR
    new = NewDocument(
        stream_id=unit.id,
        branch_id=branch.id,
        number=await registrations.number_for(work, branch, "GT"),
        unit_id=unit.id,
        customer_id=to.id,
        open_key=f"warranty_transfer:{unit.id}",
    )
    asked = event(
        REGISTRATION, registration_id, "transfer_asked", if_version=work.if_version, data={"transfer": transfer_id}
    )
    await work.post(asked, open_document(TRANSFER, transfer_id, "ask", new))
    work.session.add(
        WarrantyTransfer(
            id=transfer_id,
            registration_id=registration_id,
            unit_id=unit.id,
            from_customer_id=unit.customer_id,
            to_customer_id=to.id,
            until=until,
        )
    )
    await work.session.flush()
    await schedule(work.session, LAPSE, str(transfer_id), due_at=until, data={"transfer_id": str(transfer_id)})


async def _terms(work: Work, rows: Sequence[WarrantyRegistration]) -> dict[UUID, Held]:
    """What the version that each of them keeps says of passing on."""
    kept = await policies.versions(work.session, work.scope, {row.policy_id for row in rows if row.policy_id})
    says = {key: Held(TERMS.validate_python(policy.terms).transferable) for key, policy in kept.items()}
    return {row.id: says[row.policy_id] if row.policy_id in says else Held(None) for row in rows}


async def _new_owner(work: Work, body: AskTransfer) -> CustomerView:
    number = phones.guess(body.phone)
    found = await customers.by_phone(work.session, work.as_system().scope, number) if number is not None else []
    if body.name:
        found = [one for one in found if one.name.casefold() == body.name.casefold()]
    if not found:
        raise wrong("warranty.unknown_new_owner", "phone", N_("No customer has this phone. Add the new owner first."))
    if len(found) > 1:
        raise wrong("warranty.several_new_owners", "name", N_("Several customers have this phone. Write the name."))
    return found[0]


async def consent(work: Work, transfer_id: UUID, body: Consent) -> None:
    """Write down that one of the two has agreed, and how they said so; the second yes carries it out.

    Raises Conflict (`warranty.agreed_already`, `warranty.owner_changed`).
    """
    await _agree(work, transfer_id, Party(body.party), Source(body.source))


async def agree(work: Work, transfer_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """The customer agrees on their own page. Raises Forbidden, Conflict (`warranty.agreed_already`)."""
    held = await _locked(work, transfer_id)
    await _agree(work, transfer_id, await party_of(work, held), Source.PAGE)


async def party_of(work: Work, held: TransferView) -> Party:
    """Which of the two the customer who asks belongs to. Raises Forbidden (`warranty.not_asked`) for neither."""
    system = work.as_system()
    person = await customers.person(system.session, system.scope, work.scope.own_person)
    by_household = {held.from_customer_id: Party.OWNER, held.to_customer_id: Party.NEW_OWNER}
    if person.customer_id not in by_household:
        raise Forbidden("warranty.not_asked", "Only the owner and the new owner can answer this.")
    return by_household[person.customer_id]


async def _locked(work: Work, transfer_id: UUID) -> TransferView:
    """The transfer with its unit held, so that two consents at once are one after the other."""
    held = await passings.transfer(work.session, work.scope, transfer_id)
    await engine.lock(work.session, {held.stream_id})
    return await passings.transfer(work.session, work.scope, transfer_id)


async def _agree(work: Work, transfer_id: UUID, party: Party, source: Source) -> None:
    held = await _locked(work, transfer_id)
    given = (await passings.consents(work.session, work.scope, [transfer_id])).get(transfer_id, [])
    if held.status == "asked" and any(one.party == party for one in given):
        raise Conflict("warranty.agreed_already", "This has been agreed to already. Nothing was changed.")
    said = {"party": party.value, "source": source.value}
    await work.post(event(TRANSFER, transfer_id, "consent_given", if_version=work.if_version, data=said))
    customer = work.actor.kind is ActorKind.CUSTOMER
    work.session.add(
        WarrantyConsent(
            id=new_id(),
            transfer_id=transfer_id,
            party=party.value,
            source=source.value,
            given_at=work.now,
            person_id=work.scope.own_person if customer else None,
            recorded_by=None if customer else work.scope.staff_id,
        )
    )
    await work.session.flush()
    if agreed({party, *(Party(one.party) for one in given)}):
        await _complete(work.as_system(), held)


async def _complete(work: Work, held: TransferView) -> None:
    """Hand the unit over with every registration whose terms let it; as the system, which sees both households."""
    unit = await products.unit(work.session, work.scope, held.unit_id)
    if unit.customer_id != held.from_customer_id:
        raise Conflict("warranty.owner_changed", "The product belongs to somebody else by now. Take the transfer back.")
    branch = await auth.branch(work.session, work.scope, held.branch_id)
    active = await repository.registrations_of(work.session, work.scope, [held.unit_id])
    rows = [row for _, row in active.get(held.unit_id, [])]
    terms = await _terms(work, rows)
    changes: list[Change] = []
    made: list[WarrantyRegistration] = []
    for row in rows:
        if fate(terms[row.id]) is Fate.ENDS:
            changes.append(move(REGISTRATION, row.id, "cancel", note=ENDS))
            continue
        opened, copy = await _twin(work, held, row, branch)
        changes += [move(REGISTRATION, row.id, "transfer"), *opened]
        made.append(copy)
    await work.post(*changes, move(TRANSFER, held.id, "complete"))
    work.session.add_all(made)
    await work.session.flush()
    await units.pass_on(work, held.unit_id, held.to_customer_id)
    await cancel(work.session, LAPSE, str(held.id))
    await answer_anew(work, held.unit_id)


async def _twin(
    work: Work, held: TransferView, row: WarrantyRegistration, branch: BranchView
) -> tuple[list[Change], WarrantyRegistration]:
    """The same registration in the new owner's name: its version of the terms, its dates and its proof."""
    made = new_id()
    number = await registrations.number_for(work, branch)
    new = NewDocument(held.stream_id, branch.id, number, unit_id=held.unit_id, customer_id=held.to_customer_id)
    copy = WarrantyRegistration(
        id=made,
        unit_id=held.unit_id,
        proof_id=row.proof_id,
        purchased_on=row.purchased_on,
        policy_id=row.policy_id,
        plan_from=row.plan_from,
        flags=[],
        checked=row.checked,
    )
    return [open_document(REGISTRATION, made, "register", new), move(REGISTRATION, made, "activate")], copy


async def decline(work: Work, transfer_id: UUID, body: Disagreed) -> None:
    """Write down that one of the two does not agree: the warranty stays where it is."""
    await _decline(work, await _locked(work, transfer_id), Party(body.party))


async def refuse(work: Work, transfer_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """The customer does not agree, on their own page. Raises Forbidden."""
    held = await _locked(work, transfer_id)
    await _decline(work, held, await party_of(work, held))


async def _decline(work: Work, held: TransferView, party: Party) -> None:
    data = {"party": party.value}
    await _ended(work, held, move(TRANSFER, held.id, "decline", if_version=work.if_version, data=data))


async def withdraw(work: Work, transfer_id: UUID, body: Reason) -> None:
    """Nobody wants it any more."""
    held = await _locked(work, transfer_id)
    await _ended(work, held, move(TRANSFER, transfer_id, "withdraw", if_version=work.if_version, note=body.note))


async def lapse(work: Work, data: Mapping[str, Any]) -> None:
    """The time for agreeing is over: the warranty stays where it is."""
    held = await _locked(work, UUID(data["transfer_id"]))
    if held.status == "asked":
        await _ended(work, held, move(TRANSFER, held.id, "lapse"))


async def _ended(work: Work, held: TransferView, how: Change) -> None:
    """The warranty stays where it is, and both hear of it: the owner by what happened to their registration."""
    system = work.as_system()
    registration = await documents.get(system.session, system.scope, held.registration_id)
    changes = [how]
    if registration.status == "active":
        data = {"transfer": held.id, "how": TRANSFER.by_verb[how.name].to}
        changes.append(event(REGISTRATION, registration.id, "transfer_ended", data=data))
    await work.post(*changes)
    await cancel(work.session, LAPSE, str(held.id))
