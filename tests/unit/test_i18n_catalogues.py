"""Catalogues: read, merged, compiled in memory."""

import io
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from aftersales.i18n import LANGUAGES, translator
from aftersales.i18n.catalogues import catalogue, compile_catalogue, packages


def made(text: str) -> Catalog:
    return read_po(io.BytesIO(text.encode()), locale="te")


def test_the_first_translation_counts() -> None:
    first = made('msgid "Ready"\nmsgstr "సిద్ధం"\n')
    second = made('msgid "Ready"\nmsgstr "other"\n\nmsgid "Closed"\nmsgstr "ముగిసింది"\n')
    words = compile_catalogue(first, second)
    assert words.gettext("Ready") == "సిద్ధం"
    assert words.gettext("Closed") == "ముగిసింది"


def test_what_is_not_translated_or_doubtful_stays_english() -> None:
    part = made('msgid "Ready"\nmsgstr ""\n\n#, fuzzy\nmsgid "Closed"\nmsgstr "doubtful"\n')
    words = compile_catalogue(part)
    assert words.gettext("Ready") == "Ready"
    assert words.gettext("Closed") == "Closed"


def test_context_and_plural_are_kept() -> None:
    part = made(
        'msgctxt "month"\nmsgid "May"\nmsgstr "మే"\n\n'
        'msgid "%d photo"\nmsgid_plural "%d photos"\nmsgstr[0] "%d ఫోటో"\nmsgstr[1] "%d ఫోటోలు"\n'
    )
    words = compile_catalogue(part)
    assert words.pgettext("month", "May") == "మే"
    assert words.gettext("May") == "May"
    assert words.ngettext("%d photo", "%d photos", 3) == "%d ఫోటోలు"


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_plurals_follow_the_rules_of_the_language(language: str) -> None:
    """As many forms as gettext wants, and two numbers share a form only where CLDR's rules let them."""
    forms = Catalog(locale=language).num_plurals
    assert forms == (5 if language == "cy" else 2)
    counted = Catalog(locale=language)
    both = ("one", "many")
    counted.add(both, tuple(str(form) for form in range(forms)))
    words = compile_catalogue(counted)
    rule = Locale.parse(language).plural_form
    for number in range(2, 120):
        # CLDR counts none of a thing with one of it in some languages of India, and apart in Welsh: gettext does not.
        for other in range(2, 120):
            assert (rule(number) == rule(other)) == (words.ngettext(*both, number) == words.ngettext(*both, other))
    assert words.ngettext(*both, 1) != words.ngettext(*both, 5)


def test_english_is_the_source() -> None:
    assert translator("en").gettext("Received") == "Received"
    assert translator("xx").gettext("Received") == "Received"


def test_it_is_made_once() -> None:
    assert translator("te-IN") is translator("te")


def test_a_package_without_a_catalogue_has_an_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "speechless").mkdir()
    (tmp_path / "speechless" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert [message for message in catalogue("speechless", "te") if message.id] == []


def test_the_kernel_comes_first() -> None:
    assert packages()[0] == "aftersales"
