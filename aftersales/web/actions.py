"""The routes of verbs, made from the manifests' actions.

`POST /api/v1/<machine>s/{id}/<verb>` for programs, `POST /desk/<machine>s/{id}/<verb>` for people. Both check the
permission in the document's branch and the version, and call the same function of the module. Each verb keeps its own
route, schema and service: there is no way to name a status.
"""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from aftersales.auth import codes
from aftersales.auth import repository as auth
from aftersales.errors import Invalid, Problem
from aftersales.files import service as files
from aftersales.http import WorkDep, etag, own_path, services, staff_router
from aftersales.i18n import N_
from aftersales.module import Action
from aftersales.registry import Registry
from aftersales.scope import Scope
from aftersales.status import documents, engine
from aftersales.status.documents import DocumentView
from aftersales.status.machine import By, Machine
from aftersales.web import forms
from aftersales.web.desk.case import show_case
from aftersales.web.legal import Failed, label_of, permission_of
from aftersales.work import Work

Endpoint = Callable[..., Coroutine[Any, Any, Any]]


class Moved(BaseModel):
    """Where the document stands after the verb. Other documents may follow a moment later."""

    id: UUID
    machine: str
    number: str
    status: str
    version: int
    legal: list[str]


def routers(registry: Registry) -> tuple[APIRouter, APIRouter]:
    """The JSON routes (to include under /api/v1) and the form routes (under /desk) of every staff action."""
    api, desk = staff_router(), staff_router()
    for action in registry.actions.values():
        if action.by is not By.STAFF:
            continue
        machine = registry.machines[action.machine]
        path = f"/{action.machine}s/{{document_id}}/{action.verb}"
        name = f"{action.machine}.{action.verb}"
        api.add_api_route(
            path,
            _json(machine, action),
            methods=["POST"],
            name=name,
            operation_id=f"{action.machine}_{action.verb}",
            summary=label_of(machine, action),
            tags=[f"{machine.title}s"],
            response_model=Moved,
        )
        desk.add_api_route(path, _form(machine, action), methods=["POST"], name=f"desk.{name}", include_in_schema=False)
    return api, desk


async def _allowed(work: Work, machine: Machine, action: Action, document_id: UUID) -> DocumentView:
    """The document, for whoever may take the verb on it; asked before a code is tried or a file is stored."""
    found = await documents.get(work.session, work.scope, document_id, machine.name)
    work.scope.require(permission_of(machine, action.verb), found.branch_id)
    return found


def _json(machine: Machine, action: Action) -> Endpoint:
    async def endpoint(work: WorkDep, request: Request, document_id: UUID, body: Any, response: Response) -> Moved:
        found = await _allowed(work, machine, action, document_id)
        await check_code(request, work.scope, action, document_id, getattr(body, "code", ""))
        await action.run(work, document_id, body)
        now = engine.standing(work.session, document_id)
        status, version = (now.status, now.document_version) if now else (found.status, found.version)
        response.headers["ETag"] = etag(version)
        return Moved(
            id=document_id,
            machine=machine.name,
            number=found.number,
            status=status,
            version=version,
            legal=engine.legal_verbs(machine, status),
        )

    endpoint.__annotations__["body"] = action.schema
    endpoint.__doc__ = action.run.__doc__
    return endpoint


def _form(machine: Machine, action: Action) -> Endpoint:
    async def endpoint(work: WorkDep, request: Request, document_id: UUID) -> Response:
        form = await request.form()
        found = await _allowed(work, machine, action, document_id)
        values = {k: v for k, v in form.items() if isinstance(v, str) and k != "csrf"}
        home = work.registry.homes.get(machine.name)
        try:
            async with work.session.begin_nested():
                body = await read_form(work, action, found, form, request.state.who.timezone)
                await check_code(request, work.scope, action, document_id, getattr(body, "code", ""))
                await action.run(with_version(work, form), document_id, body)
        except Problem as problem:
            if problem.status in (401, 403, 404):
                raise
            show = home.show if home is not None else work.registry.screens.get(_came_from(request)[0], show_case)
            refused: Response = await show(request, work, found, failed=Failed(action.verb, problem, values))
            return refused
        screen, path = _came_from(request)
        own = home.address.format(id=found.id) if home is not None else f"/desk/cases/{found.stream_id}"
        return RedirectResponse(path if screen else own, 303)

    return endpoint


def with_version(work: Work, form: FormData) -> Work:
    """The work of a form that carries the version its reader saw."""
    version = form.get("version")
    if not isinstance(version, str) or not version.isdigit() or len(version) > 9:
        return work
    return replace(work, if_version=int(version))


async def read_form(work: Work, action: Action, document: DocumentView, form: FormData, zone: str) -> BaseModel:
    """The action's body from a form; files are stored on the document first, their ids put into the body."""
    money = forms.asks_money(action.schema)
    currency = await auth.currency(work.session, work.scope, document.branch_id) if money else ""
    body = forms.body_of(action.schema, form, zone, currency)
    for name, kind, sent in forms.uploads(action.schema, form):
        ids = []
        for upload in sent:
            stored = await files.store(
                work,
                stream_id=document.stream_id,
                document_id=document.id,
                kind=kind,
                filename=upload.filename or "",
                data=await upload.read(work.settings.upload_max_bytes + 1),
            )
            ids.append(stored.id)
        if ids:
            body[name] = ids
    return forms.validated(action.schema, body)


async def check_code(request: Request, scope: Scope, action: Action, document_id: UUID, given: str) -> None:
    """The one-time code of an action that asks for one, in a transaction of its own: a wrong guess stays counted.

    Raises Invalid (`auth.code_wrong`).
    """
    if action.code is not None:
        await check_digits(request, action.code, document_id, given, scope.person_id)


async def check_digits(request: Request, purpose: str, subject_id: UUID, given: str, person_id: UUID | None) -> None:
    """The same for a code of this purpose; of this person, if one is named. Raises Invalid (`auth.code_wrong`)."""
    found = services(request)
    async with found.database.unit_of_work() as session:
        right = await codes.check(
            session,
            found.settings,
            purpose=purpose,
            subject_id=subject_id,
            given=given,
            person_id=person_id,
            now=request.state.work.now,
        )
    if not right:
        raise Invalid(
            "auth.code_wrong",
            "This is not the code, or it is no longer good. Ask for the code that we sent, or for a new one.",
            errors=[{"field": "code", "problem": N_("not the code we sent")}],
        )


def _came_from(request: Request) -> tuple[str, str]:
    """The screen (first segment) and path of the page of ours that holds the form; empty if it is not ours."""
    path = own_path(request, request.headers.get("referer", ""))
    return (path.strip("/").split("/")[0], path) if path is not None else ("", "")
