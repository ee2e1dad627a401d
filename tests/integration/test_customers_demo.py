"""The demonstration's households, catalogue and units."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import phones
from aftersales.auth import demo as auth_demo
from aftersales.config import Settings
from aftersales.customers import demo as customers_demo
from aftersales.customers import repository as customers
from aftersales.customers import service
from aftersales.customers.models import Customer, Person, PersonPhone
from aftersales.products import demo as products_demo
from aftersales.products import repository as products
from aftersales.products.demo import months_before
from aftersales.products.models import Product, Unit, UnitIdentifier
from aftersales.products.rules import IdentifierKind, normal
from aftersales.scope import SYSTEM
from aftersales.search import query
from aftersales.work import Work
from tests.factories.customers import NOW, work_for


@pytest.fixture
def work(session: AsyncSession, settings: Settings) -> Work:
    return work_for(session, settings, origin="demo")


@pytest.fixture
async def world(work: Work) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for fill in (auth_demo.fill, products_demo.fill_catalogue, customers_demo.fill, products_demo.fill_units):
        await fill(work, made)
    return made


async def test_a_believable_company(work: Work, world: dict[str, Any]) -> None:
    session = work.session
    for model, expected in ((Customer, 300), (Unit, 400), (Product, 40)):
        assert await session.scalar(select(func.count()).select_from(model)) == expected
    assert len(world["units"]) == 398
    nearest = {unit["branch_id"] for unit in world["units"]}
    assert nearest == set(world["branches"].values())
    assert set(await session.scalars(select(Person.language).distinct())) == {"te", "en"}
    for e164 in await session.scalars(select(PersonPhone.e164)):
        assert phones.normalise(e164) == e164
    for row in await session.scalars(select(UnitIdentifier)):
        assert normal(IdentifierKind(row.kind), row.value) == row.normal
    shared = select(PersonPhone.e164).group_by(PersonPhone.e164).having(func.count() > 1)
    assert len((await session.scalars(shared)).all()) >= 5
    assert {u["category"] for u in world["units"]} == {p["category"] for p in world["products"]}


async def test_the_household_of_the_story(work: Work, world: dict[str, Any]) -> None:
    story, today = world["story"], NOW.date()
    assert story["branch_id"] == world["branches"]["KKP"]
    padma, husband = await customers.people(work.session, SYSTEM, story["customer_id"])
    assert (padma.id, padma.name, padma.name_local) == (story["padma_id"], "Padma Venkateswarlu", "పద్మ వెంకటేశ్వర్లు")
    assert (husband.id, husband.prefers) == (story["venkateswarlu_id"], "voice")
    for phone in ("70000 22338", "070000-22339"):
        assert [c.id for c in await service.find_by_phone(work, phone)] == [story["customer_id"]]
    washer, mixer = await products.units_of(work.session, SYSTEM, story["customer_id"])
    if washer.id != story["washer_id"]:
        washer, mixer = mixer, washer
    assert (washer.serial, washer.brand_name, washer.model) == ("GW75-2203-11937", "Godavari", "FL-75")
    assert washer.purchased_on == months_before(today, 8)
    assert washer.invoice_number
    assert washer.flags == mixer.flags == ()
    assert (mixer.id, mixer.category_code) == (story["mixer_id"], "mixer")
    assert mixer.delivered_on is not None
    assert (today - mixer.delivered_on).days == 12
    hits = await query.find(work.session, SYSTEM, "gw75 2203 11937")
    assert [hit.entity_id for hit in hits] == [washer.id]
    assert story["washer_id"] not in {u["unit_id"] for u in world["units"]}
