"""Who may give a product back, by what they type on the public page."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth.models import Branch
from aftersales.customers.models import Person, PersonPhone
from aftersales.products.models import Unit, UnitIdentifier
from aftersales.scope import Scope
from aftersales.search.rules import normal_identifier
from aftersales.status.documents import visible
from aftersales.status.models import Document, TimelineEntry
from rma.enquiry import ENQUIRY


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody of the household that owns a unit."""

    unit_id: UUID
    customer_id: UUID
    person_id: UUID

    @property
    def key(self) -> str:
        """One enquiry at a time for the two."""
        return f"{ENQUIRY.name}:{self.unit_id}:{self.person_id}"


async def owner(session: AsyncSession, _scope: Scope, phone: str, number: str) -> Owner | None:
    """Whose phone this is among those who own the unit that bears the number now. For the system alone."""
    query = (
        select(Unit.id, Unit.customer_id, Person.id)
        .join(UnitIdentifier, UnitIdentifier.unit_id == Unit.id)
        .join(Person, Person.customer_id == Unit.customer_id)
        .join(PersonPhone, PersonPhone.person_id == Person.id)
        .where(
            UnitIdentifier.normal == normal_identifier(number),
            UnitIdentifier.valid_until.is_(None),
            Unit.given_up_on.is_(None),
            PersonPhone.e164 == phone,
        )
        .order_by(Unit.id, Person.position, Person.id)
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    return Owner(*row) if row is not None else None


async def enquiry(session: AsyncSession, scope: Scope, key: str) -> UUID | None:
    """The enquiry that is open under this key."""
    query = select(Document.id).where(Document.open_key == key, Document.status == "asked", visible(scope))
    found: UUID | None = await session.scalar(query)
    return found


async def led_to(session: AsyncSession, scope: Scope, enquiry_id: UUID) -> UUID | None:
    """The case that an enquiry led to; None where its code was not used."""
    query = (
        select(TimelineEntry.data["case"].astext)
        .join(Document, Document.id == TimelineEntry.document_id)
        .where(TimelineEntry.document_id == enquiry_id, TimelineEntry.name == "use", visible(scope))
    )
    found: str | None = await session.scalar(query)
    return UUID(found) if found else None


async def home_branch(session: AsyncSession, scope: Scope, customer_id: UUID) -> UUID:
    """The service centre that last had to do with the household; else the first of all."""
    theirs = (
        select(Document.branch_id)
        .where(Document.customer_id == customer_id, visible(scope))
        .order_by(Document.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(Branch.id).order_by((Branch.id == theirs).desc().nulls_last(), Branch.code).limit(1)
    return (await session.scalars(query)).one()
