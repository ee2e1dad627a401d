"""Goodwill: staff give beyond the terms, inside an allowance of their own. The answer of the terms stays as it is."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.auth.repository import BranchView
from aftersales.errors import Conflict, Forbidden, Invalid
from aftersales.i18n import N_, amount, joined
from aftersales.ids import new_id
from aftersales.money import Money
from aftersales.policies import repository as policies
from aftersales.policies import service as publishing
from aftersales.policies.repository import PolicyView
from aftersales.status.changes import event
from aftersales.work import Work
from warranty import goodwills, records, repository
from warranty.cost_words import COSTS
from warranty.machine import CLAIM
from warranty.models import WarrantyClaimLine, WarrantyGoodwill
from warranty.repository import ClaimView, VerdictView
from warranty.rules import CostClass, Finding, Verdict
from warranty.rules.goodwill import DAYS, Allowance, GoodwillTerms, Lacking, Level, Refused, lacking, refusal
from warranty.rules.lines import Standing, grantable
from warranty.schemas import GiveGoodwill, PublishGoodwill
from warranty.service import entitlement
from warranty.service.holding import locked
from warranty.service.lines import so_far
from warranty.service.proofs import wrong

KIND = "goodwill"
CODE = "default"
TERMS: TypeAdapter[GoodwillTerms] = TypeAdapter(GoodwillTerms)


async def give(work: Work, claim_id: UUID, body: GiveGoodwill) -> None:
    """Give some cost classes of a claim beyond its terms, for what that costs; recorded against the answer that holds.

    Raises Invalid (`warranty.goodwill_classes`, `warranty.goodwill_too_small`), Forbidden (`warranty.goodwill_none`),
    Conflict (`warranty.goodwill_limit`, `warranty.goodwill_used_up`, `warranty.covered_already`,
    `warranty.goodwill_given`, `warranty.goodwill_currency`).
    """
    claim = await locked(work, claim_id, "goodwill_given")
    classes = [CostClass(name) for name in ("parts", "labour", "visit") if getattr(body, name)]
    if not classes:
        raise wrong("warranty.goodwill_classes", "parts", N_("Tick at least one: parts, labour or the visit."))
    verdict = entitlement.verdict_of(claim.verdict)
    if all(verdict.findings[cost] is Finding.COVERED for cost in classes):
        raise Conflict(
            "warranty.covered_already", "The terms pay for what you ticked. Tick only what they do not pay for."
        )
    await _not_twice(work, claim, classes)
    branch = await auth.branch(work.session, work.scope, claim.branch_id)
    policy, terms = await _terms(work, branch)
    await _enough(work, claim, classes, Money(terms.currency, body.amount_minor), branch)
    await _allowed(work, claim, terms, body.amount_minor, branch)
    data = {"amount_minor": body.amount_minor, "currency": terms.currency, "verdict": claim.verdict.id}
    await work.post(
        event(
            CLAIM,
            claim_id,
            "goodwill_given",
            if_version=work.if_version,
            note=body.words,
            data=data | {"classes": [cost.value for cost in classes]},
        )
    )
    work.session.add(
        WarrantyGoodwill(
            id=new_id(),
            claim_id=claim_id,
            verdict_id=claim.verdict.id,
            policy_id=policy.id,
            classes=[cost.value for cost in classes],
            amount_minor=body.amount_minor,
            currency=terms.currency,
            words=body.words,
            staff_id=work.scope.staff_id,
            given_at=work.now,
        )
    )
    await work.session.flush()


def _costs(
    rows: Sequence[WarrantyClaimLine], classes: Collection[str], verdict: Verdict, excluded: Collection[CostClass]
) -> Mapping[str, int]:
    """What the lines of these classes ask for and the terms do not pay, by class: what was not granted, and of a line
    that nobody has decided what the terms do not give."""
    found: dict[str, int] = {}
    # What was granted is gone from the limits, wherever in the list it stands.
    paid = so_far(rows)
    for row in rows:
        if row.standing in ("replaced", "sent_back"):
            continue
        cost, granted = CostClass(row.cost_class), row.granted_minor or 0
        if row.standing == Standing.OPEN:
            granted = grantable(verdict, cost, row.asked_minor, paid, excluded)
            paid[cost] = paid.get(cost, 0) + granted
        if cost in classes:
            found[cost] = found.get(cost, 0) + row.asked_minor - granted
    return found


async def rest(work: Work, claim_id: UUID, verdict: Verdict, held_by: VerdictView) -> Lacking:
    """What the lines of a claim that the caller has read come to beyond what its terms pay and what was given for them;
    nothing where nothing was given."""
    held = await goodwills.on_claim(work.session, work.scope, claim_id)
    if not held:
        return Lacking()
    excluded = entitlement.excluded(held_by, entitlement.facts_held(held_by))
    rows = await records.lines(work.session, work.scope, claim_id)
    given = [(one.classes, one.amount_minor) for one in held]
    return lacking(_costs(rows, {cost for names, _ in given for cost in names}, verdict, excluded), given)


async def nothing_to_give(work: Work, claim_id: UUID) -> str | None:
    """Nothing is said where the terms pay for all of it."""
    claim = await repository.claim(work.session, work.scope, claim_id)
    return "" if entitlement.verdict_of(claim.verdict).in_full else None


async def _not_twice(work: Work, claim: ClaimView, classes: Sequence[CostClass]) -> None:
    """What was given is given: a second time would count against somebody's allowance again. What the claim came to
    list since then is given on top."""
    given = await goodwills.classes_on(work.session, work.scope, claim.id)
    verdict = entitlement.verdict_of(claim.verdict)
    short = (await rest(work, claim.id, verdict, claim.verdict)).classes if given else frozenset()
    again = joined([N_(COSTS[cost]) for cost in classes if cost in given and cost not in short])
    if again:
        words = N_("Given on this claim already: {classes}. Tick only what was not.")
        raise Conflict("warranty.goodwill_given", words.format(classes=again))


async def _terms(work: Work, branch: BranchView) -> tuple[PolicyView, GoodwillTerms]:
    """The allowances in force today at the service centre. Raises Forbidden (`warranty.goodwill_none`) where none were
    ever published."""
    today = clock.business_date(work.now, branch.timezone)
    policy = await policies.in_force(work.session, work.scope, KIND, [CODE], today)
    if policy is None or work.scope.staff_id is None:
        raise _refused(Refused.NONE, None, "")
    return policy, TERMS.validate_python(policy.terms)


async def _enough(work: Work, claim: ClaimView, classes: Sequence[CostClass], given: Money, branch: BranchView) -> None:
    """What the claim lists of these classes and the terms do not pay must fit into what is given, now and before, in
    its currency."""
    rows = await records.lines(work.session, work.scope, claim.id)
    other = {branch.currency, *(row.currency for row in rows)} - {given.currency}
    if other:
        words = N_("This claim counts in {theirs}, and allowances for goodwill are published in {ours} alone.")
        words = words.format(theirs=joined(sorted(other)), ours=given.currency)
        raise Conflict("warranty.goodwill_currency", words)
    before = [(one.classes, one.amount_minor) for one in await goodwills.on_claim(work.session, work.scope, claim.id)]
    paid = {*classes, *(cost for names, _ in before for cost in names)}
    excluded = entitlement.excluded(claim.verdict, entitlement.facts_held(claim.verdict))
    costs = _costs(rows, paid, entitlement.verdict_of(claim.verdict), excluded)
    missing = lacking(costs, [*before, (classes, given.minor)], about=classes).minor
    if missing:
        needed = amount(Money(given.currency, given.minor + missing))
        help_ = N_("What this claim lists of it needs {amount}. Give that, or tick less.").format(amount=needed)
        errors = [{"field": "amount_minor", "problem": N_("missing or wrong"), "help": help_}]
        raise Invalid("warranty.goodwill_too_small", "This is less than what the claim lists.", errors=errors)


def begun(work: Work, branch: BranchView) -> datetime:
    """When the days over which what somebody gives is counted have begun, at the service centre."""
    today = clock.business_date(work.now, branch.timezone)
    return datetime.combine(today - timedelta(days=DAYS - 1), time(), ZoneInfo(branch.timezone))


async def _allowed(work: Work, claim: ClaimView, terms: GoodwillTerms, asked: int, branch: BranchView) -> None:
    held = {level.value for level in Level if work.scope.can(level.value, claim.branch_id)}
    mine = terms.of(held)
    staff_id = work.scope.staff_id
    if staff_id is None:
        raise _refused(Refused.NONE, None, terms.currency)
    since = begun(work, branch)
    here, lately = await goodwills.sums(work.session, work.scope, staff_id, terms.currency, claim.id, since=since)
    refused = refusal(mine, asked, here, lately)
    if refused is not None:
        raise _refused(refused, mine, terms.currency, lately)


def _refused(why: Refused, mine: Allowance | None, currency: str, lately: int = 0) -> Conflict | Forbidden:
    if mine is None or why is Refused.NONE:
        return Forbidden(
            "warranty.goodwill_none", "You have no allowance for goodwill here. Ask somebody who has, or your manager."
        )
    each, total = Money(currency, mine.each_minor), Money(currency, mine.total_minor)
    if why is Refused.EACH:
        words = N_("You may give up to {amount} on a claim. Ask somebody with a larger allowance.")
        return Conflict(
            "warranty.goodwill_limit", words.format(amount=amount(each)), limit_minor=each.minor, currency=currency
        )
    left = Money(currency, max(0, mine.total_minor - lately))
    words = N_("Of the {total} that you may give in 30 days, {left} is left. Ask somebody with a larger allowance.")
    return Conflict(
        "warranty.goodwill_used_up",
        words.format(total=amount(total), left=amount(left)),
        left_minor=left.minor,
        currency=currency,
    )


async def publish(work: Work, body: PublishGoodwill) -> PolicyView:
    """Publish the next version of the allowances. Raises what `policies.service.publish` raises."""
    terms = TERMS.dump_python(body.terms, mode="json")
    return await publishing.publish(
        work, kind=KIND, code=CODE, effective_from=body.effective_from, terms=terms, words={}
    )
