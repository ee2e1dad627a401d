"""The lines of a claim: what is asked for, item by item, and what each is given."""

from collections.abc import Sequence
from uuid import UUID

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.errors import Conflict, Invalid
from aftersales.i18n import N_, amount
from aftersales.ids import new_id
from aftersales.money import Money
from aftersales.status.changes import event
from aftersales.work import Work
from warranty import records
from warranty.machine import CLAIM
from warranty.models import WarrantyClaimLine
from warranty.repository import ClaimView
from warranty.rules import CostClass
from warranty.rules.lines import UNSETTLED, Decision, Outcome, Standing, grantable, objection
from warranty.schemas import AddLine, DecideLine
from warranty.service import entitlement, holding, parts
from warranty.service.entitlement import TERMS

MOST = 50


async def add(work: Work, claim_id: UUID, body: AddLine) -> None:
    """Ask for one thing more.

    Raises Conflict (`warranty.too_many_lines`), Invalid (`warranty.no_such_line`, and what `parts.checked` raises).
    """
    claim = await holding.locked(work, claim_id, "line_added")
    held = await records.lines(work.session, work.scope, claim_id)
    if len(held) >= MOST:
        raise Conflict("warranty.too_many_lines", N_("A claim holds at most {count} lines.").format(count=MOST))
    if body.instead_of is not None:
        before = _one(held, body.instead_of, frozenset({Standing.SENT_BACK}), "instead_of")
        before.standing = Standing.REPLACED.value
    branch = await auth.branch(work.session, work.scope, claim.branch_id)
    donor_unit_id = await parts.checked(work, body, clock.business_date(work.now, branch.timezone))
    data = {"line": len(held) + 1, "class": body.cost, "amount": body.amount_minor}
    await work.post(event(CLAIM, claim_id, "line_added", if_version=work.if_version, data=data))
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
        )
    )
    await work.session.flush()


async def decide(work: Work, claim_id: UUID, body: DecideLine) -> None:
    """Decide one line. What is approved is given as the terms allow: the percentage, up to what is left.

    Raises Invalid (`warranty.no_such_line`, `warranty.line_not_covered`, `warranty.line_amount`,
    `warranty.line_needs_two`, `warranty.no_clause`, `warranty.no_words`), Conflict (`warranty.decided_before`).
    """
    claim = await holding.locked(work, claim_id, "line_decided")
    held = await records.lines(work.session, work.scope, claim_id)
    line = _one(held, body.line, frozenset({Standing.OPEN}), "line")
    verdict = entitlement.verdict_of(claim.verdict)
    given = grantable(verdict, CostClass(line.cost_class), line.asked_minor, _given(held, line.cost_class))
    decision = Decision(Outcome(body.outcome), body.amount_minor, body.clause, body.words)
    wrong = objection(decision, verdict, CostClass(line.cost_class), given)
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


def _given(held: Sequence[WarrantyClaimLine], cost: str) -> int:
    return sum(line.granted_minor or 0 for line in held if line.cost_class == cost)


async def nothing_to_decide(work: Work, claim_id: UUID) -> str | None:
    """Nothing is said where no line waits."""
    held = await records.lines(work.session, work.scope, claim_id)
    return None if any(line.standing == Standing.OPEN for line in held) else ""


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


def above_limit(claim: ClaimView, held: Sequence[WarrantyClaimLine]) -> bool:
    """Whether the lines ask for more than may be approved without a word beforehand."""
    limit = TERMS.validate_python(claim.verdict.terms).ask_above_minor
    asked = sum(line.asked_minor for line in held if line.standing not in (Standing.REPLACED, Standing.DENIED))
    return limit is not None and asked > limit


def in_part(held: Sequence[WarrantyClaimLine]) -> bool:
    """Some lines get something, and not all get all they ask for."""
    given = [line.granted_minor or 0 for line in held]
    return any(given) and any(line.asked_minor > (line.granted_minor or 0) for line in held)


async def grant_all(work: Work, claim: ClaimView) -> bool:
    """Approve every open line of a claim that the terms cover in full; whether that was possible without asking."""
    held = await records.lines(work.session, work.scope, claim.id)
    if above_limit(claim, held) or any(line.standing not in (Standing.OPEN, Standing.APPROVED) for line in held):
        return False
    for line in held:
        if line.standing == Standing.OPEN:
            _settle(work, line, Decision(Outcome.APPROVED), line.asked_minor)
    await work.session.flush()
    return True
