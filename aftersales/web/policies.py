"""What we are held to, for anybody to read: every published version of the terms, in every language."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import Query, Request, Response

from aftersales import clock
from aftersales.errors import NotFound
from aftersales.http import public_router, services
from aftersales.i18n import format_calendar
from aftersales.policies import repository
from aftersales.policies.choosing import in_force
from aftersales.policies.repository import PolicyView
from aftersales.products import repository as products
from aftersales.scope import SYSTEM
from aftersales.web.public import browsers_language, public_shell
from aftersales.web.render import page

pages = public_router()
HOME = "/policies"
MOST = 1000
_KEPT = {"Cache-Control": "public, max-age=60", "Vary": "Accept-Language"}
Lang = Annotated[str, Query(max_length=20)]
Names = Mapping[str, str]


@pages.get(HOME, include_in_schema=False)
async def index(request: Request, lang: Lang = "") -> Response:
    """What holds now, kind by kind, and the way to its versions."""
    published = services(request).registry.published
    versions, names = await _read(request, None)
    today = clock.business_date(clock.now(), "UTC")
    kinds = []
    for kind, about in published.items():
        rows = []
        for code, mine in _by_code(versions, kind).items():
            now = in_force(mine, today)
            if now is not None:
                rows.append({"name": _name(code, names), "url": _address(kind, code), "since": now.effective_from})
        if rows:
            kinds.append({"title": about.title, "rows": rows, "door": about.door})
    return _shown(request, lang, HOME, kinds=kinds, about=None)


@pages.get(HOME + "/{kind}", include_in_schema=False)
async def history(
    request: Request,
    kind: str,
    code: Annotated[str, Query(max_length=100)] = "default",
    version: Annotated[int | None, Query(ge=1, le=100_000)] = None,
    lang: Lang = "",
) -> Response:
    """One policy: the version that holds now, or the one asked for, what it changed, and all the others."""
    published = services(request).registry.published.get(kind)
    versions, names = await _read(request, kind) if published is not None else ([], {})
    mine = _by_code(versions, kind).get(code, [])
    today = clock.business_date(clock.now(), "UTC")
    wanted = in_force(mine, today) or (mine[0] if mine else None)
    if version is not None:
        wanted = next((one for one in mine if one.version == version), None)
    if wanted is None or published is None:
        raise NotFound("policy.unknown", "No such version of a policy.")
    before = next((one for one in mine if one.version == wanted.version - 1), None)
    ends = {one.version - 1: one.effective_from - timedelta(days=1) for one in mine}
    about = {
        "title": published.title,
        "name": _name(code, names),
        "door": published.door,
        "clauses": _clauses(wanted.words),
        "facts": published.facts(wanted.terms),
        "fresh": _gone(before.words, wanted.words) if before is not None else [],
        "gone": _gone(wanted.words, before.words) if before is not None else [],
        "version": wanted.version,
        "versions": [
            {
                "number": one.version,
                "url": f"{_address(kind, code)}&version={one.version}",
                "current": one.version == wanted.version,
                "begins": one.effective_from,
                "ends": ends.get(one.version),
                "to_come": one.effective_from > today,
            }
            for one in reversed(mine)
        ],
    }
    return _shown(request, lang, f"{_address(kind, code)}&version={wanted.version}", kinds=[], about=about)


async def _read(request: Request, kind: str | None) -> tuple[list[PolicyView], Names]:
    """Every version, the first made first, and the names of what they are for."""
    async with services(request).database.sessions() as session:
        found = await repository.listed(session, SYSTEM, kind=kind, limit=MOST)
        names = {f"category:{one.code}": one.name for one in await products.categories(session, SYSTEM)}
        ids = {_product(one.code) for one in found} - {None}
        known = await products.names(session, SYSTEM, [one for one in ids if one is not None]) if ids else {}
    return found[::-1], names | {f"product:{one}": name for one, name in known.items()}


def _product(code: str) -> UUID | None:
    try:
        return UUID(code.removeprefix("product:")) if code.startswith("product:") else None
    except ValueError:
        return None


def _by_code(versions: Sequence[PolicyView], kind: str) -> dict[str, list[PolicyView]]:
    """The policies of a kind, those for everything else last; of each its versions in their order."""
    found: dict[str, list[PolicyView]] = {}
    for one in versions:
        if one.kind == kind:
            found.setdefault(one.code, []).append(one)
    return {code: found[code] for code in sorted(found, key=lambda code: (code == "default", code))}


def _name(code: str, names: Names) -> str:
    """Empty for all that has no policy of its own."""
    return "" if code == "default" else names.get(code, code.partition(":")[2].replace("_", " ").capitalize())


def _address(kind: str, code: str) -> str:
    return f"{HOME}/{kind}?code={quote(code)}"


def _clauses(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(number, words[number]) for number in sorted(words, key=lambda one: [int(part) for part in one.split(".")])]


def _gone(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str]]:
    """What stands in `after` and did not stand in `before`, word for word."""
    return [(number, words) for number, words in _clauses(after) if words not in before.values()]


def _shown(request: Request, lang: str, own: str, **context: Any) -> Response:
    language = browsers_language(request, lang)

    def day(value: date) -> str:
        return format_calendar(value, language)

    shell = public_shell(request, language, own)
    fixed = {"csrf": "", "flash": "", "problem": None, "shell": shell, "day": day, "chosen": lang and language}
    response = page(request, "track/policies.html", fixed | context, language=language)
    response.headers.update(_KEPT)
    return response
