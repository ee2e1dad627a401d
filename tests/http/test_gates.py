"""Every route × every role × own and other branch and household, made from the application's own routes.

Whoever is to be refused is tried everywhere. Of those who are to be let in, here only who has the least to show for it:
`make drill NAME=gates` tries them all.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import async_sessionmaker

from aftersales.app import create_app
from aftersales.auth import links, short_links
from aftersales.auth.models import Branch
from aftersales.db.session import Database
from aftersales.http import CUSTOMER_COOKIE, STAFF_COOKIE, WorkDep, staff_router
from aftersales.module import Role
from tests.factories.auth import add_staff
from tests.factories.bodies import routes
from tests.factories.places import Furnished, furnish
from tests.factories.world import API, ROLES, World
from tests.http.gate_bodies import form_of, json_of, parameters, path_of, picture, schemas
from tests.http.gates import GATES, Caller, Gate, Person, Place, anywhere, gates, let_in
from tests.http.test_live import watching

TRAINEE = Role("trainee", "Trainee", frozenset({"product.view"}))
STAFF = (*ROLES, "second", "elsewhere", TRAINEE.name)
CUSTOMERS = ("owner", "neighbour", "printed")
CALLERS = (*STAFF, *CUSTOMERS, "nobody")
LET_IN = (*ROLES, "second", "owner", "printed")


@dataclass(frozen=True, slots=True)
class Asked:
    """One try at a gate, and whether the table lets it through."""

    caller: str
    method: str
    route: str
    at: Furnished
    expected: bool


@dataclass
class Town:
    """The company, a furnished case at each of its branches, and everybody with their cookies."""

    world: World
    here: Furnished
    there: Furnished
    people: dict[str, Person]
    cookies: dict[str, tuple[str, str]]
    schemas: dict[str, type[BaseModel] | None]

    def client(self, caller: str) -> httpx.AsyncClient:
        """Their browser."""
        return self.world.client(*self.cookies.get(caller, (None, "")))

    def tries(self, caller: str, table: Mapping[str, Gate]) -> Iterator[Asked]:
        """Everything that this caller can ask for; whose cookie a route does not take is tried on their own alone."""
        for method, route in routes(self.world.app):
            gate = table.get(f"{method} {route}")
            if gate is None or route == "/static":
                continue
            strange = (gate.caller is Caller.CUSTOMER) != (caller in CUSTOMERS)
            for at in (self.here, self.there) if gate.own and not strange else (self.here,):
                place = Place(at.branch_id, at.home.case_id)
                yield Asked(caller, method, route, at, let_in(gate, method, self.people[caller], place))

    def by(self, caller: str, table: Mapping[str, Gate]) -> list[Asked]:
        """What this caller is refused, and what they are let into as the least of all who are.

        Who sees a document of a household and who may see all households come in by different ways: one of each.
        """
        mine = list(self.tries(caller, table))
        before = self.lowly()[: self.lowly().index(caller)]
        led = {self._way(one, table) for other in before for one in self.tries(other, table) if one.expected}
        return [one for one in mine if not one.expected or self._way(one, table) not in led]

    def lowly(self) -> list[str]:
        """All callers, those with the fewest permissions first."""
        return sorted(CALLERS, key=lambda name: (len(self.people[name].permissions), not self.people[name].read_only))

    def _way(self, one: Asked, table: Mapping[str, Gate]) -> tuple[str, str, bool]:
        about = table[f"{one.method} {one.route}"].about
        return one.method, one.route, about in self.people[one.caller].permissions


@pytest.fixture(scope="module")
async def town(company: World) -> AsyncIterator[Town]:
    roles = company.registry.roles
    company.registry.roles = {**roles, TRAINEE.name: TRAINEE}
    try:
        yield await _town(company)
    finally:
        company.registry.roles = roles


async def _town(company: World) -> Town:
    technician = company.staff["technician"].id
    here = await furnish(company, "Sita Devi", "+919849012399", company.here, technician)
    there = await furnish(company, "Gita Rani", "+919849012398", company.there, None)
    async with company.database.unit_of_work() as session:
        branch = await session.get_one(Branch, company.here)
        company.staff[TRAINEE.name] = await add_staff(session, branch, (TRAINEE.name, company.here), login=TRAINEE.name)
    company.tokens[TRAINEE.name] = await company.sign_in_again(TRAINEE.name)
    people, cookies = {"nobody": Person()}, {}
    for name in STAFF:
        role = company.registry.roles[{"second": "technician", "elsewhere": "coordinator"}.get(name, name)]
        theirs = frozenset({here.home.case_id}) if name == "technician" else frozenset()
        at = company.there if name == "elsewhere" else company.here
        people[name] = Person(role.permissions, at, assigned=theirs if role.assigned_only else None)
        cookies[name] = (STAFF_COOKIE, company.tokens[name])
    for at_home in (here, there):
        link = await company.link(at_home.home)
        at_home.named["token"] = links.token(company.settings, link)
        async with company.database.unit_of_work() as session:
            short = await short_links.url(session, company.settings, await session.merge(link))
        at_home.named["short"] = short.rpartition("/")[2]
    for name, at_home in (("owner", here), ("neighbour", there), ("printed", here)):
        client = await company.customer(at_home.home, read_only=name == "printed")
        cookies[name] = (CUSTOMER_COOKIE, next(iter(client.cookies.values())))
        people[name] = Person(case_id=at_home.home.case_id, read_only=name == "printed")
    return Town(company, here, there, people, cookies, schemas(company.app))


@asynccontextmanager
async def rolled_back(database: Database) -> AsyncIterator[None]:
    """Whatever is committed meanwhile is there for who asks next, and afterwards it has never been."""
    kept = database.sessions
    async with database.engine.connect() as connection:
        whole = await connection.begin()
        database.sessions = async_sessionmaker(
            connection, expire_on_commit=False, autoflush=False, join_transaction_mode="create_savepoint"
        )
        try:
            yield
        finally:
            database.sessions = kept
            await whole.rollback()


async def answer_of(town: Town, client: httpx.AsyncClient, one: Asked) -> tuple[int, str, str]:
    """Status, where it sends one to, and what it says."""
    path = path_of(one.route, one.at)
    if one.route.endswith("/live"):
        cookie = town.cookies.get(one.caller, ("none", ""))
        async with watching(town.world, path, *cookie) as stream:
            await stream.next()
            return stream.status, stream.headers.get("location", ""), ""
    sent: dict[str, Any] = {}
    if one.method != "GET":
        route = f"{one.method} {one.route}"
        schema = town.schemas.get(route)
        if schema is not None and one.route.startswith(API):
            sent = {"json": json_of(route, schema, one.at)}
        elif one.route.endswith("/files"):
            sent = {"files": {"file": ("a.jpg", picture(), "image/jpeg")}}
        else:
            sent = {"data": form_of(one.route, one.at)}
    else:
        sent = {"params": parameters(one.at)}
    answer = await client.request(one.method, path, **sent)
    # A session that was begun or ended meanwhile has never been.
    client.cookies = httpx.Cookies(dict([town.cookies[one.caller]] if one.caller in town.cookies else []))
    return answer.status_code, answer.headers.get("location", ""), answer.text


def passed(one: Asked, status: int, location: str) -> bool:
    """Whether it came through the gate, whatever became of it there."""
    return status not in (401, 403, 404) and (location != "/sign-in" or one.route == "/sign-out")


async def wrong(town: Town, asked: list[Asked]) -> list[str]:
    """Where the answer is not what the table says. Who is to be refused is tried in earnest: nothing may change."""
    found = []
    client = town.client(asked[0].caller)

    async def tried(one: Asked) -> None:
        status, location, said = await answer_of(town, client, one)
        mute = not one.expected and one.route.startswith(API) and '"code":"' not in said
        if passed(one, status, location) is not one.expected or status >= 500 or mute:
            where = "here" if one.at is town.here else "there"
            found.append(f"{one.caller}: {one.method} {one.route} ({where}): {status} {said[:300]}")

    async with town.world.unchanged():
        for one in asked:
            if not one.expected:
                await tried(one)
        for one in asked:
            if one.expected:
                async with rolled_back(town.world.database):
                    await tried(one)
    return found


# Who may do little is refused nearly everywhere: they find in `make test` what somebody forgot to ask for.
@pytest.mark.parametrize(
    "caller", [pytest.param(caller, marks=pytest.mark.slow) if caller in LET_IN else caller for caller in CALLERS]
)
async def test_every_gate(town: Town, caller: str) -> None:
    assert await wrong(town, town.by(caller, gates(town.world.registry))) == []


def test_of_every_gate_somebody_is_let_in_and_somebody_refused_where_there_is_one(town: Town) -> None:
    """What is left to the drill is asked of nobody twice, and of nobody never."""
    table = gates(town.world.registry)
    every = {(one.method, one.route, one.expected) for who in CALLERS for one in town.tries(who, table)}
    asked = [one for who in CALLERS for one in town.by(who, table)]
    assert {(one.method, one.route, one.expected) for one in asked} == every
    refusals = [one for who in CALLERS for one in town.tries(who, table) if not one.expected]
    assert [one for one in asked if not one.expected] == refusals


def unlisted(app: FastAPI, table: Mapping[str, Gate]) -> set[str]:
    """Routes that the table does not know."""
    return {f"{method} {path}" for method, path in routes(app) if path != "/static"} - table.keys()


def test_every_route_is_listed_and_every_line_is_of_a_route(town: Town) -> None:
    app, table = town.world.app, gates(town.world.registry)
    assert unlisted(app, table) == set()
    assert GATES.keys() - {f"{method} {path}" for method, path in routes(app)} == set()


async def test_a_new_route_is_noticed_and_so_is_a_check_that_is_gone(town: Town) -> None:
    """The control: a route that nobody listed, and one that does not ask for what its line says."""
    added = staff_router()

    @added.get("/desk/forgotten")
    async def forgotten(work: WorkDep) -> dict[str, bool]:
        del work
        return {"well": True}

    app = create_app(town.world.settings, registry=town.world.registry)
    app.include_router(added)
    table = gates(town.world.registry)
    assert unlisted(app, table) == {"GET /desk/forgotten"}
    line = {"GET /desk/forgotten": anywhere("policy.publish")}
    other = replace(town, world=replace(town.world, app=app))
    for caller in STAFF:
        found = await wrong(other, list(other.tries(caller, line)))
        assert len(found) == (caller != "manager"), found
    await app.state.services.database.dispose()
