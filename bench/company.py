"""What is measured on: a server of its own that keeps what it commits, migrated, with a branch, people and cases."""

import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import clock
from aftersales.auth import sessions
from aftersales.auth.models import Branch, Grant, Staff
from aftersales.cases.machine import CASE
from aftersales.cases.models import Case, MatterPerson
from aftersales.config import Settings, load_settings
from aftersales.customers.models import Customer, Person
from aftersales.db.bootstrap import Addresses, bootstrap, connected
from aftersales.db.embedded import EmbeddedServer
from aftersales.db.migrate import upgrade_async
from aftersales.db.session import Database
from aftersales.ids import new_id
from aftersales.products.models import Brand, Category, Product, Unit
from aftersales.scope import SYSTEM_ACTOR
from aftersales.status.changes import MAX_CHANGES, NewDocument, move, open_document
from aftersales.status.engine import IMPORT, create_streams, post
from aftersales.status.machine import Machine
from field_service.repairs.machine import REPAIR_ORDER
from rma.machine import RETURN

HOUSEHOLDS = 200
NOW = clock.now()


@dataclass(frozen=True, slots=True)
class Household:
    """A household of one person with one unit."""

    customer_id: UUID
    person_id: UUID
    unit_id: UUID


@dataclass(slots=True)
class Company:
    """The database, a coordinator who is signed in, and cases to work on."""

    server: EmbeddedServer
    addresses: Addresses
    settings: Settings
    database: Database
    branch_id: UUID
    staff_id: UUID
    session_token: str
    product_id: UUID = field(default_factory=new_id)
    households: list[Household] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    async def cases(self, count: int, *verbs: str) -> list[UUID]:
        """So many new cases, each with its owner, taken along these edges."""
        made: list[UUID] = []
        while len(made) < count:
            async with self.database.unit_of_work() as session:
                opened = await self._open(session, CASE, min(MAX_CHANGES, count - len(made)), "receive", *verbs)
                asked = {"complaint": "It does not spin.", "fault_code": None, "channel": "phone"}
                await session.execute(insert(Case), [asked | {"id": key} for key in opened])
                part = {"role": "owner", "may_approve": True}
                people = [part | {"case_id": key, "person_id": one.person_id} for key, one in opened.items()]
                await session.execute(insert(MatterPerson), people)
            made += opened
        return made

    async def repairs(self, count: int) -> list[UUID]:
        """So many repair orders that are being estimated, each on a stream of its own."""
        made: list[UUID] = []
        while len(made) < count:
            size = min(MAX_CHANGES, count - len(made))
            async with self.database.unit_of_work() as session:
                made += await self._open(session, REPAIR_ORDER, size, "open", "triage", "diagnose", "estimate")
        return made

    async def returns(self, count: int) -> dict[UUID, Household]:
        """So many documents of returns that are awaited, at most 500, each on a stream of its own."""
        async with self.database.unit_of_work() as session:
            return await self._open(session, RETURN, count, "request", "authorise", "await_return")

    async def _open(
        self, session: AsyncSession, machine: Machine, count: int, verb: str, *verbs: str
    ) -> dict[UUID, Household]:
        opened = {new_id(): self.households[next(self.numbers) % HOUSEHOLDS] for _ in range(count)}
        changes = [open_document(machine, key, verb, self._new(key, one)) for key, one in opened.items()]
        await post(session, changes, actor=SYSTEM_ACTOR, origin=IMPORT)
        for following in verbs:
            await post(session, [move(machine, key, following) for key in opened], actor=SYSTEM_ACTOR, origin=IMPORT)
        return opened

    def _new(self, key: UUID, one: Household) -> NewDocument:
        number = f"BEN-26-{next(self.numbers):06d}"
        return NewDocument(key, self.branch_id, number, one.unit_id, one.customer_id, new_stream=True)

    async def settle(self) -> None:
        """Forget what waits for workers, and let the database know its tables: every round begins alike."""
        async with connected(make_url(self.server.url("aftersales"))) as superuser:
            await superuser.execute("TRUNCATE outbox_message, delivery")
            await superuser.execute("VACUUM (ANALYZE) stream, document, timeline_entry, staff_session, idempotency")


@contextmanager
def own_server() -> Iterator[EmbeddedServer]:
    """A PostgreSQL that keeps what it commits, in a folder of its own; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="aftersales-bench-", ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        # As root, the server runs as another account, which must reach its folder.
        root.chmod(0o711)
        server = EmbeddedServer(root)
        server.start()
        try:
            yield server
        finally:
            server.close()


@asynccontextmanager
async def founded(server: EmbeddedServer) -> AsyncIterator[Company]:
    """A company on this server."""
    addresses = await bootstrap(server)
    await upgrade_async(addresses.owner_url)
    settings = load_settings(data_dir=server.root, database_url=addresses.app_url)
    database = Database(addresses.app_url, application_name="bench")
    try:
        yield await _peopled(server, addresses, settings, database)
    finally:
        await database.dispose()


async def _peopled(server: EmbeddedServer, addresses: Addresses, settings: Settings, database: Database) -> Company:
    branch_id, staff_id = new_id(), new_id()
    async with database.unit_of_work() as session:
        session.add(
            Branch(
                id=branch_id,
                code="BEN",
                name="Kukatpally service centre",
                phone="+914023150110",
                address="1 Banyan Lane, Hyderabad",
                postcode="500072",
                timezone="Asia/Kolkata",
                currency="INR",
            )
        )
        await session.flush()
        session.add(
            Staff(id=staff_id, login="lakshmi", name="Lakshmi Prasanna", branch_id=branch_id, password_hash="-")
        )
        await session.flush()
        session.add(Grant(id=new_id(), staff_id=staff_id, role="coordinator", branch_id=branch_id))
        token = sessions.start(session, staff_id, clock.now())
    company = Company(server, addresses, settings, database, branch_id, staff_id, token)
    await _households(company)
    return company


async def _households(company: Company) -> None:
    brand, category, product = new_id(), new_id(), company.product_id
    since = date(2026, 1, 1)
    made = [Household(new_id(), new_id(), new_id()) for _ in range(HOUSEHOLDS)]
    async with company.database.unit_of_work() as session:
        session.add(Brand(id=brand, name="Godavari", accent="#0b5d57", support_phone="1800-121-2345"))
        session.add(Category(id=category, code="washing_machine", name="Washing machine", identifier_kinds=["serial"]))
        await session.flush()
        model = {"model": "GW-7", "name": "WashPro 7 kg", "price_minor": 2_500_000, "currency": "INR"}
        session.add(Product(id=product, brand_id=brand, category_id=category, **model))
        session.add_all(
            Customer(id=one.customer_id, kind="household", timezone="Asia/Kolkata", since=since, created_at=NOW)
            for one in made
        )
        await create_streams(session, [one.unit_id for one in made])
        await session.flush()
        named = {"name": "Padma", "name_local": "పద్మ", "courtesy": "గారు", "language": "te"}
        session.add_all(Person(id=one.person_id, customer_id=one.customer_id, **named) for one in made)
        bought = {"purchased_on": since, "created_at": NOW - timedelta(days=30)}
        session.add_all(Unit(id=one.unit_id, product_id=product, customer_id=one.customer_id, **bought) for one in made)
    company.households = made
