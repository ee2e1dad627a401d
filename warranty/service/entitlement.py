"""From a unit and a fault to a stored answer, and from a stored answer back to the same answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.ids import new_id
from aftersales.policies import repository as policies
from aftersales.policies.choosing import codes_for
from aftersales.policies.repository import PolicyView
from aftersales.products.repository import UnitView
from aftersales.scope import Scope
from aftersales.work import Work
from warranty import records, repository
from warranty.models import WarrantyProof, WarrantyRegistration, WarrantyService, WarrantyVerdict
from warranty.repository import VerdictView
from warranty.rules import (
    EVALUATORS,
    SHAPES,
    WORK,
    CostClass,
    Done,
    Facts,
    Finding,
    Proof,
    ProofKind,
    Service,
    Terms,
    Verdict,
    best_proof,
    evaluate,
)

KIND = "warranty"

TERMS: TypeAdapter[Terms] = TypeAdapter(Terms)
FACTS: TypeAdapter[Facts] = TypeAdapter(Facts)
VERDICTS: Mapping[int, TypeAdapter[Verdict]] = {version: TypeAdapter(shape) for version, shape in SHAPES.items()}
"""How the verdicts of each evaluator are stored."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """An answer that has not been stored yet, with what it rests on."""

    unit_id: UUID
    policy_id: UUID
    policy_version: int
    facts: Facts
    verdict: Verdict


def proofs_of(
    unit: UnitView,
    recorded: Sequence[WarrantyProof] = (),
    registered: Sequence[tuple[str, WarrantyRegistration]] = (),
) -> tuple[Proof, ...]:
    """Everything that shows how old a unit is: what is known of it, what was recorded, what was registered."""
    found = [Proof(ProofKind(proof.kind), proof.dated_on, proof.reference) for proof in recorded]
    found += [Proof(ProofKind.REGISTRATION, row.purchased_on, number) for number, row in registered]
    if unit.purchased_on is not None:
        # A day of sale without an invoice's number is what the dealer told us.
        kind = ProofKind.INVOICE if unit.invoice_number else ProofKind.DEALER_RECORD
        found.append(Proof(kind, unit.purchased_on, unit.invoice_number or ""))
    if unit.installed_on is not None:
        found.append(Proof(ProofKind.INSTALLATION_JOB, unit.installed_on))
    if unit.manufactured_on is not None:
        found.append(Proof(ProofKind.MANUFACTURE, unit.manufactured_on, unit.serial))
    return tuple(found)


def facts_of(unit: UnitView, proofs: tuple[Proof, ...], on: date, fault: str | None) -> Facts:
    """The facts before anybody has looked for a cause."""
    return Facts(
        on=on,
        delivered_on=unit.delivered_on,
        installed_on=unit.installed_on,
        purchased_on=unit.purchased_on,
        manufactured_on=unit.manufactured_on,
        proofs=proofs,
        fault=fault,
    )


def sold_on(facts: Facts) -> date:
    """The day whose policy version holds: that of the proof; without any proof, the day that is asked about."""
    proof = best_proof(facts.proofs)
    return proof.on if proof is not None else facts.on


def judge(unit_id: UUID, policy: PolicyView, facts: Facts) -> Assessment:
    """The answer under one policy version."""
    terms = TERMS.validate_python(policy.terms)
    return Assessment(unit_id, policy.id, policy.version, facts, evaluate(terms, policy.words, facts))


def judge_again(held: VerdictView, facts: Facts) -> Assessment:
    """The answer to changed facts under the same policy version."""
    terms = TERMS.validate_python(held.terms)
    verdict = evaluate(terms, held.words, facts)
    return Assessment(held.unit_id, held.policy_id, held.policy_version, facts, verdict)


@dataclass(frozen=True, slots=True)
class Known:
    """The facts of a unit, and the covers that it was registered under."""

    facts: Facts
    registered: Sequence[WarrantyRegistration] = ()
    usage: Sequence[Any] = ()

    def under(self, code: str) -> Facts:
        """The facts with what claims under this policy have given already."""
        used = [row for row in self.usage if row[0] == code]
        if not used:
            return self.facts
        spent: dict[CostClass, int] = {}
        for _, _, cost, granted, accident in used:
            for one in ([CostClass(cost)] if cost else []) + ([CostClass.ACCIDENT] if accident else []):
                spent[one] = spent.get(one, 0) + int(granted or 0)
        return replace(self.facts, spent=spent, claims_made=len({row[1] for row in used}))


async def gather(work: Work, unit: UnitView, on: date, fault: str | None) -> Known:
    """The facts of a unit with every proof there is of it and all that was done to it."""
    recorded = await repository.proofs_of(work.session, work.scope, [unit.id])
    # What has expired still shows how old the unit is, and keeps its version for parts that are covered longer.
    kept = await repository.registrations_of(work.session, work.scope, [unit.id], statuses=("active", "expired"))
    registered = kept.get(unit.id, [])
    services = (await records.services_of(work.session, work.scope, [unit.id])).get(unit.id, [])
    facts = facts_of(unit, proofs_of(unit, recorded.get(unit.id, ()), registered), on, fault)
    facts = replace(facts, services=tuple(map(_service, services)), lasted=_lasted(services))
    usage = await records.usage_of(work.session, work.scope, unit.id)
    return Known(facts, [row for _, row in registered], usage)


def _service(row: WarrantyService) -> Service:
    return Service(row.done_on, Done(row.what), row.fault_code, row.cause_code)


def _lasted(services: Sequence[WarrantyService]) -> dict[CostClass, date]:
    """The latest end of each class that was carried over."""
    found: dict[CostClass, date] = {}
    for row in services:
        for cost, day in row.lasted.items():
            found[CostClass(cost)] = max(found.get(CostClass(cost), date.min), date.fromisoformat(day))
    return found


async def assess(work: Work, unit: UnitView, known: Known) -> Assessment | None:
    """The best answer of all covers that the unit has; None where no terms had been published.

    The product's own warranty is judged by the version that it was registered under, else by the one in force when it
    was sold; each plan by the version that it was bought under. Of equal answers that of the product's own holds.
    """
    kept = {row.policy_id for row in known.registered if row.policy_id is not None}
    versions = await policies.versions(work.session, work.scope, kept)
    plans = [row for row in known.registered if row.plan_from is not None and row.policy_id in versions]
    own = next((row for row in known.registered if row.plan_from is None and row.policy_id in versions), None)
    policy = versions[own.policy_id] if own is not None and own.policy_id is not None else None
    if policy is None:
        sold = sold_on(known.facts)
        policy = await policies.in_force(work.session, work.scope, KIND, codes_for(unit), sold)
    found = [judge(unit.id, policy, _counted(policy, known))] if policy is not None else []
    bought = [(versions[row.policy_id], row.plan_from) for row in plans if row.policy_id is not None]
    found += [judge(unit.id, plan, replace(_counted(plan, known), plan_from=since)) for plan, since in bought]
    return max(found, key=_worth, default=None)


def under(unit_id: UUID, policy: PolicyView, known: Known, plan_from: date | None) -> Assessment:
    """The answer of one version alone, as a registration of it has it."""
    return judge(unit_id, policy, replace(_counted(policy, known), plan_from=plan_from))


def _limited(terms: Terms) -> bool:
    return terms.plan is not None or any(share.limit_minor is not None for share in terms.shares.values())


def _counted(policy: PolicyView, known: Known) -> Facts:
    """Where nothing is limited, what was given before is no fact of the answer."""
    return known.under(policy.code) if _limited(TERMS.validate_python(policy.terms)) else known.facts


async def judge_now(work: Work, held: VerdictView, facts: Facts) -> Assessment:
    """The answer to changed facts under the same policy version, with what claims on the unit have been given by now:
    since the answer was kept, another one may have used up a limit. The unit is held by the caller."""
    if _limited(TERMS.validate_python(held.terms)):
        usage = await records.usage_of(work.session, work.scope, held.unit_id)
        facts = Known(replace(facts, spent={}, claims_made=0), usage=usage).under(held.policy_code)
    return judge_again(held, facts)


def excluded(held: VerdictView, facts: Facts) -> Sequence[CostClass]:
    """The classes that the clause about the cause takes out of the cover, where there is one."""
    clause = TERMS.validate_python(held.terms).exclusion(facts.cause)
    return clause.classes if clause is not None else ()


_WORTH = {Finding.COVERED: 3, Finding.PARTLY: 2, Finding.UNKNOWN: 1, Finding.NOT_COVERED: 0}


def _worth(found: Assessment) -> int:
    return sum(_WORTH[found.verdict.findings[cost]] for cost in WORK)


def row_of(work: Work, stream_id: UUID, found: Assessment) -> WarrantyVerdict:
    """The row that keeps an answer."""
    return WarrantyVerdict(
        id=new_id(),
        stream_id=stream_id,
        unit_id=found.unit_id,
        policy_id=found.policy_id,
        evaluator_version=found.verdict.evaluator_version,
        facts=FACTS.dump_python(found.facts, mode="json"),
        verdict=stored(found.verdict),
        at=work.now,
    )


async def keep(work: Work, stream_id: UUID, found: Assessment) -> UUID:
    """Store an answer. Returns its id."""
    row = row_of(work, stream_id, found)
    work.session.add(row)
    await work.session.flush()
    return row.id


def stored(verdict: Verdict) -> dict[str, Any]:
    """A verdict as its row keeps it."""
    kept: dict[str, Any] = VERDICTS[verdict.evaluator_version].dump_python(verdict, mode="json")
    return kept


def verdict_of(held: VerdictView) -> Verdict:
    """The answer as it was stored."""
    return VERDICTS[held.evaluator_version].validate_python(held.verdict)


def facts_held(held: VerdictView) -> Facts:
    """The facts that a stored answer rests on."""
    return FACTS.validate_python(held.facts)


def replay(held: VerdictView) -> Mapping[str, Any]:
    """What the stored facts give today, under the stored policy version and evaluator. Equal to `held.verdict`."""
    evaluator = EVALUATORS[held.evaluator_version]
    verdict = evaluator(TERMS.validate_python(held.terms), held.words, facts_held(held))
    return stored(verdict)


async def replay_all(session: AsyncSession, scope: Scope, page: int = 200) -> list[UUID]:
    """The stored answers that no longer replay to themselves; always empty."""
    differing: list[UUID] = []
    after: UUID | None = None
    while rows := await repository.verdicts(session, scope, limit=page, after=after):
        differing += [row.id for row in rows if replay(row) != row.verdict]
        after = rows[-1].id
    return differing


def codes(verdict: Verdict, policy_version: int) -> dict[str, object]:
    """The answer as codes, for the timeline."""
    found: dict[str, object] = {cost.value: verdict.findings[cost].value for cost in WORK}
    proof = verdict.proof.kind.value if verdict.proof is not None else None
    return found | {"policy_version": policy_version, "proof": proof}
