"""The customer's page: where it stands, who looks after it, their turn, the steps, the conversation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from aftersales import clock
from aftersales.auth import limits, links, short_links
from aftersales.cases import repository as cases
from aftersales.cases.machine import CASE
from aftersales.customers.repository import PersonView
from aftersales.errors import Invalid, NotFound, Problem, TooMany
from aftersales.http import CUSTOMER_COOKIE, CustomerWorkDep, cookie_name, customer_router, services
from aftersales.i18n import N_, OFFERED, format_instant, language_name, language_or_default, translator
from aftersales.inbox.service.answers import WROTE
from aftersales.status import documents, timeline
from aftersales.status.changes import event
from aftersales.status.documents import DocumentView
from aftersales.status.machine import Audience, By, WaitsOn
from aftersales.status.timeline import EntryView
from aftersales.updates import repository as updates
from aftersales.updates.render import LINK
from aftersales.web.legal import offers, ui_action
from aftersales.web.panels import panels
from aftersales.web.refusals import LANGUAGE_COOKIE, for_customer
from aftersales.web.render import letters
from aftersales.web.track import told
from aftersales.web.track.frame import frame, language_of, reader, secure, shown
from aftersales.web.track.preferences import keep_language
from aftersales.web.track.unit import show_unit
from aftersales.work import Work

router = APIRouter()
pages = customer_router()

MAX_WORDS = 2000
# The page stays small on a slow line; the rest of the conversation is a step away.
FEW_WORDS = 8
_FOLLOWING = {("case", status) for status in ("received", "acknowledged", "in_progress", "waiting")}


@router.get("/t/{token}", include_in_schema=False)
async def open_link(request: Request, token: str) -> Response:
    """Exchanges the link for a cookie, so that the secret leaves the address. 404 for anything but a live link."""
    found = services(request)
    async with found.database.unit_of_work() as session:
        opened = await links.exchange(session, found.settings, token, clock.now())
    if opened is None:
        raise NotFound("auth.link", "This link is no longer good. Open the newest message from us, or call us.")
    response = RedirectResponse("/track", 303, headers={"Referrer-Policy": "no-referrer"})
    response.set_cookie(
        cookie_name(found.settings, CUSTOMER_COOKIE),
        opened[0],
        httponly=True,
        secure=secure(request),
        samesite="lax",
        path="/",
        max_age=30 * 86400,
    )
    return response


@router.get("/s/{short}", include_in_schema=False)
async def open_short_link(request: Request, short: str) -> Response:
    """Leads from the short address of an SMS to the full one. 404 for anything but a live link, 429 for too many."""
    found = services(request)
    address = request.client.host if request.client else ""
    async with found.database.unit_of_work() as session:
        wait = await limits.take(session, [(short_links.OPENED, address)], clock.now())
        full = None if wait is not None else await short_links.full(session, found.settings, short, clock.now())
    if wait is not None:
        raise TooMany("auth.too_many_links", "Too many links were opened from here. Wait a minute.", retry_after=wait)
    if full is None:
        raise NotFound("auth.link", "This link is no longer good. Open the newest message from us, or call us.")
    return RedirectResponse(full, 303, headers={"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})


@pages.get("/track", include_in_schema=False)
async def track(work: CustomerWorkDep, request: Request, whole: bool = False) -> Response:
    """The page; with the `whole` conversation, if it is asked for."""
    return await show_track(request, work, whole=whole)


@pages.get("/track/language/{code}", include_in_schema=False)
async def choose_language(work: CustomerWorkDep, request: Request, code: str) -> Response:  # noqa: ARG001
    """Remembers the language for this browser."""
    if code not in OFFERED:
        raise NotFound("http.language", "We do not write this language yet.")
    response = RedirectResponse("/track", 303)
    response.set_cookie(
        LANGUAGE_COOKIE, code, max_age=365 * 86400, samesite="lax", httponly=True, secure=secure(request)
    )
    return response


@pages.post("/track/language/{code}", include_in_schema=False)
async def keep_chosen_language(work: CustomerWorkDep, code: str) -> Response:
    """The language of the page and of whatever we write to this person from now on."""
    if code not in OFFERED:
        raise NotFound("http.language", "We do not write this language yet.")
    await keep_language(work, code)
    response = RedirectResponse("/track", 303)
    response.delete_cookie(LANGUAGE_COOKIE, samesite="lax", httponly=True)
    return response


@pages.post("/track/reply", include_in_schema=False)
async def reply(work: CustomerWorkDep, request: Request) -> Response:
    """The customer's own words, onto the case."""
    words = str((await request.form()).get("words", "")).strip()
    if not 1 <= len(words) <= MAX_WORDS:
        raise Invalid("track.words", f"Write between 1 and {MAX_WORDS} characters.")
    await work.post(event(CASE, work.scope.own_stream, "customer_wrote", note=words))
    return RedirectResponse("/track", 303)


@dataclass(frozen=True, slots=True)
class Refused:
    """What the customer tried on one of their documents, why it could not be, and what they had typed."""

    problem: Problem
    document_id: UUID
    verb: str
    typed: Mapping[str, str]

    def of(self, document_id: UUID, verb: str) -> Mapping[str, str] | None:
        """What was typed into this form; None for every other."""
        return self.typed if (document_id, verb) == (self.document_id, self.verb) else None


async def show_track(request: Request, work: Work, *, refused: Refused | None = None, whole: bool = False) -> Response:
    """The customer's page of the case that their link opens, or of the unit; what was refused stands there to go on."""
    problem = refused.problem if refused is not None else None
    person = await reader(work)
    language = language_of(request, person)
    stream_id = work.scope.own_stream
    try:
        case = await cases.case(work.session, work.scope, stream_id)
    except NotFound:
        return await show_unit(request, work, language, problem=problem)
    found = await documents.on_stream(work.session, work.scope, stream_id)
    entries = await timeline.latest(work.session, work.scope, stream_id, Audience.CUSTOMER, limit=200)
    context = await frame(request, work, case, language)
    zone = context["zone"]
    extra = {"zone": zone, "read_only": work.scope.read_only}
    places = {
        place: await panels(request, work, place, "card", stream_id, language=language, context=extra)
        for place in ("track.next", "track.turn", "track", "track.later")
    }
    every = await _words(work, person, entries, language, zone)
    words = every if whole else every[:FEW_WORDS]
    context["shell"]["letters"] = letters(
        {language, *(one["lang"] for one in words)}, "".join(one["words"] for one in words)
    )
    _ = translator(language).gettext
    context |= {
        "case": {
            "number": case.number,
            "what": _(case.category_name) if case.category_name else case.complaint,
            "sentence": _(_sentence(work, found, entries)),
            "category": case.category,
            "read_only": work.scope.read_only,
        },
        "coming": places["track.next"],
        "whose": _whose(work, found, case) if not places["track.turn"] else "",
        "turns": places["track.turn"],
        "cards": places["track"],
        "later": places["track.later"],
        "words": words,
        "whole_url": "" if len(words) == len(every) else "/track?whole=1#talk",
        "reply": None if work.scope.read_only else _reply(_),
        "documents": [],
        "asks": await _asks(work, found, refused, language),
        "preferences": {
            "text": _("We write to you in %(language)s.") % {"language": _written_in(person, language)},
            "url": "/track/preferences",
            "label": _("How we reach you"),
        },
        "told": told.offer(work),
        "live_url": f"/track/live?since={await _reached(work)}",
        # Not the browser's own address: after a refusal that is the form's.
        "self_url": "/track?whole=1" if whole else "/track",
        "problem": for_customer(problem, language) if problem is not None else None,
    }
    return shown(request, "track/case.html", context, language, problem.status if problem is not None else 200)


def _sentence(work: Work, found: list[DocumentView], entries: list[EntryView]) -> str:
    """The customer's turn first; else the newest thing that customers are meant to see."""
    machines = work.registry.machines
    for document in reversed(found):
        machine = machines.get(document.machine)
        state = machine.by_state.get(document.status) if machine else None
        if state and state.waits_on is WaitsOn.CUSTOMER and state.customer_label and document.machine != "case":
            return state.customer_label
    # The case follows its documents and says less than they do, until it ends.
    telling = [e for e in entries if (e.machine, e.to_status) not in _FOLLOWING]
    for entry in [*telling, *entries]:
        machine = machines.get(entry.machine)
        state = machine.by_state.get(entry.to_status or "") if machine else None
        if state is not None and state.customer_label:
            return state.customer_label
    return N_("We have received your request")


async def _words(
    work: Work, person: PersonView, entries: list[EntryView], language: str, zone: str
) -> list[dict[str, Any]]:
    """Both sides of the conversation, newest first: what this person was told, and what the customer wrote."""
    _ = translator(language).gettext
    told = await updates.for_stream(work.session, work.scope, work.scope.own_stream)
    ours = [
        (u.created_at, {"from_us": True, "words": _here(u.words, u.language), "lang": u.language, "who": _("We")})
        for u in told
        # What staff wrote stands among the entries, from the moment they wrote it.
        if u.person_id == person.id and u.words and u.text != WROTE
    ]
    theirs = [
        (e.at, {"from_us": False, "words": e.note, "lang": e.data.get("language") or language, "who": _("You")})
        for e in entries
        if e.name == "customer_wrote" and e.note and e.actor.id == person.id
    ]
    answered = [
        (
            e.at,
            {
                "from_us": True,
                "words": _here(e.note, e.data.get("language") or language),
                "lang": e.data.get("language") or language,
                "who": _("We"),
            },
        )
        for e in entries
        if e.note and (e.name == "we_wrote" or (e.name == "we_answered" and _to_them(e, entries, person)))
    ]
    both = sorted([*ours, *theirs, *answered], key=lambda pair: pair[0], reverse=True)
    return [words | {"at_text": format_instant(at, zone, language)} for at, words in both]


def _here(words: str, language: str) -> str:
    """Our words as they stand on the page that they lead to, whole in the language they were written in."""
    return words.replace(LINK, translator(language).gettext("this page"))


def _to_them(answer: EntryView, entries: list[EntryView], person: PersonView) -> bool:
    """Whether an answer went to this person: they wrote last before it. Entries come newest first."""
    asked = next((e for e in entries if e.name == "customer_wrote" and e.version < answer.version), None)
    return asked is not None and asked.actor.id == person.id


def _whose(work: Work, found: list[DocumentView], case: cases.CaseView) -> str:
    """Whose turn it is where no card asks for anything: customer, us, or nobody's any more."""
    machines = work.registry.machines
    states = [machines[d.machine].by_state[d.status] for d in found if d.machine in machines and d.machine != "case"]
    if any(state.waits_on is WaitsOn.CUSTOMER and state.customer_label for state in states):
        return "customer"
    return "" if case.category == "done" else "us"


async def _reached(work: Work) -> int:
    """How far the case has come, with what only staff may read: a later version is news, this one is not."""
    system = work.as_system()
    found = await timeline.latest(system.session, system.scope, work.scope.own_stream, Audience.STAFF, limit=1)
    return found[0].version if found else 0


def _written_in(person: PersonView, language: str) -> str:
    return language_name(language_or_default(person.language), language)


def _reply(_: Any) -> dict[str, Any]:
    field = {"name": "words", "label": _("Write to us"), "kind": "textarea", "required": True, "maxlength": MAX_WORDS}
    return {"url": "/track/reply", "label": _("Send"), "fields": [field]}


async def _asks(work: Work, found: list[DocumentView], refused: Refused | None, language: str) -> list[dict[str, Any]]:
    """Whatever else the customer may do; what is their turn has a card of its own, made by the module.

    The form that was refused says so itself: by that the page knows not to bring it up to date under their hands.
    """
    own_card = {panel.name for panel in work.registry.panels if panel.place == "track.turn"}
    made = []
    for document in found:
        if document.machine in own_card:
            continue
        for action in (await offers(work, document, By.CUSTOMER))[0]:
            typed = refused.of(document.id, action.verb) if refused is not None else None
            ask = await ui_action(work, document, action, prefix="/track", typed=typed)
            if refused is not None and typed is not None:
                ask["problem"] = for_customer(refused.problem, language)
            made.append(ask)
    return made


router.include_router(pages)
router.include_router(told.router)
