"""A customer gives something back on the public page: what they will get is worked out first, then they send it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from aftersales.auth import repository as auth
from aftersales.auth.rules import customer_scope
from aftersales.cases import service as cases
from aftersales.cases.schemas import OpenCase, PersonOnMatterIn
from aftersales.files import service as files
from aftersales.policies import repository as policies
from aftersales.policies.choosing import codes_for
from aftersales.products import repository as products
from aftersales.products.repository import UnitView
from aftersales.status.machine import Audience
from aftersales.work import Work
from rma import owners, repository, service
from rma.alternatives import Alternative, for_customer, offered
from rma.owners import Owner
from rma.rules import Condition, Outcome, Reason, Terms, Verdict
from rma.schemas import Authorise, RequestReturn
from rma.service import enquiring
from rma.service.sending import NO_POLICY, TERMS


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the customer may expect: the rule's word with all it rests on, and what there is instead of a no."""

    unit: UnitView
    branch_id: UUID
    currency: str
    terms: Terms
    clauses: Mapping[str, str]
    policy_version: int | None
    verdict: Verdict | None
    instead: Sequence[Alternative]

    @property
    def granted(self) -> bool:
        """Whether the rule says yes, with conditions or without."""
        return self.verdict is not None and self.verdict.outcome is Outcome.ELIGIBLE


@dataclass(frozen=True, slots=True)
class Sent:
    """What the customer sends. `photos` and `invoice` with their names; with `repair` it is no return that is asked
    for, but that it be repaired."""

    reason: Reason
    condition: Condition | None
    wish: str
    coming: str
    branch_id: UUID | None
    words: str
    photos: Sequence[tuple[str, bytes]] = ()
    invoice: tuple[str, bytes] | None = None
    repair: bool = False


async def foresee(work: Work, owner: Owner, reason: Reason, condition: Condition | None) -> Foreseen:
    """What the rule says of this product today. Nothing is kept."""
    system = work.as_system()
    unit = await products.unit(system.session, system.scope, owner.unit_id)
    branch_id = await owners.home_branch(system.session, system.scope, owner.customer_id)
    branch = await auth.branch(system.session, system.scope, branch_id)
    facts = service.facts_of(unit, reason, work, branch.timezone, condition=condition)
    codes = codes_for(unit)
    policy = await policies.in_force(system.session, system.scope, service.KIND, codes, service.bought_on(facts))
    terms = TERMS.validate_python(policy.terms) if policy is not None else NO_POLICY
    clauses = policy.words if policy is not None else {}
    verdict = service.judge(policy, facts) if policy is not None else None
    outcome = verdict.outcome if verdict is not None else Outcome.UNKNOWN
    instead: Sequence[Alternative] = ()
    if outcome is not Outcome.ELIGIBLE:
        cover = await work.ports.coverage.of_unit(system, unit.id)
        instead = for_customer(offered(outcome, reason, terms, clauses, cover))
    version = policy.version if policy is not None else None
    return Foreseen(unit, branch_id, branch.currency, terms, clauses, version, verdict, instead)


async def send(work: Work, owner: Owner, enquiry_id: UUID, body: Sent) -> UUID:
    """Open a case for the product and ask for its return on it, or for its repair. Returns the case's id.

    Where the rule grants it and the policy says so, it is authorised at once. Raises Invalid (`auth.code_wrong`) when
    the code is used up, Conflict (`status.already_open`) while a return of the product is open, what `files.store`
    raises.
    """
    await enquiring.spend(work, enquiry_id)
    system = work.as_system()
    branch_id = body.branch_id or await owners.home_branch(system.session, system.scope, owner.customer_id)
    new = OpenCase(
        customer_id=owner.customer_id,
        unit_id=owner.unit_id,
        branch_id=branch_id,
        complaint=body.words,
        channel="web",
        people=[PersonOnMatterIn(person_id=owner.person_id, role="owner", may_approve=True)],
    )
    case_id = await cases.open_case(system, new)
    await enquiring.use(work, enquiry_id, case_id)
    theirs = replace(work, scope=customer_scope(owner.person_id, case_id, read_only=False), if_version=None)
    await _keep(theirs, case_id, body)
    if not body.repair:
        await _ask(theirs, case_id, owner, body)
    return case_id


async def _keep(theirs: Work, case_id: UUID, body: Sent) -> None:
    """The photos and the invoice, on the case, where the customer sees them too."""
    given = [("photo", *one) for one in body.photos] + ([("invoice", *body.invoice)] if body.invoice else [])
    for kind, name, data in given:
        stored = await files.store(
            theirs,
            stream_id=case_id,
            document_id=case_id,
            kind=kind,
            filename=name,
            data=data,
            audience=Audience.CUSTOMER,
        )
        await cases.file_added(theirs, case_id, stored.id, kind)


async def _ask(theirs: Work, case_id: UUID, owner: Owner, body: Sent) -> None:
    wanted = RequestReturn.model_validate(
        {
            "unit_id": owner.unit_id,
            "reason_code": body.reason,
            "words": body.words,
            "condition": body.condition,
            "wish": body.wish or None,
            "coming": body.coming or None,
        }
    )
    return_id = await service.request(theirs, case_id, wanted, proven=body.invoice is not None)
    system = theirs.as_system()
    held = await repository.one(system.session, system.scope, return_id)
    verdict = service.verdict_of(held)
    if held.terms is None or verdict is None or verdict.outcome is not Outcome.ELIGIBLE:
        return
    if TERMS.validate_python(held.terms).at_once:
        await service.authorise(system, return_id, Authorise())
