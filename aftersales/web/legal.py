"""What may be done now: the same answer for buttons, forms and error pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aftersales.auth import repository as auth
from aftersales.errors import Problem
from aftersales.i18n import N_, currency_sign
from aftersales.module import Action
from aftersales.status.documents import DocumentView
from aftersales.status.machine import By, Machine
from aftersales.web import forms
from aftersales.work import Work

UiAction = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failed:
    """A verb that was tried and refused, with what was typed, so that the form can be shown again as it was."""

    verb: str
    problem: Problem
    values: Mapping[str, str]


def permission_of(machine: Machine, verb: str) -> str:
    """The permission of an edge or event."""
    edge = machine.by_verb.get(verb)
    return edge.permission if edge is not None else machine.by_event[verb].permission


def possible(machine: Machine, verb: str, status: str) -> bool:
    """Whether the verb or event may happen in `status`."""
    edge = machine.by_verb.get(verb)
    if edge is not None:
        return status in edge.sources
    states = machine.by_event[verb].states
    return not states or status in states


def offered(work: Work, document: DocumentView, by: By = By.STAFF) -> list[Action]:
    """The actions on the document that are legal now and that this caller may take; the usual next ones first."""
    machine = work.registry.machines.get(document.machine)
    if machine is None:
        return []
    found = [
        action
        for action in work.registry.actions.values()
        if action.machine == machine.name
        and action.by is by
        and possible(machine, action.verb, document.status)
        and (by is By.CUSTOMER or work.scope.can(permission_of(machine, action.verb), document.branch_id))
    ]
    return sorted(found, key=lambda action: not action.usual(document.status))


async def offers(work: Work, document: DocumentView, by: By = By.STAFF) -> tuple[list[Action], list[dict[str, str]]]:
    """What is offered on the document, and what its status allows but the document itself does not, with the reason."""
    machine = work.registry.machines.get(document.machine)
    free: list[Action] = []
    blocked: list[dict[str, str]] = []
    for action in offered(work, document, by):
        reason = await action.blocked(work, document.id) if action.blocked is not None else None
        if reason is None:
            free.append(action)
        elif reason and machine is not None:
            blocked.append({"label": label_of(machine, action), "reason": N_(reason)})
    return free, blocked


def label_of(machine: Machine, action: Action) -> str:
    """The words on the button of an action, a message id."""
    declared = machine.by_verb.get(action.verb) or machine.by_event[action.verb]
    return (declared.button if action.by is By.STAFF else "") or declared.label


async def ui_action(
    work: Work,
    document: DocumentView,
    action: Action,
    *,
    prefix: str = "/desk",
    failed: Failed | None = None,
    typed: Mapping[str, Any] | None = None,
) -> UiAction:
    """An action as the template's `action_form` macro takes it; `typed` are words to go on from."""
    machine = work.registry.machines[document.machine]
    edge = machine.by_verb.get(action.verb)
    mine = failed if failed is not None and failed.verb == action.verb else None
    options = await action.options(work, document.id) if action.options is not None else None
    errors = _errors(mine.problem) if mine else {}
    made = forms.fields(action.schema, options, values=mine.values if mine else typed, errors=errors)
    if forms.asks_money(action.schema):
        sign = currency_sign(await auth.currency(work.session, work.scope, document.branch_id))
        made = [field | {"unit": sign} if field["kind"] == "money" else field for field in made]
    return {
        "verb": action.verb,
        "label": label_of(machine, action),
        "url": f"{prefix}/{document.machine}s/{document.id}/{action.verb}",
        "version": document.version,
        "primary": action.usual(document.status),
        "danger": edge is not None and machine.by_state[edge.to].category == "trouble",
        "fields": made,
        "problem": _beside_fields(mine.problem, made) if mine else None,
    }


async def ui_actions(
    work: Work,
    found: Sequence[tuple[DocumentView, Action]],
    *,
    prefix: str = "/desk",
    failed: tuple[DocumentView, Failed] | None = None,
) -> list[UiAction]:
    """Several actions, in their order; `failed` belongs to one of the documents."""
    return [
        await ui_action(
            work,
            document,
            action,
            prefix=prefix,
            failed=failed[1] if failed is not None and failed[0].id == document.id else None,
        )
        for document, action in found
    ]


def unplaced(failed: Failed | None, shown: Sequence[UiAction]) -> dict[str, Any] | None:
    """The problem for the top of the page, unless the form that it belongs to is still there to show it."""
    if failed is None or any(action["problem"] for action in shown):
        return None
    return ui_problem(failed.problem)


def _errors(problem: Problem) -> dict[str, str]:
    listed = problem.extra.get("errors")
    if not isinstance(listed, list):
        return {}
    return {str(e.get("field", "")): N_(e.get("help") or e.get("problem", "")) for e in listed}


def ui_problem(problem: Problem, prefix: str = "") -> dict[str, Any]:
    """A problem as the template's `problem` macro takes it."""
    fields = [{"label": N_(field.replace("_", " ")), "message": message} for field, message in _errors(problem).items()]
    return {"title": problem.title, "detail": problem.detail, "fields": fields, "id": prefix}


def _beside_fields(problem: Problem, shown: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A problem at the head of its form: what stands beside a field of the form is not said twice."""
    marked = {field["name"] for field in shown if field["error"]}
    listed = _errors(problem)
    rest = {name: words for name, words in listed.items() if name not in marked}
    detail = N_("Look at what is marked below.") if problem.code == "http.invalid" and not rest else problem.detail
    fields = [{"label": N_(name.replace("_", " ")), "message": words} for name, words in rest.items()]
    return {"title": problem.title, "detail": detail, "fields": fields}
