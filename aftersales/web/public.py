"""What pages for anybody share: the language they are read in, and the way to the others."""

from typing import Any

from fastapi import Request

from aftersales.i18n import OFFERED, language_or_default
from aftersales.web.refusals import reading
from aftersales.web.render import base_shell


def offered(lang: str) -> bool:
    """Whether a language that somebody asks for is one that customers can read."""
    return lang.replace("_", "-").split("-")[0].lower() in OFFERED


def chosen_language(request: Request, lang: str) -> str:
    """What was asked for; else what was chosen on a page before; else what the browser asks for."""
    return language_or_default(lang) if offered(lang) else reading(request)


def browsers_language(request: Request, lang: str) -> str:
    """What was asked for; else the first of the browser's languages that is offered. For pages that are kept for
    everybody, and must not depend on what one of them chose before."""
    given = request.headers.get("accept-language", "")[:200]
    wanted = [lang] if lang else [part.partition(";")[0].strip() for part in given.split(",")]
    return language_or_default(next(filter(offered, wanted), None))


def public_shell(request: Request, language: str, own: str) -> dict[str, Any]:
    """The shell of a page for anybody, with itself (at the address `own`) in every language."""
    joiner = "&" if "?" in own else "?"
    return base_shell(request, language) | {
        "languages": [
            {"code": code, "name": one.name, "url": f"{own}{joiner}lang={code}", "current": code == language}
            for code, one in OFFERED.items()
        ]
    }


def in_language(path: str, lang: str) -> str:
    """The address of a further step, in the language that was chosen."""
    return f"{path}?lang={language_or_default(lang)}" if offered(lang) else path
