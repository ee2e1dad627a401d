"""Three hundred households for the demonstration, and the one of the story."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from aftersales import clock
from aftersales.auth.models import Branch
from aftersales.customers import demo_names as names
from aftersales.customers.models import Address, Customer, Person, PersonPhone
from aftersales.ids import new_id
from aftersales.search import index
from aftersales.work import Work

HOUSEHOLDS = 300
ZONE = "Asia/Kolkata"
# One in so many households shares a phone with the one before: grown children, a shop below the flat.
SHARED_PHONE = 25


@dataclass(frozen=True, slots=True)
class _Community:
    """Whose names go together, and how people of it are addressed."""

    women: Sequence[tuple[str, str]]
    men: Sequence[tuple[str, str]]
    families: Sequence[tuple[str, str]]
    languages: tuple[str, ...]
    courtesy: str


_TELUGU = _Community(names.TELUGU_WOMEN, names.TELUGU_MEN, names.TELUGU_FAMILIES, ("te", "te", "te", "en"), "గారు")
_COMMUNITIES = (
    *(_TELUGU,) * 14,
    *(_Community(names.URDU_WOMEN, names.URDU_MEN, names.URDU_FAMILIES, ("en",), ""),) * 3,
    *(_Community(names.HINDI_WOMEN, names.HINDI_MEN, names.HINDI_FAMILIES, ("en",), "ji"),) * 2,
    _Community(names.TAMIL_WOMEN, names.TAMIL_MEN, names.TAMIL_FAMILIES, ("en",), ""),
)


async def fill(work: Work, world: dict[str, Any]) -> None:
    """Households with people, phones and addresses. Leaves `world["customers"]`: a dictionary for each, with the
    branch nearest to it and what they read; and `world["story"]`: customer, padma, venkateswarlu, address and branch of
    the story."""
    rng = random.Random(30)  # noqa: S311 - the same company each time, no secret
    rows = await work.session.execute(select(Branch.id, Branch.latitude, Branch.longitude))
    branches = [(key, float(lat), float(lon)) for key, lat, lon in rows if lat is not None and lon is not None]
    batch = _Batch(work)
    world["story"] = _story(batch, branches)
    world["customers"] = [dict(world["story"], person_id=world["story"]["padma_id"], language="te")]
    world["customers"] += [_household(rng, batch, branches, place) for place in range(1, HOUSEHOLDS)]
    await batch.write()


class _Batch:
    """Rows gathered, to be written with a handful of statements."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._customers: list[dict[str, Any]] = []
        self._people: list[dict[str, Any]] = []
        self._phones: list[dict[str, Any]] = []
        self._addresses: list[dict[str, Any]] = []
        self._keys: list[index.Entry] = []

    def customer(self, days: int, notes: str = "") -> UUID:
        """Gather a household that came so many days ago."""
        key = new_id()
        since = clock.business_date(self._work.now - timedelta(days=days), ZONE)
        row = {"id": key, "kind": "household", "name": None, "timezone": ZONE, "since": since, "notes": notes}
        self._customers.append({**row, "version": 1, "created_at": self._work.now})
        return key

    def person(
        self,
        customer_id: UUID,
        position: int,
        name: tuple[str, str],
        *,
        language: str,
        courtesy: str,
        phones: Sequence[str],
        prefers: str = "text",
        email: str | None = None,
    ) -> UUID:
        """Gather a person with their phones and search keys."""
        key = new_id()
        self._people.append(
            {
                "id": key,
                "customer_id": customer_id,
                "position": position,
                "name": name[0],
                "name_local": name[1],
                "language": language,
                "courtesy": courtesy,
                "prefers": prefers,
                "email": email,
            }
        )
        self._phones += [{"person_id": key, "e164": one, "position": place} for place, one in enumerate(phones)]
        texts = [("name", name[0]), ("name", name[1]), *(("phone", one) for one in phones)]
        self._keys += [
            {"kind": kind, "text": text, "entity": "customer", "entity_id": customer_id, "customer_id": customer_id}
            for kind, text in texts
        ]
        return key

    def address(self, customer_id: UUID, **values: Any) -> UUID:
        """Gather an address."""
        key = new_id()
        self._addresses.append({"id": key, "customer_id": customer_id, "position": 0, "city": "Hyderabad", **values})
        return key

    async def write(self) -> None:
        """One statement for each table."""
        session = self._work.session
        await session.execute(insert(Customer), self._customers)
        await session.execute(insert(Person), self._people)
        await session.execute(insert(PersonPhone), self._phones)
        await session.execute(insert(Address), self._addresses)
        await index.put_many(session, self._keys)


def _story(batch: _Batch, branches: Sequence[tuple[UUID, float, float]]) -> dict[str, Any]:
    """Padma and her husband: she owns the washing machine, he calls; he would rather be spoken to."""
    customer_id = batch.customer(240)
    padma_id = batch.person(
        customer_id,
        0,
        ("Padma Venkateswarlu", "పద్మ వెంకటేశ్వర్లు"),
        language="te",
        courtesy="గారు",
        phones=["+917000022338"],
        email="padma.v@example.com",
    )
    husband_id = batch.person(
        customer_id,
        1,
        ("Venkateswarlu", "వెంకటేశ్వర్లు"),
        language="te",
        courtesy="గారు",
        phones=["+917000022339"],
        prefers="voice",
    )
    address_id = batch.address(
        customer_id,
        line1="Flat 302, Sri Lakshmi Nilayam, Road No. 4",
        landmark="the Ramalayam",
        floor="3rd floor",
        gate="The side gate; the front one stays locked",
        has_lift=False,
        locality="KPHB Colony",
        postcode="500085",
        latitude=17.4856,
        longitude=78.3901,
    )
    return {
        "customer_id": customer_id,
        "padma_id": padma_id,
        "venkateswarlu_id": husband_id,
        "address_id": address_id,
        "branch_id": _nearest(branches, 17.4856, 78.3901),
    }


def _household(
    rng: random.Random, batch: _Batch, branches: Sequence[tuple[UUID, float, float]], place: int
) -> dict[str, Any]:
    community = rng.choice(_COMMUNITIES)
    family = rng.choice(community.families)
    language = rng.choice(community.languages)
    courtesy = "garu" if community is _TELUGU and language == "en" else community.courtesy
    customer_id = batch.customer(rng.randrange(20, 1100))
    people: list[UUID] = []
    for position, given in enumerate((rng.choice(community.women), rng.choice(community.men))[:: rng.choice((1, -1))]):
        # The second person of a household often has no phone of their own.
        own = [f"+9170001{place:04d}{position}"] if position == 0 or rng.random() < 0.6 else []
        if position == 0 and place % SHARED_PHONE == 0:
            own.append(f"+9170001{place - 1:04d}0")
        name = (f"{given[0]} {family[0]}", f"{given[1]} {family[1]}")
        mail = f"{given[0].lower().replace(' ', '')}.{family[0].lower()}{place}@example.com"
        people.append(
            batch.person(
                customer_id,
                position,
                name,
                language=language,
                courtesy=courtesy,
                phones=own,
                prefers="voice" if rng.random() < 0.15 else "text",
                email=mail if position == 0 and rng.random() < 0.4 else None,
            )
        )
        if rng.random() < 0.25:
            break
    locality, postcode, latitude, longitude = rng.choice(names.LOCALITIES)
    latitude, longitude = latitude + rng.uniform(-0.008, 0.008), longitude + rng.uniform(-0.008, 0.008)
    address_id = _address(rng, batch, customer_id, (locality, postcode, latitude, longitude))
    return {
        "customer_id": customer_id,
        "language": language,
        "person_id": people[0],
        "address_id": address_id,
        "branch_id": _nearest(branches, latitude, longitude),
    }


def _address(rng: random.Random, batch: _Batch, customer_id: UUID, where: tuple[str, str, float, float]) -> UUID:
    locality, postcode, latitude, longitude = where
    flat = rng.random() < 0.6
    floor = rng.randrange(6)
    house = f"{rng.randrange(1, 20)}-{rng.randrange(1, 300)}/{rng.randrange(1, 40)}"
    return batch.address(
        customer_id,
        line1=f"Flat {floor + 1}0{rng.randrange(1, 7)}, {rng.choice(names.BUILDINGS)}" if flat else f"H. No. {house}",
        landmark=rng.choice(names.LANDMARKS),
        floor=("Ground floor", "1st floor", "2nd floor", "3rd floor", "4th floor", "5th floor")[floor] if flat else "",
        gate=rng.choice(("", "", "Tell the watchman the flat number", "Call from the gate", "Blue gate")),
        has_lift=rng.random() < 0.6 if flat else None,
        locality=locality,
        postcode=postcode,
        latitude=round(latitude, 6),
        longitude=round(longitude, 6),
    )


def _nearest(branches: Sequence[tuple[UUID, float, float]], latitude: float, longitude: float) -> UUID:
    """As the crow flies; over a city the earth is flat, but a degree of longitude is shorter than one of latitude."""
    narrow = math.cos(math.radians(latitude))

    def distance(branch: tuple[UUID, float, float]) -> float:
        return math.hypot(branch[1] - latitude, (branch[2] - longitude) * narrow)

    return min(branches, key=distance)[0]
