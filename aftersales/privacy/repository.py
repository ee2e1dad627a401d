"""Who a customer is, by whatever number, and what concerns them; records of erasures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.cases.models import Case, MatterPerson
from aftersales.customers.models import Address, Customer, Person, PersonPhone
from aftersales.errors import Conflict, NotFound
from aftersales.privacy.models import Erasure
from aftersales.products.models import Unit
from aftersales.scope import Scope
from aftersales.status.models import Document
from aftersales.subject import ERASED_NAME, Subject, number_end

_INDIA = "+91"


@dataclass(frozen=True, slots=True)
class ErasureView:
    """One erasure. `lines` are as `aftersales.subject.Line` has them; `staff_id` None: from the command line."""

    id: UUID
    customer_id: UUID
    person_id: UUID | None
    staff_id: UUID | None
    at: datetime
    lines: Sequence[Mapping[str, Any]]


_COLUMNS = (Erasure.id, Erasure.customer_id, Erasure.person_id, Erasure.staff_id, Erasure.at, Erasure.report)


async def find(session: AsyncSession, scope: Scope, typed: str) -> UUID:
    """The customer with this id, number, number of their own or number of a case.

    Raises NotFound (`customers.unknown`), Conflict (`privacy.ambiguous`) where an end of an id is that of two.
    """
    scope.require("customer.view")
    end = number_end(typed)
    by_id = func.right(cast(Customer.id, String), 8) == end if end else cast(Customer.id, String) == typed.lower()
    own = select(Customer.id).where((Customer.own_number == typed) | by_id)
    cases = select(Document.customer_id).where(Document.number == typed.upper(), Document.customer_id.is_not(None))
    found = (await session.scalars(own.union(cases).limit(2))).all()
    if not found:
        raise NotFound("customers.unknown", "There is no customer with this id, number or number of a case.")
    if len(found) > 1:
        raise Conflict("privacy.ambiguous", "This number is that of two customers. Give the id.")
    return UUID(str(found[0]))


async def subject(session: AsyncSession, _scope: Scope, customer_id: UUID, person_id: UUID | None) -> Subject:
    """What concerns a customer whom the caller has read, or one person of theirs. Raises NotFound."""
    household = (await session.scalars(select(Person.id).where(Person.customer_id == customer_id))).all()
    if person_id is not None and person_id not in household:
        raise NotFound("customers.unknown_person", "There is no such person in this household.")
    people = frozenset(household if person_id is None else [person_id])
    remain = Person.id.not_in(people) & (Person.name != ERASED_NAME)
    others = select(Person.id).where(Person.customer_id == customer_id, remain)
    everybody = (await session.execute(others.limit(1))).first() is None
    people = frozenset(household) if everybody else people
    parts = set(await session.scalars(select(MatterPerson.case_id).where(MatterPerson.person_id.in_(people))))
    theirs = set(
        await session.scalars(
            select(Case.id).join(Document, Document.id == Case.id).where(Document.customer_id == customer_id)
        )
    )
    units = set(await session.scalars(select(Unit.id).where(Unit.customer_id == customer_id)))
    had = set(
        await session.scalars(
            select(Document.stream_id).where(
                Document.customer_id == customer_id, Document.stream_id == Document.unit_id
            )
        )
    )
    if everybody:
        others_too, bought = await _passed(session, customer_id, units, had)
        return Subject(
            customer_id,
            people,
            True,
            frozenset(theirs | units) - others_too,
            frozenset(parts - theirs),
            await names(session, customer_id, people, whole=True),
            frozenset(had - units) | others_too,
            bought,
        )
    somebody_else = set(
        await session.scalars(
            select(MatterPerson.case_id).where(MatterPerson.case_id.in_(parts), MatterPerson.person_id.not_in(people))
        )
    )
    alone = (parts & theirs) - somebody_else
    named = await names(session, customer_id, people, whole=False)
    shared = frozenset((parts | theirs) - alone)
    return Subject(customer_id, people, False, frozenset(alone), shared, named, frozenset(had | units))


async def _passed(
    session: AsyncSession, customer_id: UUID, units: set[UUID], had: set[UUID]
) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """Of the units of a customer those that were somebody else's before; of these and of all that they had, those that
    were theirs first. As far as documents on a unit say whose it was."""
    query = select(Document.stream_id, Document.customer_id).where(
        Document.stream_id.in_(units | had), Document.stream_id == Document.unit_id, Document.customer_id.is_not(None)
    )
    owners: dict[UUID, list[UUID]] = {}
    for unit_id, owner in await session.execute(query.order_by(Document.id)):
        if owner is not None:
            owners.setdefault(unit_id, []).append(owner)
    shared = frozenset(unit for unit in units if set(owners.get(unit, ())) - {customer_id})
    passed = shared | (had - units)
    return shared, frozenset(unit for unit in passed if owners[unit][0] == customer_id)


async def names(session: AsyncSession, customer_id: UUID, people: frozenset[UUID], *, whole: bool) -> tuple[str, ...]:
    """Everything that names them: names, phones as they are written here and abroad, e-mail, of all the address."""
    found: set[str | None] = set()
    for row in await session.execute(select(Person.name, Person.name_local, Person.email).where(Person.id.in_(people))):
        found |= set(row)
    for e164 in await session.scalars(select(PersonPhone.e164).where(PersonPhone.person_id.in_(people))):
        bare = e164.removeprefix(_INDIA)
        found |= {e164, bare, f"{bare[:5]} {bare[5:]}"}
    if whole:
        found |= set(await session.scalars(select(Customer.name).where(Customer.id == customer_id)))
        found |= set(await session.scalars(select(Address.line1).where(Address.customer_id == customer_id)))
    return tuple(sorted(name for name in found - {None, "", ERASED_NAME} if name is not None))


async def erasure(session: AsyncSession, scope: Scope, erasure_id: UUID) -> ErasureView:
    """One record. Raises NotFound (`privacy.unknown`)."""
    scope.require("customer.view")
    row = (await session.execute(select(*_COLUMNS).where(Erasure.id == erasure_id))).one_or_none()
    if row is None:
        raise NotFound("privacy.unknown", "There is no such record.")
    return ErasureView(*row)


async def erasures_of(session: AsyncSession, scope: Scope, customer_id: UUID) -> list[ErasureView]:
    """The records of one customer, the last first."""
    scope.require("customer.view")
    query = select(*_COLUMNS).where(Erasure.customer_id == customer_id).order_by(Erasure.id.desc()).limit(20)
    return [ErasureView(*row) for row in await session.execute(query)]
