"""Every query about what is claimed back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CollectionAggregate, Select, String, Uuid, any_, case, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.types import TypeEngine

from aftersales.auth.models import Branch
from aftersales.errors import NotFound
from aftersales.products.models import Brand, Product
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.models import Document, TimelineEntry
from warranty.models import WarrantyClaimLine
from warranty.recovery.machine import MACHINES
from warranty.recovery.models import Filing, Recovery, Supplier
from warranty.recovery.permissions import VIEW
from warranty.recovery.rules import Party, Standing, left

MOST = 5000
CLAIM = aliased(Document, name="its_claim")
MADE = aliased(Product, name="made")
PARTY_NAME = func.coalesce(Supplier.name, Brand.name)


def recoveries(query: Select[Any], scope: Scope) -> Select[Any]:
    """Recoveries that the caller may view, with party, product, line and claim; those withdrawn are left out."""
    return (
        query.select_from(Recovery)
        .join(Document, Document.id == Recovery.id)
        .join(MADE, MADE.id == Recovery.product_id)
        .join(Branch, Branch.id == Document.branch_id)
        .outerjoin(Supplier, Supplier.id == Recovery.supplier_id)
        .outerjoin(Brand, Brand.id == Recovery.brand_id)
        .outerjoin(WarrantyClaimLine, WarrantyClaimLine.id == Recovery.line_id)
        .outerjoin(CLAIM, CLAIM.id == WarrantyClaimLine.claim_id)
        .outerjoin(Filing, Filing.id == Recovery.filing_id)
        .where(Document.machine.in_(sorted(MACHINES)), Recovery.withdrawn_at.is_(None), visible(scope, VIEW))
    )


@dataclass(frozen=True, slots=True)
class RecoveryView:
    """A recovery with what it is for."""

    id: UUID
    machine: str
    number: str
    status: str
    category: str
    version: int
    branch_id: UUID
    party_name: str
    claim_id: UUID | None
    claim: str | None
    line: int | None
    description: str | None
    ticket: str
    part_code: str
    removed_part: str | None
    product: str
    quantity: int
    currency: str
    due_minor: int
    accepted_minor: int | None
    received_minor: int
    reference: str
    ripe_at: datetime | None
    filing_id: UUID | None


_VIEW = (
    Document.id,
    Document.machine,
    Document.number,
    Document.status,
    Document.category,
    Document.version,
    Document.branch_id,
    PARTY_NAME,
    CLAIM.id,
    CLAIM.number,
    WarrantyClaimLine.position,
    WarrantyClaimLine.description,
    func.coalesce(WarrantyClaimLine.ticket, ""),
    func.coalesce(func.nullif(WarrantyClaimLine.part_code, ""), MADE.model),
    WarrantyClaimLine.removed_part,
    MADE.name,
    Recovery.quantity,
    Recovery.currency,
    Recovery.due_minor,
    Recovery.accepted_minor,
    Recovery.received_minor,
    Recovery.reference,
    Recovery.ripe_at,
    Recovery.filing_id,
)


async def views(
    session: AsyncSession,
    scope: Scope,
    *,
    ids: Collection[UUID] = (),
    statuses: Collection[str] = (),
    filing_id: UUID | None = None,
    limit: int = 100,
    before: UUID | None = None,
) -> list[RecoveryView]:
    """A page of recoveries, the last that arose first, older than the one with the key `before`."""
    columns: tuple[Any, ...] = _VIEW
    query = recoveries(select(*columns), scope).order_by(Document.id.desc()).limit(limit)
    if ids:
        query = query.where(Document.id.in_(ids))
    if statuses:
        query = query.where(Document.status.in_(sorted(statuses)))
    if filing_id is not None:
        query = query.where(Recovery.filing_id == filing_id)
    if before is not None:
        query = query.where(Document.id < before)
    return [RecoveryView(*row) for row in await session.execute(query)]


async def row(session: AsyncSession, scope: Scope, recovery_id: UUID) -> Recovery:
    """A recovery's own row, held until the transaction ends, to be changed. Raises NotFound (`recovery.unknown`)."""
    query = (
        select(Recovery)
        .join(Document, Document.id == Recovery.id)
        .where(Recovery.id == recovery_id, visible(scope))
        .with_for_update(of=Recovery)
        .execution_options(populate_existing=True)
    )
    found = await session.scalar(query)
    if found is None:
        raise NotFound("recovery.unknown", "There is no such claim on a brand or supplier, or you may not see it.")
    return found


async def of_claim(session: AsyncSession, scope: Scope, claim_id: UUID) -> list[tuple[Recovery, str]]:
    """What is claimed back for the lines of a claim, each with its status, to be changed."""
    query = (
        select(Recovery, Document.status)
        .join(Document, Document.id == Recovery.id)
        .join(WarrantyClaimLine, WarrantyClaimLine.id == Recovery.line_id)
        .where(WarrantyClaimLine.claim_id == claim_id, Recovery.withdrawn_at.is_(None), visible(scope))
        .order_by(Recovery.id)
    )
    return [(one, status) for one, status in await session.execute(query)]


async def to_file(
    session: AsyncSession,
    scope: Scope,
    party: Party,
    party_id: UUID,
    *,
    branch_id: UUID,
    currency: str,
    before: datetime,
) -> list[tuple[Recovery, str]]:
    """What may be claimed from a party at a centre and has not been, each with its machine, the first ripe first."""
    column = Recovery.brand_id if party is Party.BRAND else Recovery.supplier_id
    query = (
        select(Recovery, Document.machine)
        .join(Document, Document.id == Recovery.id)
        .where(
            column == party_id,
            Recovery.currency == currency,
            Recovery.ripe_at < before,
            Recovery.withdrawn_at.is_(None),
            Document.branch_id == branch_id,
            Document.status == "eligible",
            visible(scope, VIEW),
        )
        .order_by(Recovery.ripe_at, Recovery.id)
        .limit(MOST)
    )
    return [(one, machine) for one, machine in await session.execute(query)]


async def in_filing(session: AsyncSession, scope: Scope, filing_id: UUID, statuses: Collection[str]) -> list[Any]:
    """Id and machine of what is in a filing and stands in one of the statuses."""
    query = (
        select(Document.id, Document.machine)
        .join(Recovery, Recovery.id == Document.id)
        .where(Recovery.filing_id == filing_id, Document.status.in_(sorted(statuses)), visible(scope, VIEW))
        .order_by(Document.id)
        .limit(MOST)
    )
    return list((await session.execute(query)).all())


@dataclass(frozen=True, slots=True)
class FilingView:
    """What was claimed at once, with the party's name and the centre's."""

    id: UUID
    number: str
    party: str
    party_id: UUID
    party_name: str
    branch_id: UUID
    branch_name: str
    month: date
    currency: str
    total_minor: int
    count: int
    filed_at: datetime


async def filings(
    session: AsyncSession, scope: Scope, *, ids: Collection[UUID] = (), limit: int = 50, before: UUID | None = None
) -> list[FilingView]:
    """A page of filings at the centres where the caller may view them, the last first."""
    query = (
        select(
            Filing.id,
            Filing.number,
            case((Filing.brand_id.is_not(None), "brand"), else_="supplier"),
            func.coalesce(Filing.brand_id, Filing.supplier_id),
            PARTY_NAME,
            Filing.branch_id,
            Branch.name,
            Filing.month,
            Filing.currency,
            Filing.total_minor,
            Filing.count,
            Filing.filed_at,
        )
        .join(Branch, Branch.id == Filing.branch_id)
        .outerjoin(Supplier, Supplier.id == Filing.supplier_id)
        .outerjoin(Brand, Brand.id == Filing.brand_id)
        .order_by(Filing.id.desc())
        .limit(limit)
    )
    places = scope.branches(VIEW)
    if places is not None:
        query = query.where(Filing.branch_id.in_(places))
    if ids:
        query = query.where(Filing.id.in_(ids))
    if before is not None:
        query = query.where(Filing.id < before)
    return [FilingView(*one) for one in await session.execute(query)]


async def filing(session: AsyncSession, scope: Scope, filing_id: UUID) -> FilingView:
    """One filing. Raises NotFound (`recovery.unknown_filing`)."""
    found = await filings(session, scope, ids=[filing_id], limit=1)
    if not found:
        raise NotFound("recovery.unknown_filing", "Nothing was claimed under this number, or you may not see it.")
    return found[0]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job with its own row, to be changed, and where it stands."""

    row: Recovery
    number: str
    machine: str
    status: str
    branch_id: UUID
    ticket: str
    party: str

    @property
    def standing(self) -> Standing:
        """What is owed, accepted and received of it."""
        return Standing(self.row.due_minor, self.row.accepted_minor, self.row.received_minor)

    @property
    def left(self) -> int:
        """What is still to come for it."""
        return left(self.status, self.standing)


def _any(values: Collection[Any], of: type[TypeEngine[Any]]) -> CollectionAggregate[Any]:
    """The values as one parameter: a file has more rows than a statement may have parameters."""
    return any_(literal(list(values), ARRAY(of)))


async def claimed(
    session: AsyncSession, scope: Scope, numbers: Collection[str], tickets: Collection[str]
) -> list[Claimed]:
    """The jobs with these numbers of ours or tickets of theirs, in capital letters, that the caller may view, the first
    that arose first; their rows are held until the transaction ends."""
    wanted = or_(
        func.upper(Document.number) == _any(numbers, String),
        func.upper(WarrantyClaimLine.ticket) == _any(tickets, String),
    )
    ids = (await session.scalars(recoveries(select(Recovery.id), scope).where(wanted))).all()
    held = select(Recovery).where(Recovery.id == _any(ids, Uuid)).order_by(Recovery.id)
    locked = held.with_for_update(of=Recovery).execution_options(populate_existing=True)
    rows = {one.id: one for one in await session.scalars(locked)}
    # Asked once they are held: where they stand may have changed meanwhile.
    columns: tuple[Any, ...] = (
        Document.id,
        Document.number,
        Document.machine,
        Document.status,
        Document.branch_id,
        func.coalesce(WarrantyClaimLine.ticket, ""),
        PARTY_NAME,
    )
    query = recoveries(select(*columns), scope).where(Document.id == _any(rows, Uuid)).order_by(Document.id)
    return [Claimed(rows[row[0]], *row[1:]) for row in await session.execute(query)]


async def credited(session: AsyncSession, _scope: Scope, ids: Collection[UUID]) -> dict[tuple[UUID, str], int]:
    """What came for each of these jobs, which the caller has read, under each reference in capital letters, in minor
    units."""
    query = select(TimelineEntry.document_id, TimelineEntry.data).where(
        TimelineEntry.document_id == _any(ids, Uuid), TimelineEntry.name == "credit"
    )
    found: dict[tuple[UUID, str], int] = {}
    for job_id, data in await session.execute(query):
        key = (job_id, str(data.get("reference", "")).upper())
        found[key] = found.get(key, 0) + int(data["amount"])
    return found
