"""Another product is offered unasked where a repair is no help any more, and taken up, declined or carried out."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.cases import repository as cases
from aftersales.cases.repository import CaseView
from aftersales.errors import Conflict
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.money import Money
from aftersales.outbox.schedule import rearm
from aftersales.policies import repository as policies
from aftersales.ports.charges import PayBack
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
from warranty.rules.replacing import Choice, Rung, Trigger, Troubles, age, failures, ladder, tax_of, triggered
from warranty.rules.terms import Replacing, Terms
from warranty.schemas import Fulfil, Nothing, Refusal, TakeUp
from warranty.service import carrying, entitlement, registrations
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
    held = await _locked(work, offer_id)
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


async def _locked(work: Work, offer_id: UUID) -> OfferView:
    held = await offerings.offer(work.session, work.scope, offer_id)
    await engine.lock(work.session, [held.case_id])
    return await offerings.offer(work.session, work.scope, offer_id)


async def decline(work: Work, offer_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """The customer keeps the product; the repair goes on."""
    await work.post(move(OFFER, offer_id, "decline", if_version=work.if_version))


async def withdraw(work: Work, offer_id: UUID, body: Refusal) -> None:
    """The offer does not hold any more; the customer reads why."""
    await work.post(move(OFFER, offer_id, "withdraw", if_version=work.if_version, note=body.note))


async def fulfil(work: Work, offer_id: UUID, body: Fulfil) -> None:
    """The new product is with the customer, and its warranty goes on from the old one; or the money is on its way.

    Raises Invalid (`warranty.unknown_number`, `warranty.no_way`, `warranty.paid_unknown`), Conflict
    (`warranty.more_than_paid`, `warranty.nobody_pays`, `status.illegal`).
    """
    held = await _locked(work, offer_id)
    if held.status != "taken" or held.chosen is None:
        await work.post(move(OFFER, offer_id, "fulfil", if_version=work.if_version))
        raise Conflict("warranty.nothing_chosen", "Say first what the customer takes.")
    choice = held.choices[held.chosen - 1]
    done = _money if choice.rung is Rung.REFUND else _product
    data = await done(work, held, choice, body)
    await work.post(move(OFFER, offer_id, "fulfil", if_version=work.if_version, data=data))


async def _product(work: Work, held: OfferView, choice: Choice, body: Fulfil) -> dict[str, object]:
    system = work.as_system()
    known = await products.by_identifier(system.session, system.scope, body.number) if body.number else []
    unit = next((one for one in known if one.id != held.unit_id and one.product_id == choice.product_id), None)
    if unit is None:
        raise wrong(
            "warranty.unknown_number",
            "number",
            N_("No unit of this model with this number is known here. Add it first."),
        )
    branch = await auth.branch(system.session, system.scope, held.branch_id)
    today = clock.business_date(work.now, branch.timezone)
    await carrying.over(system, held.case_id, held.unit_id, unit.id, today)
    return {"unit_id": unit.id}


async def _money(work: Work, held: OfferView, choice: Choice, body: Fulfil) -> dict[str, object]:
    """Through the ports of whoever keeps money: to the customer's credit, or back the way it came. Once: the offer is
    what it is for."""
    if not body.way:
        raise wrong("warranty.no_way", "way", N_("Say how the money goes back."))
    amount, charges = Money(choice.currency, choice.amount_minor or 0), work.ports.charges
    if not amount.minor:
        return {}
    if body.way == "store_credit":
        made = await charges.credit(work.as_system(), held.id, held.id, amount)
    else:
        _source(body, amount)
        back = PayBack(held.id, amount, tax_of(amount, body.tax_rate), body.way, body.reference)
        made = await charges.refund(work.as_system(), held.id, back)
    if made is None:
        raise Conflict("warranty.nobody_pays", "Nobody keeps money here. Have it paid elsewhere, then take it back.")
    return {"refund_id": made}


def _source(body: Fulfil, amount: Money) -> None:
    """Money goes back to where it came from, and never more than came: raise Invalid or Conflict otherwise."""
    if body.paid_minor is None:
        raise wrong("warranty.paid_unknown", "paid_minor", N_("Say what was paid for the product, tax included."))
    if not body.reference:
        raise wrong("warranty.paid_unknown", "reference", N_("Say by which invoice or payment it was paid."))
    if amount.minor > body.paid_minor:
        raise Conflict(
            "warranty.more_than_paid",
            "More was offered than was paid, so it cannot all go back that way. Give it as credit instead.",
        )


async def terms_words(work: Work, held: OfferView) -> str:
    """The clause under which the offer is made, a message id."""
    policy = await policies.policy(work.session, work.scope, held.policy_id)
    limits = TERMS.validate_python(policy.terms).replacing
    return policy.words.get(limits.clause, "") if limits is not None else ""
