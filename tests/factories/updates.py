"""A household with a case, for tests of what customers are told."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import clock
from aftersales.cases.machine import CASE
from aftersales.cases.models import Case, MatterPerson
from aftersales.config import Settings
from aftersales.customers.models import Customer, Person
from aftersales.db.session import Database
from aftersales.ids import new_id
from aftersales.module import Module, Posted, Tell
from aftersales.outbox import worker
from aftersales.outbox.models import Delivery
from aftersales.products.models import Brand, Category, Product, Unit
from aftersales.registry import Registry, load_registry
from aftersales.scope import SYSTEM, SYSTEM_ACTOR, Scope
from aftersales.status.changes import NewDocument, event, move, open_document
from aftersales.status.machine import Audience
from aftersales.status.models import Stream
from aftersales.status.numbers import Numbers
from aftersales.updates.models import CustomerUpdate
from aftersales.work import Work
from tests.factories import posting
from tests.factories.auth import add_branch, add_staff

# Here customers are meant to know of everything that happens to a job.
JOB = replace(
    posting.JOB,
    edges=tuple(replace(edge, audience=Audience.CUSTOMER) for edge in posting.JOB.edges),
    events=tuple(replace(kind, audience=Audience.CUSTOMER) for kind in posting.JOB.events),
)


async def _bay(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    return {"bay": {"te": "మూడో బల్ల", "en": "bench three"}[language]}


TELLS = (
    Tell(
        machine="job",
        text="job.started",
        to="started",
        roles=("owner", "caller"),
        subject="Begun: {number}",
        body="{name}, your {product} is on {bay}. {owner}, {branch}: {phone}, {link}",
        variables=_bay,
    ),
    Tell(machine="job", text="job.again", to="started", roles=("owner",), subject="x", body="A second text. {name}"),
    Tell(machine="job", text="job.noted", event="noted", subject="Noted", body="{name}: {model}."),
    Tell(machine="job", text="job.finished", to="finished", subject="Done", body="{name}, done. {link} {phone}"),
)
TELLING = Module(name="telling", title="Telling", package="aftersales", machines=(JOB,), tells=TELLS)


@cache
def registry() -> Registry:
    """The kernel, and a module that tells of jobs."""
    return Registry([*load_registry([]).modules, TELLING])


@dataclass(frozen=True, slots=True)
class World:
    """One household: Padma owns the washing machine and reads Telugu, Ravi called and reads English."""

    database: Database
    registry: Registry
    settings: Settings
    branch_id: UUID
    number: str
    staff_id: UUID
    customer_id: UUID
    padma: UUID
    ravi: UUID
    unit_id: UUID

    @asynccontextmanager
    async def work(self, scope: Scope = SYSTEM, origin: str = "live") -> AsyncIterator[Work]:
        """One unit of work, committed at its end."""
        async with self.database.unit_of_work() as session:
            yield Work(
                session=session,
                scope=scope,
                registry=self.registry,
                numbers=Numbers(self.database),
                settings=self.settings,
                now=clock.now(),
                origin=origin,
            )

    def by(self, **settings: object) -> "World":
        """The same household under other settings."""
        return replace(self, settings=self.settings.model_copy(update=settings))

    async def case(self, origin: str = "live") -> UUID:
        """The case about the washing machine, with both people on it and the household's `number`."""
        case_id = new_id()
        new = NewDocument(case_id, self.branch_id, self.number, self.unit_id, self.customer_id, new_stream=True)
        async with self.work(origin=origin) as work:
            await work.post(open_document(CASE, case_id, "receive", new, assignee_id=self.staff_id))
            work.session.add(Case(id=case_id, complaint="Does not spin", fault_code=None, channel="phone"))
            await work.session.flush()
            work.session.add_all(
                MatterPerson(case_id=case_id, person_id=person, role=role, may_approve=role == "owner")
                for person, role in ((self.padma, "owner"), (self.padma, "payer"), (self.ravi, "caller"))
            )
        return case_id

    async def job(self, stream_id: UUID, origin: str = "live") -> UUID:
        """A job on the stream."""
        job_id = new_id()
        number = f"J-{job_id.hex[-8:]}"
        new = NewDocument(stream_id, self.branch_id, number, self.unit_id, self.customer_id)
        async with self.work(origin=origin) as work:
            await work.post(open_document(JOB, job_id, "receive", new))
        return job_id

    async def move(self, job_id: UUID, *verbs: str, origin: str = "live") -> None:
        """Take these edges of the job, or record these events, each in a transaction of its own."""
        for verb in verbs:
            change = move(JOB, job_id, verb) if verb in JOB.by_verb else event(JOB, job_id, verb)
            async with self.work(origin=origin) as work:
                await work.post(change)

    async def settle(self, *, strict: bool = True) -> None:
        """Everything that is due is done."""
        await worker.drain(self.database, self.registry, self.settings, strict=strict)

    async def due(self) -> None:
        """Whatever waits to be tried again is due."""
        async with self.work() as work:
            await work.session.execute(update(Delivery).values(due_at=clock.now() - timedelta(seconds=1)))

    async def updates(self, stream_id: UUID) -> list[CustomerUpdate]:
        """The stream's records in the order of its timeline, Padma's first."""
        query = select(CustomerUpdate).where(CustomerUpdate.stream_id == stream_id)
        async with self.database.sessions() as session:
            found = (await session.scalars(query)).all()
        return sorted(found, key=lambda one: (one.version or 0, one.person_id != self.padma))

    async def change(self, model: type[Person | CustomerUpdate], key: UUID, **values: object) -> None:
        """Set columns of one row."""
        async with self.work() as work:
            row = await work.session.get_one(model, key)
            for name, value in values.items():
                setattr(row, name, value)


def opened(case_id: UUID) -> Posted:
    """The opening of a case, as the worker hands it over."""
    return Posted(
        stream_id=case_id,
        version=1,
        document_id=case_id,
        document_version=1,
        machine="case",
        kind="status",
        name="receive",
        from_status=None,
        to_status="received",
        at=clock.now(),
        actor=SYSTEM_ACTOR,
        origin="live",
        audience=Audience.CUSTOMER,
        data={},
    )


async def settled_world(database: Database, settings: Settings) -> World:
    """The household, committed."""
    async with database.unit_of_work() as session:
        branch = await add_branch(session, name="Kukatpally service centre", phone="+914023150110")
        staff = await add_staff(session, branch, name="Lakshmi Prasanna")
        customer_id, padma, ravi = await _household(session)
        unit_id = await _washer(session, customer_id)
    number = f"{branch.code}-26-000001"
    return World(database, registry(), settings, branch.id, number, staff.id, customer_id, padma, ravi, unit_id)


async def _household(session: AsyncSession) -> tuple[UUID, UUID, UUID]:
    since = date(2026, 1, 1)
    customer = Customer(
        id=new_id(), kind="household", name=None, timezone="Asia/Kolkata", since=since, created_at=clock.now()
    )
    session.add(customer)
    await session.flush()
    padma, ravi = new_id(), new_id()
    session.add_all(
        [
            Person(
                id=padma,
                customer_id=customer.id,
                position=0,
                name="Padma",
                name_local="పద్మ",
                courtesy="గారు",
                language="te",
                email="padma@example.org",
            ),
            Person(id=ravi, customer_id=customer.id, position=1, name="Ravi", language="en", email="ravi@example.org"),
        ]
    )
    await session.flush()
    return customer.id, padma, ravi


async def _washer(session: AsyncSession, customer_id: UUID) -> UUID:
    unit_id, brand, category, product = new_id(), new_id(), new_id(), new_id()
    session.add(Brand(id=brand, name=f"Godavari {brand.hex[-6:]}", accent="#0b5d57", support_phone="1800-121-2345"))
    code = f"washing_machine_{category.hex[-6:]}"
    session.add(Category(id=category, code=code, name="Washing machine", identifier_kinds=["serial"]))
    session.add(Stream(id=unit_id, version=0))
    await session.flush()
    session.add(
        Product(
            id=product,
            brand_id=brand,
            category_id=category,
            model="GW-7",
            name="WashPro 7 kg",
            price_minor=2_500_000,
            currency="INR",
        )
    )
    await session.flush()
    session.add(Unit(id=unit_id, product_id=product, customer_id=customer_id, created_at=clock.now()))
    await session.flush()
    return unit_id
