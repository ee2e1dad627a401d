"""Service centres on the desk: adding one, and keeping what customers are told of it right."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response
from starlette.responses import RedirectResponse

from aftersales.auth import centres
from aftersales.auth import repository as auth
from aftersales.auth.permissions import STAFF
from aftersales.auth.repository import BranchView
from aftersales.auth.schemas import BranchChange, BranchIn
from aftersales.errors import Problem
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_
from aftersales.web.desk.shell import desk
from aftersales.web.forms import validated
from aftersales.web.legal import ui_problem
from aftersales.web.render import page
from aftersales.work import Work

router = staff_router()
HOME = "/desk/branches"
Values = dict[str, str]
# name, label, longest, whether it may be left out, what helps
ASKED = (
    ("name", N_("Name"), 120, False, ""),
    ("phone", N_("Phone"), 40, False, N_("Customers are told this number.")),
    ("address", N_("Address"), 120, False, N_("On one line.")),
    ("postcode", N_("Postcode"), 20, False, ""),
    ("timezone", N_("Time zone"), 60, False, N_("By its name, such as Asia/Kolkata.")),
    ("currency", N_("Currency"), 3, False, N_("Three letters. What was billed keeps its own.")),
    ("latitude", N_("Latitude"), 12, True, N_("In degrees, such as 17.4937; for planning ways.")),
    ("longitude", N_("Longitude"), 12, True, N_("In degrees, such as 78.3993.")),
)
CODE = ("code", N_("Short name"), 5, False, N_("2 to 5 letters. Its numbers begin with it, and it stays."))


@router.get(HOME, include_in_schema=False)
async def branches(work: WorkDep, request: Request, added: bool = False) -> Response:
    """The page."""
    work.scope.require(STAFF)
    return await _list(request, work, flash=N_("The centre is added. Now add its colleagues.") if added else "")


@router.post(HOME, include_in_schema=False)
async def add(work: WorkDep, request: Request) -> Response:
    """Adds a service centre."""
    work.scope.require(STAFF)
    values = await _values(request, CODE, *ASKED)
    try:
        await centres.add(work, validated(BranchIn, _given(values)))
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        return await _list(request, work, values=values, problem=problem)
    return RedirectResponse(f"{HOME}?added=1", 303)


@router.get(HOME + "/{branch_id}", include_in_schema=False)
async def branch(work: WorkDep, request: Request, branch_id: UUID, done: bool = False) -> Response:
    """One of them."""
    work.scope.require(STAFF)
    return await _one(request, work, branch_id, flash=N_("It is changed.") if done else "")


@router.post(HOME + "/{branch_id}", include_in_schema=False)
async def change(work: WorkDep, request: Request, branch_id: UUID) -> Response:
    """What it is from now on."""
    work.scope.require(STAFF, branch_id)
    values = await _values(request, *ASKED)
    try:
        await centres.change(work, branch_id, validated(BranchChange, _given(values)))
    except Problem as problem:
        if problem.status != 422:
            raise
        return await _one(request, work, branch_id, values=values, problem=problem)
    return RedirectResponse(f"{HOME}/{branch_id}?done=1", 303)


async def _list(
    request: Request, work: Work, *, flash: str = "", values: Values | None = None, problem: Problem | None = None
) -> Response:
    own = work.scope.branches(STAFF)
    context = await desk(
        request,
        work,
        "branches",
        flash=flash,
        problem=ui_problem(problem) if problem else None,
        branches=[
            {
                "name": one.name,
                "code": one.code,
                "phone": one.phone,
                "address": f"{one.address}, {one.postcode}",
                "page_url": f"{HOME}/{one.id}" if own is None or one.id in own else "",
            }
            for one in await auth.branches(work.session, work.scope)
        ],
        form={"url": HOME, "fields": _fields(values or {"timezone": "Asia/Kolkata", "currency": "INR"}, CODE, *ASKED)}
        if centres.may_add(work)
        else None,
    )
    return page(request, "desk/branches.html", context, status=problem.status if problem else 200)


async def _one(
    request: Request,
    work: Work,
    branch_id: UUID,
    *,
    flash: str = "",
    values: Values | None = None,
    problem: Problem | None = None,
) -> Response:
    found = await auth.branch(work.session, work.scope, branch_id)
    work.scope.require(STAFF, branch_id)
    context = await desk(
        request,
        work,
        "branches",
        flash=flash,
        problem=ui_problem(problem) if problem else None,
        branch={"name": found.name, "code": found.code},
        form={"url": f"{HOME}/{branch_id}", "fields": _fields(values or _written(found), *ASKED)},
    )
    return page(request, "desk/branch.html", context, status=problem.status if problem else 200)


async def _values(request: Request, *asked: tuple[str, str, int, bool, str]) -> Values:
    form = await request.form()
    return {name: str(form.get(name, "")).strip() for name, *_ in asked}


def _given(values: Values) -> Values:
    """Without a position that is not known."""
    return {name: value for name, value in values.items() if value or name not in ("latitude", "longitude")}


def _written(one: BranchView) -> Values:
    values = {name: getattr(one, name) for name, *_ in ASKED}
    return {name: "" if value is None else str(value) for name, value in values.items()}


def _fields(values: Values, *asked: tuple[str, str, int, bool, str]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": label,
            "kind": "text",
            "required": not optional,
            "maxlength": longest,
            "help": about,
            "value": values.get(name, ""),
            "autocomplete": "off",
        }
        for name, label, longest, optional, about in asked
    ]
