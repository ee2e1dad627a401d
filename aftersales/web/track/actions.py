"""The routes of verbs that are open to customers: `POST /track/<machine>s/{id}/<verb>`.

An action that needs a one-time code is carried out in two steps without anything kept in between: the first sends the
code and shows its page, with what was chosen in hidden fields; the second brings the code with it.
"""

from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from aftersales.auth import codes
from aftersales.cases import repository as cases
from aftersales.errors import Conflict, Forbidden, Problem
from aftersales.http import CustomerWorkDep, customer_router
from aftersales.i18n import N_, format_money, translator
from aftersales.module import Action
from aftersales.money import Money
from aftersales.registry import Registry
from aftersales.status import documents, timeline
from aftersales.status.documents import DocumentView
from aftersales.status.machine import Audience, By, Machine
from aftersales.web import forms
from aftersales.web.actions import check_code, with_version
from aftersales.web.track.frame import frame, language_of, looked_after, reader, shown
from aftersales.web.track.page import Refused, show_track
from aftersales.web.track.unit import of_household
from aftersales.work import Work

Endpoint = Callable[..., Coroutine[Any, Any, Any]]


def router(registry: Registry) -> APIRouter:
    """One route for each customer action of the loaded modules."""
    made = customer_router()
    for action in registry.actions.values():
        if action.by is By.CUSTOMER:
            path = f"/{action.machine}s/{{document_id}}/{action.verb}"
            made.add_api_route(
                path,
                _endpoint(registry.machines[action.machine], action),
                methods=["POST"],
                name=f"track.{action.machine}.{action.verb}",
            )
    return made


def _endpoint(machine: Machine, action: Action) -> Endpoint:
    async def endpoint(work: CustomerWorkDep, request: Request, document_id: UUID) -> Response:
        found = await documents.get(work.session, work.scope, document_id, machine.name)
        form = await request.form()
        try:
            async with work.session.begin_nested():
                await _may_answer(work, found)
                if action.code is not None and not form.get("code"):
                    forms.validated(action.schema, _body(action, form) | {"code": "000000"})
                    await codes.request(work, action.code, found.id, found.stream_id, work.scope.own_person)
                    return await _code_page(request, work, machine, action, found, form)
                await check_code(request, work.scope, action, document_id, str(form.get("code", "")))
                body = forms.validated(action.schema, _body(action, form))
                await action.run(with_version(work, form), document_id, body)
                if action.code is not None and not await codes.consume(
                    work.session, purpose=action.code, subject_id=document_id, now=work.now
                ):
                    raise Conflict("auth.code_used", "This code has been used already. Look at where it stands now.")
        except Problem as problem:
            if problem.status in (401, 403, 404):
                raise
            if problem.code == "auth.code_wrong":
                return await _code_page(request, work, machine, action, found, form, problem)
            return await show_track(request, work, refused=Refused(problem, document_id, action.verb, _words(form)))
        return RedirectResponse("/track", 303)

    return endpoint


def _words(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _body(action: Action, form: FormData) -> dict[str, Any]:
    body = forms.body_of(action.schema, form, "UTC")
    return {name: value for name, value in body.items() if name in action.schema.model_fields}


async def _may_answer(work: Work, document: DocumentView) -> None:
    """Only who may decide for the household takes its verbs; outside of cases, whoever belongs to it."""
    if not (
        await cases.may_answer(work.session, work.scope, work.scope.own_stream) or await of_household(work, document)
    ):
        raise Forbidden("track.may_not_approve", "Only the owner or the payer can answer this. Ask them, or call us.")


async def _heading(work: Work, document: DocumentView, what: str, language: str) -> str:
    """What the code says yes to, with the amount where it is about one."""
    entries = await timeline.latest(work.session, work.scope, document.stream_id, Audience.CUSTOMER, limit=200)
    known = [e.data for e in entries if e.document_id == document.id and "amount_minor" in e.data]
    if not known:
        return what
    return f"{what}: {format_money(Money(str(known[0]['currency']), int(known[0]['amount_minor'])), language)}"


async def _code_page(
    request: Request,
    work: Work,
    machine: Machine,
    action: Action,
    document: DocumentView,
    form: FormData,
    problem: Problem | None = None,
) -> Response:
    person = await reader(work)
    language = language_of(request, person)
    _ = translator(language).gettext
    case = await looked_after(work)
    kept = [
        {"name": name, "kind": "hidden", "value": value, "label": ""}
        for name, value in form.items()
        if isinstance(value, str) and name not in ("csrf", "code")
    ]
    url = f"/track/{document.machine}s/{document.id}/{action.verb}"
    error = _("This is not the code. Look at the newest message from us.") if problem is not None else None
    field = {"name": "code", "label": _("The six digits"), "kind": "code", "required": True, "error": error}
    context = await frame(request, work, case, language)
    context |= {
        "heading": await _heading(work, document, _(machine.by_verb[action.verb].label), language),
        "sent_text": _(N_("We have sent a code of six digits to you. It is good for fifteen minutes.")),
        "form": {"url": url, "fields": [field, *kept], "submit_label": _("Confirm")},
        "again": {"url": url, "label": _("Send a new code"), "fields": kept, "verb": "again", "version": None},
    }
    return shown(request, "track/code.html", context, language, problem.status if problem is not None else 200)
