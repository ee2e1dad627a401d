"""The service centres as a file."""

from typing import Any

from pydantic import BaseModel
from sqlalchemy import Select

from aftersales.auth.models import Branch
from aftersales.i18n import N_
from aftersales.module import Column, Listing
from aftersales.work import Work


class BranchFilters(BaseModel):
    """The list has none."""


async def _branches(_work: Work, query: Select[Any], _filters: BranchFilters) -> Select[Any]:
    return query


LISTINGS = (
    Listing(
        "branches",
        N_("Service centres"),
        "",
        (
            Column("id", Branch.id),
            Column("code", Branch.code),
            Column("name", Branch.name),
            Column("phone", Branch.phone),
            Column("address", Branch.address),
            Column("postcode", Branch.postcode),
            Column("timezone", Branch.timezone),
            Column("currency", Branch.currency),
        ),
        _branches,
        BranchFilters,
    ),
)
