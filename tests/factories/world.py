"""One small company behind the real application, for tests of everything that can be reached over HTTP.

Two branches, somebody in every role, two households, and a case with one document of every module on it. It is built
by the services and routes that build it in life; tests share it and leave it as they found it, or open cases of their
own.
"""

import itertools
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import event, select, text

from aftersales import clock
from aftersales.app import create_app
from aftersales.auth import links, sessions
from aftersales.auth.models import CustomerLink, Staff
from aftersales.config import Settings
from aftersales.customers import repository as customers
from aftersales.db.session import Database
from aftersales.http import CUSTOMER_COOKIE, STAFF_COOKIE
from aftersales.ids import new_id
from aftersales.outbox.worker import drain
from aftersales.products import service as products
from aftersales.products.models import Category
from aftersales.products.schemas import BrandIn, ProductIn
from aftersales.registry import Registry
from aftersales.scope import SYSTEM
from aftersales.status.changes import NewDocument, open_document
from aftersales.status.engine import LIVE
from aftersales.status.numbers import Numbers
from aftersales.work import Work
from tests.factories.auth import add_branch, add_staff
from tests.factories.customers import Shelf, add_household, add_unit
from tests.factories.entitlement import publish
from tests.factories.registries import everything
from tests.factories.site import Site
from tests.fixtures.database import TestDatabase

API = "/api/v1"
_serials = itertools.count(1000)
_FOUNDED = ("here", "there", "shelf", "staff", "tokens", "home", "neighbours")
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Home:
    """A household with one unit, and the case about it."""

    customer_id: UUID
    person_id: UUID
    address_id: UUID
    unit_id: UUID
    case_id: UUID
    serial: str


@dataclass
class World:
    """The company. `staff` maps a role (or a name of ours, such as `elsewhere`) to who holds it."""

    app: FastAPI
    database: Database
    settings: Settings
    registry: Registry
    here: UUID
    there: UUID
    shelf: Shelf
    staff: dict[str, Staff]
    tokens: dict[str, str]
    home: Home
    neighbours: Home
    clients: list[httpx.AsyncClient] = field(default_factory=list)
    bare: dict[str, UUID] = field(default_factory=dict)

    def founded(self) -> dict[str, Any]:
        """What there is by now, for `open_world` on a copy of this database."""
        return {name: getattr(self, name) for name in _FOUNDED}

    def client(self, cookie: str | None = None, token: str = "") -> httpx.AsyncClient:
        """A browser or program with this cookie and its CSRF token."""
        made = Site(self.app, self.database, self.settings, self.here).client(cookie, token)
        self.clients.append(made)
        return made

    def by(self, role: str) -> httpx.AsyncClient:
        """Whoever holds the role here, signed in."""
        return self.client(STAFF_COOKIE, self.tokens[role])

    async def sign_in_again(self, role: str) -> str:
        """One more session of theirs: its token."""
        async with self.database.unit_of_work() as session:
            return sessions.start(session, self.staff[role].id, clock.now())

    async def link(self, home: Home, *, read_only: bool = False) -> CustomerLink:
        """The link to the household's case."""
        async with self.database.unit_of_work() as session:
            return await links.issue(
                session, stream_id=home.case_id, person_id=home.person_id, read_only=read_only, now=clock.now()
            )

    async def customer(self, home: Home, *, read_only: bool = False) -> httpx.AsyncClient:
        """The household's owner, who has opened the link."""
        link = await self.link(home, read_only=read_only)
        async with self.database.unit_of_work() as session:
            opened = await links.exchange(session, self.settings, links.token(self.settings, link), clock.now())
        assert opened is not None
        return self.client(CUSTOMER_COOKIE, opened[0])

    async def settle(self) -> None:
        """Let every reaction happen."""
        await drain(self.database, self.registry, self.settings)

    async def rows(self, sql: str, **values: object) -> list[Any]:
        """What the database holds."""
        async with self.database.sessions() as session:
            return list((await session.execute(text(sql), values)).all())

    async def state(self) -> tuple[int, ...]:
        """What must not change when a request is refused."""
        [row] = await self.rows(
            "SELECT (SELECT coalesce(sum(version), 0) FROM stream), (SELECT coalesce(sum(version), 0) FROM document), "
            "(SELECT count(*) FROM document), (SELECT count(*) FROM timeline_entry), (SELECT count(*) FROM file), "
            "(SELECT count(*) FROM customer), (SELECT count(*) FROM idempotency)"
        )
        return tuple(int(value) for value in row)

    @asynccontextmanager
    async def unchanged(self) -> AsyncIterator[None]:
        """Nothing is different afterwards."""
        before = await self.state()
        yield
        assert await self.state() == before

    @asynccontextmanager
    async def work(self, *, origin: str = LIVE, now: datetime | None = None) -> AsyncIterator[Work]:
        """A unit of work of the system, at another time than now if one is given."""
        async with self.database.unit_of_work() as session:
            numbers = Numbers(self.database)
            yield Work(session, SYSTEM, self.registry, numbers, self.settings, now or clock.now(), origin=origin)

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The statements sent to the database meanwhile, without those that begin and end transactions."""
        seen: list[str] = []

        def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        engine = self.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)

    async def open_case_there(self) -> UUID:
        """A case of the neighbours at the other branch."""
        return await self.open_case(self.neighbours, by="elsewhere", branch_id=self.there)

    async def open_case(self, home: Home, *, by: str = "manager", branch_id: UUID | None = None) -> UUID:
        """One more case of a household."""
        answer = await self.by(by).post(
            f"{API}/cases",
            json={
                "customer_id": str(home.customer_id),
                "unit_id": str(home.unit_id),
                "branch_id": str(branch_id or self.here),
                "complaint": "Does not spin, water stays in the drum",
                "fault_code": "22-B",
                "people": [{"person_id": str(home.person_id), "role": "owner", "may_approve": True}],
            },
        )
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["id"])

    async def visit(self, home: Home | None = None, *, dispatched: bool = True) -> UUID:
        """A visit of tomorrow for the household (a new one), given to the technician unless told not to."""
        home = home or await add_home(self, "Sita Devi", f"+9198{next(_serials):08d}")
        start = (clock.now() + timedelta(days=1)).replace(hour=4, minute=30, second=0, microsecond=0)
        body = {
            "case_id": str(home.case_id),
            "kind": "pickup",
            "address_id": str(home.address_id),
            "window_start": start.isoformat(),
            "window_end": (start + timedelta(hours=2)).isoformat(),
        }
        desk = self.by("manager")
        made = await desk.post(f"{API}/visits", json=body)
        assert made.status_code == 201, made.text
        where = f"{API}/visits/{made.json()['id']}"
        if dispatched:
            await ok(desk, f"{where}/confirm")
            await ok(desk, f"{where}/dispatch", technician_id=str(self.staff["technician"].id))
        return UUID(made.json()["id"])


async def ok(client: httpx.AsyncClient, path: str, **body: object) -> dict[str, Any]:
    """POST that must succeed."""
    answer = await client.post(path, json=body)
    assert answer.status_code in (200, 201), f"{path}: {answer.status_code} {answer.text}"
    found: dict[str, Any] = answer.json()
    return found


def refused(answer: httpx.Response, sent: object, *statuses: int) -> None:
    """The answer is a problem (422 unless said otherwise) that tells what is wrong and nothing of the inside."""
    assert answer.status_code in (statuses or (422,)), f"{answer.request.url} {str(sent)[:300]!r}: {answer.text[:600]}"
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["code"]
    assert problem["detail"]
    assert "Traceback" not in answer.text


def csrf_of(html: str) -> str:
    """The CSRF token in a page's first form."""
    found = _CSRF.search(html)
    assert found, "no form on this page"
    return found[1]


ROLES = ("coordinator", "technician", "finance", "manager", "service_engineer")


@asynccontextmanager
async def open_world(
    clone: TestDatabase, settings: Settings, founded: Mapping[str, Any] | None = None
) -> AsyncIterator[World]:
    """The company on a database of its own: founded now, or a copy of one that was."""
    settings = settings.model_copy(update={"database_url": clone.app_url})
    app = create_app(settings, registry=everything())
    database: Database = app.state.services.database
    try:
        world = World(app, database, settings, everything(), **(founded or await _found(database, settings)))
        if founded is None:
            world.home = await add_home(world, "Padma Venkateswarlu", "+919849012312", "GW75-901")
            world.neighbours = await add_home(world, "Ravi Teja", "+919849012313", "GW75-902")
            await world.settle()
        yield world
        for client in world.clients:
            await client.aclose()
    finally:
        await database.dispose()


async def _found(database: Database, settings: Settings) -> dict[str, Any]:
    """Branches, staff and a product; nobody lives there yet."""
    await publish(database, settings)
    async with database.unit_of_work() as session:
        work = Work(session, SYSTEM, everything(), Numbers(database), settings, clock.now())
        here, there = await add_branch(session, "KKP"), await add_branch(session, "MNK")
        staff = {role: await add_staff(session, here, (role, here.id), login=role) for role in ROLES}
        staff["second"] = await add_staff(session, here, ("technician", here.id), name="Naveen")
        staff["elsewhere"] = await add_staff(session, there, ("coordinator", there.id), name="Madhavi")
        tokens = {name: sessions.start(session, person.id, work.now) for name, person in staff.items()}
        brand = await products.add_brand(work, BrandIn(name="Godavari", accent="#0b5d57"))
        category = (await session.scalars(select(Category.id).where(Category.code == "washing_machine"))).one()
        wash = ProductIn(
            brand_id=brand.id, category_id=category, model="FL-75", name="Godavari FL-75", price_minor=31_990_00
        )
        shelf = Shelf(await products.add_product(work, wash), brand.id, category)
    nobody = Home(new_id(), new_id(), new_id(), new_id(), new_id(), "")
    return dict(zip(_FOUNDED, (here.id, there.id, shelf, staff, tokens, nobody, nobody), strict=True))


async def add_home(world: World, name: str, phone: str, serial: str = "") -> Home:
    """A household with a washing machine, and a case about it at the branch here."""
    serial = serial or f"GW75-{next(_serials)}"
    async with world.work() as work:
        made = await add_household(work, name, phone)
        [person] = await customers.people(work.session, SYSTEM, made.id)
        [address] = await customers.addresses(work.session, SYSTEM, made.id)
        bought = (work.now - timedelta(days=200)).date()
        unit = await add_unit(
            work, world.shelf, made.id, ("serial", serial), purchased_on=bought, invoice_number=f"GO/{serial}"
        )
    home = Home(made.id, person.id, address.id, unit.id, new_id(), serial)
    return replace(home, case_id=await world.open_case(home))


async def bare_documents(world: World) -> dict[str, UUID]:
    """A document of every machine at its first status, on a case of its own; of the kernel's record alone."""
    if world.bare:
        return world.bare
    case_id = await world.open_case(world.home)
    made = {"case": case_id}
    async with world.work() as work:
        for machine in world.registry.machines.values():
            if machine.name == "case":
                continue
            document = new_id()
            verb = next(e.verb for e in machine.edges if None in e.sources)
            new = NewDocument(
                case_id, world.here, f"T-{document.hex[-10:]}", world.home.unit_id, world.home.customer_id
            )
            edge = machine.by_verb[verb]
            reason = "A test" if edge.reason else None
            tech = world.staff["technician"].id
            await work.post(open_document(machine, document, verb, new, note=reason, assignee_id=tech))
            made[machine.name] = document
    world.bare.update(made)
    return made
