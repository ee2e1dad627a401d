"""One's own account: who one is here, what one may do, the language of the desk, and a new password."""

from typing import Any

from fastapi import Request, Response
from starlette.responses import RedirectResponse

from aftersales.auth import service
from aftersales.auth.rules import MIN_PASSWORD
from aftersales.errors import Invalid
from aftersales.http import STAFF_COOKIE, WorkDep, cookie_name, staff_router
from aftersales.i18n import DESK, N_, joined
from aftersales.web.desk.shell import desk
from aftersales.web.render import desk_language, page
from aftersales.work import Work

router = staff_router()
NEW_HELP = N_("At least {count} characters; a few words in a row are easy to remember.").format(count=MIN_PASSWORD)
DONE = N_("Your password is changed. Everywhere else you were signed in, you no longer are.")
CHOSEN = N_("From now on you read the desk in this language.")
FIRST = N_("Choose a password of your own. Until you have, the one you were given opens only this page.")


@router.get("/desk/account", include_in_schema=False)
async def account(work: WorkDep, request: Request, done: bool = False, chosen: bool = False) -> Response:
    """The page."""
    first = FIRST if request.state.who.must_change else ""
    return await _show(request, work, flash=first or (DONE if done else CHOSEN if chosen else ""))


@router.post("/desk/account/language", include_in_schema=False)
async def choose_language(work: WorkDep, request: Request) -> Response:
    """The desk and the phone in another language, from the next page on. What customers are told keeps theirs."""
    form = await request.form()
    await service.choose_language(work.session, request.state.who.staff_id, str(form.get("language", ""))[:10])
    return RedirectResponse("/desk/account?chosen=1", 303)


@router.post("/desk/account/password", include_in_schema=False)
async def change_password(work: WorkDep, request: Request) -> Response:
    """A new password; attempts with a wrong present one are counted like those to sign in."""
    form = await request.form()
    current, new, again = (str(form.get(name, ""))[:200] for name in ("current", "new", "again"))
    if new != again:
        return await _show(request, work, errors={"again": N_("This is not the same as above. Type it once more.")})
    token = request.cookies.get(cookie_name(work.settings, STAFF_COOKIE), "")
    staff_id = request.state.who.staff_id
    try:
        result = await service.change_password(work.session, staff_id, token, current=current, new=new, now=work.now)
    except Invalid as problem:
        return await _show(request, work, errors={"new": problem.detail})
    if result.retry_after:
        minutes = (result.retry_after + 59) // 60
        words = N_("Too many attempts. Try again in {minutes} minutes.").format(minutes=minutes)
        refused = await _show(request, work, errors={"current": words}, status=429)
        refused.headers["Retry-After"] = str(result.retry_after)
        return refused
    if not result.done:
        return await _show(request, work, errors={"current": N_("This is not your present password.")})
    return RedirectResponse("/desk/account?done=1", 303)


async def _show(
    request: Request, work: Work, *, flash: str = "", errors: dict[str, str] | None = None, status: int = 422
) -> Response:
    who, wrong = request.state.who, errors or {}
    asked = (
        ("current", N_("Present password"), "current-password", None),
        (
            "new",
            N_("New password"),
            "new-password",
            NEW_HELP,
        ),
        ("again", N_("New password again"), "new-password", None),
    )
    fields: list[dict[str, Any]] = [
        {
            "name": name,
            "label": label,
            "kind": "password",
            "required": True,
            "autocomplete": autocomplete,
            "maxlength": 200,
            "help": words,
            "error": wrong.get(name),
        }
        for name, label, autocomplete, words in asked
    ]
    roles = joined(work.registry.roles[role].label for role in who.roles if role in work.registry.roles)
    facts = [{"label": N_("Name"), "value": who.name}, {"label": N_("Roles"), "value": roles}]
    facts += [
        {"label": N_("Centre"), "value": who.branch_name},
        {"label": N_("Times are shown in"), "value": who.timezone},
    ]
    context = await desk(
        request,
        work,
        "account",
        facts=facts,
        tongue={"url": "/desk/account/language", "fields": [_languages(request)]},
        form={"url": "/desk/account/password", "fields": fields},
        flash=flash,
    )
    return page(request, "desk/account.html", context, status=status if wrong else 200)


def _languages(request: Request) -> dict[str, Any]:
    """Each under its own name: whoever looks for a language may read no other."""
    return {
        "name": "language",
        "label": N_("Language of the desk"),
        "kind": "select",
        "required": True,
        "value": desk_language(request),
        "options": [{"value": code, "label": known.name} for code, known in DESK.items()],
        "help": N_("The desk and the phone page. Customers are always written to in theirs."),
    }
