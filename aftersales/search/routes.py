"""The JSON API of search."""

from typing import Annotated

from fastapi import Query

from aftersales.http import Page, WorkDep, staff_router
from aftersales.search import query
from aftersales.search.schemas import HitOut

api = staff_router("/search", tags=["search"])

Typed = Annotated[str, Query(min_length=1, max_length=100, description="A number, phone, serial number, IMEI or name")]
Limit = Annotated[int, Query(ge=1, le=50)]


@api.get("", name="search")
async def search(work: WorkDep, q: Typed, limit: Limit = query.LIMIT) -> Page[HitOut]:
    """Whatever was typed: customers, units and documents it may mean, likeliest first."""
    found = await query.find(work.session, work.scope, q, limit, region=work.settings.country)
    return Page(items=[HitOut.model_validate(hit) for hit in found])
