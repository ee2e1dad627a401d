"""The catalogue and units on a real database."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.config import Settings
from aftersales.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from aftersales.ids import new_id
from aftersales.products import repository, service
from aftersales.products.demo import months_before
from aftersales.products.models import Unit, UnitIdentifier
from aftersales.products.rules import IdentifierKind
from aftersales.products.schemas import BrandIn, ProductIn, ProductPatch, SwapIn, UnitDates
from aftersales.scope import SYSTEM
from aftersales.search import query
from aftersales.status import engine
from aftersales.status.changes import NewDocument, open_document
from aftersales.status.models import Stream
from aftersales.work import Work
from tests.factories.auth import add_branch, add_staff
from tests.factories.customers import NOW, add_household, add_shelf, add_unit, staff_scope, work_for
from tests.factories.posting import JOB

SERIAL = "GW75-2203-11937"
IMEI, OTHER_IMEI = "490154203237518", "356938035643809"


@pytest.fixture
def work(session: AsyncSession, settings: Settings) -> Work:
    return work_for(session, settings)


async def test_a_unit_comes_with_its_stream_and_is_found_by_its_serial(work: Work) -> None:
    owner = await add_household(work)
    unit = await add_unit(
        work,
        await add_shelf(work),
        owner.id,
        ("serial", SERIAL),
        purchased_on=date(2025, 7, 14),
        invoice_number="G/8817",
    )
    assert (unit.serial, unit.customer_id, unit.heavy, unit.flags, unit.version) == (SERIAL, owner.id, True, (), 1)
    assert (unit.product_name, unit.invoice_number) == ("Godavari FL-75", "G/8817")
    stream = await work.session.get_one(Stream, unit.id)
    assert stream.version == 0
    await engine.lock(work.session, [unit.id])
    for typed in (SERIAL, "gw75 2203 11937", "GW75/2203/11937"):
        assert [u.id for u in await service.find_unit(work, typed)] == [unit.id]
    assert [(h.entity, h.entity_id) for h in await query.find(work.session, SYSTEM, "gw75-2203")] == [("unit", unit.id)]
    assert await repository.units(work.session, SYSTEM, [unit.id, new_id()]) == {unit.id: unit}


async def test_an_unknown_serial_says_what_to_do(work: Work) -> None:
    with pytest.raises(NotFound) as refused:
        await service.find_unit(work, "XX-0000")
    assert refused.value.code == "products.unknown_identifier"
    assert "label" in refused.value.detail
    with pytest.raises(NotFound):
        await service.find_unit(work, "---")


async def test_after_a_board_swap_old_and_new_find_the_same_unit(work: Work) -> None:
    shelf = await add_shelf(work, IdentifierKind.IMEI1, IdentifierKind.IMEI2)
    unit = await add_unit(
        work, shelf, (await add_household(work)).id, ("imei1", IMEI), manufactured_on=date(2025, 1, 1)
    )
    swapped = await service.swap_identifier(
        replace(work, if_version=1), unit.id, SwapIn(kind=IdentifierKind.IMEI1, value="35 693803 564380 9")
    )
    assert swapped.version == 2
    assert [(i.value, i.current) for i in swapped.identifiers] == [("35 693803 564380 9", True), (IMEI, False)]
    for typed in (IMEI, OTHER_IMEI):
        assert [u.id for u in await service.find_unit(work, typed)] == [unit.id]
        assert [h.entity_id for h in await query.find(work.session, SYSTEM, typed)] == [unit.id]
    # The old board may live on in another unit: its present bearer is named first.
    other = await add_unit(work, shelf, (await add_household(work)).id, ("imei1", IMEI))
    assert [u.id for u in await service.find_unit(work, IMEI)] == [other.id, unit.id]
    # A number that was not known before is put on record the same way.
    more = await service.swap_identifier(work, unit.id, SwapIn(kind=IdentifierKind.IMEI2, value=IMEI))
    assert len(more.identifiers) == 3


async def test_wrong_swaps_are_refused(work: Work) -> None:
    unit = await add_unit(
        work,
        await add_shelf(work),
        (await add_household(work)).id,
        ("serial", SERIAL),
        manufactured_on=date(2025, 5, 1),
    )
    serial = IdentifierKind.SERIAL
    for body in (
        SwapIn(kind=IdentifierKind.IMEI1, value=IMEI),
        SwapIn(kind=serial, value="?"),
        SwapIn(kind=serial, value="GW75-1", on=NOW.date() + timedelta(days=1)),
        SwapIn(kind=serial, value="GW75-1", on=date(2025, 4, 30)),
    ):
        with pytest.raises(Invalid) as refused:
            await service.swap_identifier(work, unit.id, body)
        assert refused.value.code == "products.identifier_invalid"
    with pytest.raises(Stale):
        await service.swap_identifier(replace(work, if_version=7), unit.id, SwapIn(kind=serial, value="GW75-1"))
    assert await repository.unit(work.session, SYSTEM, unit.id) == unit


async def test_one_unit_bears_a_number_at_a_time(work: Work) -> None:
    shelf, owner = await add_shelf(work), await add_household(work)
    await add_unit(work, shelf, owner.id, ("serial", SERIAL))
    with pytest.raises(Conflict) as refused:
        await add_unit(work, shelf, owner.id, ("serial", "gw75 220311937"))
    assert refused.value.code == "products.identifier_taken"
    # The session lives on after the constraint has spoken.
    assert await work.session.scalar(select(func.count()).select_from(UnitIdentifier)) == 1


async def test_every_wrong_value_is_named_and_nothing_is_kept(work: Work) -> None:
    shelf = await add_shelf(work, IdentifierKind.IMEI1, IdentifierKind.SERIAL)
    owner = await add_household(work)
    with pytest.raises(Invalid) as refused:
        await add_unit(
            work,
            shelf,
            owner.id,
            ("imei1", "490154203237519"),
            ("outdoor_serial", "OK-1234"),
            purchased_on=date(2026, 3, 15),
            manufactured_on=date(1989, 12, 31),
        )
    fields = {str(e["field"]): e["problem"] for e in refused.value.extra["errors"]}  # type: ignore[attr-defined]
    assert set(fields) == {"manufactured_on", "purchased_on", "identifiers", "identifiers.0.value"}
    with pytest.raises(NotFound):
        await add_unit(work, replace(shelf, product=replace(shelf.product, id=new_id())), owner.id, ("serial", SERIAL))
    with pytest.raises(NotFound) as unknown:
        await add_unit(work, shelf, new_id(), ("serial", SERIAL))
    assert unknown.value.code == "customers.unknown"
    assert await work.session.scalar(select(func.count()).select_from(Unit)) == 0


async def test_contradicting_dates_are_flags(work: Work) -> None:
    unit = await add_unit(
        work,
        await add_shelf(work),
        (await add_household(work)).id,
        ("serial", SERIAL),
        purchased_on=date(2025, 1, 1),
        manufactured_on=date(2025, 2, 1),
    )
    assert unit.flags == ("purchased_before_manufactured",)
    fixed = await service.change_unit(work, unit.id, UnitDates(manufactured_on=date(2024, 11, 1)))
    assert (fixed.flags, fixed.version, fixed.purchased_on) == ((), 2, date(2025, 1, 1))
    forgotten = await service.change_unit(work, unit.id, UnitDates(manufactured_on=None))
    assert (forgotten.manufactured_on, forgotten.purchased_on) == (None, date(2025, 1, 1))
    with pytest.raises(Invalid):
        await service.change_unit(work, unit.id, UnitDates(installed_on=date(2030, 1, 1)))
    with pytest.raises(NotFound):
        await service.change_unit(work, new_id(), UnitDates())


async def test_the_catalogue(work: Work) -> None:
    shelf = await add_shelf(work)
    product = await service.change_product(
        replace(work, if_version=1), shelf.product.id, ProductPatch(price_minor=2_999_000, active=False, name=None)
    )
    assert (product.price.major, product.active, product.version, product.name) == (
        Decimal("29990.00"),
        False,
        2,
        "Godavari FL-75",
    )
    with pytest.raises(Stale):
        await service.change_product(replace(work, if_version=1), shelf.product.id, ProductPatch(active=True))
    for missing in (repository.product, repository.locked_product, repository.identifier_kinds):
        with pytest.raises(NotFound):
            await missing(work.session, SYSTEM, new_id())
    values = {"brand_id": shelf.brand_id, "category_id": shelf.category_id, "name": "X", "price_minor": 1}
    with pytest.raises(Conflict):
        await service.add_product(work, ProductIn.model_validate({"model": "FL-75", **values}))
    with pytest.raises(NotFound):
        await service.add_product(work, ProductIn.model_validate({"model": "Z", **values, "brand_id": new_id()}))
    with pytest.raises(Invalid):
        await service.add_product(work, ProductIn.model_validate({"model": "Z", "currency": "XXX", **values}))
    brands = await repository.brands(work.session, SYSTEM)
    with pytest.raises(Conflict):
        await service.add_brand(work, BrandIn(name=brands[0].name, accent="#000000"))
    more = await service.add_product(work, ProductIn.model_validate({"model": "FL-90", **values}))
    first = await repository.products(work.session, SYSTEM, limit=1)
    rest = await repository.products(work.session, SYSTEM, after=first[0].id)
    assert [p.id for p in [*first, *rest]] == sorted([product.id, more.id])
    assert [p.id for p in await repository.products(work.session, SYSTEM, active=True)] == [more.id]
    assert await repository.products(work.session, SYSTEM, category="no_such") == []
    assert len(await repository.categories(work.session, SYSTEM)) == 1


async def test_units_follow_the_scope(work: Work) -> None:
    branch = await add_branch(work.session)
    technician = await add_staff(work.session, branch)
    shelf, owner = await add_shelf(work), await add_household(work)
    mine = await add_unit(work, shelf, owner.id, ("serial", SERIAL))
    other = await add_unit(work, shelf, owner.id, ("serial", "GW75-2203-11938"))
    document = new_id()
    new = NewDocument(document, branch.id, "T-26-000002", unit_id=mine.id, new_stream=True)
    await work.post(open_document(JOB, document, "receive", new, assignee_id=technician.id))
    assigned = staff_scope(technician.id, "job.work", branch=branch.id, assigned_only=True)
    viewer = staff_scope(new_id(), "unit.view")
    assert [u.id for u in await repository.units_of(work.session, assigned, owner.id)] == [mine.id]
    assert len(await repository.units_of(work.session, viewer, owner.id)) == 2
    first = min(mine.id, other.id)
    assert len(await repository.units_of(work.session, viewer, owner.id, after=first)) == 1
    with pytest.raises(NotFound):
        await repository.unit(work.session, assigned, other.id)
    for scope in (assigned, viewer):
        theirs = replace(work, scope=scope)
        with pytest.raises(Forbidden):
            await add_unit(theirs, shelf, owner.id, ("serial", "GW75-9"))
        with pytest.raises(Forbidden):
            await service.change_unit(theirs, mine.id, UnitDates())
        with pytest.raises(Forbidden):
            await service.swap_identifier(theirs, mine.id, SwapIn(kind=IdentifierKind.SERIAL, value="GW75-9"))
        with pytest.raises(Forbidden):
            await service.change_product(theirs, shelf.product.id, ProductPatch())


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 11, 30), 8, date(2026, 3, 30)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 8, 31), 8, date(2025, 12, 31)),
    ],
)
def test_the_same_day_months_earlier(day: date, months: int, before: date) -> None:
    assert months_before(day, months) == before
