"""A household with an eight months old washing machine and a new mixer, published policies, and a workshop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from io import BytesIO
from uuid import UUID

from PIL import Image
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth.permissions import MANAGER, SERVICE_ENGINEER
from aftersales.cases import service as cases
from aftersales.cases.schemas import OpenCase, PersonOnMatterIn
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.files import service as files
from aftersales.ids import new_id
from aftersales.module import Module
from aftersales.outbox import worker
from aftersales.products.models import Brand, Category, Product, Unit
from aftersales.registry import Registry
from aftersales.scope import SYSTEM, Actor, ActorKind, Scope
from aftersales.status import documents
from aftersales.status.changes import NewDocument, event, move, open_document
from aftersales.status.documents import DocumentView
from aftersales.status.machine import By, Edge, EventKind, Machine, State
from aftersales.status.machine import Category as StatusCategory
from aftersales.status.models import Stream
from aftersales.status.numbers import Numbers
from aftersales.work import Work
from rma import terms as return_terms
from rma.module import MODULE as RMA
from tests.factories.auth import add_branch, add_person, add_staff
from tests.factories.registries import kernel
from warranty import terms
from warranty.module import MODULE as WARRANTY

NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
_SYSTEM = frozenset({By.SYSTEM})

WORKSHOP = Machine(
    name="repair_order",
    title="repair order",
    states=(
        State("intake", StatusCategory.OPEN, "Intake"),
        State("awaiting_parts", StatusCategory.WAITING, "Waiting for parts"),
        State("quality_check", StatusCategory.OPEN, "Being checked"),
        State("ready", StatusCategory.OPEN, "Ready"),
        State("handed_over", StatusCategory.DONE, "Handed over", milestones=frozenset({"handed_over"}), final=True),
    ),
    edges=(
        Edge("receive", (None,), "intake", "Receive", by=_SYSTEM),
        Edge("await_parts", ("intake",), "awaiting_parts", "Wait for parts", by=_SYSTEM),
        Edge("check", ("intake", "awaiting_parts"), "quality_check", "Check", by=_SYSTEM),
        Edge("pass", ("quality_check",), "ready", "Passed", by=_SYSTEM),
        Edge("return_as_is", ("intake",), "ready", "Back as it is", by=_SYSTEM),
        Edge("hand_over", ("intake", "ready"), "handed_over", "Hand over", by=_SYSTEM),
    ),
    events=(EventKind("diagnosed", "Cause found", data=frozenset({"cause_code"})),),
)
"""As much of a repair order as warranty listens to, so that these tests need no other module."""


@cache
def registry() -> Registry:
    """The kernel, warranty, returns and the workshop."""
    workshop = Module(name="workshop", title="Workshop", package="tests", machines=(WORKSHOP,))
    return Registry([*kernel().modules, WARRANTY, RMA, workshop])


@dataclass(frozen=True, slots=True)
class Household:
    """Padma owns a washing machine and a mixer; her neighbour Ravi called. Anil and Srinivas look at causes."""

    database: Database
    registry: Registry
    settings: Settings
    branch_id: UUID
    customer_id: UUID
    padma: UUID
    ravi: UUID
    washer: UUID
    mixer: UUID
    anil: UUID
    srinivas: UUID
    now: datetime = NOW

    def staff(self, person: UUID, *roles: str) -> Scope:
        """What somebody with these roles (both of the house if none is named) may do, everywhere."""
        held = roles or (SERVICE_ENGINEER, MANAGER)
        granted = {p for role in held for p in self.registry.roles[role].permissions}
        return Scope(Actor(ActorKind.STAFF, person), dict.fromkeys(granted))

    def customer(self, case_id: UUID, person: UUID) -> Scope:
        """What the person's link to the case opens."""
        return Scope(Actor(ActorKind.CUSTOMER, person), stream_id=case_id, person_id=person)

    @asynccontextmanager
    async def work(
        self, scope: Scope = SYSTEM, *, now: datetime | None = None, origin: str = "live"
    ) -> AsyncIterator[Work]:
        """One unit of work, committed at its end."""
        async with self.database.unit_of_work() as session:
            yield Work(
                session=session,
                scope=scope,
                registry=self.registry,
                numbers=Numbers(self.database),
                settings=self.settings,
                now=now or self.now,
                origin=origin,
            )

    async def settle(self) -> None:
        """Everything that is due is done."""
        await worker.drain(self.database, self.registry, self.settings)

    async def case(
        self, unit_id: UUID | None = None, fault: str | None = "22-B", *, now: datetime | None = None
    ) -> UUID:
        """A case about the washing machine (or another unit), with its reactions done."""
        people = [
            PersonOnMatterIn(person_id=self.padma, role="owner", may_approve=True),
            PersonOnMatterIn(person_id=self.ravi, role="caller"),
        ]
        body = OpenCase(
            customer_id=self.customer_id,
            unit_id=unit_id or self.washer,
            branch_id=self.branch_id,
            complaint="Does not spin",
            fault_code=fault,
            people=people,
        )
        async with self.work(now=now) as work:
            case_id = await cases.open_case(work, body)
        await self.settle()
        return case_id

    async def workshop(self, case_id: UUID) -> UUID:
        """A repair order on the case."""
        repair_id = new_id()
        new = NewDocument(case_id, self.branch_id, f"W-{repair_id.hex[-8:]}", self.washer, self.customer_id)
        async with self.work() as work:
            await work.post(open_document(WORKSHOP, repair_id, "receive", new))
        return repair_id

    async def diagnosed(self, repair_id: UUID, cause_code: str) -> None:
        """The workshop finds the cause, and the reactions follow."""
        async with self.work() as work:
            await work.post(event(WORKSHOP, repair_id, "diagnosed", data={"cause_code": cause_code}))
        await self.settle()

    async def repaired(self, repair_id: UUID) -> None:
        """The repair passes its check, and the reactions follow."""
        async with self.work() as work:
            await work.post(move(WORKSHOP, repair_id, "check"), move(WORKSHOP, repair_id, "pass"))
        await self.settle()

    async def given_back(self, repair_id: UUID) -> None:
        """The unit goes back as it is, and the reactions follow."""
        async with self.work() as work:
            await work.post(move(WORKSHOP, repair_id, "return_as_is"))
        await self.settle()

    async def handed_over(self, repair_id: UUID) -> None:
        """The unit goes back, and the reactions follow."""
        async with self.work() as work:
            await work.post(move(WORKSHOP, repair_id, "hand_over"))
        await self.settle()

    async def photo(self, case_id: UUID, document_id: UUID) -> UUID:
        """A photo on a document."""
        buffer = BytesIO()
        Image.new("RGB", (32, 24), "#a3261e").save(buffer, "JPEG")
        async with self.work() as work:
            stored = await files.store(
                work,
                stream_id=case_id,
                document_id=document_id,
                kind="photo",
                filename="wires.jpg",
                data=buffer.getvalue(),
            )
        return stored.id

    async def documents(self, stream_id: UUID, machine: str) -> list[DocumentView]:
        """The documents of a machine on a case."""
        async with self.work() as work:
            return await documents.of_machine(work.session, work.scope, stream_id, machine)

    async def claim(self, case_id: UUID) -> DocumentView:
        """The one claim of a case."""
        [found] = await self.documents(case_id, "warranty_claim")
        return found

    async def change_unit(self, unit_id: UUID, **values: object) -> None:
        """Set columns of a unit, as if it had been sold otherwise."""
        async with self.work() as work:
            unit = await work.session.get_one(Unit, unit_id)
            for name, value in values.items():
                setattr(unit, name, value)

    def at(self, now: datetime) -> "Household":
        """The same household at another time."""
        return replace(self, now=now)


async def publish(database: Database, settings: Settings) -> None:
    """The demonstration company's policies; once per database."""
    async with database.unit_of_work() as session:
        work = Work(session, SYSTEM, registry(), Numbers(database), settings, NOW, origin="import")
        await terms.publish_all(work)
        await return_terms.publish_all(work)
        session.add_all(
            Category(id=new_id(), code=code, name=name, identifier_kinds=["serial"])
            for code, name in (("washing_machine", "Washing machine"), ("mixer", "Mixer grinder"))
        )


async def household(database: Database, settings: Settings, categories: dict[str, UUID]) -> Household:
    """A household of its own, committed."""
    async with database.unit_of_work() as session:
        branch = await add_branch(session)
        anil = await add_staff(session, branch, name="Anil Deshmukh")
        srinivas = await add_staff(session, branch, name="Srinivas Murthy")
        padma = await add_person(session, "Padma")
        ravi = await add_person(session, "Ravi")
        ravi.language = "en"
        washer = await _unit(session, padma.customer_id, categories["washing_machine"], "Godavari FL-75")
        washer.purchased_on, washer.delivered_on = date(2026, 3, 18), date(2026, 3, 20)
        washer.invoice_number = "GO/2603/00042"
        mixer = await _unit(session, padma.customer_id, categories["mixer"], "Godavari MX-500")
        mixer.purchased_on, mixer.delivered_on = date(2026, 11, 1), date(2026, 11, 2)
    return Household(
        database,
        registry(),
        settings,
        branch.id,
        padma.customer_id,
        padma.id,
        ravi.id,
        washer.id,
        mixer.id,
        anil.id,
        srinivas.id,
    )


async def _unit(session: AsyncSession, customer_id: UUID, category_id: UUID, name: str) -> Unit:
    brand = Brand(id=new_id(), name=f"Godavari {new_id().hex[-6:]}", accent="#0b5d57", support_phone="+911800420110")
    unit_id = new_id()
    session.add_all([brand, Stream(id=unit_id, version=0)])
    await session.flush()
    product = Product(
        id=new_id(),
        brand_id=brand.id,
        category_id=category_id,
        model=name.rsplit(maxsplit=1)[-1],
        name=name,
        price_minor=3_199_000,
        currency="INR",
    )
    session.add(product)
    await session.flush()
    unit = Unit(id=unit_id, product_id=product.id, customer_id=customer_id, created_at=NOW)
    session.add(unit)
    await session.flush()
    return unit
