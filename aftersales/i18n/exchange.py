"""Words out to translators and back: a JSON file of what a language lacks, customers' words first.

Each entry has the package and the message, where it is used and who reads it. A message with a plural wants one
translation for each form of the language, and says for which numbers each form is used.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from aftersales.i18n.catalogues import blank, catalogue, compile_catalogue
from aftersales.i18n.checks import faults
from aftersales.i18n.languages import LANGUAGES
from aftersales.i18n.upkeep import Found, empty, missing, save, write


class Entry(BaseModel):
    """One message with its translation; whatever else the file says of it is for the translator alone."""

    model_config = ConfigDict(extra="ignore")

    package: str
    message: str
    translation: str | list[str]


def export(every: Sequence[Found], language: str, file: Path) -> int:
    """Write what the language lacks to the file: staff's words only for a language of the desk. Returns 0."""
    entries = [
        _entry(found, message, language, customers=customers)
        for customers in (True, False)
        for found in every
        for message in missing(found, language, customers_only=customers or not LANGUAGES[language].desk)
        if (message in found.customers) is customers
    ]
    file.write_text(json.dumps(entries, ensure_ascii=False, indent=1) + "\n", "utf-8")
    customers = sum(entry["for"] == "customers" for entry in entries)
    sys.stdout.write(f"{language}: {len(entries)} messages to translate, {customers} of them for customers: {file}\n")
    return 0


def take(every: Sequence[Found], language: str, file: Path) -> int:
    """Write the translations of the file into the catalogues, without those that cannot be right; each is reported.

    Entries without a translation are left for another day. Returns 1 if anything was refused.
    """
    try:
        entries = TypeAdapter(list[Entry]).validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        sys.stdout.write(f"{file} cannot be read: {error}\n")
        return 1
    packages = {found.package: found for found in every}
    good: dict[str, dict[str, str | tuple[str, ...]]] = {}
    refused = 0
    for entry in entries:
        if not any(_forms(entry)):
            continue
        problems = _problems(packages.get(entry.package), entry, language)
        refused += bool(problems)
        sys.stdout.writelines(f"refused: {entry.message!r} of {entry.package}: {problem}\n" for problem in problems)
        if not problems:
            forms = _forms(entry)
            plural = entry.message in packages[entry.package].plurals
            good.setdefault(entry.package, {})[entry.message] = forms if plural else forms[0]
    for package, translations in good.items():
        _write(packages[package], language, translations)
    taken = sum(len(translations) for translations in good.values())
    sys.stdout.write(f"{language}: {taken} translations taken, {refused} refused\n")
    return 1 if refused else 0


def _entry(found: Found, message: str, language: str, *, customers: bool) -> dict[str, Any]:
    said: dict[str, Any] = {
        "package": found.package,
        "message": message,
        "where": found.every[message],
        "for": "customers" if customers else "staff",
    }
    catalog = blank(language)
    if message in found.plurals:
        said |= {"plural": found.plurals[message], "forms": _numbers(language)}
    unsaid = empty(catalog, found.key(message))
    return said | {"translation": unsaid if isinstance(unsaid, str) else list(unsaid)}


def _numbers(language: str) -> list[str]:
    """For each plural form of the language, the first numbers that it is used for."""
    probe = blank(language)
    both = ("one", "many")
    probe.add(both, tuple(str(form) for form in range(probe.num_plurals)))
    forms = compile_catalogue(probe)
    numbers: list[list[str]] = [[] for _ in range(probe.num_plurals)]
    for number in range(100):
        form = numbers[int(forms.ngettext(*both, number))]
        form.append(str(number))
    return [", ".join(form[:5]) + (", …" if len(form) > 5 else "") for form in numbers]


def _forms(entry: Entry) -> tuple[str, ...]:
    return (entry.translation,) if isinstance(entry.translation, str) else tuple(entry.translation)


def _problems(found: Found | None, entry: Entry, language: str) -> list[str]:
    if found is None or entry.message not in found.every:
        return ["nothing of this package says so (any more)"]
    forms = _forms(entry)
    plural = found.plurals.get(entry.message)
    wanted = blank(language).num_plurals if plural else 1
    if len(forms) != wanted:
        return [f"it has {len(forms)} forms, not {wanted}"]
    # The form for many is what a number stands in; the one for a single thing may do without.
    return [problem for form in forms for problem in faults(plural or entry.message, form, language)]


def _write(found: Found, language: str, translations: dict[str, str | tuple[str, ...]]) -> None:
    # First what is new and gone, so that a translation always finds its message.
    write(found, language)
    catalog = catalogue(found.package, language)
    fresh = blank(language)
    for name, where in found.every.items():
        key = found.key(name)
        known = catalog.get(key)
        # Outside the desk's languages staff's words are not asked for, yet kept when somebody gives them.
        if known is not None or name in translations:
            string = translations.get(name, known.string if known is not None else empty(fresh, key))
            fresh.add(key, string, auto_comments=[where])
    save(found.package, language, fresh)
