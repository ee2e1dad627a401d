"""One's own account: who one is here, what one may do, and a new password."""

from typing import Any

from fastapi import Request, Response
from starlette.responses import RedirectResponse

from aftersales.auth import service
from aftersales.auth.rules import MIN_PASSWORD
from aftersales.errors import Invalid
from aftersales.http import STAFF_COOKIE, WorkDep, cookie_name, staff_router
from aftersales.web.desk.shell import desk
from aftersales.web.render import page
from aftersales.work import Work

router = staff_router()
NEW_HELP = f"At least {MIN_PASSWORD} characters; a few words in a row are easy to remember."
DONE = "Your password is changed. Everywhere else you were signed in, you no longer are."


@router.get("/desk/account", include_in_schema=False)
async def account(work: WorkDep, request: Request, done: bool = False) -> Response:
    """The page."""
    return await _show(request, work, flash=DONE if done else "")


@router.post("/desk/account/password", include_in_schema=False)
async def change_password(work: WorkDep, request: Request) -> Response:
    """A new password; attempts with a wrong present one are counted like those to sign in."""
    form = await request.form()
    current, new, again = (str(form.get(name, ""))[:200] for name in ("current", "new", "again"))
    if new != again:
        return await _show(request, work, errors={"again": "This is not the same as above. Type it once more."})
    token = request.cookies.get(cookie_name(work.settings, STAFF_COOKIE), "")
    staff_id = request.state.who.staff_id
    try:
        result = await service.change_password(work.session, staff_id, token, current=current, new=new, now=work.now)
    except Invalid as problem:
        return await _show(request, work, errors={"new": problem.detail})
    if result.retry_after:
        minutes = (result.retry_after + 59) // 60
        refused = await _show(
            request, work, errors={"current": f"Too many attempts. Try again in {minutes} minutes."}, status=429
        )
        refused.headers["Retry-After"] = str(result.retry_after)
        return refused
    if not result.done:
        return await _show(request, work, errors={"current": "This is not your present password."})
    return RedirectResponse("/desk/account?done=1", 303)


async def _show(
    request: Request, work: Work, *, flash: str = "", errors: dict[str, str] | None = None, status: int = 422
) -> Response:
    who, wrong = request.state.who, errors or {}
    asked = (
        ("current", "Present password", "current-password", None),
        (
            "new",
            "New password",
            "new-password",
            NEW_HELP,
        ),
        ("again", "New password again", "new-password", None),
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
    roles = ", ".join(work.registry.roles[role].label for role in who.roles if role in work.registry.roles)
    facts = [{"label": "Name", "value": who.name}, {"label": "Roles", "value": roles}]
    facts += [{"label": "Centre", "value": who.branch_name}, {"label": "Times are shown in", "value": who.timezone}]
    context = await desk(
        request, work, "account", facts=facts, form={"url": "/desk/account/password", "fields": fields}, flash=flash
    )
    return page(request, "desk/account.html", context, status=status if wrong else 200)
