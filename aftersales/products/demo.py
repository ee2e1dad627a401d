"""The demonstration's catalogue and units. Brands, models and serial numbers are invented; prices are plausible."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from aftersales import clock
from aftersales.ids import new_id
from aftersales.products.demo_catalogue import BRANDS, CATEGORIES, PRODUCTS
from aftersales.products.models import Brand, Category, Product, Unit, UnitIdentifier
from aftersales.products.rules import IdentifierKind, luhn_digit, normal
from aftersales.search import index
from aftersales.status import engine
from aftersales.work import Work

UNITS = 400
YEARS = 3
ZONE = "Asia/Kolkata"
# How often a household that calls us owns one of these.
WEIGHTS = {
    "washing_machine": 9,
    "refrigerator": 7,
    "air_conditioner": 5,
    "phone": 6,
    "mixer": 4,
    "television": 3,
    "microwave": 2,
}


@dataclass(frozen=True, slots=True)
class _Model:
    id: UUID
    name: str
    model: str
    brand: str
    category: str
    kinds: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Life:
    manufactured_on: date
    purchased_on: date
    delivered_on: date
    installed_on: date | None


async def fill_catalogue(work: Work, world: dict[str, Any]) -> None:
    """Brands, categories and forty products; leaves `world["products"]`: one dictionary for each."""
    brands = {name: new_id() for name, *_ in BRANDS}
    kinds = {code: new_id() for code, *_ in CATEGORIES}
    await work.session.execute(
        insert(Brand),
        [
            {"id": brands[name], "name": name, "accent": accent, "support_phone": phone}
            for name, accent, phone in BRANDS
        ],
    )
    await work.session.execute(
        insert(Category),
        [
            {"id": kinds[code], "code": code, "name": name, "heavy": heavy, "identifier_kinds": list(borne)}
            for code, name, heavy, borne in CATEGORIES
        ],
    )
    borne_by = {code: borne for code, _, _, borne in CATEGORIES}
    products = [
        {
            "product_id": new_id(),
            "brand": brand,
            "category": category,
            "model": model,
            "name": name,
            "price_minor": rupees * 100,
            "kinds": borne_by[category],
        }
        for brand, category, model, name, rupees in PRODUCTS
    ]
    await work.session.execute(
        insert(Product),
        [
            {
                "id": p["product_id"],
                "brand_id": brands[str(p["brand"])],
                "category_id": kinds[str(p["category"])],
                "model": p["model"],
                "name": p["name"],
                "price_minor": p["price_minor"],
                "currency": "INR",
                "active": True,
                "version": 1,
            }
            for p in products
        ],
    )
    world["products"] = products


async def fill_units(work: Work, world: dict[str, Any]) -> None:
    """Four hundred units, their dates spread over three years; leaves `world["units"]`, and the story's two units at
    `world["story"]` (`washer_id`, `mixer_id`), which are not among `world["units"]`."""
    rng = random.Random(31)  # noqa: S311 - the same company each time, no secret
    today = clock.business_date(work.now, ZONE)
    models = [
        _Model(p["product_id"], p["name"], p["model"], p["brand"], p["category"], p["kinds"]) for p in world["products"]
    ]
    weights = [WEIGHTS[m.category] for m in models]
    batch = _Batch(work)
    story = world["story"]
    story["washer_id"], story["mixer_id"] = _story_units(batch, models, story["customer_id"], today)
    # Every household has one unit, the rest falls where it falls.
    owners = [c for c in world["customers"] if c["customer_id"] != story["customer_id"]]
    owners += rng.choices(owners, k=UNITS - 2 - len(owners))
    world["units"] = []
    for owner, model in zip(owners, rng.choices(models, weights, k=len(owners)), strict=True):
        life = _life(rng, model, today)
        identifiers = _identifiers(rng, model, life.manufactured_on)
        # One in eight has no invoice any more: that is what proof of purchase is about.
        invoice = f"{model.brand[:2].upper()}/{life.purchased_on:%y%m}/{rng.randrange(1000, 99999):05d}"
        unit_id = batch.add(
            model, owner["customer_id"], life, identifiers, invoice=None if rng.random() < 0.125 else invoice
        )
        world["units"].append(
            {
                "unit_id": unit_id,
                "customer_id": owner["customer_id"],
                "person_id": owner["person_id"],
                "address_id": owner["address_id"],
                "branch_id": owner["branch_id"],
                "product_id": model.id,
                "product_name": model.name,
                "brand": model.brand,
                "category": model.category,
                "serial": identifiers[0][1],
                "purchased_on": life.purchased_on,
                "delivered_on": life.delivered_on,
            }
        )
    await batch.write()


class _Batch:
    """Units gathered, to be written with a handful of statements."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._units: list[dict[str, Any]] = []
        self._identifiers: list[dict[str, Any]] = []
        self._keys: list[index.Entry] = []

    def add(
        self,
        model: _Model,
        customer_id: UUID,
        life: _Life,
        identifiers: Sequence[tuple[str, str]],
        *,
        invoice: str | None,
    ) -> UUID:
        """Gather one unit; answers its id."""
        unit_id = new_id()
        self._units.append(
            {
                "id": unit_id,
                "product_id": model.id,
                "customer_id": customer_id,
                "purchased_on": life.purchased_on,
                "delivered_on": life.delivered_on,
                "installed_on": life.installed_on,
                "manufactured_on": life.manufactured_on,
                "invoice_number": invoice,
                "version": 1,
                "created_at": self._work.now,
            }
        )
        for kind, value in identifiers:
            self._identifiers.append(
                {
                    "id": new_id(),
                    "unit_id": unit_id,
                    "kind": kind,
                    "value": value,
                    "normal": normal(IdentifierKind(kind), value),
                    "valid_from": life.manufactured_on,
                }
            )
            self._keys.append(
                {
                    "kind": "identifier",
                    "text": value,
                    "entity": "unit",
                    "entity_id": unit_id,
                    "customer_id": customer_id,
                }
            )
        return unit_id

    async def write(self) -> None:
        """Streams, units, identifiers and search keys."""
        session = self._work.session
        await engine.create_streams(session, [unit["id"] for unit in self._units])
        await session.execute(insert(Unit), self._units)
        await session.execute(insert(UnitIdentifier), self._identifiers)
        await index.put_many(session, self._keys)


def _story_units(batch: _Batch, models: Sequence[_Model], customer_id: UUID, today: date) -> tuple[UUID, UUID]:
    """Padma's washing machine, eight months old, and the mixer that came twelve days ago."""
    washer = next(m for m in models if m.model == "FL-75")
    mixer = next(m for m in models if m.brand == "Godavari" and m.category == "mixer")
    bought = months_before(today, 8)
    came = today - timedelta(days=12)
    washer_id = batch.add(
        washer,
        customer_id,
        _Life(bought - timedelta(days=75), bought, bought + timedelta(days=2), bought + timedelta(days=4)),
        [("serial", "GW75-2203-11937")],
        invoice=f"GO/{bought:%y%m}/08817",
    )
    mixer_id = batch.add(
        mixer,
        customer_id,
        _Life(came - timedelta(days=60), came - timedelta(days=2), came, None),
        [("serial", "GM50-2511-40271")],
        invoice=f"GO/{came:%y%m}/31406",
    )
    return washer_id, mixer_id


def months_before(day: date, months: int) -> date:
    """The same day of the month so many months earlier, or the last there is."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def _life(rng: random.Random, model: _Model, today: date) -> _Life:
    bought = today - timedelta(days=rng.randrange(5, 365 * YEARS))
    came = min(today, bought + timedelta(days=rng.randrange(4)))
    installed = model.category in ("washing_machine", "air_conditioner", "refrigerator", "television")
    return _Life(
        bought - timedelta(days=rng.randrange(20, 200)),
        bought,
        came,
        min(today, came + timedelta(days=rng.randrange(3))) if installed else None,
    )


def _identifiers(rng: random.Random, model: _Model, made: date) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for kind in model.kinds:
        if kind.startswith("imei"):
            payload = f"00440245{rng.randrange(10**6):06d}"
            found.append((kind, payload + luhn_digit(payload)))
        else:
            letters = model.brand[0] + model.category[0].upper() + model.model.split("-")[-1][:3]
            side = {"indoor_serial": "I", "outdoor_serial": "O"}.get(kind, "")
            found.append((kind, f"{letters}{side}-{made:%y%m}-{rng.randrange(10**5):05d}"))
    return found
