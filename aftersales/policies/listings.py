"""The published policy versions as a file."""

from typing import Annotated, Any

from pydantic import BaseModel, Field
from sqlalchemy import Select

from aftersales.i18n import N_
from aftersales.module import Column, Listing
from aftersales.policies.models import Policy
from aftersales.work import Work


class PolicyFilters(BaseModel):
    """Of one kind, or of all."""

    kind: Annotated[str | None, Field(max_length=40)] = None


async def _policies(_work: Work, query: Select[Any], filters: PolicyFilters) -> Select[Any]:
    return query if filters.kind is None else query.where(Policy.kind == filters.kind)


LISTINGS = (
    Listing(
        "policies",
        N_("Policies"),
        "",
        (
            Column("id", Policy.id),
            Column("kind", Policy.kind),
            Column("code", Policy.code),
            Column("version", Policy.version),
            Column("effective_from", Policy.effective_from),
            Column("published_at", Policy.published_at),
        ),
        _policies,
        PolicyFilters,
    ),
)
