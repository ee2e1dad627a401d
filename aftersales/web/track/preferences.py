"""How we reach the customer: where for what, in which language, by which ways, and when not.

Language and quiet hours are theirs to say with the link alone. By which ways they are reached decides who reads what we
write, so that changing it asks for a code, sent to where they are reached now.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response
from starlette.responses import RedirectResponse

from aftersales.auth import codes
from aftersales.customers import service as customers
from aftersales.customers.schemas import PersonPatch
from aftersales.errors import Conflict, Problem
from aftersales.http import CustomerWorkDep, customer_router
from aftersales.i18n import N_, OFFERED, translator
from aftersales.updates import consent
from aftersales.updates.consent import Wishes
from aftersales.updates.policy import CODE, PROMOTIONAL, SERVICE, Reason
from aftersales.updates.reaching import Reached, Reaching, reaching
from aftersales.web.actions import check_digits
from aftersales.web.forms import hours
from aftersales.web.refusals import LANGUAGE_COOKIE, for_customer
from aftersales.web.track import wishes as forms
from aftersales.web.track.frame import frame, language_of, looked_after, reader, shown
from aftersales.work import Work

router = customer_router()
HERE = "/track/preferences"
WAYS = f"{HERE}/ways"
_PURPOSES: Mapping[str, str] = {
    SERVICE: N_("News of your requests"),
    CODE: N_("One-time codes"),
    PROMOTIONAL: N_("Offers"),
}
_WHY_NOT: Mapping[Reason, str] = {
    Reason.NO_CONSENT: N_("Nothing, as you wished"),
    Reason.NOT_AGREED: N_("Nothing, unless you ask us for it"),
}
_NOWHERE = N_("Nothing: we do not know where to")
_SAVED = N_("It is saved, and counts from our next message on.")
_ASKS = N_("Before this changes, we send you a code of six digits, so that nobody else can change it.")


@router.get(HERE, include_in_schema=False)
async def preferences(work: CustomerWorkDep, request: Request, saved: bool = False) -> Response:
    """The page."""
    return await _show(request, work, saved=saved)


@router.post(HERE, include_in_schema=False)
async def language_and_hours(work: CustomerWorkDep, request: Request) -> Response:
    """Keeps both on the person."""
    form = await request.form()
    try:
        async with work.session.begin_nested():
            before = await consent.wishes(work, work.scope.own_person)
            quiet = hours(str(form.get("quiet_from", "")), str(form.get("quiet_until", "")))
            await keep_language(work, str(form.get("language", "")))
            await consent.choose(work, work.scope.own_person, Wishes(before.channels, quiet))
    except Problem as problem:
        return await _show(request, work, problem=problem)
    return _saved()


@router.post(WAYS, include_in_schema=False)
async def ways(work: CustomerWorkDep, request: Request) -> Response:
    """Without a code: sends one and asks for it. With it: keeps the order of channels, and voice or text."""
    form = await request.form()
    person_id, stream_id = work.scope.own_person, work.scope.own_stream
    found = await reaching(work, person_id)
    # A unit is no document: there the code is about the first that there was of it.
    subject_id = (await looked_after(work)).id
    try:
        async with work.session.begin_nested():
            chosen = forms.chosen(form, found)
            if not form.get("code"):
                await codes.request(work, codes.PREFERENCES, subject_id, stream_id, person_id)
                return await _code_page(request, work, forms.kept(form, found))
            await check_digits(request, codes.PREFERENCES, subject_id, str(form["code"]), person_id)
            await consent.choose_ways(work, person_id, chosen.channels, chosen.wanted, source="page")
            await _change(work, PersonPatch(prefers=chosen.prefers))
            if not await codes.consume(
                work.session, purpose=codes.PREFERENCES, subject_id=subject_id, now=work.now, person_id=person_id
            ):
                raise Conflict("auth.code_used", "This code has been used already. Look at where it stands now.")
    except Problem as problem:
        if problem.code == "auth.code_wrong":
            return await _code_page(request, work, forms.kept(form, found), problem)
        return await _show(request, work, problem=problem)
    return _saved()


async def keep_language(work: Work, code: str) -> None:
    """The person's language from now on. What we do not write is left as it was: an old page may name it."""
    if code in OFFERED:
        await _change(work, PersonPatch(language=code))


async def _change(work: Work, patch: PersonPatch) -> None:
    person = await reader(work)
    await customers.change_person(work.as_system(), person.customer_id, person.id, patch)


def _saved() -> Response:
    response = RedirectResponse(f"{HERE}?saved=1", 303)
    # From now on the person's own language is the page's.
    response.delete_cookie(LANGUAGE_COOKIE, samesite="lax", httponly=True)
    return response


async def _show(request: Request, work: Work, *, problem: Problem | None = None, saved: bool = False) -> Response:
    language = language_of(request, await reader(work))
    _ = translator(language).gettext
    case = await looked_after(work)
    found = await reaching(work, work.scope.own_person)
    wishes = await consent.wishes(work, work.scope.own_person)
    may = not work.scope.read_only
    context = await frame(request, work, case, language)
    context |= {
        "rows": [{"label": _(_PURPOSES[one.purpose]), "lines": _lines(one, _)} for one in found.purposes],
        "habits": {"url": HERE, "fields": forms.habits(found, wishes, _), "help": _(forms.HOURS)} if may else None,
        "ways": _ways(found, wishes, _) if may and found.possible else None,
        "asks": _(_ASKS),
        "flash": _(_SAVED) if saved else "",
        "problem": for_customer(problem, language) if problem is not None else None,
    }
    return shown(request, "track/preferences.html", context, language, problem.status if problem is not None else 200)


def _lines(one: Reached, _: Any) -> list[dict[str, str]]:
    if one.withheld is not None:
        return [{"way": _(_WHY_NOT.get(one.withheld, _NOWHERE)), "where": ""}]
    return [{"way": forms.label(channel, _), "where": where} for channel, where in one.ways]


def _ways(found: Reaching, wishes: Wishes, _: Any) -> dict[str, Any]:
    return {"url": WAYS, "fields": forms.order(found, wishes, _), "wants": forms.wants(found, _)}


async def _code_page(
    request: Request, work: Work, kept: list[dict[str, Any]], problem: Problem | None = None
) -> Response:
    language = language_of(request, await reader(work))
    _ = translator(language).gettext
    case = await looked_after(work)
    error = _("This is not the code. Look at the newest message from us.") if problem is not None else None
    field = {"name": "code", "label": _("The six digits"), "kind": "code", "required": True, "error": error}
    context = await frame(request, work, case, language)
    context |= {
        "heading": _("How we reach you"),
        "sent_text": _("We have sent a code of six digits to you. It is good for fifteen minutes."),
        "form": {"url": WAYS, "fields": [field, *kept], "submit_label": _("Confirm")},
        "again": {"url": WAYS, "label": _("Send a new code"), "fields": kept, "verb": "again", "version": None},
        "back_url": HERE,
    }
    return shown(request, "track/code.html", context, language, problem.status if problem is not None else 200)
