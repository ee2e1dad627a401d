"""Gettext catalogues, read from `.po` files and compiled in memory: nothing compiled is shipped or committed."""

from functools import lru_cache
from gettext import NullTranslations, c2py
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from babel.plural import to_gettext
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
    return compile_catalogue(*(catalogue(package, language) for package in packages()))


def packages() -> tuple[str, ...]:
    """The kernel's package and those of the installed modules, found without importing them."""
    points = sorted(entry_points(group=MODULES), key=lambda point: point.name)
    named = [point.module.rpartition(".")[0] for point in points]
    return (KERNEL, *(name for name in named if find_spec(name) is not None))


def catalogue(package: str, language: str) -> Catalog:
    """What the package itself translates, empty if it has no catalogue of the language."""
    path = catalogue_path(package, language)
    if not path.is_file():
        return blank(language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def blank(language: str) -> Catalog:
    """An empty catalogue of the language with its plural forms by CLDR, which gettext's own lists know only in part."""
    catalog = Catalog(locale=language)
    catalog.mime_headers = [("Plural-Forms", to_gettext(Locale.parse(language).plural_form))]
    return catalog


def catalogue_path(package: str, language: str) -> Traversable:
    """Where the package keeps its catalogue of the language."""
    return files(package).joinpath("locale", language, "LC_MESSAGES", "messages.po")


def compile_catalogue(first: Catalog, *others: Catalog) -> NullTranslations:
    """The catalogues as gettext uses them; where two translate the same message, the first does."""
    made = _Compiled(first)
    for part in (first, *others):
        for message in part:
            if message.id and message.string and not message.fuzzy:
                made.learn(message)
    made.add_fallback(_AsWritten())
    return made


class _Compiled(Translations):
    """Filled directly: to write the file that gettext reads, and to read it again, takes as long as all the rest."""

    def __init__(self, like: Catalog) -> None:
        super().__init__()
        self.plural = c2py(like.plural_expr)  # type: ignore[assignment]  # of whole numbers, as gettext's own

    def learn(self, message: Message) -> None:
        """Say this from now on, unless something is said already."""
        within = f"{message.context}\x04" if message.context else ""
        if isinstance(message.id, str) or isinstance(message.string, str | None):
            self._catalog.setdefault(f"{within}{message.id}", str(message.string))
            return
        one, many = message.id
        for number, form in enumerate(message.string):
            self._catalog.setdefault((f"{within}{one}", number), form or (one, many)[min(number, 1)])
