"""Colleagues on the desk: adding them, what they may do, ending and beginning their access, first passwords."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response
from starlette.responses import RedirectResponse

from aftersales.auth import accounts, staffing
from aftersales.auth import repository as auth
from aftersales.auth.accounts import AccountView, GrantView
from aftersales.auth.permissions import STAFF
from aftersales.auth.rules import holds
from aftersales.auth.schemas import AccountChange, AccountIn, GrantIn
from aftersales.errors import Problem
from aftersales.http import WorkDep, refuse_key, staff_router
from aftersales.i18n import DESK, N_
from aftersales.web.desk.shell import desk
from aftersales.web.forms import validated
from aftersales.web.legal import ui_problem
from aftersales.web.render import page
from aftersales.work import Work

router = staff_router()
HOME = "/desk/staff"
PAGE = 50
EVERYWHERE = "all"
DONE = {
    "changed": N_("It is changed."),
    "given": N_("They may do this from now on."),
    "taken": N_("They may not do this any more."),
    "disabled": N_("They are signed out and cannot sign in any more."),
    "enabled": N_("They can sign in again, with the password they had."),
}
VERBS = {
    "reset": (
        N_("Make a new password"),
        N_("It is shown once. They are signed out everywhere and choose their own."),
        False,
    ),
    "disable": (
        N_("End their access"),
        N_("Signed out at once; their programs stop. Their work keeps their name."),
        True,
    ),
    "enable": (N_("Let them in again"), N_("With the password they had, and everything that they hold."), False),
}
Values = dict[str, str]


@router.get(HOME, include_in_schema=False)
async def colleagues(work: WorkDep, request: Request, after: UUID | None = None) -> Response:
    """The page."""
    work.scope.require(STAFF)
    return await _list(request, work, after=after)


@router.post(HOME, include_in_schema=False)
async def add(work: WorkDep, request: Request) -> Response:
    """Adds a colleague and shows their first password, this once. Takes no Idempotency-Key."""
    work.scope.require(STAFF)
    form = await request.form()
    refuse_key(request, str(form.get("key") or ""))
    values = {name: str(form.get(name, "")) for name in ("name", "login", "branch_id", "language", "role", "where")}
    try:
        given = {name: values[name] for name in ("name", "login", "branch_id", "language")}
        body = validated(AccountIn, given | {"grants": [_said(values)]})
        staff_id, password = await staffing.add(work, body)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        return await _list(request, work, values=values, problem=problem)
    return await _one(request, work, staff_id, password=password)


@router.get(HOME + "/{staff_id}", include_in_schema=False)
async def colleague(work: WorkDep, request: Request, staff_id: UUID, done: str = "") -> Response:
    """One of them."""
    work.scope.require(STAFF)
    return await _one(request, work, staff_id, flash=DONE.get(done, ""))


@router.post(HOME + "/{staff_id}", include_in_schema=False)
async def change(work: WorkDep, request: Request, staff_id: UUID) -> Response:
    """Their name, centre and language."""
    work.scope.require(STAFF)
    form = await request.form()
    values = {name: str(form.get(name, "")) for name in ("name", "branch_id", "language")}
    try:
        await staffing.change(work, staff_id, validated(AccountChange, values))
    except Problem as problem:
        if problem.status != 422:
            raise
        return await _one(request, work, staff_id, values=values, problem=problem)
    return RedirectResponse(f"{HOME}/{staff_id}?done=changed", 303)


@router.post(HOME + "/{staff_id}/give", include_in_schema=False)
async def give(work: WorkDep, request: Request, staff_id: UUID) -> Response:
    """One role more."""
    work.scope.require(STAFF)
    form = await request.form()
    values = {name: str(form.get(name, "")) for name in ("role", "where")}
    try:
        await staffing.give(work, staff_id, validated(GrantIn, _said(values)))
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        return await _one(request, work, staff_id, values=values, problem=problem)
    return RedirectResponse(f"{HOME}/{staff_id}?done=given", 303)


@router.post(HOME + "/{staff_id}/take", include_in_schema=False)
async def take(work: WorkDep, request: Request, staff_id: UUID) -> Response:
    """One role less."""
    work.scope.require(STAFF)
    form = await request.form()
    values = {name: str(form.get(name, "")) for name in ("role", "where")}
    try:
        await staffing.take(work, staff_id, validated(GrantIn, _said(values)))
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        return await _one(request, work, staff_id, problem=problem)
    return RedirectResponse(f"{HOME}/{staff_id}?done=taken", 303)


@router.post(HOME + "/{staff_id}/disable", include_in_schema=False)
async def disable(work: WorkDep, request: Request, staff_id: UUID) -> Response:
    """Ends their access, at once."""
    work.scope.require(STAFF)
    try:
        await staffing.disable(work, staff_id)
    except Problem as problem:
        if problem.status != 409:
            raise
        return await _one(request, work, staff_id, problem=problem)
    return RedirectResponse(f"{HOME}/{staff_id}?done=disabled", 303)


@router.post(HOME + "/{staff_id}/enable", include_in_schema=False)
async def enable(work: WorkDep, staff_id: UUID) -> Response:
    """Lets them in again."""
    work.scope.require(STAFF)
    await staffing.enable(work, staff_id)
    return RedirectResponse(f"{HOME}/{staff_id}?done=enabled", 303)


@router.post(HOME + "/{staff_id}/reset", include_in_schema=False)
async def reset(work: WorkDep, request: Request, staff_id: UUID) -> Response:
    """Makes another first password and shows it, this once. Takes no Idempotency-Key."""
    work.scope.require(STAFF)
    refuse_key(request, str((await request.form()).get("key") or ""))
    password = await staffing.reset_password(work, staff_id)
    return await _one(request, work, staff_id, password=password)


async def _list(
    request: Request,
    work: Work,
    *,
    after: UUID | None = None,
    values: Values | None = None,
    problem: Problem | None = None,
) -> Response:
    found = await accounts.accounts(work.session, work.scope, after=after, limit=PAGE)
    places, given = await _places(work), values or {}
    fields = [
        _text("name", N_("Name"), given, 120, N_("As customers and colleagues read it.")),
        _text("login", N_("Sign-in name"), given, 64, N_("2 to 64 small letters or digits without spaces; it stays.")),
        *_person(given | {"branch_id": given.get("branch_id") or str(request.state.who.branch_id)}, places),
        *_grant(work, given, places),
    ]
    context = await desk(
        request,
        work,
        "staff",
        problem=ui_problem(problem) if problem else None,
        people=[_row(work, one) for one in found],
        next_url=f"{HOME}?after={found[-1].id}" if len(found) == PAGE else "",
        form={"url": HOME, "fields": fields},
    )
    return page(request, "desk/staff.html", context, status=problem.status if problem else 200)


async def _one(
    request: Request,
    work: Work,
    staff_id: UUID,
    *,
    flash: str = "",
    password: str = "",
    values: Values | None = None,
    problem: Problem | None = None,
) -> Response:
    found = await accounts.account(work.session, work.scope, staff_id)
    places, given = await _places(work), values or {}
    now = {"name": found.name, "branch_id": str(found.branch_id), "language": found.language} | given
    here = f"{HOME}/{staff_id}"
    oneself = staff_id == work.scope.staff_id
    context = await desk(
        request,
        work,
        "staff",
        flash=flash,
        password=password,
        problem=ui_problem(problem) if problem else None,
        person=_row(work, found),
        grants=[_held(work, here, one) for one in found.grants],
        form={"url": here, "fields": [_text("name", N_("Name"), now, 120), *_person(now, places)]},
        give={"url": f"{here}/give", "fields": _grant(work, given, places)},
        actions=[] if oneself else [_action(here, verb) for verb in ("reset", "disable" if found.active else "enable")],
    )
    return page(request, "desk/colleague.html", context, status=problem.status if problem else 200)


async def _places(work: Work) -> list[dict[str, str]]:
    own = work.scope.branches(STAFF)
    branches = await auth.branches(work.session, work.scope)
    return [{"value": str(one.id), "label": one.name} for one in branches if own is None or one.id in own]


def _text(name: str, label: str, values: Values, longest: int, about: str = "") -> dict[str, Any]:
    text = {"name": name, "label": label, "kind": "text", "required": True, "maxlength": longest, "help": about}
    return text | {"value": values.get(name, ""), "autocomplete": "off"}


def _select(name: str, label: str, values: Values, options: list[dict[str, str]]) -> dict[str, Any]:
    value = values.get(name, "")
    return {"name": name, "label": label, "kind": "select", "required": True, "value": value, "options": options}


def _person(values: Values, places: list[dict[str, str]]) -> list[dict[str, Any]]:
    languages = [{"value": code, "label": one.name} for code, one in DESK.items()]
    at = _select("branch_id", N_("Own centre"), values, places)
    return [at, _select("language", N_("Language of the desk"), {"language": "en"} | values, languages)]


def _grant(work: Work, values: Values, places: list[dict[str, str]]) -> list[dict[str, Any]]:
    roles = [{"value": name, "label": one.label} for name, one in work.registry.roles.items() if one.permissions]
    everywhere = [{"value": EVERYWHERE, "label": N_("In all centres")}] if holds(work.scope, STAFF, None) else []
    return [_select("role", N_("Role"), values, roles), _select("where", N_("Where"), values, [*everywhere, *places])]


def _said(values: Values) -> dict[str, str | None]:
    """The grant that a form names; a place left out is no place, and never all of them."""
    return {"role": values["role"], "branch_id": None if values["where"] == EVERYWHERE else values["where"]}


def _row(work: Work, one: AccountView) -> dict[str, Any]:
    state = ("done", N_("No access")) if not one.active else ("open", N_("Works here"))
    if one.active and one.must_change:
        state = ("waiting", N_("Has yet to choose a password"))
    return {
        "name": one.name,
        "login": one.login,
        "branch": one.branch,
        "page_url": f"{HOME}/{one.id}",
        "category": state[0],
        "state_text": state[1],
        "roles": [
            N_("{role} · {where}").format(role=_label(work, held), where=held.branch or N_("In all centres"))
            for held in one.grants
        ],
    }


def _held(work: Work, here: str, held: GrantView) -> dict[str, Any]:
    where = EVERYWHERE if held.branch_id is None else str(held.branch_id)
    role = {"role": _label(work, held), "where": held.branch or N_("In all centres")}
    return role | {"take_url": f"{here}/take", "held": {"role": held.role, "where": where}}


def _label(work: Work, held: GrantView) -> str:
    role = work.registry.roles.get(held.role)
    return role.label if role is not None else held.role


def _action(here: str, verb: str) -> dict[str, Any]:
    label, explain, danger = VERBS[verb]
    return {"url": f"{here}/{verb}", "label": label, "danger": danger, "verb": verb, "explain": explain}
