"""The lines of a claim as pages show them, and the ways to decide one."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from aftersales.i18n import N_, amount, joined
from aftersales.module import Option
from aftersales.money import Money
from aftersales.scope import ActorKind
from aftersales.work import Work
from warranty import goodwills, records
from warranty.cost_words import COSTS
from warranty.models import WarrantyClaimLine
from warranty.repository import VerdictView
from warranty.rules import CostClass
from warranty.rules.lines import SETTLED, Outcome, Standing
from warranty.service import entitlement, goodwill

STANDINGS = {
    Standing.OPEN: ("open", N_("To decide")),
    Standing.APPROVED: ("done", N_("Approved")),
    Standing.LOWERED: ("waiting", N_("Approved lower")),
    Standing.DENIED: ("trouble", N_("Denied")),
    Standing.SENT_BACK: ("waiting", N_("Sent back")),
    Standing.REPLACED: ("open", N_("Replaced")),
}
PAYERS = {"company": N_("we"), "brand": N_("the brand"), "supplier": N_("a supplier"), "customer": N_("the customer")}


def _shown(line: WarrantyClaimLine) -> dict[str, Any]:
    """A line as the card shows it; what was lowered or denied says why."""
    category, label = STANDINGS[Standing(line.standing)]
    granted = amount(Money(line.currency, line.granted_minor or 0)) if line.decided_at or line.granted_minor else ""
    return {
        "position": line.position,
        "title": joined([COSTS[CostClass(line.cost_class)], line.description], ": "),
        "asked": amount(Money(line.currency, line.asked_minor)),
        "granted": granted,
        "category": category,
        "label": label,
        "clause": line.clause,
        "words": line.words,
        "payer": joined([PAYERS[line.payer], line.ticket], " "),
    }


async def shown(work: Work, claim_id: UUID) -> list[dict[str, Any]]:
    """The lines of a claim that the caller has read. Customers see what was decided for good: until then a line may be
    sent back, or the claim be denied."""
    customer = work.actor.kind is ActorKind.CUSTOMER
    read = records.settled_lines if customer else records.lines
    return [_shown(one) for one in await read(work.session, work.scope, claim_id)]


async def given(work: Work, claim_id: UUID) -> list[dict[str, Any]]:
    """What was given beyond the terms on a claim that the caller has read; by whom and why is for staff alone."""
    staff = work.actor.kind is not ActorKind.CUSTOMER
    return [
        {
            "classes": joined([COSTS[CostClass(cost)] for cost in one.classes]),
            "amount": amount(Money(one.currency, one.amount_minor)),
            "words": one.words if staff else "",
            "by": one.by if staff else "",
        }
        for one in await goodwills.on_claim(work.session, work.scope, claim_id)
    ]


async def lacking(work: Work, claim_id: UUID, answer: VerdictView) -> str:
    """For staff, of a claim that the caller has read: how much its lines come to beyond what was given for them."""
    if work.actor.kind is ActorKind.CUSTOMER:
        return ""
    held = await goodwills.on_claim(work.session, work.scope, claim_id)
    missing = (await goodwill.rest(work, claim_id, entitlement.verdict_of(answer), answer)).minor
    return amount(Money(held[0].currency, missing)) if missing else ""


async def part_options(work: Work, claim_id: UUID) -> Mapping[str, Sequence[Option]]:
    """The lines whose removed part is still to come back."""
    held = await records.lines(work.session, work.scope, claim_id)
    waiting = [one for one in held if one.cost_class == "parts" and one.granted_minor and one.part_back_at is None]
    return {"line": [Option(str(one.position), f"{one.position} {one.description}") for one in waiting]}


async def line_options(work: Work, claim_id: UUID) -> Mapping[str, Sequence[Option]]:
    """The lines that can be decided, or sent back, and the ways to do so."""
    held = await records.lines(work.session, work.scope, claim_id)
    ways = {
        Outcome.APPROVED: N_("Approve"),
        Outcome.LOWERED: N_("Approve lower"),
        Outcome.DENIED: N_("Deny"),
        Outcome.SENT_BACK: N_("Send back"),
    }
    # Those that wait come first; one that is decided can only be sent back.
    waiting = [Option(str(one.position), f"{one.position} {one.description}") for one in held if one.standing == "open"]
    decided = [
        Option(
            str(one.position), joined([f"{one.position} {one.description}", STANDINGS[Standing(one.standing)][1]], ": ")
        )
        for one in held
        if one.standing in SETTLED
    ]
    return {
        "line": [*waiting, *decided],
        "outcome": [Option(outcome.value, label) for outcome, label in ways.items()],
    }
