"""Templates of the kernel and of every loaded module, in the reader's language."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from types import CodeType
from typing import Any

from fastapi import Request, Response
from jinja2 import ChoiceLoader, Environment, FunctionLoader, StrictUndefined, pass_eval_context, select_autoescape
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.filters import do_join
from jinja2.nodes import EvalContext
from markupsafe import Markup
from starlette.responses import HTMLResponse

from aftersales import phones
from aftersales.http import services
from aftersales.i18n import (
    DESK,
    LANGUAGES,
    OFFERED,
    format_calendar,
    format_clock,
    format_date,
    format_instant,
    format_money,
    format_zone,
    language_name,
    language_or_default,
    said,
    translator,
)
from aftersales.i18n.words import as_pattern
from aftersales.registry import Registry


class _Compiled(BytecodeCache):
    """What templates compile to, for as long as the process lives: it is the same in every language."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


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
                bytecode_cache=_COMPILED,
                # Words that wait for their reader find them here, wherever in a page they are put.
                finalize=_in(language),
            )
            made.install_gettext_callables(  # type: ignore[attr-defined]
                lambda message: as_pattern(message, language), translator(language).ngettext, newstyle=True
            )
            made.globals["asset_version"] = self._version
            made.filters |= {
                "money": lambda amount: format_money(amount, language),
                "date": lambda day: format_date(day, language),
                "instant": lambda at, zone: format_instant(at, zone, language),
                "clock": lambda at, zone: format_clock(at, zone, language),
                "zone_name": lambda zone: format_zone(zone, language),
                "calendar": lambda day: format_calendar(day, language),
                "phone": phones.spoken,
                "capitalize": lambda words: str(said(words, language)).capitalize(),
                "join": _joined_in(language),
                "language": lambda code: language_name(code, language),
            }
            self._environments[language] = made
        return self._environments[language]

    def text(self, template: str, language: str, context: Mapping[str, Any]) -> Markup:
        """The template's output, safe to put into a page."""
        return Markup(self.environment(language).get_template(template).render(context))  # noqa: S704 - autoescaped


def _in(language: str) -> Callable[[Any], Any]:
    return lambda value: said(value, language)


def _joined_in(language: str) -> Callable[..., Any]:
    @pass_eval_context
    def joined(context: EvalContext, parts: Iterable[Any], between: str = "") -> Any:
        return do_join(context, [said(part, language) for part in parts], between)

    return joined


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
    request: Request, template: str, context: Mapping[str, Any], *, language: str | None = None, status: int = 200
) -> Response:
    """A page as the answer, in the language of whoever is signed in unless another is said."""
    templates: Templates = request.app.state.templates
    text = templates.text(template, language or desk_language(request), context)
    return HTMLResponse(text, status, headers={"Cache-Control": "no-store"})


def desk_language(request: Request) -> str:
    """What the member of staff behind the request chose to read the desk in; the default for anybody else."""
    return language_or_default(getattr(getattr(request.state, "who", None), "language", None), DESK)


def base_shell(request: Request, language: str, *, staff: bool = False) -> dict[str, Any]:
    """The part of `shell` that every layout needs. Staff read the names of people in every script that is offered."""
    read = LANGUAGES[language_or_default(language, LANGUAGES)]
    return {
        "brand_name": services(request).settings.brand_name,
        "lang": read.code,
        "dir": read.direction,
        "letters": letters(OFFERED if staff else {read.code}),
    }


def letters(languages: Iterable[str], text: str = "") -> list[str]:
    """The style sheets with the letters of these languages, and of those whose script the text is in.

    Who writes to us may use another script than they read us in. A language that we do not write has none.
    """
    met = (one.code for one in OFFERED.values() if one.scripts and one.written_in(text))
    return sorted({known.letters for one in (*languages, *met) if (known := LANGUAGES.get(one)) and known.letters})
