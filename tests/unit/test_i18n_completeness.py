"""Whatever customers read is there in every language they are offered; no translation anywhere is wrong by its form."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from aftersales.i18n import DEFAULT, DESK, LANGUAGES, OFFERED, translator
from aftersales.i18n.catalogues import blank, catalogue, packages
from aftersales.i18n.checks import faults, left_in_english
from aftersales.i18n.extract import extract, main
from aftersales.i18n.upkeep import Found, missing, write
from aftersales.registry import load_registry
from aftersales.updates.render import _FOLLOW, _REACH

OTHERS = [code for code in LANGUAGES if code != DEFAULT]


@pytest.fixture(scope="module")
def found() -> list[Found]:
    """Everything that there is to translate."""
    return extract(load_registry())


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_is_offered_exactly_when_customers_miss_nothing(found: list[Found], language: str) -> None:
    lacking = [text for one in found for text in missing(one, language, customers_only=True)]
    if language in OFFERED:
        assert lacking == [], f"not in {language}: python -m aftersales.i18n.extract --export {language} FILE"
    else:
        assert lacking, f"{language} is complete: say offered=True in aftersales/i18n/languages.py"


def test_staff_choose_among_three() -> None:
    assert {code for code, language in LANGUAGES.items() if language.desk} == {"en", "te", "hi"}
    assert set(DESK) <= set(OFFERED)


def test_much_is_found(found: list[Found]) -> None:
    kernel = found[0]
    assert kernel.package == "aftersales"
    # From a machine, an update text, a template, a form and a permission.
    assert "We have received your request" in kernel.customers
    assert "We have received your request {number}" in kernel.customers
    assert "How we write to you" in kernel.customers
    assert "Reason" in kernel.every
    assert "See cases" in kernel.every
    assert "See cases" not in kernel.customers


@pytest.mark.parametrize("language", sorted(set(OFFERED) - {DEFAULT}))
def test_no_catalogue_is_empty(language: str) -> None:
    for package in packages():
        assert [message for message in catalogue(package, language) if message.string], package


def forms(message: Message) -> list[str]:
    """The translation, in each of its plural forms."""
    return list(message.string or ()) if isinstance(message.string, tuple | list) else [message.string or ""]


@pytest.mark.parametrize("language", OTHERS)
def test_every_translation_is_sound(language: str) -> None:
    """The same placeholders, the language's own script, no English left over, as many forms as it has plurals."""
    wrong = []
    for package in packages():
        for message in catalogue(package, language):
            plural = isinstance(message.id, tuple)
            strings = forms(message)
            if not message.id or not any(strings):
                continue
            if message.fuzzy:
                wrong.append(f"{package}: {message.id!r} is marked fuzzy")
            if plural and len(strings) != blank(language).num_plurals:
                wrong.append(f"{package}: {message.id!r} has {len(strings)} forms")
            source = str(message.id[1] if plural else message.id)
            wrong += [f"{package}: {text!r}: {fault}" for text in strings for fault in faults(source, text, language)]
    assert wrong == []


@pytest.mark.parametrize("language", sorted(set(OFFERED) - {DEFAULT}))
def test_no_update_is_half_in_english(language: str) -> None:
    """In each form of every text there is, apart from values and what is written in Latin letters everywhere."""
    half = {}
    for module in load_registry().modules:
        for tell in module.tells:
            for form in (tell.subject, tell.body, tell.sms, tell.whatsapp, tell.voice, tell.push):
                for message in filter(None, (form, *([_FOLLOW, _REACH] if form == tell.body else ()))):
                    said = re.sub(r"\{\w+\}", "", translator(language).gettext(message))
                    if LANGUAGES[language].scripts and left_in_english(said):
                        half[tell.text, message] = left_in_english(said)
                    assert message != translator(language).gettext(message) or not said.strip(" :.\n"), message
    assert half == {}


def test_an_ending_does_not_melt_into_a_value() -> None:
    """Between a value in Latin or ending in a virama and a Telugu ending stands a joiner that keeps them apart."""
    for package in packages():
        for message in catalogue(package, "te"):
            assert not [text for text in forms(message) if message.id and re.search(r"\}[ఁ-౿]", text)], package


def test_a_catalogue_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wordy").mkdir()
    (tmp_path / "wordy" / "__init__.py").write_text('X = "no mark"\n')
    monkeypatch.syspath_prepend(tmp_path)
    fresh = Found("wordy")
    fresh.add("Quite new", "__init__.py:1", customers=True)
    fresh.add("  ", "nowhere")
    fresh.add("Washing machine", "elsewhere")
    write(fresh, "te")
    kept = catalogue("wordy", "te")
    assert [message.id for message in kept if message.id] == ["Quite new"], "what the kernel translates is not repeated"
    assert missing(fresh, "te") == ["Quite new"]


def test_the_report_says_how_much_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "te aftersales: " in capsys.readouterr().out
