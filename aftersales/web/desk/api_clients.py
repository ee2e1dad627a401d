"""Programs that work for us by the API: letting one in, seeing what they may do and when they last did, ending one."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response
from starlette.responses import RedirectResponse

from aftersales.auth import repository as auth
from aftersales.auth import service
from aftersales.auth.permissions import CLIENTS
from aftersales.auth.repository import ClientView
from aftersales.auth.schemas import DAYS, ClientIn
from aftersales.errors import Invalid, Problem
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, day_time
from aftersales.web.desk.shell import desk
from aftersales.web.forms import validated
from aftersales.web.legal import ui_problem
from aftersales.web.render import page
from aftersales.work import Work

router = staff_router()
PAGE = 30
EVERYWHERE = "all"
DONE = N_("It is ended: its token opens nothing any more.")


@router.get("/desk/api-clients", include_in_schema=False)
async def api_clients(work: WorkDep, request: Request, after: UUID | None = None, ended: bool = False) -> Response:
    """The page."""
    work.scope.require(CLIENTS)
    return await _show(request, work, after=after, flash=DONE if ended else "")


@router.post("/desk/api-clients", include_in_schema=False)
async def add(work: WorkDep, request: Request) -> Response:
    """Lets a program in and shows its token, this once. Takes no Idempotency-Key: the answer must not be kept."""
    work.scope.require(CLIENTS)
    form = await request.form()
    if request.headers.get("idempotency-key") or form.get("key"):
        raise Invalid("idempotency.secret", "This answer holds a secret and is not kept: send no Idempotency-Key.")
    values = {name: str(form.get(name, "")) for name in ("name", "branch_id", "days")}
    chosen = [str(one) for one in form.getlist("permission")]
    try:
        at = None if values["branch_id"] in ("", EVERYWHERE) else values["branch_id"]
        body = validated(ClientIn, values | {"permissions": chosen, "branch_id": at})
        token = await service.add_client(work, body)
    except Problem as problem:
        if problem.status != 422:
            raise
        return await _show(request, work, values=values, chosen=chosen, problem=problem)
    return await _show(request, work, token=token)


@router.post("/desk/api-clients/{client_id}/revoke", include_in_schema=False)
async def revoke(work: WorkDep, client_id: UUID) -> Response:
    """Ends a program's token."""
    await service.revoke_client(work, client_id)
    return RedirectResponse("/desk/api-clients?ended=1", 303)


async def _show(
    request: Request,
    work: Work,
    *,
    after: UUID | None = None,
    flash: str = "",
    token: str = "",
    values: dict[str, str] | None = None,
    chosen: list[str] | None = None,
    problem: Problem | None = None,
) -> Response:
    found = await auth.clients(work.session, work.scope, after=after, limit=PAGE)
    context = await desk(
        request,
        work,
        "api-clients",
        flash=flash,
        token=token,
        problem=ui_problem(problem) if problem else None,
        clients=[_client(work, one, request.state.who.timezone) for one in found],
        next_url=f"/desk/api-clients?after={found[-1].id}" if len(found) == PAGE else "",
        form={"url": "/desk/api-clients", "fields": await _fields(work, values or {})},
        permissions=[
            {"name": "permission", "kind": "checkbox", "on": name, "label": label, "checked": name in (chosen or ())}
            for name, label in work.registry.permissions.items()
            if service.may_be_given(work, name)
        ],
    )
    return page(request, "desk/api_clients.html", context, status=problem.status if problem else 200)


async def _fields(work: Work, values: dict[str, str]) -> list[dict[str, Any]]:
    own = work.scope.branches(CLIENTS)
    branches = [one for one in await auth.branches(work.session, work.scope) if own is None or one.id in own]
    return [
        {
            "name": "name",
            "label": N_("Name"),
            "kind": "text",
            "required": True,
            "maxlength": 120,
            "value": values.get("name", ""),
            "help": N_("What it is, so that everybody knows it on the timeline: Web shop, Courier’s scans."),
        },
        {
            "name": "branch_id",
            "label": N_("Where"),
            "kind": "select",
            "value": values.get("branch_id") or EVERYWHERE,
            "required": True,
            "options": [{"value": EVERYWHERE, "label": N_("Wherever I may do it myself")}]
            + [{"value": str(one.id), "label": one.name} for one in branches],
        },
        {
            "name": "days",
            "label": N_("Until"),
            "kind": "select",
            "required": True,
            "value": values.get("days") or "90",
            "options": [{"value": str(days), "label": N_("{days} days from now").format(days=days)} for days in DAYS],
        },
    ]


def _client(work: Work, client: ClientView, zone: str) -> dict[str, Any]:
    if client.revoked_at is not None:
        state = ("done", N_("Ended {when}").format(when=day_time(client.revoked_at, zone)))
    elif not client.maker_active:
        state = ("trouble", N_("Its maker has left"))
    elif client.expires_at <= work.now:
        state = ("waiting", N_("Expired {when}").format(when=day_time(client.expires_at, zone)))
    else:
        state = ("open", N_("Until {when}").format(when=day_time(client.expires_at, zone)))
    used = day_time(client.last_used_at, zone) if client.last_used_at else ""
    return {
        "name": client.name,
        "maker": client.maker,
        "where": client.branch or N_("Wherever its maker may"),
        "category": state[0],
        "state_text": state[1],
        "used_text": N_("last used {used}").format(used=used) if used else N_("never used"),
        "permissions": [work.registry.permissions.get(name, name) for name in client.permissions],
        "revoke": {
            "url": f"/desk/api-clients/{client.id}/revoke",
            "label": N_("End it"),
            "danger": True,
            "verb": "revoke",
        }
        | {"explain": N_("Its token opens nothing from this moment. A new one has to be made and put in its place.")}
        if client.revoked_at is None
        else None,
    }
