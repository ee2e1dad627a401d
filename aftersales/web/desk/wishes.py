"""How the people of a household are reached, what they agreed to and when; and what staff note for them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from starlette.responses import RedirectResponse

from aftersales.auth import repository as auth
from aftersales.customers import repository as customers
from aftersales.customers import service as people
from aftersales.customers.schemas import PersonPatch
from aftersales.errors import Problem
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, OFFERED, day_time, joined, language_called, translator
from aftersales.status.life import Life
from aftersales.updates import consent
from aftersales.updates.consent import Wishes
from aftersales.updates.models import Consent
from aftersales.updates.permissions import WISHES
from aftersales.updates.policy import CODE, PROMOTIONAL, SERVICE
from aftersales.updates.reaching import Reached, Reaching, household, reaching
from aftersales.web.desk.entries import channel_label
from aftersales.web.desk.shell import desk
from aftersales.web.forms import hours
from aftersales.web.legal import ui_problem
from aftersales.web.render import desk_language, page
from aftersales.web.track import wishes as forms
from aftersales.work import Work

router = staff_router()
NEWEST = 20
PURPOSES: Mapping[str, str] = {
    SERVICE: N_("News of their requests"),
    CODE: N_("One-time codes"),
    PROMOTIONAL: N_("Offers"),
    "": N_("Every message"),
}
SOURCES: Mapping[str, str] = {
    "page": N_("on their page"),
    "desk": N_("said to us"),
    "reply": N_("by a reply"),
    "import": N_("taken over from before"),
}


async def of_household(work: Work, life: Life) -> Mapping[str, Any]:
    """The chapter of the customer's page: everybody's wishes, with the newest of what they agreed to and refused."""
    found = await household(work, life.customer_id) if life.customer_id is not None else []
    if life.before is not None:
        found = found[1 + next((n for n, one in enumerate(found) if one.person.id == life.before), len(found)) :]
    ledger = await consent.said(work, *(one.person.id for one in found))
    staff = {one.actor_id for one in ledger if one.actor_kind == "staff" and one.actor_id is not None}
    system = work.as_system()
    names = await auth.staff_names(system.session, system.scope, sorted(staff)) if staff else {}
    may = work.scope.can(WISHES) and work.scope.can("customer.edit")
    return {
        "zone": life.zone,
        "rows": [
            {
                "id": one.person.id,
                "name": one.person.name_local or one.person.name,
                "lang": one.person.language if one.person.name_local else "en",
                "facts": _facts(one),
                "said": [
                    _said(entry, life.zone, names)
                    for entry in [entry for entry in reversed(ledger) if entry.person_id == one.person.id][:NEWEST]
                ],
                "url": f"/desk/people/{one.person.id}/wishes" if may else "",
            }
            for one in found
        ],
    }


def _facts(one: Reaching) -> list[dict[str, Any]]:
    person = one.person
    rows = [{"label": N_("Language"), "value": language_called(person.language)}]
    rows += [{"label": PURPOSES[reached.purpose], "value": _ways(reached)} for reached in one.purposes]
    if person.quiet_from is not None and person.quiet_until is not None:
        span = f"{person.quiet_from:%H:%M}–{person.quiet_until:%H:%M}"
        rows.append({"label": N_("Quiet hours"), "value": joined([span, person.zone])})
    return rows


def _ways(reached: Reached) -> Any:
    if reached.withheld is not None:
        return N_("nothing")
    return joined((channel_label(channel) for channel, _ in reached.ways), " → ")


def _said(entry: Consent, zone: str, names: Mapping[UUID, str]) -> dict[str, Any]:
    what = N_("agreed") if entry.given else N_("refused")
    channel = channel_label(entry.channel) if entry.channel else N_("every channel")
    by = names.get(entry.actor_id) if entry.actor_id is not None else None
    return {
        "text": joined([joined([channel, PURPOSES[entry.purpose]], " · "), what], ": "),
        "where": joined([SOURCES[entry.source], *([by] if by else []), day_time(entry.at, zone, year=True)], ", "),
    }


@router.get("/desk/people/{person_id}/wishes", include_in_schema=False)
async def wishes_of(work: WorkDep, request: Request, person_id: UUID) -> Response:
    """The form in which staff note what somebody said."""
    return await _show(request, work, person_id)


@router.post("/desk/people/{person_id}/wishes", include_in_schema=False)
async def note(work: WorkDep, request: Request, person_id: UUID) -> Response:
    """Keeps it as theirs: in the ledger it stands as said to us, with who noted it and when."""
    work.scope.require(WISHES)
    person = await customers.person(work.session, work.scope, person_id)
    form = await request.form()
    try:
        async with work.session.begin_nested():
            chosen = forms.chosen(form, await reaching(work, person_id))
            quiet = hours(str(form.get("quiet_from", "")), str(form.get("quiet_until", "")))
            language = str(form.get("language", ""))
            patch = PersonPatch(prefers=chosen.prefers, language=language if language in OFFERED else None)
            await people.change_person(work, person.customer_id, person_id, patch)
            await consent.choose(work, person_id, Wishes(chosen.channels, quiet))
            await consent.choose_ways(work, person_id, chosen.channels, chosen.wanted, source="desk")
    except Problem as problem:
        return await _show(request, work, person_id, problem)
    return RedirectResponse(f"/desk/customers/{person.customer_id}#wishes", 303)


async def _show(request: Request, work: Work, person_id: UUID, problem: Problem | None = None) -> Response:
    work.scope.require(WISHES)
    person = await customers.person(work.session, work.scope, person_id)
    found = await reaching(work, person_id)
    wishes = await consent.wishes(work, person_id)
    _ = translator(desk_language(request)).gettext
    here = f"/desk/people/{person_id}/wishes"
    context = await desk(
        request,
        work,
        "customers",
        name=person.name_local or person.name,
        lang=person.language if person.name_local else "en",
        back_url=f"/desk/customers/{person.customer_id}",
        form={"url": here, "fields": [*forms.habits(found, wishes, _), *forms.order(found, wishes, _)]},
        wants=forms.wants(found, _),
        problem=ui_problem(problem) if problem is not None else None,
    )
    return page(request, "desk/wishes.html", context, status=problem.status if problem is not None else 200)
