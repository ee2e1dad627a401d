"""What there is to translate, and what is missing. For developers: `python -m aftersales.i18n.extract [--write]`.

Message ids come from the marks `N_` and `_` in Python, from `_(…)` in templates, and from what the manifests declare:
labels, titles, update texts, and the fields of forms.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from aftersales.i18n.catalogues import KERNEL, catalogue, catalogue_path, packages
from aftersales.i18n.languages import DEFAULT, LANGUAGES
from aftersales.module import Action, Module
from aftersales.registry import Registry, load_registry
from aftersales.status.machine import By, Machine

_METHODS = [("**/templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
_KEYWORDS = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
# What customers read besides what the manifests declare for them.
_CUSTOMERS_PLACES = (
    "/track/",
    "/web/refusals.py",
    "/error.html",
    "/track_",
    "/layouts/track.html",
    "/layouts/_languages.html",
    "/i18n/rows.py",
    "/updates/render.py",
    "/updates/service.py",
    "/updates/texts.py",
    "/tells.py",
)


@dataclass(slots=True)
class Found:
    """The message ids of one package, and those among them that customers read."""

    package: str
    every: dict[str, str] = field(default_factory=dict)
    customers: set[str] = field(default_factory=set)

    def add(self, message: str | None, where: str, *, customers: bool = False) -> None:
        """Remember a message and where it is first used."""
        if message and message.strip():
            self.every.setdefault(message, where)
            if customers:
                self.customers.add(message)


def extract(registry: Registry) -> list[Found]:
    """Everything to translate, by package: the kernel first, then the loaded modules."""
    found = {name: Found(name) for name in packages()}
    cards = {f"/templates/{p.template}" for m in registry.modules for p in m.panels if p.place.startswith("track")}
    theirs = (*_CUSTOMERS_PLACES, *sorted(cards))
    for package in found.values():
        for message, where in _marked(package.package):
            package.add(message, where, customers=any(place in f"/{where}" for place in theirs))
    for module in registry.modules:
        _declared(module, found[module.package.partition(".")[0]])
    return list(found.values())


def missing(found: Found, language: str, *, customers_only: bool = False) -> list[str]:
    """What neither the package's own catalogue of the language translates nor the kernel's, which is always there."""
    known = _translated(found.package, language) | _translated(KERNEL, language)
    wanted = found.customers if customers_only else found.every
    return [message for message in found.every if message in wanted and message not in known]


def write(found: Found, language: str) -> None:
    """Bring the package's catalogue up to date: new messages without translation, unused ones dropped."""
    kept = catalogue(found.package, language)
    fresh = Catalog(locale=language)
    elsewhere = _translated(KERNEL, language) if found.package != KERNEL else set()
    for message, where in found.every.items():
        known = kept.get(message)
        if known is not None or message not in elsewhere:
            fresh.add(message, known.string if known else "", auto_comments=[where])
    save(found.package, language, fresh)


def _translated(package: str, language: str) -> set[object]:
    ids = (m.id for m in catalogue(package, language) if m.string)
    return {one for key in ids for one in (key if isinstance(key, tuple) else (key,))}


def save(package: str, language: str, catalog: Catalog) -> None:
    """Write the package's catalogue, with a head that does not change by the day."""
    path = Path(str(catalogue_path(package, language)))
    path.parent.mkdir(parents=True, exist_ok=True)
    head = (
        f'# {LANGUAGES[language].name}\nmsgid ""\nmsgstr ""\n"Language: {language}\\n"\n'
        f'"Plural-Forms: {catalog.plural_forms}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n\n'
    )
    with path.open("wb") as file:
        file.write(head.encode())
        write_po(file, catalog, width=110, omit_header=True, ignore_obsolete=True)


def _marked(package: str) -> Iterator[tuple[str, str]]:
    root = Path(str(catalogue_path(package, DEFAULT))).parents[3]
    for name, _, message, _, _ in extract_from_dir(str(root), _METHODS, keywords=_KEYWORDS):
        messages = message if isinstance(message, tuple) else (message,)
        yield from ((one, Path(name).as_posix()) for one in messages if one)


def _declared(module: Module, found: Found) -> None:
    for machine in module.machines:
        _of_machine(machine, found)
    for tell in module.tells:
        found.add(tell.subject, f"update {tell.text}", customers=True)
        found.add(tell.body, f"update {tell.text}", customers=True)
    for permission in module.permissions:
        found.add(permission.label, f"permission {permission.name}")
    for role in module.roles:
        found.add(role.label, f"role {role.name}")
    for panel in module.panels:
        found.add(panel.title, f"panel {panel.name}", customers=panel.place == "track")
    for action in module.actions:
        _of_form(action, found)


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
    """Report what is missing, and with --write bring the catalogues up to date. Returns 1 if customers miss words."""
    parser = argparse.ArgumentParser(prog="python -m aftersales.i18n.extract", description=main.__doc__)
    parser.add_argument("--write", action="store_true", help="bring the catalogues up to date")
    chosen = parser.parse_args(None if arguments is None else list(arguments))
    every = extract(load_registry())
    status = 0
    for language in (code for code in LANGUAGES if code != DEFAULT):
        for found in every:
            if chosen.write:
                write(found, language)
            urgent = missing(found, language, customers_only=True)
            status = 1 if urgent else status
            total = len(missing(found, language))
            sys.stdout.write(
                f"{language} {found.package}: {len(found.every)} messages, {total} not translated, "
                f"{len(urgent)} of them for customers\n"
            )
            sys.stdout.writelines(f"  {message!r}\n" for message in urgent)
    return status


if __name__ == "__main__":
    sys.exit(main())
