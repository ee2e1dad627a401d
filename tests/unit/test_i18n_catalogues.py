"""Catalogues: read, merged, compiled in memory."""

import io
from gettext import c2py
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
def test_every_catalogue_has_the_plurals_of_the_language(language: str) -> None:
    """What the head of each catalogue says of a number, CLDR says of it too: in Hindi none of a thing is like one."""
    rule = Locale.parse(language).plural_form
    kinds = {rule(number) for number in range(201)}
    for package in packages():
        held = catalogue(package, language)
        assert held.num_plurals == len(kinds) == (6 if language == "cy" else 2), package
        form = c2py(held.plural_expr)
        pairs = {(rule(number), form(number)) for number in range(201)}
        assert len(pairs) == len({form for _, form in pairs}) == len(kinds), package
        filled = [list(message.string or ()) for message in held if isinstance(message.id, tuple)]
        assert all(len(forms) == len(kinds) and all(forms) for forms in filled), package


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
