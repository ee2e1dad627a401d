"""The live forecast: from the shop's own closed cases, kept per case, and nothing below the minimum."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from aftersales import clock
from aftersales.promises import history
from aftersales.promises.service import outlook
from tests.factories.promises import closed
from tests.factories.world import World


async def look(shop: World) -> None:
    async with shop.work() as work:
        assert await outlook.foresee(work, None) is None


async def kept(shop: World, case_id: UUID) -> list[Any]:
    return await shop.rows(
        "SELECT basis, p50_at, p90_at, cases, counted, signs, xmin::text FROM case_forecast WHERE case_id = :id",
        id=case_id,
    )


async def test_opening_a_case_has_it_looked_at(shop: World) -> None:
    await shop.open_case(shop.home)
    await shop.settle()
    found = await shop.rows("SELECT key FROM delivery WHERE subscriber = 'promises.foresee'")
    assert ("soon",) in found


async def kept_rows(shop: World) -> dict[UUID, str]:
    return dict(list(await shop.rows("SELECT case_id, xmin::text FROM case_forecast")))


async def test_soon_only_what_is_new_is_looked_at(shop: World) -> None:
    """Opening a case in a shop that is full of open ones costs a look at the one."""
    await look(shop)
    case_id = await shop.open_case(shop.home)
    await shop.settle()
    before = await kept_rows(shop)
    later = clock.now() + timedelta(days=40)
    async with shop.work(now=later) as work:
        assert await outlook.foresee(work, None, new=True) is None
        page = await history.open_page(work.session, work.scope, None, 500, new=True)
    assert page == []
    after = await kept_rows(shop)
    assert case_id in after.keys() - before.keys()
    assert after.items() >= before.items()


async def test_below_the_minimum_there_is_the_target_alone(shop: World) -> None:
    case_id = await shop.open_case(shop.home)
    await shop.settle()
    await look(shop)
    [(basis, p50, p90, cases, _, signs, _)] = await kept(shop, case_id)
    [(due,)] = await shop.rows("SELECT due_at FROM case_clock WHERE case_id = :id AND clock = 'completion'", id=case_id)
    assert (basis, p50, p90, cases, signs) == ("targets", None, due, 0, {})
    shown = (await shop.by("coordinator").get(f"/desk/cases/{case_id}")).text
    assert "We aim to be ready by" in shown
    assert "Too few jobs like yours to count" in shown
    booking = (await shop.by("coordinator").get(f"/desk/new-case?customer={shop.home.customer_id}")).text
    assert "too few jobs on this model to count" in booking


async def test_own_history_gives_a_range_that_moves_with_age(shop: World) -> None:
    case_id = await shop.open_case(shop.home)
    await shop.settle()
    for number in range(40):
        await closed(shop, case_id, number, timedelta(days=1 + number % 10))
    await look(shop)
    [(basis, p50, p90, cases, counted, signs, row)] = await kept(shop, case_id)
    assert (basis, signs) == ("history", {"second": 0, "parts": 0, "beyond": 0})
    assert cases >= 40
    assert counted >= 40
    now = clock.now()
    assert timedelta(days=4) < p50 - now < timedelta(days=7)
    assert timedelta(days=8) < p90 - now < timedelta(days=12)
    # Looked at again at once nothing is written; eight days later it is promised for later.
    async with shop.work(now=now + timedelta(seconds=1)) as work:
        await outlook.foresee(work, None)
    [(*_, same)] = await kept(shop, case_id)
    assert same == row
    async with shop.work(now=now + timedelta(days=8)) as work:
        await outlook.foresee(work, None)
    [(_, later, _, _, _, _, _)] = await kept(shop, case_id)
    assert later > now + timedelta(days=8)
    shown = (await shop.by("coordinator").get(f"/desk/cases/{case_id}")).text
    assert "Nine in ten such jobs are done by then." in shown
    assert "0% needed a second visit." in shown
    # Whoever books the next job on the model hears it then.
    booking = (await shop.by("coordinator").get(f"/desk/new-case?customer={shop.home.customer_id}")).text
    assert f"Counted over {counted} jobs on this model." in booking


async def test_it_costs_the_same_statements_for_one_case_and_for_many(shop: World) -> None:
    counts = []
    for _ in range(2):
        with shop.statements() as seen:
            await look(shop)
        counts.append(len(seen))
        for _ in range(3):
            await shop.open_case(shop.home)
        await shop.settle()
    assert counts[1] <= counts[0] + 1
