"""The lines of a claim: what is asked for, item by item, and what each is given."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.errors import Conflict, Invalid
from aftersales.i18n import N_, amount
from aftersales.ids import new_id
from aftersales.money import Money
from aftersales.status.changes import Change, event, move
from aftersales.work import Work
from warranty import records
from warranty.machine import CLAIM
from warranty.models import WarrantyClaimLine
from warranty.repository import ClaimView
from warranty.rules import GRANTED, Cause, CostClass, Finding
from warranty.rules.lines import SETTLED, UNSETTLED, Decision, Outcome, Standing, grantable, objection
from warranty.schemas import AddLine, DecideLine
from warranty.service import entitlement, holding, parts
from warranty.service.entitlement import TERMS, Assessment

MOST = 50


async def add(work: Work, claim_id: UUID, body: AddLine) -> None:
    """Ask for one thing more. What was allowed beforehand goes back into review if it asks for more than that now.

    Raises Conflict (`warranty.too_many_lines`), Invalid (`warranty.no_such_line`, and what `parts.checked` raises).
    """
    claim = await holding.locked(work, claim_id, "line_added")
    held = await records.lines(work.session, work.scope, claim_id)
    if len(held) >= MOST:
        raise Conflict("warranty.too_many_lines", N_("A claim holds at most {count} lines.").format(count=MOST))
    before: WarrantyClaimLine | None = None
    if body.instead_of is not None:
        before = _one(held, body.instead_of, frozenset({Standing.SENT_BACK}), "instead_of")
        before.standing = Standing.REPLACED.value
    branch = await auth.branch(work.session, work.scope, claim.branch_id)
    donor_unit_id = await parts.checked(work, body, clock.business_date(work.now, branch.timezone))
    data = {"line": len(held) + 1, "class": body.cost, "amount": body.amount_minor}
    await work.post(event(CLAIM, claim_id, "line_added", if_version=work.if_version, data=data))
    allowed = before.asked_minor if before is not None else 0
    if claim.status == "pre_authorised" and body.amount_minor > allowed and above_limit(claim, held, body.amount_minor):
        # The word was about less: it takes another one.
        await work.as_system().post(move(CLAIM, claim_id, "review"))
    work.session.add(
        WarrantyClaimLine(
            id=new_id(),
            claim_id=claim_id,
            position=len(held) + 1,
            cost_class=body.cost,
            description=body.description,
            asked_minor=body.amount_minor,
            currency=branch.currency,
            standing=Standing.OPEN.value,
            clause="",
            words="",
            payer=body.payer,
            ticket=body.ticket,
            part_code=body.part_code,
            donor_unit_id=donor_unit_id,
            added_by=work.scope.staff_id,
            **await _part_of(work, before, body),
        )
    )
    await work.session.flush()


async def _part_of(work: Work, before: WarrantyClaimLine | None, body: AddLine) -> dict[str, Any]:
    """The removed part that was scanned for the line whose place this one takes: it comes back once, and is this one's
    now."""
    if before is None or before.part_back_at is None or body.cost != "parts":
        return {}
    kept = {name: getattr(before, name) for name in ("removed_part", "part_back_at", "part_back_by")}
    before.removed_part = before.part_back_at = before.part_back_by = None
    # Written before the new line is: no two lines have the same part.
    await work.session.flush()
    return kept


async def decide(work: Work, claim_id: UUID, body: DecideLine) -> None:
    """Decide one line. What is approved is given as the terms allow: the percentage, up to what is left. A cause that
    might be excluded is set aside for it, on the word of whoever approves. One that is decided can only be sent back.

    Raises Invalid (`warranty.no_such_line`, `warranty.line_not_covered`, `warranty.line_amount`,
    `warranty.line_needs_two`, `warranty.no_clause`, `warranty.no_words`), Conflict (`warranty.decided_before`).
    """
    claim = await holding.locked(work, claim_id, "line_decided")
    held = await records.lines(work.session, work.scope, claim_id)
    decision = Decision(Outcome(body.outcome), body.amount_minor, body.clause, body.words)
    back = SETTLED if decision.outcome is Outcome.SENT_BACK else frozenset()
    line = _one(held, body.line, frozenset({Standing.OPEN}) | back, "line")
    cost = CostClass(line.cost_class)
    found = await _judged(work, claim, cost, decision.outcome)
    so_far_given, excluded = so_far(held), entitlement.excluded(claim.verdict, found.facts)
    given = grantable(found.verdict, cost, line.asked_minor, so_far_given, excluded)
    wrong = objection(decision, found.verdict, cost, given)
    if wrong is None and body.clause and body.clause not in claim.verdict.words:
        wrong = ("warranty.no_clause", "clause", N_("The policy has no such clause."))
    if wrong is not None:
        code, field, words = wrong
        raise Invalid(code, words, errors=[{"field": field, "problem": N_("missing or wrong"), "help": words}])
    amounts = {Outcome.APPROVED: given, Outcome.LOWERED: decision.amount, Outcome.DENIED: 0, Outcome.SENT_BACK: 0}
    granted = amounts[decision.outcome] or 0
    data = {"line": line.position, "outcome": body.outcome, "amount": granted}
    await work.post(event(CLAIM, claim_id, "line_decided", if_version=work.if_version, data=data))
    _settle(work, line, decision, granted)
    await work.session.flush()


async def _judged(work: Work, claim: ClaimView, cost: CostClass, outcome: Outcome) -> Assessment:
    """The answer that the decision on a line of this class rests on."""
    facts = entitlement.facts_held(claim.verdict)
    found = await entitlement.judge_now(work, claim.verdict, facts)
    gives = outcome in (Outcome.APPROVED, Outcome.LOWERED)
    if gives and facts.cause and found.verdict.findings.get(cost) not in GRANTED:
        return entitlement.judge_again(claim.verdict, replace(found.facts, established=Cause.SET_ASIDE))
    return found


def _settle(work: Work, line: WarrantyClaimLine, decision: Decision, granted: int) -> None:
    line.standing, line.granted_minor = decision.outcome.value, granted
    line.clause, line.words = decision.clause, decision.words
    if decision.outcome is Outcome.DENIED:
        line.payer = "customer"
    line.decided_by, line.decided_at = work.scope.staff_id, work.now


def _one(
    held: Sequence[WarrantyClaimLine], position: int, standing: frozenset[Standing], field: str
) -> WarrantyClaimLine:
    found = next((line for line in held if line.position == position and line.standing in standing), None)
    if found is None:
        words = N_("There is no such line, or it is decided already.")
        raise Invalid("warranty.no_such_line", words, errors=[{"field": field, "problem": words}])
    return found


def so_far(held: Sequence[WarrantyClaimLine]) -> dict[CostClass, int]:
    """What the lines were given, by class."""
    found: dict[CostClass, int] = {}
    for line in held:
        found[CostClass(line.cost_class)] = found.get(CostClass(line.cost_class), 0) + (line.granted_minor or 0)
    return found


async def nothing_to_decide(work: Work, claim_id: UUID) -> str | None:
    """Nothing is said where no line waits, nor could be sent back."""
    held = await records.lines(work.session, work.scope, claim_id)
    return None if any(line.standing in SETTLED | {Standing.OPEN} for line in held) else ""


async def settled(work: Work, claim: ClaimView) -> Sequence[WarrantyClaimLine]:
    """The lines that count, for an approval of the whole.

    Raises Conflict while one is undecided (`warranty.lines_open`), and where they ask for more than may be approved
    without somebody's word beforehand (`warranty.ask_first`).
    """
    held = await records.lines(work.session, work.scope, claim.id)
    if any(line.standing in UNSETTLED for line in held):
        raise Conflict("warranty.lines_open", "Some lines are not decided yet. Decide each of them first.")
    if claim.status != "pre_authorised" and above_limit(claim, held):
        limit = TERMS.validate_python(claim.verdict.terms).ask_above_minor or 0
        most = amount(Money(held[0].currency, limit))
        words = N_("This claim asks for more than {amount}. It must be pre-authorised first.").format(amount=most)
        raise Conflict("warranty.ask_first", words)
    return [line for line in held if line.standing != Standing.REPLACED]


def above_limit(claim: ClaimView, held: Sequence[WarrantyClaimLine], more: int = 0) -> bool:
    """Whether the lines, and so much more, ask for more than may be approved without a word beforehand."""
    limit = TERMS.validate_python(claim.verdict.terms).ask_above_minor
    asked = sum(line.asked_minor for line in held if line.standing not in (Standing.REPLACED, Standing.DENIED))
    return limit is not None and asked + more > limit


def short(held: Sequence[WarrantyClaimLine]) -> bool:
    """Not all lines get all they ask for."""
    return any(line.asked_minor > (line.granted_minor or 0) for line in held)


def exceeding(held: Sequence[WarrantyClaimLine], found: Assessment, excluded: Sequence[CostClass]) -> int | None:
    """The first line that was given more than this answer gives; None if there is none."""
    given: dict[CostClass, int] = {}
    for line in held:
        cost, granted = CostClass(line.cost_class), line.granted_minor or 0
        if granted > grantable(found.verdict, cost, line.asked_minor, given, excluded):
            return line.position
        given[cost] = given.get(cost, 0) + granted
    return None


def within(claim: ClaimView, held: Sequence[WarrantyClaimLine], found: Assessment) -> None:
    """Raise Conflict (`warranty.line_exceeds`) where a line was given more than this answer gives: since it was decided
    another claim has used up a limit, say."""
    number = exceeding(held, found, entitlement.excluded(claim.verdict, found.facts))
    if number is not None:
        words = N_("Line {number} was given more than the terms give now. Send it back, then add one in its place.")
        raise Conflict("warranty.line_exceeds", words.format(number=number))


async def exclude(work: Work, claim: ClaimView, found: Assessment, clause: str, words: str) -> Sequence[Change]:
    """Deny, in the words of the two people who have confirmed the clause, what it takes out of the cover."""
    touched = entitlement.excluded(claim.verdict, found.facts)
    changes: list[Change] = []
    for line in await records.lines(work.session, work.scope, claim.id):
        cost = CostClass(line.cost_class)
        given = line.standing in (Standing.OPEN, Standing.APPROVED, Standing.LOWERED)
        if given and cost in touched and found.verdict.findings[cost] is Finding.NOT_COVERED:
            _settle(work, line, Decision(Outcome.DENIED, None, clause, words), 0)
            data = {"line": line.position, "outcome": Outcome.DENIED.value, "amount": 0}
            changes.append(event(CLAIM, claim.id, "line_decided", data=data))
    await work.session.flush()
    return changes


async def worth_deciding(work: Work, claim: ClaimView, found: Assessment) -> bool:
    """Whether a line was given something, or would be."""
    excluded = entitlement.excluded(claim.verdict, found.facts)
    return any(
        line.granted_minor
        or (
            line.standing in UNSETTLED
            and grantable(found.verdict, CostClass(line.cost_class), line.asked_minor, None, excluded)
        )
        for line in await records.lines(work.session, work.scope, claim.id)
    )


async def grant_all(work: Work, claim: ClaimView, found: Assessment) -> bool:
    """Approve every open line of a claim that the terms cover in full; whether that was possible without asking. If it
    was not, nothing has changed."""
    held = [
        line for line in await records.lines(work.session, work.scope, claim.id) if line.standing != Standing.REPLACED
    ]
    if not found.verdict.in_full or found.verdict.suspected:
        return False
    if claim.status != "pre_authorised" and above_limit(claim, held):
        return False
    for line in held:
        gives = grantable(found.verdict, CostClass(line.cost_class), line.asked_minor)
        granted = gives if line.standing == Standing.OPEN else line.granted_minor or 0
        if granted < line.asked_minor:
            return False
    for line in held:
        if line.standing == Standing.OPEN:
            _settle(work, line, Decision(Outcome.APPROVED), line.asked_minor)
    await work.session.flush()
    return True
