"""Errors as customers read them: in their language; by code where there is more to say, else by what they can do."""

from collections.abc import Mapping

from starlette.requests import Request

from aftersales.errors import Problem
from aftersales.i18n import N_, OFFERED, Language, language_or_default, translator

LANGUAGE_COOKIE = "aftersales_language"
PLACES = ("/track", "/t/", "/s/")

_CHANGED = N_("It has changed meanwhile. Look at where it stands now, then try again or call us.")
_TITLES: Mapping[int, str] = {401: N_("Open the link again"), 404: N_("This page is not there")}
_TITLE = N_("That did not work")
_BY_CODE: Mapping[str, str] = {
    "auth.open_link": N_("Open the link from our latest message to you again."),
    "auth.link": N_("This link is no longer good. Open the newest message from us, or call us."),
    "auth.read_only_link": N_("This printed link only shows. To answer, open the link we sent to your phone."),
    "auth.csrf": N_("This page was open for too long. Load it again, then repeat what you did."),
    "auth.code_used": N_("This code has been used already. Look at where it stands now."),
    "track.may_not_approve": N_("Only the owner or the payer can answer this. Ask them, or call us."),
    "updates.channels": N_("Choose each way once."),
    "updates.hours": N_("Give both hours, or leave both empty."),
    "track.words": N_("Write a few words first, but no more than a page."),
}
_BY_STATUS: Mapping[int, str] = {
    403: N_("You cannot do this from here. Call us and a person helps you."),
    404: N_("There is nothing at this address. Open the newest message from us, or call us."),
    409: _CHANGED,
    412: _CHANGED,
    413: N_("This is too large. Send less at once."),
    422: N_("Something is missing or cannot be read. Look at what you entered, or call us."),
    503: N_("We cannot be reached for the moment. Look in a minute whether it was done before you do it again."),
    429: N_("These were too many attempts. Wait a few minutes, then try again or call us."),
}
BACK = N_("Back to your page")
_OURS = N_("Something is wrong on our side. Nothing was changed: try again shortly, or call us.")


def for_customer(problem: Problem, language: str) -> dict[str, str]:
    """Title and detail of a problem, in the customer's language."""
    _ = translator(language).gettext
    detail = _BY_CODE.get(problem.code) or _BY_STATUS.get(problem.status, _OURS)
    return {"title": _(_TITLES.get(problem.status, _TITLE)), "detail": _(detail)}


def reading(request: Request, among: Mapping[str, Language] = OFFERED) -> str:
    """The language of somebody who is not known: chosen on the page before, else what their browser asks for."""
    asked = request.headers.get("accept-language", "").split(",")
    wanted = [request.cookies.get(LANGUAGE_COOKIE, ""), *(part.split(";")[0].strip() for part in asked)]
    return next((language_or_default(one) for one in wanted if one.split("-")[0].lower() in among), "en")
