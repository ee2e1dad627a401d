"""What there is to translate, and what is missing. For developers and translators: `python -m aftersales.i18n.extract`.

Message ids come from the marks `N_` and `_` in Python, from `_(…)` in templates, and from what the manifests declare:
labels, titles, update texts, and the fields of forms.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_dir

from aftersales.i18n import exchange
from aftersales.i18n.catalogues import catalogue_path, packages
from aftersales.i18n.languages import DEFAULT, LANGUAGES, OFFERED
from aftersales.i18n.upkeep import Found, missing, write
from aftersales.module import Action, Module
from aftersales.registry import Registry, load_registry
from aftersales.status.machine import By, Machine

_PYTHON = [("**.py", "python")]
_METHODS = [("**/templates/**.html", "jinja2.ext:babel_extract"), *_PYTHON]
# What a refusal says is its second argument. Customers read refusals in words of their own (web/refusals.py).
_REFUSALS = (
    "Conflict",
    "Forbidden",
    "Invalid",
    "NotFound",
    "Problem",
    "Stale",
    "TooLarge",
    "TooMany",
    "Unauthenticated",
)
_MARKS: dict[str, tuple[int, ...] | None] = {"N_": None, "_": None, "gettext": None}
_MARKS |= {"ngettext": (1, 2), "several": (1, 2)}
# What customers read besides what the manifests declare for them.
_CUSTOMERS_PLACES = (
    "/track/",
    "/web/refusals.py",
    "/error.html",
    "/track_",
    "/layouts/track.html",
    "/layouts/_languages.html",
    "/i18n/rows.py",
    "/documents/frame.py",
    "/i18n/brief.py",
    "/updates/render.py",
    "/updates/service.py",
    "/updates/stating.py",
    "/updates/texts.py",
    "/inbox/texts.py",
    "tells.py",
    "/promises/waiting.py",
    "/voice/phrases.py",
    "/voice/standing.py",
    "/aloud.py",
    "/repairs/documents.py",
    "/repairs/service/sheet.py",
    "/labels.py",
    # Parts of cards that customers see, whichever page includes them.
    "/macros/ui.html",
    "/warranty/trace.html",
    "/warranty/panels.py",
    "/warranty/cost_words.py",
    "/warranty/offer_cards.py",
    "/billing/panels.py",
    "/warranty/rules/first.py",
    "/warranty/rules/second.py",
    "/warranty/terms.py",
    "/warranty/documents.py",
    "/warranty/public_pages.py",
    "/warranty/register.html",
    "/warranty/service/certificates.py",
    "/rma/alternatives.py",
    "/rma/answer.html",
    "/rma/ask.html",
    "/rma/documents.py",
    "/rma/give_back.html",
    "/rma/instead.html",
    "/rma/public_forms.py",
    "/rma/public_pages.py",
    "/rma/pieces.html",
    "/rma/rules.py",
    "/rma/words.py",
    "/rma/terms.py",
    "/field_service/rules.py",
)


Marked = tuple[str, str | None, str]
"""A message, its plural, and the file."""


def extract(registry: Registry) -> list[Found]:
    """Everything to translate, by package: the kernel first, then the loaded modules."""
    found = {name: Found(name) for name in packages()}
    cards = {f"/templates/{p.template}" for m in registry.modules for p in m.panels if p.place.startswith("track")}
    theirs = (*_CUSTOMERS_PLACES, *sorted(cards))
    for package in found.values():
        for message, plural, where in _marked(package.package):
            package.add(
                message, where, customers=any(place in f"/{package.package}/{where}" for place in theirs), plural=plural
            )
        for message, _plural, where in _refused(package.package):
            package.add(message, where)
    for module in registry.modules:
        _declared(module, found[module.package.partition(".")[0]])
    return list(found.values())


# Reading every file takes seconds: once in a process.
@cache
def _marked(package: str) -> Sequence[Marked]:
    return tuple(_read(package, _METHODS, _MARKS))


@cache
def _refused(package: str) -> Sequence[Marked]:
    return tuple(_read(package, _PYTHON, dict.fromkeys(_REFUSALS, (2,))))


def _read(
    package: str, methods: list[tuple[str, str]], marks: Mapping[str, tuple[int, ...] | None]
) -> Iterator[Marked]:
    root = Path(str(catalogue_path(package, DEFAULT))).parents[3]
    for name, _, message, _, _ in extract_from_dir(str(root), methods, keywords=marks):
        one, plural = (message[0], message[1]) if isinstance(message, tuple) else (message, None)
        if one:
            yield one, plural, Path(name).as_posix()


def _declared(module: Module, found: Found) -> None:
    for machine in module.machines:
        _of_machine(machine, found)
    events = {(machine.name, kind.name): kind for machine in module.machines for kind in machine.events}
    for action in module.actions:
        _of_form(action, found)
        if action.by is By.CUSTOMER and (kind := events.get((action.machine, action.verb))) is not None:
            found.add(kind.label, f"event {action.machine}.{action.verb}", customers=True)
    _beside(module, found)
    for tell in module.tells:
        for message in (tell.subject, tell.body, tell.sms, tell.whatsapp, tell.voice, tell.push):
            found.add(message, f"update {tell.text}", customers=True)


def _beside(module: Module, found: Found) -> None:
    for permission in module.permissions:
        found.add(permission.label, f"permission {permission.name}")
    for role in module.roles:
        found.add(role.label, f"role {role.name}")
    for panel in module.panels:
        found.add(panel.title, f"panel {panel.name}", customers=panel.place.startswith("track"))
    for listing in module.listings:
        found.add(listing.title, f"list {listing.name}")
    for holding in module.holdings:
        found.add(holding.title, f"holding {holding.name}")
    for one in module.imports:
        for words in (one.title, one.about, *(field.about for field in one.fields)):
            found.add(words, f"import {one.name}")


def _of_machine(machine: Machine, found: Found) -> None:
    found.add(machine.title, f"machine {machine.name}")
    for state in machine.states:
        found.add(state.label, f"state {machine.name}.{state.name}")
        found.add(state.customer_label, f"state {machine.name}.{state.name}", customers=True)
    for edge in machine.edges:
        found.add(edge.label, f"edge {machine.name}.{edge.verb}", customers=By.CUSTOMER in edge.by)
    for kind in machine.events:
        found.add(kind.label, f"event {machine.name}.{kind.name}")
        found.add(kind.button, f"event {machine.name}.{kind.name}")


def _of_form(action: Action, found: Found) -> None:
    where = f"form {action.machine}.{action.verb}"
    customers = action.by is By.CUSTOMER
    for one in action.schema.model_fields.values():
        found.add(one.title, where, customers=customers)
        found.add(one.description, where, customers=customers)


def main(arguments: Iterable[str] | None = None) -> int:
    """Report what is missing, bring the catalogues up to date, hand words to translators and take them back.

    Returns 1 if customers miss words of a language that they are offered, or if an import was refused in part.
    """
    parser = argparse.ArgumentParser(prog="python -m aftersales.i18n.extract", description=main.__doc__)
    parser.add_argument("--write", action="store_true", help="bring the catalogues up to date")
    parser.add_argument("--export", nargs=2, metavar=("LANG", "FILE"), help="write what is missing, customers' first")
    parser.add_argument(
        "--import", nargs=2, metavar=("LANG", "FILE"), dest="take", help="take translations from a file"
    )
    chosen = parser.parse_args(None if arguments is None else list(arguments))
    if not (chosen.export or chosen.take):
        return _report(extract(load_registry()), fresh=chosen.write)
    language, file = chosen.export or chosen.take
    _known(parser, language)
    move = exchange.export if chosen.export else exchange.take
    return move(extract(load_registry()), language, Path(file))


def _known(parser: argparse.ArgumentParser, code: str) -> None:
    if code not in LANGUAGES or code == DEFAULT:
        parser.error(f"{code} is not a language to translate into: {', '.join(c for c in LANGUAGES if c != DEFAULT)}")


def _report(every: list[Found], *, fresh: bool) -> int:
    status = 0
    for language in (code for code in LANGUAGES if code != DEFAULT):
        for found in every:
            offered = language in OFFERED
            # Nothing is gained by a file that says nothing: an import makes the first.
            if fresh and (offered or catalogue_path(found.package, language).is_file()):
                write(found, language)
            urgent = missing(found, language, customers_only=True)
            status = 1 if urgent and offered else status
            sys.stdout.write(
                f"{language} {found.package}: {len(found.every)} messages, {len(missing(found, language))} not "
                f"translated, {len(urgent)} of them for customers{'' if offered else ' (not offered yet)'}\n"
            )
            sys.stdout.writelines(f"  {message!r}\n" for message in urgent if offered)
    return status


if __name__ == "__main__":
    sys.exit(main())
