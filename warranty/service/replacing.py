"""Another product is offered unasked where a repair is no help any more, and taken up, declined or taken back."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.cases import repository as cases
from aftersales.cases.repository import CaseView
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.outbox.schedule import rearm
from aftersales.products import repository as products
from aftersales.products.repository import UnitView
from aftersales.status import documents, engine
from aftersales.status.changes import NewDocument, move, open_document
from aftersales.work import Work
from warranty import offerings, repository
from warranty.life_machines import OFFER
from warranty.models import WarrantyOffer
from warranty.offerings import CHOICES, OfferView
from warranty.repository import ClaimView
from warranty.rules import GRANTED, CostClass
from warranty.rules.replacing import Choice, Trigger, Troubles, age, failures, ladder, triggered
from warranty.rules.terms import Replacing, Terms
from warranty.schemas import Nothing, Refusal, TakeUp
from warranty.service import entitlement, registrations
from warranty.service.entitlement import TERMS
from warranty.service.proofs import wrong

PART = "warranty.part_wait"
WAITS = "awaiting_parts"


async def diagnosed(work: Work, case_id: UUID) -> None:
    """The fault is known: offer a replacement where the terms say so. Idempotent."""
    await _look(work, case_id, waiting_days=None)


async def part_missing(work: Work, case_id: UUID, document_id: UUID, at: datetime) -> None:
    """A part is waited for since `at`: look again when the terms' limit is over. Idempotent."""
    claim, terms = await _terms(work, case_id)
    if claim is None or terms is None or terms.replacing is None:
        return
    due = at + timedelta(days=terms.replacing.part_days)
    data = {"case_id": str(case_id), "document_id": str(document_id), "since": at.isoformat()}
    await rearm(work.session, PART, str(document_id), due_at=due, data=data)


async def part_still_missing(work: Work, data: Mapping[str, Any]) -> None:
    """The limit is over: offer a replacement if the part has not come meanwhile."""
    held = await documents.get(work.session, work.scope, UUID(data["document_id"]))
    since = datetime.fromisoformat(data["since"])
    if held.status == WAITS:
        await _look(work, UUID(data["case_id"]), waiting_days=(work.now - since).days)


async def _terms(work: Work, case_id: UUID) -> tuple[ClaimView | None, Terms | None]:
    """The claim that pays for the parts of a case, with its terms; None where nothing pays for them."""
    held = await repository.claims_on(work.session, work.scope, case_id)
    claim = held[0] if held else None
    if claim is None or claim.status in ("denied", "appealed", "closed"):
        return None, None
    verdict = entitlement.verdict_of(claim.verdict)
    if verdict.suspected or verdict.findings[CostClass.PARTS] not in GRANTED:
        return None, None
    return claim, TERMS.validate_python(claim.verdict.terms)


async def _look(work: Work, case_id: UUID, *, waiting_days: int | None) -> None:
    await engine.lock(work.session, [case_id])
    claim, terms = await _terms(work, case_id)
    case = await cases.case(work.session, work.scope, case_id)
    if claim is None or terms is None or terms.replacing is None or case.unit_id is None or case.category == "done":
        return
    unit = await products.unit(work.session, work.scope, case.unit_id)
    branch = await auth.branch(work.session, work.scope, case.branch_id)
    reported = clock.business_date(case.opened_at, branch.timezone)
    facts = (await entitlement.gather(work, unit, reported, case.fault_code)).facts
    before = [one for one in facts.services if one.on <= reported]
    since = unit.installed_on or unit.delivered_on or unit.purchased_on
    count = failures(terms, before, case.fault_code, claim.cause_code)
    trigger = triggered(terms.replacing, Troubles(reported, since, count, waiting_days))
    if trigger is not None:
        await _offer(work, case, unit, claim, terms.replacing, trigger, reported)


async def _offer(
    work: Work, case: CaseView, unit: UnitView, claim: ClaimView, limits: Replacing, trigger: Trigger, on: date
) -> None:
    """Make the offer, unless one is open on the case or was made there for the same reason."""
    made = await offerings.on_case(work.session, work.scope, case.id)
    if any(one.trigger == trigger or one.status in ("offered", "taken", "fulfilled") for one in made):
        return
    own, others = await offerings.of_kind(work.session, work.scope, unit.product_id)
    since = unit.purchased_on or unit.delivered_on or unit.installed_on or on
    choices = ladder(limits, own, others, age(since, on))
    branch = await auth.branch(work.session, work.scope, case.branch_id)
    offer_id = new_id()
    new = NewDocument(
        stream_id=case.id,
        branch_id=case.branch_id,
        number=await registrations.number_for(work, branch, "GO"),
        unit_id=unit.id,
        customer_id=case.customer_id,
        open_key=f"replacement_offer:{case.id}",
    )
    await work.post(open_document(OFFER, offer_id, "offer", new, data=_data(choices[0]) | {"trigger": trigger.value}))
    work.session.add(
        WarrantyOffer(
            id=offer_id,
            case_id=case.id,
            unit_id=unit.id,
            policy_id=claim.verdict.policy_id,
            trigger=trigger.value,
            choices=CHOICES.dump_python(choices, mode="json"),
        )
    )
    await work.session.flush()


def _data(choice: Choice) -> dict[str, object]:
    found: dict[str, object] = {"rung": choice.rung.value}
    if choice.product_id is not None:
        found["product_id"] = choice.product_id
    if choice.amount_minor is not None:
        found |= {"amount_minor": choice.amount_minor, "currency": choice.currency}
    return found


async def take_up(work: Work, offer_id: UUID, body: TakeUp) -> None:
    """What is offered is taken: the best, or another of what is offered. A product is asked for where stock is kept.

    Raises Invalid (`warranty.no_such_choice`).
    """
    held = await locked(work, offer_id)
    choices = held.choices
    if body.choice > len(choices):
        raise wrong("warranty.no_such_choice", "choice", N_("Choose one of what is offered."))
    choice = choices[body.choice - 1]
    await work.post(move(OFFER, offer_id, "take_up", if_version=work.if_version, data=_data(choice)))
    row = await offerings.offer_row(work.session, work.scope, offer_id)
    row.chosen = body.choice
    await work.session.flush()
    if choice.product_id is not None:
        await work.ports.replacements.request(work.as_system(), held.case_id, choice.product_id)


async def locked(work: Work, offer_id: UUID) -> OfferView:
    """The offer with its case held, so that two decisions at once are one after the other. Raises NotFound."""
    held = await offerings.offer(work.session, work.scope, offer_id)
    await engine.lock(work.session, [held.case_id])
    return await offerings.offer(work.session, work.scope, offer_id)


async def decline(work: Work, offer_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """The customer keeps the product; the repair goes on."""
    await work.post(move(OFFER, offer_id, "decline", if_version=work.if_version))


async def withdraw(work: Work, offer_id: UUID, body: Refusal) -> None:
    """The offer does not hold any more; the customer reads why."""
    await work.post(move(OFFER, offer_id, "withdraw", if_version=work.if_version, note=body.note))
