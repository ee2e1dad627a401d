"""The upkeep of catalogues: what is missing in one, and how it is written. For developers and translators."""

from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from aftersales.i18n.catalogues import KERNEL, blank, catalogue, catalogue_path
from aftersales.i18n.languages import LANGUAGES


@dataclass(slots=True)
class Found:
    """The message ids of one package, and those among them that customers read."""

    package: str
    every: dict[str, str] = field(default_factory=dict)
    customers: set[str] = field(default_factory=set)
    plurals: dict[str, str] = field(default_factory=dict)

    def add(self, message: str | None, where: str, *, customers: bool = False, plural: str | None = None) -> None:
        """Remember a message, the form of it for many, and where it is first used."""
        if message and message.strip():
            self.every.setdefault(message, where)
            if plural:
                self.plurals[message] = plural
            if customers:
                self.customers.add(message)

    def key(self, message: str) -> str | tuple[str, str]:
        """The message as catalogues know it: with its plural, if it has one."""
        return (message, self.plurals[message]) if message in self.plurals else message


def missing(found: Found, language: str, *, customers_only: bool = False) -> list[str]:
    """What neither the package's own catalogue of the language translates nor the kernel's, which is always there."""
    known = _translated(found.package, language) | _translated(KERNEL, language)
    wanted = found.customers if customers_only else found.every
    return [message for message in found.every if message in wanted and found.key(message) not in known]


def write(found: Found, language: str) -> None:
    """Bring the package's catalogue up to date: new messages without translation, unused ones dropped.

    A language that the desk is not offered in holds what customers read, and what was translated anyway.
    """
    kept = catalogue(found.package, language)
    fresh = blank(language)
    elsewhere = _translated(KERNEL, language) if found.package != KERNEL else set()
    for message, where in found.every.items():
        key = found.key(message)
        known = kept.get(key)
        same = known is not None and known.id == key
        wanted = message in found.customers or LANGUAGES[language].desk
        if same or (wanted and key not in elsewhere):
            fresh.add(key, known.string if known is not None and same else empty(fresh, key), auto_comments=[where])
    save(found.package, language, fresh)


def empty(catalog: Catalog, key: str | tuple[str, str]) -> str | tuple[str, ...]:
    """No translation yet, with a place for every plural form of the catalogue's language."""
    return "" if isinstance(key, str) else ("",) * catalog.num_plurals


def _translated(package: str, language: str) -> set[object]:
    return {
        message.id
        for message in catalogue(package, language)
        if message.string and not message.fuzzy and (isinstance(message.string, str) or all(message.string))
    }


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
