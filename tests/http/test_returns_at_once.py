"""Fifty requests at once for the same unit of a return: one is served, the others are told why not."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import httpx
import pytest

from aftersales.ids import new_id
from tests.factories.return_states import NEEDS, Returns, every_status
from tests.factories.world import API, World

pytestmark = pytest.mark.slow

DESKS = 50
BACK = {"line": 1, "quantity": 1, "resolution": "refund"}


@pytest.fixture(scope="module")
async def returns(company: World) -> Returns:
    return await every_status(company)


async def at_once(world: World, path: str, bodies: list[dict[str, Any]]) -> list[httpx.Response]:
    """As many at once as one process has connections for: beyond that a busy machine answers 503 in the end."""
    connections = asyncio.Semaphore(10)

    async def ask(body: dict[str, Any]) -> httpx.Response:
        async with connections:
            return await world.by("manager").post(f"{API}{path}", json=body)

    return await asyncio.gather(*map(ask, bodies))


def told(answers: list[httpx.Response]) -> Counter[tuple[int, str]]:
    return Counter((one.status_code, one.json().get("code", "")) for one in answers)


async def counted(world: World, table: str, return_id: UUID) -> int:
    [(count,)] = await world.rows(f"SELECT count(*) FROM {table} WHERE return_id = :id", id=return_id)  # noqa: S608
    return int(count)


async def test_fifty_at_once_refund_exchange_or_secure_a_unit_once(returns: Returns) -> None:
    world = returns.world
    to_settle, waiting = returns.by_status["resolution_pending"], returns.by_status["dispositioned"]
    paid = {"line": 1, "amount_minor": 649_000, "reference": "GO/2611/00042"}
    answer = await world.by("manager").post(f"{API}/returns/{to_settle}/paid_recorded", json=paid)
    assert answer.status_code == 200, answer.text
    answers = await at_once(world, f"/returns/{to_settle}/resolution_chosen", [BACK] * DESKS)
    assert told(answers) == {(200, ""): 1, (409, "return.settled_already"): DESKS - 1}
    assert await counted(world, "product_return_resolution", to_settle) == 1
    [(refunds,)] = await world.rows("SELECT count(*) FROM refund WHERE about_id = :id", id=to_settle)
    assert refunds == 1

    async with world.work() as work:
        await NEEDS["handed_over"](work, waiting)
    others = [{"line": 1, "serial": f"GW75-{new_id().hex[-10:].upper()}"} for _ in range(DESKS)]
    answers = await at_once(world, f"/returns/{waiting}/handed_over", others)
    assert told(answers) == {(200, ""): 1, (409, "return.exchanged_already"): DESKS - 1}
    detail = next(one.json()["detail"] for one in answers if one.status_code == 409)
    assert (
        detail == "No piece of this line waits for another one. Choose an exchange first, if none has been handed over."
    )

    coming = returns.by_status["in_transit"]
    asked = [
        {"amount_minor": 649_000, "way": "deposit", "method": "upi", "reference": f"R{new_id().hex[-11:]}"}
        for _ in range(DESKS)
    ]
    answers = await at_once(world, f"/returns/{coming}/advance_agreed", asked)
    assert told(answers) == {(200, ""): 1, (409, "status.already_open"): DESKS - 1}
    assert await counted(world, "product_return_advance", coming) == 1
    [(held,)] = await world.rows("SELECT count(*) FROM hold WHERE about_id = :id", id=coming)
    assert held == 1
