"""Somebody new at a company, and the manager of all its centres."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx

from aftersales import clock
from aftersales.auth import sessions
from aftersales.auth.models import Branch
from aftersales.http import STAFF_COOKIE
from tests.factories.auth import add_staff
from tests.factories.world import World

CENTRE = {
    "name": "Miyapur service centre",
    "phone": "040 2315 0990",
    "address": "7 Lake View, Miyapur, Hyderabad",
    "postcode": "500049",
}


@dataclass(frozen=True, slots=True)
class Chief:
    """The manager of all centres."""

    id: UUID
    browser: httpx.AsyncClient


async def somebody(world: World, *held: tuple[str, UUID | None], at: UUID | None = None) -> tuple[UUID, str]:
    """A person with these roles: their id and a session's token."""
    async with world.database.unit_of_work() as session:
        branch = await session.get_one(Branch, at or world.here)
        person = await add_staff(session, branch, *held, login=f"p{uuid4().hex[:10]}")
        return person.id, sessions.start(session, person.id, clock.now())


async def add_chief(world: World) -> Chief:
    """A manager who may everything everywhere, signed in."""
    staff_id, token = await somebody(world, ("manager", None))
    return Chief(staff_id, world.client(STAFF_COOKIE, token))
