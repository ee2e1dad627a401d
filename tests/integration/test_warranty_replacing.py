"""Point 6: a replacement is offered unasked, once; taken up, carried out or declined."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, select

from aftersales.errors import Conflict, Invalid
from aftersales.ids import new_id
from aftersales.products import repository as products
from aftersales.products.models import Product, Unit, UnitIdentifier
from aftersales.status.changes import move
from aftersales.status.models import Stream
from aftersales.updates.models import CustomerUpdate
from tests.factories.claims import NOTHING
from tests.factories.entitlement import WORKSHOP, Household
from warranty import offer_cards, offerings, records
from warranty.models import WarrantyService
from warranty.offerings import OfferView
from warranty.rules.replacing import Rung
from warranty.schemas import Fulfil, GiveMoney, Refusal, TakeUp
from warranty.service import fulfilling, replacing

MAY = date(2026, 5, 5)


async def model(home: Household, price: int, name: str) -> UUID:
    """Another washing machine in the catalogue, of the same brand."""
    async with home.work() as work:
        unit = await work.session.get_one(Unit, home.washer)
        own = await work.session.get_one(Product, unit.product_id)
        made = Product(
            id=new_id(), brand_id=own.brand_id, category_id=own.category_id, model=name, name=f"Godavari {name}",
            price_minor=price, currency="INR",
        )  # fmt: skip
        work.session.add(made)
        return made.id


async def offers(home: Household, case_id: UUID) -> list[OfferView]:
    async with home.work() as work:
        return await offerings.on_case(work.session, work.scope, case_id)


async def theirs(home: Household) -> set[UUID]:
    """The units of the household, as its page lists them."""
    async with home.work() as work:
        return {one.id for one in await products.units_of(work.session, work.scope, home.customer_id)}


async def new_one(home: Household, product_id: UUID) -> str:
    """A unit of the household's that is to take the old one's place, and the number that it bears."""
    number = f"NEW-{new_id().hex[-8:].upper()}"
    unit_id = new_id()
    async with home.work() as work:
        work.session.add(Stream(id=unit_id, version=0))
        await work.session.flush()
        work.session.add(Unit(id=unit_id, product_id=product_id, customer_id=home.customer_id, created_at=home.now))
        await work.session.flush()
        work.session.add(
            UnitIdentifier(id=new_id(), unit_id=unit_id, kind="serial", value=number, normal=number.replace("-", ""))
        )
    return number


async def test_dead_on_arrival_is_offered_once_told_and_carried_out(home: Household) -> None:
    await home.change_unit(home.washer, purchased_on=date(2026, 11, 12), delivered_on=date(2026, 11, 15))
    async with home.work() as work:
        unit = await work.session.get_one(Unit, home.washer)
        (await work.session.get_one(Product, unit.product_id)).active = False
    equal, better = await model(home, 3_300_000, "FL-80"), await model(home, 4_500_000, "FL-95")
    fresh = home.at(datetime(2026, 11, 20, 6, 30, tzinfo=UTC))
    case_id = await fresh.case(now=fresh.now)
    assert await offers(home, case_id) == []
    repair_id = await fresh.workshop(case_id)
    await fresh.diagnosed(repair_id, "EL-1")
    await fresh.diagnosed(repair_id, "EL-1")
    [made] = await offers(home, case_id)
    assert (made.trigger, made.status) == ("dead_on_arrival", "offered")
    assert [(one.rung, one.product_id) for one in made.choices] == [
        (Rung.EQUIVALENT, equal),
        (Rung.UPGRADE, better),
        (Rung.REFUND, None),
    ]
    async with home.work() as work:
        [update] = await work.session.scalars(
            select(CustomerUpdate).where(
                CustomerUpdate.stream_id == case_id, CustomerUpdate.text == "warranty.replacement_offered"
            )
        )
        assert (update.person_id, "Godavari FL-80" in (update.words or "")) == (home.padma, True)
    async with home.work(home.customer(case_id, home.padma)) as work:
        card = await offer_cards.on_track(work, case_id)
        assert card is not None
        assert len(card["offer"]["choices"]) == 3
        await replacing.take_up(work, made.id, TakeUp(choice=2))
    number, wrong = await new_one(home, better), await new_one(home, equal)
    assert home.washer in await theirs(home)
    async with home.work(home.staff(home.anil)) as work:
        with pytest.raises(Invalid, match=r"warranty\.unknown_number"):
            await fulfilling.fulfil(work, made.id, Fulfil(number=wrong))
        with pytest.raises(Conflict, match=r"warranty\.other_choice"):
            await fulfilling.give_money(work, made.id, GiveMoney(way="store_credit"))
        await fulfilling.fulfil(work, made.id, Fulfil(number=number))
        done = await records.services_on(work.session, home.staff(home.anil), case_id)
    assert [row.what for row in done] == ["replacement"]
    assert home.washer not in await theirs(home), "the old one is the household's no longer"
    [after] = await offers(home, case_id)
    assert (after.status, after.chosen) == ("fulfilled", 2)


async def test_a_third_failure_of_one_kind_opens_an_offer_and_others_do_not(home: Household) -> None:
    await home.change_unit(home.washer, purchased_on=MAY, delivered_on=MAY)
    first = await home.case()
    async with home.work() as work:
        for day, fault in ((1, "22-B"), (2, "9"), (3, "22-B")):
            done = date(2026, 10, day)
            work.session.add(
                WarrantyService(
                    id=new_id(), unit_id=home.washer, stream_id=(await _case(home, first, day)), what="repair",
                    done_on=done, fault_code=fault, lasted={},
                )
            )  # fmt: skip
    repair_id = await home.workshop(first)
    async with home.work() as work:
        for _ in range(3):
            await replacing.diagnosed(work, first)

    async def again() -> None:
        async with home.work() as work:
            await replacing.diagnosed(work, first)

    await asyncio.gather(*(again() for _ in range(4)))
    [made] = await offers(home, first)
    assert (made.trigger, made.choices[0].rung) == ("third_failure", Rung.SAME)
    async with home.work(home.customer(first, home.padma)) as work:
        await replacing.decline(work, made.id, NOTHING)
        with pytest.raises(Conflict, match=r"status\.illegal"):
            await replacing.take_up(work, made.id, TakeUp())
    await home.diagnosed(repair_id, "EL-1")
    assert [one.status for one in await offers(home, first)] == ["declined"], "asked once is enough"


async def _case(home: Household, first: UUID, day: int) -> UUID:
    """The case itself, or another stream: a repair is remembered once for each."""
    if day == 1:
        return first
    other = new_id()
    async with home.work() as work:
        work.session.add(Stream(id=other, version=0))
    return other


async def test_a_part_that_does_not_come_in_time(home: Household) -> None:
    await home.change_unit(home.washer, purchased_on=MAY, delivered_on=MAY)
    case_id = await home.case()
    repair_id = await home.workshop(case_id)
    async with home.work() as work:
        await work.post(move(WORKSHOP, repair_id, "await_parts"))
    await home.settle()
    wait = {"case_id": str(case_id), "document_id": str(repair_id), "since": home.now.isoformat()}
    async with home.work(now=home.now + timedelta(days=20)) as work:
        await replacing.part_still_missing(work, wait)
    assert await offers(home, case_id) == []
    async with home.work(now=home.now + timedelta(days=21)) as work:
        await replacing.part_still_missing(work, wait)
        await replacing.part_still_missing(work, wait)
    [made] = await offers(home, case_id)
    assert made.trigger == "part_unavailable"
    refund = len(made.choices)
    assert made.choices[-1].rung is Rung.REFUND
    async with home.work(home.staff(home.anil)) as work:
        await replacing.take_up(work, made.id, TakeUp(choice=refund))
        with pytest.raises(Invalid, match=r"warranty\.paid_unknown"):
            await fulfilling.give_money(work, made.id, GiveMoney(way="upi"))
        with pytest.raises(Conflict, match=r"warranty\.nobody_pays"):
            await fulfilling.give_money(work, made.id, GiveMoney(way="upi", paid_minor=3_199_000, reference="4411"))
        with pytest.raises(Conflict, match=r"warranty\.other_choice"):
            await fulfilling.fulfil(work, made.id, Fulfil(number="GW-1"))
        await replacing.withdraw(work, made.id, Refusal(note="The part has come after all."))
    assert [one.status for one in await offers(home, case_id)] == ["withdrawn"]
    # It came two days before it failed, it turns out: what is offered then and now is asked for by name at once.
    await home.change_unit(home.washer, delivered_on=date(2026, 11, 18))
    async with home.work() as work:
        await replacing.diagnosed(work, case_id)
    async with home.work() as work:
        asked: list[str] = []
        connection = (await work.session.connection()).sync_connection
        event.listen(connection, "before_cursor_execute", lambda *args: asked.append(args[2]))
        card = await offer_cards.on_case(work, case_id)
    assert card is not None
    assert [one["reason"] for one in card["offers"]] == [
        offer_cards.REASONS[name] for name in ("dead_on_arrival", "part_unavailable")
    ]
    assert len(asked) == 2, asked


async def test_nothing_is_offered_where_nothing_pays_or_the_part_has_come(home: Household) -> None:
    await home.change_unit(home.washer, purchased_on=date(2020, 1, 1), delivered_on=date(2026, 11, 18))
    case_id = await home.case()
    async with home.work() as work:
        await replacing.diagnosed(work, case_id)
    assert await offers(home, case_id) == []
    await home.change_unit(home.washer, purchased_on=MAY, delivered_on=MAY)
    covered = await replace(home).case(fault="41-C")
    repair_id = await home.workshop(covered)
    async with home.work(now=home.now + timedelta(days=30)) as work:
        wait = {"case_id": str(covered), "document_id": str(repair_id), "since": home.now.isoformat()}
        await replacing.part_still_missing(work, wait)
    assert await offers(home, covered) == []
