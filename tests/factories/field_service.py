"""A service centre at work: people, a case about a washing machine, and modules that only answer what a test says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from aftersales.auth.models import Staff
from aftersales.cases import service as cases
from aftersales.cases.schemas import OpenCase, PersonOnMatterIn
from aftersales.config import Settings
from aftersales.customers import repository as customers
from aftersales.db.session import Database
from aftersales.ids import new_id
from aftersales.module import Module
from aftersales.outbox.worker import drain
from aftersales.ports.charges import ChargeLine
from aftersales.ports.coverage import Answer, Cover
from aftersales.registry import Registry, load_registry
from aftersales.scope import SYSTEM, Actor, ActorKind, Scope
from aftersales.status import documents
from aftersales.status.changes import NewDocument, move, open_document
from aftersales.status.machine import By, Category, Edge, Machine, State
from aftersales.status.numbers import Numbers
from aftersales.work import Work
from field_service.module import MODULE
from tests.factories.auth import add_branch, add_staff
from tests.factories.customers import add_household, add_shelf, add_unit

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
"""Monday, ten in the morning in Hyderabad."""
_SYSTEM = frozenset({By.SYSTEM})

ESTIMATE = Machine(
    name="estimate",
    title="estimate",
    states=(
        State("draft", Category.OPEN, "Draft"),
        State("sent", Category.WAITING, "Sent"),
        State("approved", Category.DONE, "Approved", final=True),
        State("declined", Category.DONE, "Declined", final=True),
    ),
    edges=(
        Edge("draft", (None,), "draft", "Draft", by=_SYSTEM),
        Edge("send", ("draft",), "sent", "Send", by=_SYSTEM),
        Edge("approve", ("draft", "sent"), "approved", "Approve", by=_SYSTEM),
        Edge("decline", ("sent",), "declined", "Decline", by=_SYSTEM),
    ),
)


class Told:
    """Coverage and charges as the test says: `answer` and, unless `charges` is False, an estimate per order."""

    def __init__(self) -> None:
        self.answer = Answer(Cover.NOT_COVERED, Cover.NOT_COVERED, decided=True)
        self.charges = True
        self.lines: list[ChargeLine] = []

    async def current(self, _work: Work, _stream_id: UUID) -> Answer:
        """The coverage port."""
        return self.answer

    async def estimate(self, work: Work, document_id: UUID, lines: Sequence[ChargeLine]) -> UUID | None:
        """The charges port."""
        self.lines = list(lines)
        if not self.charges:
            return None
        order = await documents.get(work.session, work.scope, document_id)
        estimate_id = new_id()
        new = NewDocument(
            stream_id=order.stream_id,
            branch_id=order.branch_id,
            number=f"E-{estimate_id.hex}",
            customer_id=order.customer_id,
        )
        await work.post(open_document(ESTIMATE, estimate_id, "draft", new))
        return estimate_id


@dataclass
class Centre:
    """Everything that a test of field service acts on. `now` moves on as the test says."""

    database: Database
    settings: Settings
    registry: Registry
    told: Told
    branch_id: UUID
    coordinator: Staff
    technician: Staff
    colleague: Staff
    engineer: Staff
    customer_id: UUID
    person_id: UUID
    address_id: UUID
    unit_id: UUID
    case_id: UUID
    now: datetime = NOW

    def scope(self, staff: Staff | None, role: str = "") -> Scope:
        """The scope of somebody in a role at the branch; None is the system."""
        if staff is None:
            return SYSTEM
        held = self.registry.roles[role]
        grants = dict.fromkeys(held.permissions, frozenset({self.branch_id}))
        return Scope(Actor(ActorKind.STAFF, staff.id), grants, assigned_only=held.assigned_only)

    async def do(self, verb: Any, *args: Any, by: str = "coordinator", if_version: int | None = None) -> Any:
        """Carry a service function out as the coordinator, technician, colleague, engineer or system; commit."""
        roles = {
            "coordinator": (self.coordinator, "coordinator"),
            "technician": (self.technician, "technician"),
            "colleague": (self.colleague, "technician"),
            "engineer": (self.engineer, "service_engineer"),
            "system": (None, ""),
        }
        scope = self.scope(*roles[by])
        async with self.database.unit_of_work() as session:
            return await verb(replace(self.work(session, scope), if_version=if_version), *args)

    def work(self, session: Any, scope: Scope = SYSTEM) -> Work:
        """A unit of work at the centre's present time."""
        return Work(
            session=session,
            scope=scope,
            registry=self.registry,
            numbers=Numbers(self.database),
            settings=self.settings,
            now=self.now,
        )

    async def settle(self) -> None:
        """Let every reaction happen."""
        await drain(self.database, self.registry, self.settings)

    async def status(self, document_id: UUID) -> str:
        """Where a document stands."""
        async with self.database.unit_of_work() as session:
            return (await documents.get(session, SYSTEM, document_id)).status

    async def of(self, machine: str) -> list[documents.DocumentView]:
        """The case's documents of a machine."""
        async with self.database.unit_of_work() as session:
            return await documents.of_machine(session, SYSTEM, self.case_id, machine)

    async def estimate_moves(self, estimate_id: UUID, verb: str) -> None:
        """What billing would post."""

        async def post(work: Work) -> None:
            await work.post(move(ESTIMATE, estimate_id, verb))

        await self.do(post, by="system")

    def window(self, days: int = 1, hour: int = 9) -> tuple[datetime, datetime]:
        """Two hours on a coming day, on the branch's wall clock."""
        start = self.now.replace(hour=hour - 5, minute=30, second=0, microsecond=0) + timedelta(days=days)
        return start, start + timedelta(hours=2)


async def centre(database: Database, settings: Settings) -> Centre:
    """A new service centre with one open case."""
    told = Told()
    stub = Module(
        name="told",
        title="Told",
        package="tests",
        machines=(ESTIMATE,),
        provides={"coverage": told, "charges": told},
    )
    registry = Registry([*load_registry([]).modules, MODULE, stub])
    async with database.unit_of_work() as session:
        work = Work(
            session=session, scope=SYSTEM, registry=registry, numbers=Numbers(database), settings=settings, now=NOW
        )
        branch = await add_branch(session)
        coordinator = await add_staff(session, branch, ("coordinator", branch.id), name="Lakshmi")
        technician = await add_staff(session, branch, ("technician", branch.id), name="Suresh Yadav")
        colleague = await add_staff(session, branch, ("technician", branch.id), name="Naveen")
        engineer = await add_staff(session, branch, ("service_engineer", branch.id), name="Anil")
        home = await add_household(work, "Padma Venkateswarlu", "+919849012312", name_local="పద్మ వెంకటేశ్వర్లు")
        [person] = await customers.people(session, SYSTEM, home.id)
        [address] = await customers.addresses(session, SYSTEM, home.id)
        shelf = await add_shelf(work)
        unit = await add_unit(work, shelf, home.id, ("serial", f"GW75-{new_id().hex[-8:]}"))
        case_id = await cases.open_case(
            work,
            OpenCase(
                customer_id=home.id,
                unit_id=unit.id,
                branch_id=branch.id,
                complaint="Does not spin",
                people=[PersonOnMatterIn(person_id=person.id, role="owner", may_approve=True)],
            ),
        )
    return Centre(
        database=database,
        settings=settings,
        registry=registry,
        told=told,
        branch_id=branch.id,
        coordinator=coordinator,
        technician=technician,
        colleague=colleague,
        engineer=engineer,
        customer_id=home.id,
        person_id=person.id,
        address_id=address.id,
        unit_id=unit.id,
        case_id=case_id,
    )
