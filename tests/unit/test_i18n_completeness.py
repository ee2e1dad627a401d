"""Whatever customers read is there in every language: the same placeholders, in the language's own letters."""

import re
from pathlib import Path

import pytest

from aftersales.i18n import DEFAULT, LANGUAGES
from aftersales.i18n.catalogues import catalogue, packages
from aftersales.i18n.extract import Found, extract, main, missing, write
from aftersales.registry import load_registry
from aftersales.updates.render import placeholders

OTHERS = [code for code in LANGUAGES if code != DEFAULT]
PERCENT = re.compile(r"%\((\w+)\)s|%%")
TRANSLATED = [
    (language, package, message)
    for language in OTHERS
    for package in packages()
    for message in catalogue(package, language)
    if message.id and message.string
]


@pytest.fixture(scope="module")
def found() -> list[Found]:
    """Everything that there is to translate."""
    return extract(load_registry())


@pytest.mark.parametrize("language", OTHERS)
def test_customers_miss_nothing(found: list[Found], language: str) -> None:
    lacking = [text for one in found for text in missing(one, language, customers_only=True)]
    assert lacking == [], f"not in {language}: python -m aftersales.i18n.extract --write, then translate"


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


@pytest.mark.parametrize("language", OTHERS)
def test_no_catalogue_is_empty(language: str) -> None:
    for package in packages():
        assert [message for message in catalogue(package, language) if message.string], package


def each(message_id: object, string: object) -> list[tuple[str, str]]:
    ids = message_id if isinstance(message_id, tuple) else (message_id,)
    strings = string if isinstance(string, tuple) else (string,)
    return [(str(ids[min(place, len(ids) - 1)]), str(text)) for place, text in enumerate(strings)]


def test_translations_have_the_same_placeholders() -> None:
    for language, package, message in TRANSLATED:
        for source, text in each(message.id, message.string):
            where = f"{package} {language}: {text}"
            if "%(" in source:
                assert sorted(PERCENT.findall(source)) == sorted(PERCENT.findall(text)), where
            elif "{" in source:
                assert placeholders(source) == placeholders(text), where


def test_translations_are_written_in_the_languages_own_letters() -> None:
    for language, package, message in TRANSLATED:
        for source, text in each(message.id, message.string):
            said = PERCENT.sub("", re.sub(r"\{\w+\}", "", source))
            if any(letter.isalpha() for letter in said):
                alone = PERCENT.sub("", re.sub(r"\{\w+\}", "", text))
                assert LANGUAGES[language].written_in(alone) or not alone.strip(), f"{package} {language}: {text}"


def test_an_ending_does_not_melt_into_a_value() -> None:
    """Between a value in Latin or ending in a virama and a Telugu ending stands a joiner that keeps them apart."""
    for language, package, message in TRANSLATED:
        if language == "te":
            for _, text in each(message.id, message.string):
                assert not re.search(r"\}[ఁ-౿]", text), f"{package}: {text}"


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
