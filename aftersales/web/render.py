"""Templates of the kernel and of every loaded module, in the reader's language."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from fastapi import Request, Response
from jinja2 import ChoiceLoader, Environment, FunctionLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.responses import HTMLResponse

from aftersales import phones
from aftersales.http import services
from aftersales.i18n import (
    LANGUAGES,
    OFFERED,
    format_calendar,
    format_clock,
    format_date,
    format_instant,
    format_money,
    language_name,
    language_or_default,
    translator,
)
from aftersales.registry import Registry


class Templates:
    """One environment per language: a message is never half in one and half in another."""

    def __init__(self, registry: Registry) -> None:
        packages = dict.fromkeys(["aftersales.web", *(module.package for module in registry.modules)])
        self._loader = ChoiceLoader([FunctionLoader(_source_of(package)) for package in packages])
        self._environments: dict[str, Environment] = {}
        self._version = _asset_version()

    def environment(self, language: str) -> Environment:
        """The environment that speaks `language`."""
        if language not in self._environments:
            made = Environment(
                loader=self._loader,
                autoescape=select_autoescape(default=True),
                extensions=["jinja2.ext.i18n"],
                undefined=StrictUndefined,
                trim_blocks=True,
                lstrip_blocks=True,
                auto_reload=False,
            )
            made.install_gettext_translations(translator(language), newstyle=True)  # type: ignore[attr-defined]
            made.globals["asset_version"] = self._version
            made.filters |= {
                "money": lambda amount: format_money(amount, language),
                "date": lambda day: format_date(day, language),
                "instant": lambda at, zone: format_instant(at, zone, language),
                "clock": lambda at, zone: format_clock(at, zone, language),
                "calendar": lambda day: format_calendar(day, language),
                "phone": phones.spoken,
                "language": lambda code: language_name(code, language),
            }
            self._environments[language] = made
        return self._environments[language]

    def text(self, template: str, language: str, context: Mapping[str, Any]) -> Markup:
        """The template's output, safe to put into a page."""
        return Markup(self.environment(language).get_template(template).render(context))  # noqa: S704 - autoescaped


def _source_of(package: str) -> Any:
    root = files(package).joinpath("templates")

    def load(name: str) -> str | None:
        found = root.joinpath(*name.split("/"))
        return found.read_text("utf-8") if found.is_file() else None

    return load


@cache
def _asset_version() -> str:
    """A digest of our own styles and scripts, so that browsers may keep them for ever."""
    digest = sha256()
    for folder in ("css", "js"):
        for item in sorted(files("aftersales.web").joinpath("static", folder).iterdir(), key=lambda p: p.name):
            digest.update(item.read_bytes())
    return digest.hexdigest()[:10]


def page(
    request: Request, template: str, context: Mapping[str, Any], *, language: str = "en", status: int = 200
) -> Response:
    """A page as the answer. `shell.languages` and `shell.lang` follow the language."""
    templates: Templates = request.app.state.templates
    return HTMLResponse(templates.text(template, language, context), status, headers={"Cache-Control": "no-store"})


def base_shell(request: Request, language: str, *, staff: bool = False) -> dict[str, Any]:
    """The part of `shell` that every layout needs. Staff read the names of people in every script that is offered."""
    read = LANGUAGES[language_or_default(language, LANGUAGES)]
    return {
        "brand_name": services(request).settings.brand_name,
        "lang": read.code,
        "dir": read.direction,
        "letters": sorted({one.letters for one in (OFFERED.values() if staff else [read]) if one.letters}),
    }
