"""Whose a number or phone is, for all rows of a file at once: the same keys that people find customers by."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.db.arrays import among
from aftersales.search.models import SearchKey
from aftersales.search.rules import Kind, normal_identifier, normal_name


@dataclass(frozen=True, slots=True)
class Holders:
    """Customers by their own number, by phone, and the names that each of them is found by."""

    by_number: Mapping[str, set[UUID]]
    by_phone: Mapping[str, set[UUID]]
    names: Mapping[UUID, set[str]]

    def of(self, number: str | None, phone: str | None, name: str | None) -> set[UUID]:
        """Who may be meant: by the number alone if one is given, else by the phone, of these those of the name."""
        if number:
            return self.by_number.get(normal_identifier(number), set())
        found = self.by_phone.get(phone or "", set())
        return found if not name else {one for one in found if normal_name(name) in self.names.get(one, ())}


async def holders(session: AsyncSession, *, numbers: Collection[str], phones: Collection[str]) -> Holders:
    """The customers behind these, two statements for all. Phones are in E.164."""
    normals = sorted({normal_identifier(one) for one in numbers} - {""})
    query = select(SearchKey.kind, SearchKey.key, SearchKey.entity_id).where(
        SearchKey.entity == "customer",
        or_(
            (SearchKey.kind == Kind.NUMBER) & (among(SearchKey.key, normals)),
            (SearchKey.kind == Kind.PHONE) & (among(SearchKey.key, phones)),
        ),
    )
    by_number: dict[str, set[UUID]] = defaultdict(set)
    by_phone: dict[str, set[UUID]] = defaultdict(set)
    for kind, key, customer_id in await session.execute(query):
        (by_number if kind == Kind.NUMBER else by_phone)[key].add(customer_id)
    shared = sorted({one for found in by_phone.values() for one in found})
    named = select(SearchKey.entity_id, SearchKey.key).where(
        SearchKey.entity == "customer", SearchKey.kind == Kind.NAME, among(SearchKey.entity_id, shared)
    )
    names: dict[UUID, set[str]] = defaultdict(set)
    for customer_id, name in await session.execute(named):
        names[customer_id].add(name)
    return Holders(by_number, by_phone, names)
