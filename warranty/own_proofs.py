"""Which proofs of a unit that has had several owners are whose: those that were recorded while it was theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.products.models import Unit
from aftersales.status.models import Document
from aftersales.subject import ERASED_WORDS, Subject
from warranty.models import WarrantyProof, WarrantyTransfer


@dataclass(frozen=True, slots=True)
class Own:
    """Somebody's proofs of units that were somebody else's too: their ids, their scans, and the numbers by which
    verdicts name them and which are nobody else's."""

    ids: frozenset[UUID] = frozenset()
    files: frozenset[UUID] = frozenset()
    references: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Passing:
    """A unit went from one household to another."""

    giver: UUID
    taker: UUID
    at: datetime


def owner(at: datetime, passings: Sequence[Passing], now: UUID | None) -> UUID | None:
    """Whose a unit was at a time, `passings` being all there were, the first first, and `now` whoever has it."""
    return next((one.giver for one in passings if at < one.at), passings[-1].taker if passings else now)


async def of_subject(session: AsyncSession, subject: Subject) -> Own:
    """What is theirs of the units that they share with owners before or after them; nothing where others of the
    household remain."""
    if not subject.everybody or not subject.passed:
        return Own()
    passings = await _passings(session, subject.passed)
    query = select(Unit.id, Unit.customer_id, Unit.invoice_number).where(Unit.id.in_(subject.passed))
    units = {row.id: row for row in await session.execute(query)}
    proofs = (await session.scalars(select(WarrantyProof).where(WarrantyProof.unit_id.in_(subject.passed)))).all()
    whose = {one.id: owner(one.recorded_at, passings.get(one.unit_id, ()), units[one.unit_id][1]) for one in proofs}
    own = [one for one in proofs if whose[one.id] == subject.customer_id]
    invoices = {row.invoice_number for row in units.values() if row.invoice_number}
    bought = {row.invoice_number for row in units.values() if row.invoice_number and row.id in subject.bought}
    others = {one.reference for one in proofs if whose[one.id] != subject.customer_id} | (invoices - bought)
    return Own(
        frozenset(one.id for one in own),
        frozenset(one.file_id for one in own if one.file_id is not None),
        frozenset(({one.reference for one in own} | bought) - others - {"", ERASED_WORDS}),
    )


async def _passings(session: AsyncSession, unit_ids: frozenset[UUID]) -> dict[UUID, list[Passing]]:
    query = (
        select(
            WarrantyTransfer.unit_id,
            WarrantyTransfer.from_customer_id,
            WarrantyTransfer.to_customer_id,
            Document.changed_at,
        )
        .join(Document, Document.id == WarrantyTransfer.id)
        .where(WarrantyTransfer.unit_id.in_(unit_ids), Document.status == "completed")
        .order_by(Document.changed_at)
    )
    found: dict[UUID, list[Passing]] = {}
    for row in await session.execute(query):
        found.setdefault(row[0], []).append(Passing(*row[1:]))
    return found
