"""A2: another unit for one that comes back: at the counter and at the door, with a difference either way, once."""

import asyncio
from collections import Counter
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from aftersales.errors import Conflict, Invalid
from aftersales.ids import new_id
from aftersales.products import repository as products
from aftersales.registry import load_registry
from billing.refunds import service as paying
from billing.refunds.schemas import Pay
from rma import panels, service, settlements
from rma.rules import Reason
from rma.schemas import Authorise, HandOver, Nothing, RequestReturn
from rma.service import exchanging
from tests.factories.entitlement import Household
from tests.integration.test_rma_goods import held, model, places
from tests.integration.test_rma_settling import choose, paid, received, refund_of


@pytest.fixture
def shop(home: Household) -> Household:
    """The household of a company that has billing too."""
    return replace(home, registry=load_registry(["rma", "billing"]))


def another(**more: object) -> HandOver:
    return HandOver.model_validate({"serial": f"NEW-{new_id().hex[-10:]}"} | more)


async def give(shop: Household, return_id: UUID, body: HandOver) -> None:
    async with shop.work(shop.staff(shop.anil, "coordinator")) as work:
        await exchanging.hand_over(work, return_id, body)


async def owned(shop: Household) -> dict[UUID, str]:
    async with shop.work() as work:
        return {u.id: u.serial for u in await products.units_of(work.session, work.scope, shop.customer_id)}


async def test_at_the_counter_the_new_one_is_theirs_and_the_old_one_is_not(shop: Household) -> None:
    return_id = await received(shop)
    with pytest.raises(Conflict, match=r"return\.exchanged_already"):
        await give(shop, return_id, another())
    await choose(shop, return_id, "exchange")
    body = another()
    await give(shop, return_id, body)
    view = await held(shop, return_id)
    assert view.status == "resolved"
    mine = await owned(shop)
    assert shop.mixer not in mine
    assert body.serial in mine.values()
    async with shop.work(shop.staff(shop.anil, "coordinator")) as work:
        assert (await products.unit(work.session, work.as_system().scope, shop.mixer)).id == shop.mixer
        card = await panels.on_case(work, view.stream_id)
    assert card is not None
    [line] = card["returns"][0]["lines"]
    assert line["settled"] == [
        {"quantity": 1, "words": [("You get another one in its place.", "")], "done": True, "serials": [body.serial]}
    ]
    other = await received(replace(shop, mixer=shop.washer))
    await choose(shop, other, "replacement")
    with pytest.raises(Conflict, match=r"return\.serial_taken"):
        await give(shop, other, body)


@pytest.mark.parametrize("difference", [200_000, -149_000])
async def test_another_model_has_its_difference_paid(shop: Household, difference: int) -> None:
    return_id = await received(shop)
    await choose(shop, return_id, "exchange")
    name = await model(shop, shop.washer)
    body = another(model=name, price_minor=649_000 + difference, reference=f"UTR{new_id().hex[-9:]}")
    with pytest.raises(Conflict, match=r"return\.paid_unknown"):
        await give(shop, return_id, body)
    await paid(shop, return_id)
    with pytest.raises(Invalid, match=r"return\.price_unknown"):
        await give(shop, return_id, another(model=name))
    with pytest.raises(Invalid, match=r"return\.which_product"):
        await give(shop, return_id, another(model="NONE-1", price_minor=1))
    await give(shop, return_id, body)
    async with shop.work() as work:
        [made] = await settlements.exchanges(work.session, work.scope, {return_id})
        got = await work.session.scalar(
            text("SELECT amount_minor FROM direct_payment WHERE about_id = :r"), {"r": return_id}
        )
    assert made.difference_minor == difference
    if difference > 0:
        assert got == difference
    else:
        assert (await held(shop, return_id)).status == "resolution_pending", "the difference is still to be paid back"
        refund = await refund_of(shop, return_id)
        assert (refund.amount_minor, refund.tax_minor) == (149_000, 22_729)
        async with shop.work(shop.staff(shop.srinivas, "finance")) as work:
            await paying.pay(work, refund.id, Pay(reference=f"UTR{new_id().hex[-9:]}"))
        await shop.settle()
    assert (await held(shop, return_id)).status in ("resolved", "closed")


async def test_at_the_door_in_one_visit(shop: Household) -> None:
    case_id = await shop.case()
    wish = RequestReturn(unit_id=shop.mixer, reason_code=Reason.DEFECTIVE, words="It stops.")
    async with shop.work(shop.staff(shop.anil, "coordinator")) as work:
        return_id = await service.request(work, case_id, wish)
        await service.authorise(work, return_id, Authorise())
    with pytest.raises(Conflict, match=r"return\.not_at_door"):
        await give(shop, return_id, another(way="counter"))
    body = another(way="door")
    await give(shop, return_id, body)
    assert (await held(shop, return_id)).status == "exchanged_at_door"
    assert (await places(shop, return_id))[-1][1] == "courier", "the technician has it"
    async with shop.work(shop.staff(shop.anil, "service_engineer")) as work:
        await exchanging.brought_in(work, return_id, Nothing())
    assert (await held(shop, return_id)).status in ("resolved", "closed")
    assert [place for _, place, _ in await places(shop, return_id)] == ["courier", "hub"]
    assert shop.mixer not in await owned(shop)


@pytest.mark.slow
async def test_fifty_at_once_exchange_a_unit_once(shop: Household) -> None:
    return_id = await received(shop)
    await choose(shop, return_id, "exchange")

    async def attempt() -> str:
        try:
            await give(shop, return_id, another())
        except Conflict as refused:
            return refused.code
        return "given"

    results = Counter(await asyncio.gather(*(attempt() for _ in range(50))))
    assert results["given"] == 1
    assert results.keys() <= {"given", "return.exchanged_already", "status.illegal"}
    assert len(await owned(shop)) == 2, "the washing machine and one new mixer"
    copy = (
        "INSERT INTO product_return_exchange (id, resolution_id, piece, old_unit_id, new_unit_id, way, currency,"
        " difference_minor, made_at) SELECT gen_random_uuid(), resolution_id, 2, old_unit_id, :w, way, currency, 0,"
        " now() FROM product_return_exchange WHERE old_unit_id = :m"
    )
    with pytest.raises(DBAPIError, match="uq_product_return_exchange_old_unit_id"):
        async with shop.work() as work:
            await work.session.execute(text(copy), {"m": shop.mixer, "w": shop.washer})
