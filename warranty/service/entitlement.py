"""From a unit and a fault to a stored answer, and from a stored answer back to the same answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.ids import new_id
from aftersales.policies import repository as policies
from aftersales.policies.repository import PolicyView
from aftersales.products.repository import UnitView
from aftersales.scope import Scope
from aftersales.work import Work
from warranty import repository
from warranty.models import WarrantyProof, WarrantyRegistration, WarrantyVerdict
from warranty.repository import VerdictView
from warranty.rules import EVALUATOR_VERSION, EVALUATORS, Facts, Proof, ProofKind, Terms, Verdict, best_proof, evaluate

KIND = "warranty"

TERMS: TypeAdapter[Terms] = TypeAdapter(Terms)
FACTS: TypeAdapter[Facts] = TypeAdapter(Facts)
VERDICT: TypeAdapter[Verdict] = TypeAdapter(Verdict)


@dataclass(frozen=True, slots=True)
class Assessment:
    """An answer that has not been stored yet, with what it rests on."""

    unit_id: UUID
    policy_id: UUID
    policy_version: int
    facts: Facts
    verdict: Verdict


def codes_for(unit: UnitView) -> list[str]:
    """The policies that may apply to a unit, the closest first."""
    return [f"product:{unit.product_id}", f"category:{unit.category_code}", "default"]


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


async def gather(work: Work, unit: UnitView, on: date, fault: str | None) -> Facts:
    """The facts of a unit with every proof there is of it."""
    recorded = await repository.proofs_of(work.session, work.scope, [unit.id])
    registered = await repository.registrations_of(work.session, work.scope, [unit.id])
    proofs = proofs_of(unit, recorded.get(unit.id, ()), registered.get(unit.id, ()))
    return facts_of(unit, proofs, on, fault)


async def assess(work: Work, unit: UnitView, facts: Facts) -> Assessment | None:
    """The answer under the version in force when the unit was sold; None where no terms had been published."""
    policy = await policies.in_force(work.session, work.scope, KIND, codes_for(unit), sold_on(facts))
    return None if policy is None else judge(unit.id, policy, facts)


def row_of(work: Work, stream_id: UUID, found: Assessment) -> WarrantyVerdict:
    """The row that keeps an answer."""
    return WarrantyVerdict(
        id=new_id(),
        stream_id=stream_id,
        unit_id=found.unit_id,
        policy_id=found.policy_id,
        evaluator_version=EVALUATOR_VERSION,
        facts=FACTS.dump_python(found.facts, mode="json"),
        verdict=VERDICT.dump_python(found.verdict, mode="json"),
        at=work.now,
    )


async def keep(work: Work, stream_id: UUID, found: Assessment) -> UUID:
    """Store an answer. Returns its id."""
    row = row_of(work, stream_id, found)
    work.session.add(row)
    await work.session.flush()
    return row.id


def verdict_of(held: VerdictView) -> Verdict:
    """The answer as it was stored."""
    return VERDICT.validate_python(held.verdict)


def facts_held(held: VerdictView) -> Facts:
    """The facts that a stored answer rests on."""
    return FACTS.validate_python(held.facts)


def replay(held: VerdictView) -> Mapping[str, Any]:
    """What the stored facts give today, under the stored policy version and evaluator. Equal to `held.verdict`."""
    evaluator = EVALUATORS[held.evaluator_version]
    verdict = evaluator(TERMS.validate_python(held.terms), held.words, facts_held(held))
    replayed: Mapping[str, Any] = VERDICT.dump_python(verdict, mode="json")
    return replayed


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
    found: dict[str, object] = {cost.value: finding.value for cost, finding in verdict.findings.items()}
    proof = verdict.proof.kind.value if verdict.proof is not None else None
    return found | {"policy_version": policy_version, "proof": proof}
