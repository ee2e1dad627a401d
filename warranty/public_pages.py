"""The public page on which a customer registers a product. The QR code on a product leads here with its number."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from starlette.datastructures import FormData, UploadFile

from aftersales import clock, phones
from aftersales.auth import limits
from aftersales.auth import repository as auth
from aftersales.auth.limits import Limit
from aftersales.errors import Problem
from aftersales.fields import clean_line
from aftersales.http import public_router, refuse_cross_site, services
from aftersales.i18n import N_
from aftersales.readable import refuse_unreadable
from aftersales.scope import SYSTEM
from aftersales.uploads import chunks
from aftersales.web.public import chosen_language, in_language, public_shell
from aftersales.web.render import page
from aftersales.work import Work
from warranty.service import applying
from warranty.service.applying import Application
from warranty.service.proofs import EARLIEST

pages = public_router("/register-product")
PATH = "/register-product"
REGISTERED = Limit("registration", 6, timedelta(minutes=10))
MOST = 120
_NEEDED = N_("This is needed.")
_WORDS: Mapping[str, str] = {
    "phone": N_("We cannot read this number. Write it with all its digits."),
    "purchased_on": N_("Choose the day of purchase; it lies in the past."),
    "branch_id": N_("Choose one of these."),
    "file": N_("We cannot use this file. Send a smaller photo or PDF."),
    "line": N_("Write it on one line, with at most 120 letters."),
}
# A day that has begun anywhere on earth.
_LATEST = "Pacific/Kiritimati"
Lang = Annotated[str, Query(max_length=20)]
Number = Annotated[str, Query(max_length=MOST)]


@pages.get("", include_in_schema=False)
async def form(request: Request, number: Number = "", lang: Lang = "") -> Response:
    """The form, in the language that was chosen or that the browser asks for."""
    return await _form(request, lang, {"number": number})


@pages.post("", include_in_schema=False)
async def send(request: Request, lang: Lang = "") -> Response:
    """Take the registration in and say its number; with what is missing, the form again as it was filled in."""
    refuse_cross_site(request)
    await refuse_unreadable(request)
    found = services(request)
    address = request.client.host if request.client else ""
    async with request.form(max_files=1, max_fields=20) as sent:
        given = {name: value.strip() for name, value in sent.items() if isinstance(value, str)}
        data, name = await _file(sent, found.settings.upload_max_bytes)
        body, errors = _read(given, data, name, chosen_language(request, lang))
    if body is None:
        return await _form(request, lang, given, errors, status=422)
    async with found.database.unit_of_work() as session:
        wait = await limits.take(session, [(REGISTERED, address)], clock.now())
    if wait is not None:
        response = await _form(
            request, lang, given, {"": N_("Too many attempts. Wait a while, or call us.")}, status=429
        )
        response.headers["Retry-After"] = str(wait)
        return response
    try:
        async with found.database.unit_of_work() as session:
            work = Work(session, SYSTEM, found.registry, found.numbers, found.settings, clock.now())
            registered = await applying.apply(work, body)
    except Problem as problem:
        field = "file" if problem.code.startswith("files.") else "branch_id"
        return await _form(request, lang, given, {field: _WORDS[field]}, status=422)
    return await _shown(request, lang, {"registered": registered}, 201)


async def _file(sent: FormData, limit: int) -> tuple[bytes | None, str]:
    """What was sent with its name; None if nothing. A file that is too large comes back cut, to be refused."""
    file = sent.get("file")
    if not isinstance(file, UploadFile):
        return None, ""
    held = bytearray()
    async for chunk in chunks(file):  # type: ignore[arg-type]
        held += chunk
        if len(held) > limit:
            break
    return bytes(held) or None, file.filename or ""


def _read(
    given: Mapping[str, str], data: bytes | None, name: str, language: str
) -> tuple[Application | None, dict[str, str]]:
    """The registration, or by field what is wrong."""
    errors: dict[str, str] = {}
    lines = {
        field: _line(given.get(field, ""), field, errors) for field in ("number", "model", "name", "invoice_number")
    }
    errors |= {field: _NEEDED for field in ("number", "name") if not lines[field]}
    phone = _phone(given.get("phone", ""), errors)
    bought = _day(given.get("purchased_on", ""), errors)
    branch_id = _branch(given.get("branch_id", ""), errors)
    if errors or bought is None or branch_id is None:
        return None, errors
    proof = (name, data) if data is not None else None
    return Application(
        number=lines["number"],
        model=lines["model"],
        name=lines["name"],
        phone=phone,
        language=language,
        purchased_on=bought,
        invoice_number=lines["invoice_number"],
        branch_id=branch_id,
        proof=proof,
    ), errors


def _line(value: str, field: str, errors: dict[str, str]) -> str:
    try:
        if len(value) > MOST:
            raise ValueError
        return clean_line(value)
    except ValueError:
        errors[field] = _WORDS["line"]
        return ""


def _phone(value: str, errors: dict[str, str]) -> str:
    try:
        return phones.normalise(value)
    except ValueError:
        errors["phone"] = _WORDS["phone"]
        return ""


def _branch(value: str, errors: dict[str, str]) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        errors["branch_id"] = _WORDS["branch_id"]
        return None


def _day(value: str, errors: dict[str, str]) -> date | None:
    try:
        day = date.fromisoformat(value)
        if EARLIEST <= day <= clock.business_date(clock.now(), _LATEST):
            return day
    except ValueError:
        pass
    errors["purchased_on"] = _WORDS["purchased_on"]
    return None


async def _form(
    request: Request, lang: str, given: Mapping[str, str], errors: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    found = services(request)
    async with found.database.sessions() as session:
        centres = [{"value": str(one.id), "label": one.name} for one in await auth.branches(session, SYSTEM)]
    today = clock.business_date(clock.now(), _LATEST).isoformat()
    shown: list[dict[str, Any]] = [
        {"name": "number", "label": N_("Serial number or IMEI"), "required": True, "maxlength": MOST}
        | {"help": N_("It stands on the label of the product; on a phone dial *#06#."), "scan": "number"},
        {"name": "model", "label": N_("Model"), "maxlength": MOST},
        {"name": "purchased_on", "label": N_("Bought on"), "kind": "date", "required": True, "max": today},
        {"name": "invoice_number", "label": N_("Number of the invoice"), "maxlength": MOST},
        {"name": "file", "label": N_("Photo or PDF of the invoice"), "kind": "file"}
        | {"accept": "image/jpeg,image/png,image/webp,application/pdf"},
        {"name": "name", "label": N_("Your name"), "required": True, "maxlength": MOST, "autocomplete": "name"},
        {"name": "phone", "label": N_("Your phone number"), "kind": "tel", "required": True, "autocomplete": "tel"}
        | {"maxlength": 40},
        {"name": "branch_id", "label": N_("Service centre near you"), "kind": "select", "required": True}
        | {"options": centres},
    ]
    said = errors or {}
    fields = [
        {"kind": "text"} | one | {"value": given.get(one["name"], ""), "error": said.get(one["name"], "")}
        for one in shown
    ]
    return await _shown(
        request, lang, {"form": {"url": in_language(PATH, lang), "fields": fields}, "said": said, "scans": True}, status
    )


async def _shown(request: Request, lang: str, context: Mapping[str, Any], status: int) -> Response:
    language = chosen_language(request, lang)
    fixed: dict[str, Any] = {
        "shell": public_shell(request, language, PATH),
        "csrf": "",
        "flash": "",
        "problem": None,
        "registered": "",
        "form": None,
        "said": {},
    }
    response = page(request, "warranty/register.html", fixed | dict(context), language=language, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
