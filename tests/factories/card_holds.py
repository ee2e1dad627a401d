"""Securities that customers block on cards: a household of a company that has a Stripe, and steps on the way."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import text

from aftersales.config import Settings
from aftersales.ids import new_id
from aftersales.module import Job
from aftersales.money import Money
from aftersales.outbox import worker
from aftersales.ports.charges import Security
from aftersales.registry import Registry, load_registry
from billing.gateways import CardHolds, Seen, Wanted
from billing.gateways.stripe_holds import StripeHolds
from billing.holds import repository as holds
from billing.holds import service as holding
from billing.holds import tending
from billing.holds.models import CardHold
from tests.factories.entitlement import Household
from tests.factories.stripe_peer import Stripe
from tests.integration.test_rma_advance import CrashError, authorised

AMOUNT = Money("INR", 649_000)
PATIENCE = 1


def quick(settings: Settings) -> CardHolds:
    """Stripe's adapter with little patience."""
    assert settings.stripe_key is not None
    return StripeHolds(settings.stripe_key.get_secret_value(), settings.stripe_url, PATIENCE)


def tended_by(opened: Callable[[Settings], CardHolds | None]) -> Registry:
    """Returns and billing, with this gateway."""
    modules = [
        replace(one, jobs=(Job(holding.TEND, partial(tending.tend_by, opened)),)) if one.name == "billing" else one
        for one in load_registry(["rma", "billing"]).modules
    ]
    return Registry(modules)


async def asked(shop: Household, amount: Money = AMOUNT) -> UUID:
    """The customer is asked to block an amount."""
    hold_id = await placed(shop, await authorised(shop), amount)
    await shop.settle()
    return hold_id


async def placed(shop: Household, return_id: UUID, amount: Money = AMOUNT) -> UUID:
    async with shop.work() as work:
        return await holding.place(work, return_id, Security(new_id(), amount, "online", "card", None))


async def blocked(shop: Household, account: Stripe, **more: Any) -> tuple[UUID, str]:
    """The customer has blocked it."""
    hold_id = await asked(shop)
    reference = account.pay((await row(shop, hold_id)).session or "", **more)
    await look(shop, hold_id)
    assert await status(shop, hold_id) == "held"
    return hold_id, reference


async def row(shop: Household, hold_id: UUID) -> CardHold:
    async with shop.work() as work:
        found = await holds.at_gateway(work.session, work.scope, hold_id)
        assert found is not None
        work.session.expunge(found)
        return found


async def status(shop: Household, hold_id: UUID) -> str:
    async with shop.work() as work:
        return (await holds.one(work.session, work.scope, hold_id)).status


async def look(shop: Household, hold_id: UUID) -> None:
    """It is time to ask the gateway again."""
    async with shop.work() as work:
        await holding.tend(work, hold_id)
    await shop.settle()


async def decided(shop: Household, hold_id: UUID, how: str) -> None:
    async with shop.work() as work:
        await getattr(holding, how)(work, hold_id)


async def until_done(shop: Household, hold_id: UUID, end: str) -> int:
    """Run the job, whatever it raises, until the security stands so; how often that took."""
    for turn in range(12):
        async with shop.work() as work:
            await holding.tend(work, hold_id)
        await worker.drain(shop.database, shop.registry, shop.settings, strict=False)
        if await status(shop, hold_id) == end:
            return turn
    raise AssertionError(await status(shop, hold_id))


async def counted(shop: Household, hold_id: UUID) -> list[tuple[str, int]]:
    """The payments for what the security is about."""
    query = "SELECT p.reference, p.amount_minor FROM direct_payment p JOIN hold h USING (about_id) WHERE h.id = :h"
    async with shop.work() as work:
        return [(one[0], one[1]) for one in await work.session.execute(text(query), {"h": hold_id})]


async def entries(shop: Household, hold_id: UUID) -> list[str]:
    query = "SELECT name FROM timeline_entry WHERE document_id = :h ORDER BY document_version, version"
    async with shop.work() as work:
        return list(await work.session.scalars(text(query), {"h": hold_id}))


async def paged(shop: Household, return_id: UUID) -> UUID:
    """A security whose page is known, whatever was in the way."""
    hold_id = await placed(shop, return_id)
    for _ in range(6):
        await worker.drain(shop.database, shop.registry, shop.settings, strict=False)
        if (await row(shop, hold_id)).page is not None:
            return hold_id
        async with shop.work() as work:
            await holding.tend(work, hold_id)
    raise AssertionError("no page")


class Crashing:
    """The adapter in a process that ends once, before or after this step."""

    name = "stripe"

    def __init__(self, inner: CardHolds, left: list[str]) -> None:
        self._inner, self._left = inner, left

    async def _run(self, name: str, call: Callable[[], Awaitable[Seen]]) -> Seen:
        self._ends(f"before {name}")
        answer = await call()
        self._ends(f"after {name}")
        return answer

    def _ends(self, step: str) -> None:
        if self._left == [step]:
            self._left.clear()
            raise CrashError

    async def begin(self, wanted: Wanted) -> Seen:
        return await self._run("begin", lambda: self._inner.begin(wanted))

    async def look(self, session: str) -> Seen:
        return await self._run("look", lambda: self._inner.look(session))

    async def free(self, seen: Seen, key: str) -> Seen:
        return await self._run("free", lambda: self._inner.free(seen, key))

    async def take(self, seen: Seen, key: str) -> Seen:
        return await self._run("take", lambda: self._inner.take(seen, key))
