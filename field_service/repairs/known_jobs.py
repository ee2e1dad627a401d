"""What is on record already of the repairs that a file tells of: looked up for all of them at once."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.customers.models import Person
from aftersales.db.arrays import among
from aftersales.products.known_units import KnownUnit, units
from aftersales.scope import Scope
from aftersales.search.rules import normal_identifier
from aftersales.status.engine import IMPORT
from aftersales.status.models import Document, TimelineEntry
from field_service.repairs.machine import REPAIR_ORDER


@dataclass(slots=True)
class KnownJob:
    """A document that bears the number: its history of statuses, and where its case stands."""

    id: UUID
    machine: str
    case_id: UUID
    branch_id: UUID
    status: str
    case_status: str = ""
    history: list[tuple[str, datetime]] = field(default_factory=list)
    # Whether all of it came by import: then more of it may.
    imported: bool = True


async def jobs(session: AsyncSession, _scope: Scope, numbers: Collection[str]) -> dict[str, KnownJob]:
    """The documents that bear these numbers, of whatever kind; three statements."""
    columns = (Document.number, Document.id, Document.machine, Document.stream_id, Document.branch_id, Document.status)
    query = select(*columns).where(among(Document.number, numbers))
    found = {row[0]: KnownJob(*row[1:]) for row in await session.execute(query)}
    repairs = {one.id: one for one in found.values() if one.machine == REPAIR_ORDER.name}
    cases = [one.case_id for one in repairs.values()]
    statuses = select(Document.id, Document.status).where(among(Document.id, cases))
    status_of = {row.id: row.status for row in await session.execute(statuses)}
    entries = (
        select(TimelineEntry.document_id, TimelineEntry.to_status, TimelineEntry.at, TimelineEntry.origin)
        .where(among(TimelineEntry.stream_id, cases), TimelineEntry.machine == REPAIR_ORDER.name)
        .order_by(TimelineEntry.stream_id, TimelineEntry.version)
    )
    for document_id, to_status, at, origin in await session.execute(entries):
        if (job := repairs.get(document_id)) is not None:
            job.imported = job.imported and origin == IMPORT
            if to_status is not None:
                job.history.append((to_status, at))
    for one in repairs.values():
        one.case_status = status_of.get(one.case_id, "")
    return found


async def units_by_label(
    session: AsyncSession, scope: Scope, labels: Collection[str]
) -> dict[str, dict[UUID, KnownUnit]]:
    """The units behind what stands on labels (serial numbers, IMEIs), as it is compared; who bears it now alone."""
    found: dict[str, dict[UUID, KnownUnit]] = defaultdict(dict)
    known = await units(session, scope, {normal_identifier(label) for label in labels})
    for (kind, normal), bearers in known.items():
        now = [unit for unit in bearers if unit.now.get(kind) == normal]
        found[normal] |= {unit.id: unit for unit in now or bearers}
    return found


async def first_people(session: AsyncSession, _scope: Scope, customers: Collection[UUID]) -> dict[UUID, UUID]:
    """The first person of each of these customers."""
    query = select(Person.customer_id, Person.id).where(among(Person.customer_id, customers))
    rows = await session.execute(query.order_by(Person.position.desc(), Person.id.desc()))
    return {row.customer_id: row.id for row in rows}


async def under_repair(session: AsyncSession, _scope: Scope, unit_ids: Collection[UUID]) -> dict[UUID, str]:
    """Which of these units have a repair order that has not ended, and its number."""
    query = select(Document.unit_id, Document.number).where(
        among(Document.unit_id, unit_ids),
        Document.machine == REPAIR_ORDER.name,
        Document.category != "done",
    )
    return {unit_id: number for unit_id, number in await session.execute(query) if unit_id is not None}
