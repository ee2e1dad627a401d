"""The case page: who and what, what happened and what the customer was told, what may be done now."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from starlette.responses import RedirectResponse

from aftersales.auth import links
from aftersales.auth import repository as auth
from aftersales.cases import repository as cases
from aftersales.cases.rules import about
from aftersales.customers import repository as customers
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, calendar_day, day_time, joined
from aftersales.module import Action
from aftersales.products import repository as products
from aftersales.status import documents
from aftersales.status.documents import DocumentView
from aftersales.status.machine import State, WaitsOn
from aftersales.web.desk.entries import entries, title_of
from aftersales.web.desk.shell import desk
from aftersales.web.legal import Failed, UiAction, offers, ui_action, ui_actions, unplaced
from aftersales.web.panels import panels
from aftersales.web.render import Templates, desk_language, page
from aftersales.work import Work

router = staff_router()
PARTS = {"owner": N_("owner"), "caller": N_("called us"), "payer": N_("pays"), "at_home": N_("at home")}
# Whose turn it is, and what a case that waits is said to wait for.
TURNS = {
    WaitsOn.CUSTOMER: (N_("The customer's turn"), N_("Waiting for the customer")),
    WaitsOn.PARTS: (N_("The parts are awaited"), N_("Waiting for parts")),
    WaitsOn.SUPPLIER: (N_("The supplier's turn"), N_("Waiting for the supplier")),
    WaitsOn.COURIER: (N_("The courier's turn"), N_("Waiting for the courier")),
    WaitsOn.US: (N_("Our turn"), None),
}


@router.get("/desk/cases/{case_id}", include_in_schema=False)
async def case_page(
    work: WorkDep, request: Request, case_id: UUID, before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None
) -> Response:
    """One case."""
    document = await documents.get(work.session, work.scope, case_id, "case")
    return await show_case(request, work, document, before=before)


@router.post("/desk/cases/{case_id}/people/{person_id}/end-links", include_in_schema=False)
async def end_links(work: WorkDep, case_id: UUID, person_id: UUID) -> Response:
    """A link fell into wrong hands: what opened the case for this person no longer does. The next message has one."""
    document = await documents.get(work.session, work.scope, case_id, "case")
    work.scope.require("case.links", document.branch_id)
    await links.revoke(work.session, stream_id=case_id, person_id=person_id)
    return RedirectResponse(f"/desk/cases/{case_id}", 303)


async def show_case(
    request: Request,
    work: Work,
    document: DocumentView,
    *,
    failed: Failed | None = None,
    before: int | None = None,
) -> Response:
    """The page of the case that `document` belongs to; with `failed`, its form again as it was sent."""
    who = request.state.who
    case = await cases.case(work.session, work.scope, document.stream_id)
    found = await documents.on_stream(work.session, work.scope, case.id)
    listed, older = await entries(work, case.id, who.timezone, before)
    machine = work.registry.machines["case"]
    state = machine.by_state[case.status]
    coming = _next(work, found, state)
    refused = (document, failed) if failed is not None else None
    actions, note, more, blocked = await _actions(work, found, refused)
    templates: Templates = request.app.state.templates
    people = await cases.people(work.session, work.scope, case.id)
    side = await _who_and_what(work, case, people, templates, who.csrf_token, desk_language(request))
    places = {"left": "case.left", "main": "case.main", "right": "case.right"}
    context = await desk(
        request,
        work,
        "cases",
        case={
            "number": case.number,
            "id": case.id,
            "category": case.category,
            "status_label": state.label if coming["waits"] is None else coming["waits"],
            "title": about(case.complaint),
            "standing": None,
            "opened_text": day_time(case.opened_at, who.timezone, year=True),
            "owner_name": await _owner(work, case.owner_id),
            "list_url": "/desk/cases",
        },
        panels=side + [p for slot, place in places.items() for p in await panels(request, work, place, slot, case.id)],
        actions=actions,
        more=more,
        blocked=blocked,
        next=coming,
        entries=listed,
        older_url=f"/desk/cases/{case.id}?before={older}" if older else "",
        note=note,
        problem=unplaced(failed, [*actions, *([note] if note else []), *(a for m in more for a in m["actions"])]),
        customer_reads=next((person.language for person in people if person.role == "owner"), None),
        live_url=f"/desk/cases/{case.id}/live?since={0 if before else max(e['version'] for e in listed)}",
        self_url=f"/desk/cases/{case.id}",
    )
    status = failed.problem.status if failed is not None else 200
    return page(request, "desk/case.html", context, status=status)


async def _actions(
    work: Work, found: Sequence[DocumentView], refused: tuple[DocumentView, Failed] | None
) -> tuple[list[UiAction], UiAction | None, list[dict[str, Any]], list[dict[str, str]]]:
    """The usual next steps of all documents, the note form, the rest by document, and what is held back and why."""
    primary: list[tuple[DocumentView, Action]] = []
    groups: list[tuple[DocumentView, list[Action]]] = []
    note: UiAction | None = None
    blocked: list[dict[str, str]] = []
    for document in sorted(found, key=lambda one: (one.changed_at, one.id), reverse=True):
        rest = []
        free, held = await offers(work, document)
        blocked += held
        for action in free:
            if (document.machine, action.verb) == ("case", "note_added"):
                mine = refused[1] if refused is not None and refused[0].id == document.id else None
                note = await ui_action(work, document, action, failed=mine)
            elif action.usual(document.status):
                primary.append((document, action))
            else:
                rest.append(action)
        if rest:
            groups.append((document, rest))
    more = [
        {
            "title": joined([work.registry.machines[document.machine].title.capitalize(), document.number], " "),
            "actions": await ui_actions(work, [(document, a) for a in rest], failed=refused),
        }
        for document, rest in groups
    ]
    return await ui_actions(work, primary, failed=refused), note, more, blocked


def _next(work: Work, found: Sequence[DocumentView], case: State) -> dict[str, Any]:
    """Whose turn it is and with what: the customer's first, else whatever moved last and has not ended."""
    running: list[tuple[bool, DocumentView, str, State]] = []
    for document in found:
        machine = work.registry.machines.get(document.machine)
        state = machine.by_state.get(document.status) if machine is not None else None
        if machine is not None and state is not None and document.machine != "case" and state.category != "done":
            theirs = state.waits_on is WaitsOn.CUSTOMER
            running.append((theirs, document, joined([title_of(machine, state), document.number], " · "), state))
    if not running:
        done = case.category == "done"
        words = None if done else case.label
        return {"text": case.label if done else N_("Our turn"), "by_text": words, "category": None, "waits": None}
    _, document, words, state = max(running, key=lambda one: (one[0], one[1].changed_at, one[1].id))
    turn, waits = TURNS[state.waits_on or WaitsOn.US]
    waits_now = waits if case.category == "waiting" else None
    return {"text": turn, "by_text": words, "category": str(state.category), "waits": waits_now}


async def _owner(work: Work, owner_id: UUID | None) -> str:
    if owner_id is None:
        return N_("Nobody yet")
    names = await auth.staff_names(work.session, work.scope, [owner_id])
    return names.get(owner_id, N_("Former colleague"))


async def _who_and_what(
    work: Work,
    case: cases.CaseView,
    people: Sequence[cases.PersonOnMatter],
    templates: Templates,
    csrf: str,
    language: str,
) -> list[dict[str, Any]]:
    """The kernel's own cards: the people on the matter, and the unit."""
    ids = list(dict.fromkeys(person.person_id for person in people))
    known = {person.id: person for person in await customers.persons(work.session, work.scope, ids)}
    roles = {key: [PARTS[p.role] for p in people if p.person_id == key] for key in ids}
    may_end = work.scope.can("case.links", case.branch_id)
    shown = [
        {
            "name": known[key].name,
            "lang": known[key].language,
            "name_local": known[key].name_local,
            "roles": joined(roles[key]),
            "phones": list(known[key].phones),
            "language": known[key].language,
            "prefers": known[key].prefers,
            "end_links_url": f"/desk/cases/{case.id}/people/{key}/end-links" if may_end else "",
        }
        for key in ids
        if key in known
    ]
    context: dict[str, Any] = {"people": shown, "customer_url": f"/desk/customers/{case.customer_id}", "csrf": csrf}
    html = templates.text("desk/_people.html", language, context)
    cards = [{"title": N_("Customer"), "slot": "left", "html": html}]
    if case.unit_id is not None:
        unit = await products.unit(work.session, work.scope, case.unit_id)
        rows = [{"label": N_(i.kind.replace("_", " ").capitalize()), "value": i.value} for i in unit.identifiers]
        if unit.purchased_on is not None:
            rows.append({"label": N_("Bought"), "value": calendar_day(unit.purchased_on)})
        context = {"name": unit.product_name, "rows": rows, "url": f"/desk/units/{unit.id}"}
        cards.append(
            {"title": N_("Unit"), "slot": "left", "html": templates.text("desk/_unit.html", language, context)}
        )
    return cards
