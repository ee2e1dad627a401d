"""Gettext catalogues, read from `.po` files and compiled in memory: nothing compiled is shipped or committed."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from gettext import NullTranslations
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from aftersales.i18n.languages import DEFAULT, LANGUAGES, language_or_default

KERNEL = "aftersales"
MODULES = "aftersales.modules"


class _AsWritten(NullTranslations):
    """What is said where there is no translation: the message, a plain string that nothing translates any further."""

    def gettext(self, message: str) -> str:
        return str(message)


def translator(language: str) -> NullTranslations:
    """Translations into the language, kernel and modules together; what has no translation stays English.

    Cheap to call: made once per language and process. Suits Jinja's `install_gettext_translations`.
    """
    return _compiled(language_or_default(language, LANGUAGES))


@lru_cache(maxsize=64)
def _compiled(language: str) -> NullTranslations:
    if language == DEFAULT:
        return _AsWritten()
    return compile_catalogue(merged(language, (catalogue(package, language) for package in packages())))


def packages() -> tuple[str, ...]:
    """The kernel's package and those of the installed modules, found without importing them."""
    points = sorted(entry_points(group=MODULES), key=lambda point: point.name)
    named = [point.module.rpartition(".")[0] for point in points]
    return (KERNEL, *(name for name in named if find_spec(name) is not None))


def catalogue(package: str, language: str) -> Catalog:
    """What the package itself translates, empty if it has no catalogue of the language."""
    path = catalogue_path(package, language)
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def catalogue_path(package: str, language: str) -> Traversable:
    """Where the package keeps its catalogue of the language."""
    return files(package).joinpath("locale", language, "LC_MESSAGES", "messages.po")


def merged(language: str, parts: Iterable[Catalog]) -> Catalog:
    """One catalogue; where two translate the same message, the first does."""
    whole = Catalog(locale=language)
    for message in _messages(parts):
        if whole.get(message.id, message.context) is None:
            whole.add(message.id, message.string, context=message.context)
    return whole


def _messages(parts: Iterable[Catalog]) -> Iterator:  # type: ignore[type-arg]
    for part in parts:
        yield from (message for message in part if message.id and message.string and not message.fuzzy)


def compile_catalogue(catalog: Catalog) -> NullTranslations:
    """The catalogue as gettext uses it."""
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    made = Translations(compiled)
    made.add_fallback(_AsWritten())
    return made
