"""Colleagues and service centres by the API: who works here, where, and what they may do."""

from uuid import UUID

from fastapi import Request, Response

from aftersales.auth import accounts, centres, staffing
from aftersales.auth import repository as auth
from aftersales.auth.permissions import STAFF
from aftersales.auth.schemas import AccountChange, AccountIn, AccountOut, BranchChange, BranchIn, GrantsIn, PasswordOut
from aftersales.http import Page, PageDep, WorkDep, refuse_key, staff_router
from aftersales.web.api import BranchOut
from aftersales.work import Work

api = staff_router(tags=["access"])


@api.post("/branches", name="add_branch", status_code=201)
async def add_branch(work: WorkDep, body: BranchIn, response: Response) -> BranchOut:
    """A further service centre, by who looks after the colleagues of all of them."""
    branch_id = await centres.add(work, body)
    response.headers["Location"] = f"/api/v1/branches/{branch_id}"
    return BranchOut.model_validate(await auth.branch(work.session, work.scope, branch_id))


@api.get("/branches/{branch_id}", name="get_branch")
async def get_branch(work: WorkDep, branch_id: UUID) -> BranchOut:
    """One service centre."""
    return BranchOut.model_validate(await auth.branch(work.session, work.scope, branch_id))


@api.put("/branches/{branch_id}", name="change_branch")
async def change_branch(work: WorkDep, branch_id: UUID, body: BranchChange) -> BranchOut:
    """What it is from now on; its short name stays."""
    await centres.change(work, branch_id, body)
    return BranchOut.model_validate(await auth.branch(work.session, work.scope, branch_id))


@api.get("/accounts", name="list_accounts")
async def list_accounts(work: WorkDep, page: PageDep) -> Page[AccountOut]:
    """The colleagues whom the caller looks after, by name, with everything that they hold."""
    work.scope.require(STAFF)
    found = await accounts.accounts(work.session, work.scope, after=page.after, limit=page.limit)
    more = str(found[-1].id) if len(found) == page.limit else None
    return Page(items=[AccountOut.model_validate(one) for one in found], next=more)


@api.post("/accounts", name="add_account", status_code=201)
async def add_account(work: WorkDep, body: AccountIn, request: Request, response: Response) -> PasswordOut:
    """A new colleague. Their first password is in this answer alone, which is not kept: send no Idempotency-Key."""
    work.scope.require(STAFF)
    refuse_key(request)
    staff_id, password = await staffing.add(work, body)
    response.headers["Location"] = f"/api/v1/accounts/{staff_id}"
    return PasswordOut(id=staff_id, password=password)


@api.get("/accounts/{staff_id}", name="get_account")
async def get_account(work: WorkDep, staff_id: UUID) -> AccountOut:
    """One of them."""
    return await _one(work, staff_id)


@api.put("/accounts/{staff_id}", name="change_account")
async def change_account(work: WorkDep, staff_id: UUID, body: AccountChange) -> AccountOut:
    """Their name, their own centre, and the language of their desk."""
    work.scope.require(STAFF)
    await staffing.change(work, staff_id, body)
    return await _one(work, staff_id)


@api.put("/accounts/{staff_id}/grants", name="set_grants")
async def set_grants(work: WorkDep, staff_id: UUID, body: GrantsIn) -> AccountOut:
    """Everything that they are to hold, from their next request on; never more than the caller holds there."""
    work.scope.require(STAFF)
    await staffing.set_grants(work, staff_id, body.grants)
    return await _one(work, staff_id)


@api.post("/accounts/{staff_id}/disable", name="disable_account", status_code=204)
async def disable_account(work: WorkDep, staff_id: UUID) -> Response:
    """Signed out at once, and no way in any more; their programs stop. Their work keeps their name."""
    work.scope.require(STAFF)
    await staffing.disable(work, staff_id)
    return Response(status_code=204)


@api.post("/accounts/{staff_id}/enable", name="enable_account", status_code=204)
async def enable_account(work: WorkDep, staff_id: UUID) -> Response:
    """They can sign in again, with the password they had."""
    work.scope.require(STAFF)
    await staffing.enable(work, staff_id)
    return Response(status_code=204)


@api.post("/accounts/{staff_id}/reset_password", name="reset_password")
async def reset_password(work: WorkDep, staff_id: UUID, request: Request) -> PasswordOut:
    """Another first password, in this answer alone; they are signed out everywhere. Send no Idempotency-Key."""
    work.scope.require(STAFF)
    refuse_key(request)
    return PasswordOut(id=staff_id, password=await staffing.reset_password(work, staff_id))


async def _one(work: Work, staff_id: UUID) -> AccountOut:
    work.scope.require(STAFF)
    return AccountOut.model_validate(await accounts.account(work.session, work.scope, staff_id))
