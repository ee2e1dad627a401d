"""Reading a declared list whole, page by page: memory stays flat, and nobody's slow line holds a transaction open."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, tzinfo
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Select, Uuid, select
from sqlalchemy.types import TypeEngine

from aftersales import csvfile
from aftersales.db.session import Database
from aftersales.errors import NotFound
from aftersales.module import Listing
from aftersales.money import Money
from aftersales.work import Work

PAGE = 1000


async def statement(work: Work, listing: Listing, filters: BaseModel) -> Select[Any]:
    """The list as this caller may see it. Raises Forbidden without the list's permission."""
    if listing.permission:
        work.scope.require(listing.permission)
    return await listing.narrow(work, select(*(column.value for column in listing.columns)), filters)


async def chunks(
    database: Database, listing: Listing, query: Select[Any], zone: tzinfo = UTC, *, page: int = PAGE
) -> AsyncIterator[bytes]:
    """The file, a page of rows at a time: one statement each, in a transaction of its own, a thousand rows long.

    A row that is added or changed meanwhile is in it or not; none is in it twice.
    """
    yield csvfile.BOM + csvfile.lines([[column.name for column in listing.columns]])
    key = listing.columns[0].value
    ordered = query.order_by(key).limit(page)
    after: Any = None
    while True:
        async with database.unit_of_work() as session:
            rows = (await session.execute(ordered if after is None else ordered.where(key > after))).all()
        if rows:
            yield csvfile.lines(_cells(listing, row, zone) for row in rows)
        if len(rows) < page:
            return
        after = rows[-1][0]


async def rows(
    work: Work, listing: Listing, filters: BaseModel, *, limit: int, after: str = ""
) -> list[dict[str, Any]]:
    """The first rows by column, for a page, or those after the row with the key `after` (its first column, as words);
    money is a `Money`. Raises Forbidden without the list's permission, NotFound (`list.no_such_row`) where no row can
    have that key."""
    key = listing.columns[0].value
    query = (await statement(work, listing, filters)).order_by(key).limit(limit)
    if after:
        query = query.where(key > _key(key.type, after))
    money = {column.name for column in listing.columns if column.money}
    names = [column.name for column in listing.columns]
    found = [dict(zip(names, row, strict=True)) for row in await work.session.execute(query)]
    return [{name: _money(row, value) if name in money else value for name, value in row.items()} for row in found]


def _key(kind: TypeEngine[Any], written: str) -> object:
    if not isinstance(kind, Uuid):
        return written
    try:
        return UUID(written)
    except ValueError:
        raise NotFound("list.no_such_row", "The list has no such row. Begin at its first page.") from None


def _money(row: Mapping[str, Any], minor: Any) -> Money | None:
    return None if minor is None else Money(row["currency"], int(minor))


def filename(listing: Listing, day: date) -> str:
    """``cases-2026-11-24.csv``."""
    return f"{listing.name.replace('_', '-')}-{day.isoformat()}.csv"


def address(name: str, filters: Mapping[str, Any]) -> str:
    """Where the desk has the list with these filters; None and nothing are left out."""
    wanted = {key: value for key, value in filters.items() if value not in (None, "", [], ())}
    return f"/desk/{name}.csv" + (f"?{urlencode(wanted, doseq=True)}" if wanted else "")


def _cells(listing: Listing, row: Any, zone: tzinfo) -> list[str]:
    values = dict(zip((column.name for column in listing.columns), row, strict=True))
    return [
        csvfile.cell(_amount(values, column.name) if column.money else values[column.name], zone)
        for column in listing.columns
    ]


def _amount(values: Mapping[str, Any], name: str) -> object:
    minor = values[name]
    return None if minor is None else Money(values["currency"], minor).major
