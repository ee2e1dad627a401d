"""Reading policies. A module publishes its own kind, whose terms it can check."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from aftersales.http import Page, PageDep, WorkDep, staff_router
from aftersales.policies import repository
from aftersales.policies.schemas import PolicyOut

api = staff_router("/policies", tags=["policies"])

Name = Annotated[str | None, Query(max_length=100)]


@api.get("", name="list_policies")
async def list_policies(work: WorkDep, page: PageDep, kind: Name = None, code: Name = None) -> Page[PolicyOut]:
    """Published versions, the last made first."""
    rows = await repository.listed(work.session, work.scope, kind=kind, code=code, limit=page.limit, after=page.after)
    more = str(rows[-1].id) if len(rows) == page.limit else None
    return Page(items=[PolicyOut.model_validate(row) for row in rows], next=more)


@api.get("/{policy_id}", name="get_policy")
async def get_policy(work: WorkDep, policy_id: UUID) -> PolicyOut:
    """One version, for ever as it was published."""
    return PolicyOut.model_validate(await repository.policy(work.session, work.scope, policy_id))
