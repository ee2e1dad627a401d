"""Warranty's share of the demonstration: published terms, registrations, and claims in every status."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from PIL import Image, ImageDraw
from sqlalchemy import insert

from aftersales import clock
from aftersales.files import service as files
from aftersales.ids import new_id
from aftersales.policies import repository as policies
from aftersales.policies.choosing import codes_for
from aftersales.policies.repository import PolicyView
from aftersales.products import repository as products
from aftersales.products.repository import UnitView
from aftersales.status.changes import Change, NewDocument, move, open_document
from aftersales.work import Work
from warranty import repository, terms
from warranty.machine import CLAIM
from warranty.models import (
    WarrantyClaim,
    WarrantyClaimLine,
    WarrantyConfirmation,
    WarrantyRegistration,
    WarrantyVerdict,
)
from warranty.rules import Cause, CostClass, Facts
from warranty.rules.lines import Standing, grantable
from warranty.service import entitlement
from warranty.service.entitlement import TERMS, Assessment

ZONE = "Asia/Kolkata"
CHUNK = 400
OLD = timedelta(days=12)
RODENTS = "RD-2"
FINDING = "Rats have gnawed through the wires to the motor; the photos show the marks of their teeth."

_GRANT = ("submit", "review", "approve")
WAYS: Mapping[str, tuple[str, ...]] = {
    "draft": (),
    "submitted": ("submit",),
    "in_review": ("submit", "review"),
    "info_requested": ("submit", "review", "request_info"),
    "pre_authorised": ("submit", "pre_authorise"),
    "approved": _GRANT,
    "partially_approved": ("submit", "review", "approve_partly"),
    "denied": ("submit", "review", "deny"),
    "appealed": ("submit", "review", "deny", "appeal"),
    "fulfilled": (*_GRANT, "fulfil"),
    "closed": (*_GRANT, "fulfil", "close"),
}
"""How a claim comes to each status; where the cover is only partial, by a partial approval."""

NOTES = {
    "request_info": "Please send a photo of the label on the back of the product.",
    "appeal": "The house was treated against rats before the machine was installed.",
}
RECENT = ("submitted", "in_review", "denied", "approved", "info_requested", "appealed", "pre_authorised", "draft")
GRANTED = frozenset({"approved", "partially_approved", "fulfilled", "closed"})
LABOUR = 59_000
EXCLUDED = frozenset({"denied", "appealed"})


@dataclass(frozen=True, slots=True)
class _Claim:
    """A claim to be made: for which case, with which answer, to which status."""

    id: UUID
    case: Mapping[str, Any]
    found: Assessment
    status: str
    confirmation_id: UUID | None = None


async def fill_policies(work: Work, world: dict[str, Any]) -> None:  # noqa: ARG001 - what a part is called with
    """Publish the company's terms, old versions and the present ones."""
    await terms.publish_all(work)


async def fill(work: Work, world: dict[str, Any]) -> None:
    """An answer for each case, and a claim where there is something to claim: some in every status."""
    rng = random.Random(50)  # noqa: S311 - the same company each time, no secret
    published = await policies.listed(work.session, work.scope, kind=entitlement.KIND, limit=100)
    ids = [case["unit_id"] for case in (*world["cases"], *world["past"])]
    known = await products.units(work.session, work.scope, ids)
    registered = await repository.registrations_of(work.session, work.scope, ids)
    made: list[_Claim] = []
    verdicts: list[WarrantyVerdict] = []
    for order, case in enumerate(reversed(world["cases"])):
        found = _of(published, known[case["unit_id"]], registered, case)
        if found.verdict.not_at_all or case["cancelled"]:
            verdicts.append(_kept(work, case, found))
            continue
        made.append(_claim(work, case, found, published, order, rng))
    # Long over: what they were entitled to is known, and nothing is claimed.
    verdicts += [_kept(work, case, _of(published, known[case["unit_id"]], registered, case)) for case in world["past"]]
    await _write(work, world, made, verdicts)


def _of(
    published: Sequence[PolicyView],
    unit: UnitView,
    registered: Mapping[UUID, Sequence[tuple[str, WarrantyRegistration]]],
    case: Mapping[str, Any],
) -> Assessment:
    """What was so on the day of the case."""
    proofs = entitlement.proofs_of(unit, (), registered.get(unit.id, ()))
    on = clock.business_date(case["opened_at"], ZONE)
    return _judged(published, unit, entitlement.facts_of(unit, proofs, on, None))


def _judged(published: Sequence[PolicyView], unit: UnitView, facts: Facts) -> Assessment:
    """The answer under the version in force when the unit was sold, from the versions at hand."""
    day = entitlement.sold_on(facts)
    for code in codes_for(unit):
        valid = [p for p in published if p.code == code and p.effective_from <= day]
        if valid:
            return entitlement.judge(unit.id, max(valid, key=lambda p: (p.effective_from, p.version)), facts)
    raise LookupError(f"no terms for a unit sold on {day}")


def _claim(
    work: Work,
    case: Mapping[str, Any],
    found: Assessment,
    published: Sequence[PolicyView],
    order: int,
    rng: random.Random,
) -> _Claim:
    """Choose what has become of the claim: recent ones are under way, old ones have mostly ended."""
    recent = work.now - case["opened_at"] < OLD
    status = RECENT[order % len(RECENT)] if recent else rng.choice(("closed", "closed", "fulfilled", "denied"))
    if found.verdict.in_part and status in {"approved", "denied", "appealed"}:
        status = "partially_approved"
    policy = next(p for p in published if p.id == found.policy_id)
    if status in EXCLUDED:
        if TERMS.validate_python(policy.terms).exclusion(RODENTS) is None:
            status = "approved" if recent else "closed"
        else:
            gnawed = replace(found.facts, cause=RODENTS, established=Cause.CONFIRMED)
            return _Claim(new_id(), case, entitlement.judge(found.unit_id, policy, gnawed), status, new_id())
    return _Claim(new_id(), case, found, status)


async def _write(
    work: Work, world: dict[str, Any], made: Sequence[_Claim], verdicts: Sequence[WarrantyVerdict]
) -> None:
    codes = {branch_id: code for code, branch_id in world["branches"].items()}
    changes: list[Change] = []
    rows: list[WarrantyClaim] = []
    held = list(verdicts)
    for claim in made:
        at = _at(work, claim.case, 0)
        number = await work.numbers.next(f"{codes[claim.case['branch_id']]}-W", at.year)
        verdict = _kept(work, claim.case, claim.found)
        held.append(verdict)
        changes += _changes(work, claim, number)
        rows.append(
            WarrantyClaim(
                id=claim.id,
                unit_id=claim.found.unit_id,
                fault_code=None,
                cause_code=claim.found.facts.cause,
                verdict_id=verdict.id,
                granted_at=_decided(work, claim) if claim.status in GRANTED else None,
            )
        )
    await post_in_chunks(work, changes)
    work.session.add_all(held)
    await work.session.flush()
    work.session.add_all(rows)
    await work.session.flush()
    work.session.add_all(line for order, claim in enumerate(made) for line in _lines(work, claim, order))
    await work.session.flush()
    await _confirmations(work, world, [claim for claim in made if claim.confirmation_id is not None])


def _lines(work: Work, claim: _Claim, order: int) -> list[WarrantyClaimLine]:
    """What was asked for and what the terms gave of it. The parts of what is done are claimed back: those lines are
    written there."""
    if claim.status not in GRANTED:
        return []
    wanted = [(CostClass.LABOUR, "Fitting and testing", LABOUR)]
    if claim.status not in ("fulfilled", "closed"):
        wanted.append((CostClass.PARTS, "Control board", 100 * (900 + 731 * order % 2_400)))
    at = _decided(work, claim)
    found: list[WarrantyClaimLine] = []
    for cost, words, asked in wanted:
        granted = grantable(claim.found.verdict, cost, asked)
        if not granted:
            continue
        line = WarrantyClaimLine(
            id=new_id(), claim_id=claim.id, position=len(found) + 1, cost_class=cost.value, description=words
        )
        line.asked_minor, line.granted_minor, line.currency, line.payer = asked, granted, "INR", "company"
        line.standing = (Standing.APPROVED if granted == asked else Standing.LOWERED).value
        line.words = "" if granted == asked else "The terms give this share."
        line.decided_at, line.closed_at = at, at if claim.status == "closed" else None
        found.append(line)
    return found


def _changes(work: Work, claim: _Claim, number: str) -> Iterable[Change]:
    case, verdict = claim.case, claim.found.verdict
    new = NewDocument(
        stream_id=case["case_id"],
        branch_id=case["branch_id"],
        number=number,
        unit_id=case["unit_id"],
        customer_id=case["customer_id"],
        open_key=f"warranty_claim:{case['unit_id']}:-",
    )
    yield open_document(CLAIM, claim.id, "open", new, at=_at(work, case, 0))
    known: dict[str, object] = {
        **entitlement.codes(verdict, claim.found.policy_version),
        "clause": verdict.clause,
        "cause_code": claim.found.facts.cause,
        "confirmation_id": claim.confirmation_id,
    }
    for step, planned in enumerate(WAYS[claim.status], 1):
        verb = "approve_partly" if planned == "approve" and verdict.in_part else planned
        data = {key: value for key, value in known.items() if key in CLAIM.by_verb[verb].data and value is not None}
        yield move(CLAIM, claim.id, verb, data=data, note=NOTES.get(verb), at=_at(work, case, step))


async def _confirmations(work: Work, world: dict[str, Any], denied: Sequence[_Claim]) -> None:
    """Two people's word and a photo for each denial."""
    engineer, manager = world["staff"]["anil"], world["staff"]["srinivas"]
    rows = []
    for claim in denied:
        stored = await files.store(
            replace(work, now=_at(work, claim.case, 2)),
            stream_id=claim.case["case_id"],
            document_id=claim.id,
            kind="photo",
            filename="wires.jpg",
            data=_photo(),
        )
        rows.append(
            {
                "id": claim.confirmation_id,
                "claim_id": claim.id,
                "cause_code": RODENTS,
                "clause": claim.found.verdict.clause,
                "words": FINDING,
                "photo_ids": [stored.id],
                "proposed_by": engineer,
                "proposed_at": _at(work, claim.case, 2),
                "confirmed_by": manager,
                "confirmed_at": _at(work, claim.case, 3),
            }
        )
    if rows:
        await work.session.execute(insert(WarrantyConfirmation), rows)


def _kept(work: Work, case: Mapping[str, Any], found: Assessment) -> WarrantyVerdict:
    return entitlement.row_of(replace(work, now=_at(work, case, 1)), case["case_id"], found)


def _decided(work: Work, claim: _Claim) -> datetime:
    """When a claim that was granted was decided."""
    return _at(work, claim.case, WAYS[claim.status].index("review") + 2)


def _at(work: Work, case: Mapping[str, Any], step: int) -> datetime:
    """When the step of a claim happened: the first within minutes, the later ones a day apart, none in the future."""
    opened: datetime = case["opened_at"]
    after = timedelta(minutes=2 * (step + 1)) if step < 2 else timedelta(hours=21 * (step - 1))
    return min(opened + after, work.now)


async def post_in_chunks(work: Work, changes: Sequence[Change]) -> None:
    """Post however many changes; those of one document may fall into two chunks, in their order."""
    for begin in range(0, len(changes), CHUNK):
        await work.post(*changes[begin : begin + CHUNK])


def _photo() -> bytes:
    """A drawing that stands for the photo of gnawed wires."""
    image = Image.new("RGB", (640, 480), "#cfc8bb")
    draw = ImageDraw.Draw(image)
    for row, colour in enumerate(("#a3261e", "#1f5fa8", "#22683a")):
        height = 140 + 90 * row
        draw.line((40, height, 280, height + 12), fill=colour, width=16)
        draw.line((340, height + 20, 600, height - 6), fill=colour, width=16)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=70)
    return buffer.getvalue()
