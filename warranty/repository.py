"""Every query about warranty."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.errors import NotFound
from aftersales.files.models import File
from aftersales.policies.models import Policy
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.life import Life
from aftersales.status.models import Document, Stream
from warranty.models import (
    WarrantyClaim,
    WarrantyConfirmation,
    WarrantyProof,
    WarrantyRegistration,
    WarrantyVerdict,
)
from warranty.permissions import VIEW


@dataclass(frozen=True, slots=True)
class VerdictView:
    """A stored answer with the policy it was given under."""

    id: UUID
    stream_id: UUID
    unit_id: UUID
    policy_id: UUID
    policy_code: str
    policy_version: int
    terms: Mapping[str, Any]
    words: Mapping[str, str]
    evaluator_version: int
    facts: Mapping[str, Any]
    verdict: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim with its status and the answer that holds now."""

    id: UUID
    number: str
    status: str
    version: int
    case_id: UUID
    unit_id: UUID
    branch_id: UUID
    fault_code: str | None
    cause_code: str | None
    first_deciders: Sequence[UUID]
    verdict: VerdictView


@dataclass(frozen=True, slots=True)
class RegistrationView:
    """A registration with the proof that came with it."""

    id: UUID
    number: str
    status: str
    category: str
    opened_at: datetime
    purchased_on: date
    proof_kind: str | None
    reference: str | None


_VERDICT = (
    WarrantyVerdict.id,
    WarrantyVerdict.stream_id,
    WarrantyVerdict.unit_id,
    WarrantyVerdict.policy_id,
    Policy.code,
    Policy.version,
    Policy.terms,
    Policy.words,
    WarrantyVerdict.evaluator_version,
    WarrantyVerdict.facts,
    WarrantyVerdict.verdict,
    WarrantyVerdict.at,
)
_CLAIM = (
    Document.id,
    Document.number,
    Document.status,
    Document.version,
    Document.stream_id,
    WarrantyClaim.unit_id,
    Document.branch_id,
    WarrantyClaim.fault_code,
    WarrantyClaim.cause_code,
    WarrantyClaim.first_deciders,
)


async def claim(session: AsyncSession, scope: Scope, claim_id: UUID) -> ClaimView:
    """One claim. Raises NotFound (`warranty.unknown_claim`)."""
    found = await _claims(session, _claim_query(scope).where(Document.id == claim_id))
    if not found:
        raise NotFound("warranty.unknown_claim", "There is no such warranty claim, or you may not see it.")
    return found[0]


async def claims_on(session: AsyncSession, scope: Scope, stream_id: UUID) -> list[ClaimView]:
    """The claims of a case, the last opened first."""
    query = _claim_query(scope).where(Document.stream_id == stream_id).order_by(Document.id.desc()).limit(20)
    return await _claims(session, query)


async def open_claim_of(session: AsyncSession, scope: Scope, unit_id: UUID, fault_code: str | None) -> ClaimView | None:
    """The claim that is open for this unit and fault, on whichever case; None also where the caller may not see it."""
    query = _claim_query(scope).where(
        WarrantyClaim.unit_id == unit_id,
        WarrantyClaim.fault_code.is_not_distinct_from(fault_code),
        Document.category != "done",
    )
    found = await _claims(session, query.order_by(Document.id.desc()).limit(1))
    return found[0] if found else None


async def listed(
    session: AsyncSession, scope: Scope, *, statuses: Collection[str], limit: int, before: UUID | None
) -> list[ClaimView]:
    """A page of claims that the caller may view, the last opened first, older than the one with the key `before`."""
    query = _claim_query(scope, VIEW).order_by(Document.id.desc()).limit(limit)
    if statuses:
        query = query.where(Document.status.in_(sorted(statuses)))
    if before is not None:
        query = query.where(Document.id < before)
    return await _claims(session, query)


async def claims_in(session: AsyncSession, scope: Scope, life: Life) -> list[ClaimView]:
    """The claims of a customer or a unit."""
    return await _claims(session, life.page(_claim_query(scope, VIEW)))


async def verdicts_in(session: AsyncSession, scope: Scope, life: Life) -> list[VerdictView]:
    """The answers given for a unit."""
    query = _verdict_query(scope).where(WarrantyVerdict.unit_id == life.unit_id)
    return [VerdictView(*row) for row in await session.execute(life.cut(query, WarrantyVerdict.at, WarrantyVerdict.id))]


async def registrations_in(session: AsyncSession, scope: Scope, life: Life) -> list[RegistrationView]:
    """The registrations of a customer or a unit, whatever became of them."""
    query = (
        select(
            Document.id,
            Document.number,
            Document.status,
            Document.category,
            Document.opened_at,
            WarrantyRegistration.purchased_on,
            WarrantyProof.kind,
            WarrantyProof.reference,
        )
        .join(WarrantyRegistration, WarrantyRegistration.id == Document.id)
        .outerjoin(WarrantyProof, WarrantyProof.id == WarrantyRegistration.proof_id)
        .where(visible(scope, VIEW))
    )
    rows: Sequence[Any] = (await session.execute(life.page(query))).all()
    return [RegistrationView(*row) for row in rows]


async def claim_row(session: AsyncSession, scope: Scope, claim_id: UUID) -> WarrantyClaim:
    """The claim's own row, to be changed. Raises NotFound."""
    query = select(WarrantyClaim).join(Document, Document.id == WarrantyClaim.id)
    row = await session.scalar(query.where(WarrantyClaim.id == claim_id, visible(scope)))
    if row is None:
        raise NotFound("warranty.unknown_claim", "There is no such warranty claim, or you may not see it.")
    return row


async def newest_verdict(session: AsyncSession, scope: Scope, stream_id: UUID) -> VerdictView | None:
    """The last answer given on a case, with or without a claim."""
    query = (
        _verdict_query(scope)
        .where(WarrantyVerdict.stream_id == stream_id)
        .order_by(WarrantyVerdict.at.desc(), WarrantyVerdict.id.desc())
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else VerdictView(*row)


async def verdicts(session: AsyncSession, scope: Scope, *, limit: int, after: UUID | None = None) -> list[VerdictView]:
    """A page of every answer ever given, for replaying them."""
    query = _verdict_query(scope).order_by(WarrantyVerdict.id).limit(limit)
    if after is not None:
        query = query.where(WarrantyVerdict.id > after)
    return [VerdictView(*row) for row in await session.execute(query)]


async def proofs_of(
    session: AsyncSession, _scope: Scope, unit_ids: Collection[UUID]
) -> dict[UUID, list[WarrantyProof]]:
    """The recorded proofs of units that the caller has read."""
    found: dict[UUID, list[WarrantyProof]] = {}
    query = select(WarrantyProof).where(WarrantyProof.unit_id.in_(unit_ids)).order_by(WarrantyProof.id)
    for proof in await session.scalars(query):
        found.setdefault(proof.unit_id, []).append(proof)
    return found


async def registrations_of(
    session: AsyncSession, _scope: Scope, unit_ids: Collection[UUID], *, statuses: Collection[str] = ("active",)
) -> dict[UUID, list[tuple[str, WarrantyRegistration]]]:
    """The registrations in these statuses, each with its number, of units that the caller has read."""
    found: dict[UUID, list[tuple[str, WarrantyRegistration]]] = {}
    query = (
        select(Document.number, WarrantyRegistration)
        .join(Document, Document.id == WarrantyRegistration.id)
        .where(WarrantyRegistration.unit_id.in_(unit_ids), Document.status.in_(sorted(statuses)))
        .order_by(Document.id)
    )
    for number, row in await session.execute(query):
        if row.unit_id is not None:
            found.setdefault(row.unit_id, []).append((number, row))
    return found


async def photos(session: AsyncSession, scope: Scope, stream_id: UUID) -> Sequence[UUID]:
    """The photos on the repair orders of a case."""
    query = (
        select(File.id)
        .join(Document, Document.id == File.document_id)
        .where(
            Document.stream_id == stream_id,
            Document.machine == "repair_order",
            File.kind == "photo",
            visible(scope),
        )
        .order_by(File.id)
        .limit(100)
    )
    return (await session.scalars(query)).all()


async def open_proposal(session: AsyncSession, _scope: Scope, claim_id: UUID) -> WarrantyConfirmation | None:
    """The denial that waits for its second person, of a claim that the caller has read."""
    return await session.scalar(
        select(WarrantyConfirmation).where(
            WarrantyConfirmation.claim_id == claim_id,
            WarrantyConfirmation.confirmed_by.is_(None),
            WarrantyConfirmation.withdrawn_at.is_(None),
        )
    )


async def last_finding(session: AsyncSession, _scope: Scope, claim_id: UUID) -> WarrantyConfirmation | None:
    """The proposal or confirmation that counts last, of a claim that the caller has read."""
    query = (
        select(WarrantyConfirmation)
        .where(WarrantyConfirmation.claim_id == claim_id, WarrantyConfirmation.withdrawn_at.is_(None))
        .order_by(WarrantyConfirmation.proposed_at.desc(), WarrantyConfirmation.id.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def running_cases(session: AsyncSession, scope: Scope, unit_id: UUID) -> Sequence[UUID]:
    """The cases of a unit that have not ended."""
    query = select(Document.id).where(
        Document.machine == "case", Document.unit_id == unit_id, Document.category != "done", visible(scope)
    )
    return (await session.scalars(query.order_by(Document.id).limit(20))).all()


def _claim_query(scope: Scope, permission: str | None = None) -> Select[Any]:
    columns: tuple[Any, ...] = (*_CLAIM, *_VERDICT)
    return (
        select(*columns)
        .join(WarrantyClaim, WarrantyClaim.id == Document.id)
        .join(WarrantyVerdict, WarrantyVerdict.id == WarrantyClaim.verdict_id)
        .join(Policy, Policy.id == WarrantyVerdict.policy_id)
        .where(visible(scope, permission))
    )


async def _claims(session: AsyncSession, query: Select[Any]) -> list[ClaimView]:
    own = len(_CLAIM)
    rows: list[tuple[Any, ...]] = [tuple(row) for row in await session.execute(query)]
    return [_claim(row[:own], VerdictView(*row[own:])) for row in rows]


def _claim(values: tuple[Any, ...], verdict: VerdictView) -> ClaimView:
    return ClaimView(*(*values, verdict))


def _verdict_query(scope: Scope) -> Select[Any]:
    """An answer follows its stream: whoever sees a document there sees it."""
    seen = select(Document.id).where(Document.stream_id == Stream.id, visible(scope)).exists()
    return (
        select(*_VERDICT)
        .join(Policy, Policy.id == WarrantyVerdict.policy_id)
        .join(Stream, Stream.id == WarrantyVerdict.stream_id)
        .where(seen)
    )


async def registration_row(session: AsyncSession, scope: Scope, registration_id: UUID) -> WarrantyRegistration:
    """A registration's own row. Raises NotFound (`warranty.unknown_registration`)."""
    query = select(WarrantyRegistration).join(Document, Document.id == WarrantyRegistration.id)
    row = await session.scalar(query.where(WarrantyRegistration.id == registration_id, visible(scope)))
    if row is None:
        raise NotFound("warranty.unknown_registration", "There is no such registration, or you may not see it.")
    return row
