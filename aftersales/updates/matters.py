"""What the words of an update are made of: the case or unit it is about, and the people on the matter."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, String, Uuid, any_, bindparam, func, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from aftersales.auth.models import Branch, Staff
from aftersales.cases.models import MatterPerson
from aftersales.customers.models import Customer, Person, PersonPhone
from aftersales.customers.repository import MAX_PEOPLE
from aftersales.errors import NotFound
from aftersales.i18n import language_or_default
from aftersales.module import Posted
from aftersales.products.models import Brand, Category, Product, Unit
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.models import Document, TimelineEntry
from aftersales.updates.models import Consent, Preference, PushSubscription
from aftersales.updates.policy import Quiet, Recipient
from aftersales.updates.standing import as_posted

_PARTS = ["owner", "payer", "caller", "at_home"]

_PHONE = (
    select(PersonPhone.e164)
    .where(PersonPhone.person_id == Person.id)
    .order_by(PersonPhone.position, PersonPhone.e164)
    .limit(1)
    .correlate(Person)
    .scalar_subquery()
)
# As the push channel takes an address: `[[endpoint, p256dh, auth], …]`, the newest first.
_BROWSERS = (
    select(
        func.json_agg(
            aggregate_order_by(
                func.json_build_array(PushSubscription.endpoint, PushSubscription.p256dh, PushSubscription.auth),
                PushSubscription.created_at.desc(),
            )
        )
    )
    .where(PushSubscription.person_id == Person.id)
    .correlate(Person)
    .scalar_subquery()
)
_LATEST = (
    select(Consent.id, Consent.channel, Consent.purpose, Consent.given)
    .where(Consent.person_id == Person.id)
    .ext(distinct_on(Consent.channel, Consent.purpose))
    .order_by(Consent.channel, Consent.purpose, Consent.id.desc())
    .correlate(Person)
    .lateral("latest")
)
_CONSENTS = select(
    func.json_agg(
        aggregate_order_by(func.json_build_array(_LATEST.c.channel, _LATEST.c.purpose, _LATEST.c.given), _LATEST.c.id)
    )
).scalar_subquery()
_ADDRESSED: tuple[Any, ...] = (
    Person.name,
    Person.name_local,
    Person.courtesy,
    Person.language,
    Person.email,
    sql_cast(_PHONE, String),
    sql_cast(_BROWSERS, String),
    Person.prefers == "voice",
    Customer.timezone,
    Preference.channels,
    Preference.quiet_from,
    Preference.quiet_until,
    _CONSENTS,
)


@dataclass(frozen=True, slots=True)
class Matter:
    """What the kernel's variables are made of. `number` is the case's, on a unit's own stream the document's."""

    is_case: bool
    number: str
    customer_id: UUID | None
    branch: str
    phone: str
    zone: str
    owner: str | None
    category: str | None
    brand: str | None
    product: str | None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person on the matter with all their parts, and how they want to be addressed."""

    id: UUID
    roles: tuple[str, ...]
    name: str
    name_local: str | None
    courtesy: str
    language: str
    email: str | None
    phone: str | None = None
    browsers: str | None = None
    voice: bool = False
    zone: str = "UTC"
    order: Sequence[str] | None = None
    quiet_from: time | None = None
    quiet_until: time | None = None
    consents: Sequence[tuple[str, str, bool]] | None = None

    @property
    def addresses(self) -> dict[str, str]:
        """Where they are reached, by kind, as `policy.Recipient` has it."""
        known = {"email": self.email, "phone": self.phone, "push": self.browsers}
        return {kind: where for kind, where in known.items() if where}

    def recipient(self, quiet: tuple[time, time] | None) -> Recipient:
        """As the policy takes them; `quiet` are the company's hours, for who has chosen none."""
        own = None
        if self.quiet_from is not None and self.quiet_until is not None:
            own = (self.quiet_from, self.quiet_until)
        hours = own or quiet
        return Recipient(
            self.id,
            frozenset(self.roles),
            language_or_default(self.language),
            self.addresses,
            tuple(self.order or ()),
            self.voice,
            tuple((channel, purpose, given) for channel, purpose, given in self.consents or ()),
            Quiet(*hours, self.zone) if hours else None,
        )


def _matter() -> Select[Any]:
    case = aliased(Document)
    columns: tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...] = (
        Document.id,
        case.id.is_not(None),
        func.coalesce(case.number, Document.number),
        func.coalesce(case.customer_id, Document.customer_id, Unit.customer_id),
        Branch.name,
        Branch.phone,
        Branch.timezone,
        Staff.name,
        Category.name,
        Brand.name,
        Product.name,
    )
    return (
        select(*columns)
        .select_from(Document)
        .outerjoin(case, (case.id == Document.stream_id) & (case.machine == "case"))
        .join(Branch, Branch.id == func.coalesce(case.branch_id, Document.branch_id))
        .outerjoin(Staff, Staff.id == case.assignee_id)
        .outerjoin(Unit, Unit.id == func.coalesce(case.unit_id, Document.unit_id))
        .outerjoin(Product, Product.id == Unit.product_id)
        .outerjoin(Category, Category.id == Product.category_id)
        .outerjoin(Brand, Brand.id == Product.brand_id)
        .where(Document.id == any_(bindparam("document_ids", type_=ARRAY(Uuid()))))
    )


# Made once: making them takes longer than asking them.
_MATTER = _matter()
_PLACE = func.array_position(_PARTS, MatterPerson.role)
_PEOPLE = (
    select(
        MatterPerson.case_id,
        Person.id,
        func.array_agg(aggregate_order_by(MatterPerson.role, _PLACE)),
        *_ADDRESSED,
    )
    .join(MatterPerson, MatterPerson.person_id == Person.id)
    .join(Document, Document.id == MatterPerson.case_id)
    .join(Customer, Customer.id == Person.customer_id)
    .outerjoin(Preference, Preference.person_id == Person.id)
    .where(MatterPerson.case_id == any_(bindparam("stream_ids", type_=ARRAY(Uuid()))))
    .group_by(MatterPerson.case_id, Person.id, Customer.id, Preference.person_id)
    .order_by(MatterPerson.case_id, func.min(_PLACE), Person.id)
)

_ONE = (
    select(Person.id, *_ADDRESSED)
    .join(Customer, Customer.id == Person.customer_id)
    .outerjoin(Preference, Preference.person_id == Person.id)
)

_PERSONS = _ONE.where(Person.id == any_(bindparam("person_ids", type_=ARRAY(Uuid()))))
_FIRST = (
    _ONE.with_only_columns(Person.customer_id, Person.id, *_ADDRESSED)
    .where(Person.customer_id == any_(bindparam("customer_ids", type_=ARRAY(Uuid()))))
    .ext(distinct_on(Person.customer_id))
    .order_by(Person.customer_id, Person.position, Person.id)
)


async def matter(session: AsyncSession, scope: Scope, document_id: UUID) -> Matter:
    """The case or unit that a document belongs to, in one statement. Raises NotFound (`status.unknown_document`)."""
    return (await matters(session, scope, [document_id]))[document_id]


async def matters(session: AsyncSession, scope: Scope, document_ids: Collection[UUID]) -> dict[UUID, Matter]:
    """The same for several documents, by document."""
    rows = await session.execute(_MATTER.where(visible(scope)), {"document_ids": list(document_ids)})
    found = {row[0]: Matter(*row[1:]) for row in rows}
    if len(found) < len(set(document_ids)):
        raise NotFound("status.unknown_document", "There is no such document, or you may not see it.")
    return found


async def people(session: AsyncSession, scope: Scope, stream_id: UUID, customer_id: UUID | None) -> list[PersonRow]:
    """Everyone on the matter, its owner first; on a unit's own stream the household's first person, as its owner."""
    return (await people_on(session, scope, {stream_id: customer_id}))[stream_id]


async def people_on(
    session: AsyncSession, scope: Scope, customers: Mapping[UUID, UUID | None]
) -> dict[UUID, list[PersonRow]]:
    """The same for several streams, whose customers these are, by stream."""
    found: dict[UUID, list[PersonRow]] = {stream_id: [] for stream_id in customers}
    for row in await session.execute(_PEOPLE.where(visible(scope)), {"stream_ids": list(customers)}):
        found[row[0]].append(PersonRow(row[1], tuple(row[2]), *row[3:]))
    alone = {stream: customer for stream, customer in customers.items() if customer is not None and not found[stream]}
    if alone:
        rows = await session.execute(_FIRST, {"customer_ids": list(alone.values())})
        first = {row[0]: PersonRow(row[1], ("owner",), *row[2:]) for row in rows}
        found |= {stream: [first[customer]] for stream, customer in alone.items() if customer in first}
    return found


async def household(session: AsyncSession, customer_id: UUID) -> list[PersonRow]:
    """Everybody in a household that the caller may see, without their parts."""
    query = _ONE.where(Person.customer_id == customer_id).order_by(Person.position, Person.id).limit(MAX_PEOPLE)
    return [PersonRow(row[0], (), *row[1:]) for row in (await session.execute(query)).all()]


async def person(session: AsyncSession, person_id: UUID) -> PersonRow:
    """Somebody whom a record or code names, and who therefore exists. For the worker alone: it has no caller."""
    return (await persons(session, [person_id]))[person_id]


async def persons(session: AsyncSession, person_ids: Collection[UUID]) -> dict[UUID, PersonRow]:
    """The same for several."""
    rows = await session.execute(_PERSONS, {"person_ids": list(person_ids)})
    return {row[0]: PersonRow(row[0], (), *row[1:]) for row in rows}


async def posted(session: AsyncSession, stream_id: UUID, version: int | None) -> Posted:
    """A change as subscribers received it. For the worker alone: it has no caller."""
    query = select(TimelineEntry).where(TimelineEntry.stream_id == stream_id, TimelineEntry.version == version)
    return as_posted((await session.scalars(query)).one())
