"""Every status of a claim × every verb × each role, through HTTP: what the machine's own declaration says, and no more.

The suite tries all verbs in all statuses by the manager, and what the others may and may not; `make drill
NAME=claim_machine` tries everybody everywhere.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from aftersales.status.machine import By
from aftersales.web.legal import permission_of, possible
from tests.factories.bodies import body_for
from tests.factories.claim_states import NEEDS, Claims, every_status
from tests.factories.world import API, ROLES, World
from tests.http.test_gates import rolled_back
from warranty.machine import CLAIM

pytestmark = pytest.mark.slow

STAFF_VERBS = tuple(
    verb
    for verb in (*CLAIM.by_verb, *CLAIM.by_event)
    if verb not in ("open", "answered") and (verb in CLAIM.by_event or By.STAFF in CLAIM.by_verb[verb].by)
)
DENIAL = {"cause_code": "RD-2", "clause": "4.2", "words": "Rats have bitten through the wires to the motor."}
ITS_OWN = frozenset({"goodwill_given"})
"""The machine lets them through; the rest depends on an allowance: tests/integration/test_warranty_goodwill.py."""
SYSTEM_VERBS = ("submit", "lapse", "close", "answered")


@dataclass(frozen=True, slots=True)
class Try:
    """One verb in one status by one role, and what must come of it."""

    role: str
    status: str
    verb: str
    allowed: bool

    @property
    def legal(self) -> bool:
        """Whether the machine knows the verb in that status."""
        return possible(CLAIM, self.verb, self.status)


@pytest.fixture(scope="module")
async def claims(company: World) -> Claims:
    return await every_status(company)


def every(world: World) -> Iterator[Try]:
    """The whole cross product."""
    for role, state, verb in itertools.product((*ROLES, "second"), CLAIM.states, STAFF_VERBS):
        held = world.registry.roles["technician" if role == "second" else role].permissions
        # Another technician has no visit on the case, and knows of none of it.
        yield Try(role, state.name, verb, permission_of(CLAIM, verb) in held and role != "second")


def sample(world: World) -> list[Try]:
    """All by the manager; of the others every verb in one status where it is legal, and in one where it is not."""
    found, seen = [], set()
    for one in every(world):
        key = (one.role, one.verb, one.legal)
        if one.role == "manager" or key not in seen:
            found.append(one)
        seen.add(key)
    return found


async def outcome(claims: Claims, one: Try) -> str | None:
    """What is wrong with the answer, None if it is as it must be. Whatever it did is undone."""
    world, claim_id = claims.world, claims.by_status[one.status]
    action = next(a for a in world.registry.actions.values() if (a.machine, a.verb) == (CLAIM.name, one.verb))
    body = body_for(action.schema) | (DENIAL if one.verb == "denial_proposed" else {})
    async with rolled_back(world.database):
        if one.legal and one.allowed and one.verb in NEEDS:
            await NEEDS[one.verb](world, claim_id)
        answer = await world.by(one.role).post(f"{API}/warranty_claims/{claim_id}/{one.verb}", json=body)
        said = answer.json()
    what = f"{one.role}: {one.verb} in {one.status}: {answer.status_code} {answer.text[:200]}"
    if not one.allowed:
        refused = (403, "auth.permission_missing"), (404, "status.unknown_document")
        return None if (answer.status_code, said.get("code")) in refused else what
    if not one.legal:
        as_said = (answer.status_code, said.get("code"), said.get("legal")) == (
            409,
            "status.illegal",
            CLAIM.offered(one.status),
        )
        return None if as_said else what
    if one.verb in ITS_OWN and (answer.status_code, str(said.get("code")).split(".")[0]) in (
        (409, "warranty"),
        (422, "warranty"),
    ):
        return None
    to = CLAIM.by_verb[one.verb].to if one.verb in CLAIM.by_verb else one.status
    return None if (answer.status_code, said.get("status")) == (200, to) else what


async def tried(claims: Claims, tries: list[Try]) -> list[str]:
    """What went otherwise than the machine says; nothing is different afterwards."""
    async with claims.world.unchanged():
        return [wrong for one in tries if (wrong := await outcome(claims, one)) is not None]


async def test_every_verb_in_every_status(claims: Claims) -> None:
    tries = sample(claims.world)
    assert {(one.status, one.verb) for one in tries if one.role == "manager"} == set(
        itertools.product(CLAIM.by_state, STAFF_VERBS)
    )
    assert await tried(claims, tries) == []


async def test_the_check_can_fail(claims: Claims) -> None:
    wrong = Try("finance", "in_review", "approve", True)
    assert await tried(claims, [wrong]) != []


async def test_what_the_system_alone_does_has_no_route(claims: Claims) -> None:
    manager = claims.world.by("manager")
    for verb in SYSTEM_VERBS:
        answer = await manager.post(f"{API}/warranty_claims/{claims.by_status['draft']}/{verb}", json={})
        assert answer.status_code in (404, 405), verb


async def test_the_customer_answers_and_appeals_where_the_machine_says_so(claims: Claims) -> None:
    world = claims.world
    customer = await world.customer(claims.at.home)
    wrong = []
    for verb in [edge.verb for edge in CLAIM.edges if By.CUSTOMER in edge.by]:
        for status, claim_id in claims.by_status.items():
            async with rolled_back(world.database):
                form = {"csrf": customer.headers["X-CSRF-Token"], "note": "It was treated against rats before."}
                answer = await customer.post(f"/track/warranty_claims/{claim_id}/{verb}", data=form)
            if answer.status_code != (303 if possible(CLAIM, verb, status) else 409):
                wrong.append(f"{verb} in {status}: {answer.status_code}")
    assert wrong == []
