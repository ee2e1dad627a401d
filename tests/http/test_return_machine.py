"""Every status of a return × every verb × each role, through HTTP: what the machine's own declaration says, and no
more; and the same of its exchange in advance.

The suite tries all that is legal by the manager with a share of what is not, and what the others may and may not;
`make drill NAME=return_machine` tries everybody everywhere.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from aftersales.ids import new_id
from aftersales.status.machine import By, Machine
from aftersales.web.legal import permission_of, possible
from rma.advance_machine import ADVANCE
from rma.machine import RETURN
from rma.module import MODULE
from tests.factories.bodies import body_for
from tests.factories.return_states import NEEDS, Returns, every_status
from tests.factories.world import API, ROLES, World
from tests.http.test_gates import rolled_back

pytestmark = pytest.mark.slow

ACTIONS = {(one.machine, one.verb): one for one in MODULE.actions if one.by is By.STAFF}
VERBS = {machine: [verb for name, verb in ACTIONS if name == machine.name] for machine in (RETURN, ADVANCE)}
# A pickup of the case is under way already, and no gateway takes cards here: the machine lets it through, and whoever
# fetches or holds security says so.
BUSY = {"schedule_pickup": "return.nobody_fetches", "asked_anew": "advance.not_renewable"}
AT_DOOR = RETURN.by_verb["exchange_at_door"].sources
SYSTEM_VERBS = ("disposition", "approve_late", "settle", "exchange_at_door", "resolve", "expire")


@dataclass(frozen=True, slots=True)
class Try:
    """One verb in one status by one role, and what must come of it."""

    machine: Machine
    role: str
    status: str
    verb: str
    allowed: bool

    @property
    def legal(self) -> bool:
        """Whether the machine knows the verb in that status."""
        return possible(self.machine, self.verb, self.status)

    @property
    def becomes(self) -> set[str]:
        """Where the machine may be then: an event moves nothing by itself, but what it completes follows at once."""
        if self.verb in self.machine.by_verb:
            return {self.machine.by_verb[self.verb].to}
        at_door = self.verb == "handed_over" and self.status in AT_DOOR
        return {"exchanged_at_door"} if at_door else {self.status}


@pytest.fixture(scope="module")
async def returns(company: World) -> Returns:
    return await every_status(company)


def every(world: World) -> Iterator[Try]:
    """The whole cross product."""
    for machine, verbs in VERBS.items():
        for role, status, verb in itertools.product((*ROLES, "second"), machine.by_state, verbs):
            held = world.registry.roles["technician" if role == "second" else role].permissions
            # Another technician has no visit on the case, and knows of none of it.
            yield Try(machine, role, status, verb, permission_of(machine, verb) in held and role != "second")


def sample(world: World) -> list[Try]:
    """By the manager all that is legal, and a share of what is not that leaves out no verb and no status; of the others
    every verb once where it is legal."""
    found: list[Try] = []
    seen: set[tuple[str, Machine, str]] = set()
    for one in every(world):
        if one.role == "manager":
            place = VERBS[one.machine].index(one.verb) + list(one.machine.by_state).index(one.status)
            wanted = one.legal or one.machine is ADVANCE or place % 4 == 0
        else:
            wanted = one.legal and (one.role, one.machine, one.verb) not in seen
            if wanted:
                seen.add((one.role, one.machine, one.verb))
        if wanted:
            found.append(one)
    return found


def body_of(returns: Returns, one: Try) -> dict[str, Any]:
    """What would be taken, if anything is."""
    body = body_for(ACTIONS[one.machine.name, one.verb].schema)
    if one.verb == "receive_part":
        body["line"] = 2
    if one.verb == "line_added":
        body["model"] = returns.world.shelf.product.model
    if one.verb == "handed_over" and one.status in AT_DOOR:
        body["way"] = "door"
    return body | ({"serial": f"GW75-{new_id().hex[-10:].upper()}"} if "serial" in body else {})


async def outcome(returns: Returns, one: Try) -> str | None:
    """What is wrong with the answer, None if it is as it must be. Whatever it did is undone."""
    world = returns.world
    document_id: UUID = (returns.by_status if one.machine is RETURN else returns.ahead)[one.status]
    async with rolled_back(world.database):
        if one.legal and one.allowed and one.verb in NEEDS:
            async with world.work() as work:
                await NEEDS[one.verb](work, document_id)
        path = f"{API}/{one.machine.name}s/{document_id}/{one.verb}"
        answer = await world.by(one.role).post(path, json=body_of(returns, one))
        said = answer.json()
    what = f"{one.role}: {one.verb} in {one.status}: {answer.status_code} {answer.text[:200]}"
    if not one.allowed:
        refused = (403, "auth.permission_missing"), (404, "status.unknown_document")
        return None if (answer.status_code, said.get("code")) in refused else what
    if not one.legal:
        offered = one.machine.offered(one.status)
        as_said = (answer.status_code, said.get("code"), said.get("legal")) == (409, "status.illegal", offered)
        return None if as_said else what
    if one.verb in BUSY:
        return None if (answer.status_code, said.get("code")) == (409, BUSY[one.verb]) else what
    return None if answer.status_code == 200 and said.get("status") in one.becomes else what


async def tried(returns: Returns, tries: list[Try]) -> list[str]:
    """What went otherwise than the machine says; nothing is different afterwards."""
    async with returns.world.unchanged():
        return [wrong for one in tries if (wrong := await outcome(returns, one)) is not None]


async def test_every_verb_in_every_status(returns: Returns) -> None:
    tries = sample(returns.world)
    for machine, verbs in VERBS.items():
        mine = [one for one in tries if one.role == "manager" and one.machine is machine]
        legal = {(one.status, one.verb) for one in mine if one.legal}
        assert legal == {(s, v) for s in machine.by_state for v in verbs if possible(machine, v, s)}
        assert {one.verb for one in mine if not one.legal} == set(verbs)
        assert {one.status for one in mine if not one.legal} == set(machine.by_state)
    assert await tried(returns, tries) == []


async def test_the_check_can_fail(returns: Returns) -> None:
    assert await tried(returns, [Try(RETURN, "finance", "requested", "authorise", True)]) != []


async def test_what_the_system_alone_does_has_no_route(returns: Returns) -> None:
    manager = returns.world.by("manager")
    for verb in (*SYSTEM_VERBS, "close", "reminded", "came_anyway"):
        answer = await manager.post(f"{API}/returns/{returns.by_status['authorised']}/{verb}", json={})
        assert answer.status_code in (404, 405), verb
    for verb in ("send_back", "release", "keep", "reminded", "noticed"):
        answer = await manager.post(f"{API}/advance_exchanges/{returns.ahead['return_due']}/{verb}", json={})
        assert answer.status_code in (404, 405), verb


async def test_the_customer_answers_and_cancels_where_the_machine_says_so(returns: Returns) -> None:
    world = returns.world
    customer = await world.customer(returns.at.home)
    wrong = []
    for verb in ("provide_info", "cancel"):
        for status, return_id in returns.by_status.items():
            async with rolled_back(world.database):
                form = {"csrf": customer.headers["X-CSRF-Token"]}
                form |= {"note": "It stops after a minute."} if verb == "provide_info" else {}
                answer = await customer.post(f"/track/returns/{return_id}/{verb}", data=form)
            if answer.status_code != (303 if possible(RETURN, verb, status) else 409):
                wrong.append(f"{verb} in {status}: {answer.status_code}")
    assert wrong == []
