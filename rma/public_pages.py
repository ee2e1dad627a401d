"""The public page on which a customer gives a product back. It works without scripts: each step is a form."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import RedirectResponse

from aftersales import clock
from aftersales.auth import limits, links
from aftersales.auth import repository as auth
from aftersales.auth.limits import Limit
from aftersales.customers import repository as customers
from aftersales.errors import Conflict, Problem
from aftersales.http import public_router, refuse_cross_site, services
from aftersales.i18n import N_, format_money
from aftersales.money import Money
from aftersales.ports.logistics import NoLogistics
from aftersales.promises.opening import in_words, opening
from aftersales.readable import refuse_unreadable
from aftersales.scope import SYSTEM
from aftersales.web.public import chosen_language, in_language, public_shell
from aftersales.web.render import page
from aftersales.work import Work
from rma import owners
from rma import public_forms as forms
from rma.owners import Owner
from rma.panels import steps_of
from rma.public_forms import Given
from rma.rules import Condition, Reason
from rma.service import enquiring, self_service
from rma.service.self_service import Foreseen, Sent
from rma.words import SAID, WISHES
from rma.worth import Paid, Resolution, back

pages = public_router("/give-back")
PATH = "/give-back"
ASKED = Limit("give_back", 6, timedelta(minutes=10))
OF_PHONE = Limit("give_back.phone", 6, timedelta(minutes=10))
STEPS = Limit("give_back.steps", 40, timedelta(seconds=30))
# What is known and what is not is answered in the same time.
ANSWERED_IN = 0.25
TOO_MANY = N_("Too many attempts. Wait a while, or call us.")
NOT_THE_CODE = N_("This is not the code. Look at the newest message from us.")
RECEIVED = N_("We have received this already. Open the link in our latest message to you.")
# Send pressed twice leads where it led before; later on, whoever comes back to the form reads that it was sent.
AGAIN = timedelta(minutes=2)
UNDER_WAY = N_("A return of this product is under way already. Open the link in our latest message to you.")
Lang = Annotated[str, Query(max_length=20)]
Number = Annotated[str, Query(max_length=forms.MOST)]


@pages.get("", include_in_schema=False)
async def begin(request: Request, number: Number = "", lang: Lang = "") -> Response:
    """The first step, in the language that was chosen or that the browser asks for."""
    return _finding(request, lang, Given({"number": number}))


@pages.post("", include_in_schema=False)
async def ask(request: Request, lang: Lang = "") -> Response:
    """Send a code if phone and number belong together; the answer is the same if they do not."""
    given = await _given(request)
    phone, number = given.phone(), given.number()
    if given.errors:
        return _finding(request, lang, given, 422)
    if (wait := await _wait(request, [(ASKED, _address(request)), (OF_PHONE, phone)])) is not None:
        return _too_many(_finding(request, lang, Given(given.raw, {"": TOO_MANY}), 429), wait)

    async def sent() -> None:
        async with services(request).database.unit_of_work() as session:
            await enquiring.ask(_work(request, session), phone, number)

    await asyncio.gather(sent(), asyncio.sleep(ANSWERED_IN))
    return _entering(request, lang, Given({"number": number, "phone": phone}))


@pages.post("/why", include_in_schema=False)
async def enter(request: Request, lang: Lang = "") -> Response:
    """With the code: why it is given back, and in which condition it is."""
    given = await _given(request)
    known = await _known(request, lang, given)
    return known if isinstance(known, Response) else await _saying(request, lang, given, known[0])


@pages.post("/see", include_in_schema=False)
async def see(request: Request, lang: Lang = "") -> Response:
    """What they will get, before anything is sent."""
    given = await _given(request)
    known = await _known(request, lang, given)
    if isinstance(known, Response):
        return known
    reason, condition = given.reason(), given.condition()
    if reason is None or condition is None:
        return await _saying(request, lang, given, known[0], 422)
    return await _seeing(request, lang, given, known[0], reason, condition)


@pages.post("/send", include_in_schema=False)
async def send(request: Request, lang: Lang = "") -> Response:
    """Open the case, ask for the return on it, or for the repair, and lead to the customer's own page: sent twice,
    once."""
    given = await _given(request)
    known = await _known(request, lang, given)
    if isinstance(known, Response):
        return known
    owner, enquiry_id = known
    reason, condition = given.reason(), given.condition()
    if reason is None or condition is None:
        return await _saying(request, lang, given, owner, 422)
    found = services(request)
    async with found.database.sessions() as session:
        foreseen = await self_service.foresee(_work(request, session), owner, reason, condition)
        centres = [one.id for one in await auth.branches(session, SYSTEM)]
    body = _sent(given, foreseen, reason, condition, centres)
    if given.errors or body is None:
        return await _seeing(request, lang, given, owner, reason, condition, 422)
    try:
        async with found.database.unit_of_work() as session:
            work = _work(request, session)
            case_id = await self_service.send(work, owner, enquiry_id, body)
            link = await links.issue(session, stream_id=case_id, person_id=owner.person_id, now=work.now)
            token = links.token(found.settings, link)
    except Problem as problem:
        return await _refused(request, lang, given, owner, problem)
    return _to_their_page(token)


def _to_their_page(token: str) -> Response:
    return RedirectResponse(f"{links.PATH}{token}", 303, headers={"Referrer-Policy": "no-referrer"})


async def _sent_before(request: Request, lang: str, given: Given) -> Response | None:
    """What the first did, for whoever sends twice; None for a code with which nothing was sent."""
    found = services(request)
    phone, number = given.phone(), given.number()
    async with found.database.unit_of_work() as session:
        work = _work(request, session)
        before = await enquiring.before(work, phone, number, given.text("code"))
        if before is not None and work.now - before.at <= AGAIN:
            link = await links.issue(session, stream_id=before.case_id, person_id=before.person_id, now=work.now)
            return _to_their_page(links.token(found.settings, link))
    return _shown(request, lang, {"said": RECEIVED}, 409) if before is not None else None


def _sent(given: Given, foreseen: Foreseen, reason: Reason, condition: Condition, centres: list[UUID]) -> Sent | None:
    """What is sent; None, with errors, where something is missing."""
    words = given.words()
    wish, coming, centre = "", "", None
    repair = given.text("do") == "repair" and bool(foreseen.instead)
    if not foreseen.instead:
        wish = given.one_of("wish", [one.value for one in WISHES])
        coming = given.one_of("coming", ["pickup", "drop_off"])
        centre = given.centre(centres) if coming == "drop_off" else None
    if given.errors:
        return None
    return Sent(reason, condition, wish, coming, centre, words, given.photos, given.invoice, repair)


async def _refused(request: Request, lang: str, given: Given, owner: Owner, problem: Problem) -> Response:
    """The form again with what stood in the way."""
    if problem.code == "auth.code_wrong":
        # Somebody was quicker: the same person, pressing twice.
        before = await _sent_before(request, lang, given)
        return before or _entering(request, lang, Given(given.raw, {"code": NOT_THE_CODE}), 422)
    if isinstance(problem, Conflict):
        return _shown(request, lang, {"said": UNDER_WAY}, 409)
    if not problem.code.startswith("files."):
        raise problem
    given.errors["photos" if given.photos else "invoice"] = forms.FILE
    reason, condition = given.reason(), given.condition()
    if reason is None or condition is None:
        return await _saying(request, lang, given, owner, 422)
    return await _seeing(request, lang, given, owner, reason, condition, 422)


async def _known(request: Request, lang: str, given: Given) -> tuple[Owner, UUID] | Response:
    """Whose product it is, by phone, number and code; else the page that asks for the code again, or what was sent
    with the code before."""
    phone, number = given.phone(), given.number()
    if given.errors:
        return _finding(request, lang, given, 422)
    if (wait := await _wait(request, [(STEPS, _address(request))])) is not None:
        return _too_many(_finding(request, lang, Given(given.raw, {"": TOO_MANY}), 429), wait)
    async with services(request).database.unit_of_work() as session:
        known = await enquiring.enter(_work(request, session), phone, number, given.text("code"))
    if known is None:
        # Whoever goes back after sending, and on again, has been served.
        before = await _sent_before(request, lang, given)
        return before or _entering(request, lang, Given(given.raw, {"code": NOT_THE_CODE}), 422)
    return known


async def _given(request: Request) -> Given:
    refuse_cross_site(request)
    await refuse_unreadable(request)
    async with request.form() as sent:
        return await forms.read(sent, services(request).settings.upload_max_bytes)


async def _wait(request: Request, attempts: list[tuple[Limit, str]]) -> int | None:
    async with services(request).database.unit_of_work() as session:
        return await limits.take(session, attempts, clock.now())


def _work(request: Request, session: AsyncSession) -> Work:
    found = services(request)
    return Work(session, SYSTEM, found.registry, found.numbers, found.settings, clock.now())


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _too_many(response: Response, wait: int) -> Response:
    response.headers["Retry-After"] = str(wait)
    return response


def _finding(request: Request, lang: str, given: Given, status: int = 200) -> Response:
    form = {"url": in_language(PATH, lang), "fields": forms.finding(given), "submit": N_("Send me a code")}
    return _shown(request, lang, {"step": "find", "form": form, "errors": given.errors, "scans": True}, status)


def _entering(request: Request, lang: str, given: Given, status: int = 200) -> Response:
    form = {"url": in_language(f"{PATH}/why", lang), "fields": forms.entering(given), "submit": N_("Go on")}
    again = {"url": in_language(PATH, lang), "fields": forms.finding(given)}
    return _shown(request, lang, {"step": "code", "form": form, "again": again, "errors": given.errors}, status)


async def _saying(request: Request, lang: str, given: Given, owner: Owner, status: int = 200) -> Response:
    async with services(request).database.sessions() as session:
        branch_id = await owners.home_branch(session, SYSTEM, owner.customer_id)
        currency = await auth.currency(session, SYSTEM, branch_id)
    form = {
        "url": in_language(f"{PATH}/see", lang),
        "fields": forms.saying(given, currency),
        "submit": N_("See what you get"),
    }
    return _shown(request, lang, {"step": "why", "form": form, "errors": given.errors}, status)


async def _seeing(
    request: Request,
    lang: str,
    given: Given,
    owner: Owner,
    reason: Reason,
    condition: Condition,
    status: int = 200,
) -> Response:
    language = chosen_language(request, lang)
    async with services(request).database.sessions() as session:
        work = _work(request, session)
        foreseen = await self_service.foresee(work, owner, reason, condition)
        centres, fetched = await _ways(work, owner, language)
    paid = given.paid(foreseen.currency)
    if "paid" in given.errors:
        return await _saying(request, lang, given, owner, 422)
    fields = (
        forms.asking(given) if foreseen.instead else forms.sending(given, centres, str(foreseen.branch_id), fetched)
    )
    context = {
        "step": "see",
        "form": {"url": in_language(f"{PATH}/send", lang), "fields": fields, "submit": N_("Send")},
        "errors": given.errors,
        "product": foreseen.unit.product_name,
        "granted": foreseen.granted,
        "against": foreseen.verdict is not None and foreseen.verdict.outcome == "ineligible",
        "r": {
            "trace": steps_of(foreseen.verdict),
            "instead": foreseen.instead,
        },
        "conditions": _clauses(foreseen, foreseen.verdict.conditions if foreseen.verdict is not None else ()),
        "notes": [step.words for step in foreseen.verdict.trace if step.outcome == "note"] if foreseen.verdict else [],
        "until": foreseen.verdict.until if foreseen.granted and foreseen.verdict is not None else None,
        "amounts": _amounts(foreseen, paid, reason, language),
        "hours": foreseen.terms.inspect_hours,
        "days": foreseen.terms.settle_days,
        "repairs": any(one.kind.startswith("repair") for one in foreseen.instead),
    }
    return _shown(request, lang, context, status)


def _clauses(foreseen: Foreseen, numbers: tuple[str, ...]) -> list[str]:
    return [foreseen.clauses.get(number, "") for number in numbers]


def _amounts(foreseen: Foreseen, paid: Money | None, reason: Reason, language: str) -> list[tuple[str, str]]:
    """Each way in which it may be settled, in words with the amount, by what they say that they paid."""
    ways: list[tuple[str, str]] = []
    if paid is not None:
        due = format_money(back(Paid(paid, Decimal(0)), 1, 1, foreseen.terms.fee(reason)).amount, language)
        ways = [(SAID[Resolution.REFUND], due), (SAID[Resolution.STORE_CREDIT], due)]
    ways.append((SAID[Resolution.EXCHANGE], ""))
    return ways


async def _ways(work: Work, owner: Owner, language: str) -> tuple[list[dict[str, Any]], str]:
    """The service centres with their hours, and the address at which it could be fetched, if there is one."""
    known = await opening(work.session, work.scope)
    centres = []
    for one in await auth.branches(work.session, work.scope):
        hours = known.get(one.id)
        today = clock.business_date(work.now, one.timezone)
        lines = [" ".join(one.address.split("\n")), in_words(hours, today, language) if hours is not None else ""]
        centres.append({"value": str(one.id), "label": one.name, "detail": " · ".join(line for line in lines if line)})
    if isinstance(work.ports.logistics, NoLogistics):
        return centres, ""
    homes = await customers.addresses(work.session, work.scope, owner.customer_id)
    return centres, ", ".join(homes[0].lines) if homes else ""


def _shown(request: Request, lang: str, context: Mapping[str, Any], status: int) -> Response:
    language = chosen_language(request, lang)
    fixed: dict[str, Any] = {
        "shell": public_shell(request, language, PATH),
        "csrf": "",
        "flash": "",
        "problem": None,
        "step": "",
        "form": None,
        "again": None,
        "errors": {},
        "said": "",
        "begin_url": in_language(PATH, lang),
    }
    response = page(request, "rma/give_back.html", fixed | dict(context), language=language, status=status)
    # Kept for the button that leads back alone: of a step that was sent, browsers show nothing otherwise.
    response.headers["Cache-Control"] = "private, no-cache"
    return response
