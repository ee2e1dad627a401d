"""What people ask, in their own words: 12 languages, native script and Latin letters. What is unclear stays unknown."""

import sys
from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.inbox.understanding import CERTAIN, LANGUAGES, Intent, understand
from aftersales.inbox.words import MAX_READ, script_language, words

SENTENCES = Path(__file__).parent / "sentences"
GROUPS: Mapping[str, AbstractSet[Intent | None]] = {
    "progress": {Intent.STATUS, Intent.WHEN},
    "cost": {Intent.COST},
    "person": {Intent.PERSON},
    "thanks": {Intent.THANKS},
    "unknown": {None},
}


def corpus(language: str) -> dict[str, list[str]]:
    """The sentences of one language by what they ask."""
    found: dict[str, list[str]] = {}
    group: list[str] = []
    for line in (SENTENCES / f"{language}.txt").read_text("utf-8").splitlines():
        if line.startswith("# "):
            group = found.setdefault(line[2:], [])
        elif line.strip():
            group.append(line)
    return found


def group_of(intent: Intent | None) -> str:
    return next((name for name, intents in GROUPS.items() if intent in intents), "command")


def confusion(languages: tuple[str, ...]) -> tuple[Counter[tuple[str, str]], list[str]]:
    """How often each group was taken for which, and the sentences that were not understood as meant."""
    table: Counter[tuple[str, str]] = Counter()
    wrong = []
    for language in languages:
        for group, sentences in corpus(language).items():
            for sentence in sentences:
                found = understand(sentence, language)
                table[group, group_of(found.intent)] += 1
                if found.intent not in GROUPS[group]:
                    wrong.append(f"{language} {group}: {sentence!r} → {found.intent} {found.confidence:.2f}")
    return table, wrong


def drawn(table: Counter[tuple[str, str]]) -> str:
    """The table, what was meant by row and what it was taken for by column (`pytest -s` shows it)."""
    head = " " * 12 + "".join(f"{name:>10}" for name in GROUPS)
    rows = [f"{meant:>12}" + "".join(f"{table[meant, taken]:>10}" for taken in GROUPS) for meant in GROUPS]
    return "\n".join(["", head, *rows, ""])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_group_has_sentences_enough(language: str) -> None:
    found = corpus(language)
    assert found.keys() == GROUPS.keys()
    assert min(len(set(sentences)) for sentences in found.values()) >= 15


def test_what_is_asked_is_understood_and_what_is_unclear_is_not() -> None:
    """The table of confusion; no sentence that asks something else is ever taken for a question."""
    table, wrong = confusion(LANGUAGES)
    sys.stdout.write(drawn(table))
    total = sum(table.values())
    assert total >= 12 * 5 * 15
    assert [line for line in wrong if " unknown: " in line] == []
    confused = [line for line in wrong if " unknown: " not in line and "→ None" not in line]
    assert confused == [], "one thing asked was taken for another"
    assert wrong == []


@pytest.mark.parametrize("likely", LANGUAGES)
def test_whatever_language_is_expected_nothing_is_guessed(likely: str) -> None:
    """People write in another language than the one they are written to in."""
    guessed = [
        f"{language}: {sentence!r} → {found.intent}"
        for language in LANGUAGES
        for sentence in corpus(language)["unknown"]
        if (found := understand(sentence, likely)).intent is not None
    ]
    assert guessed == []


def test_a_language_other_than_the_expected_is_seen() -> None:
    assert understand("mera fridge kab aayega", "te").language == "hi"
    assert understand("naa washing machine ekkada", "hi").language == "te"
    assert understand("Pryd fydd fy oergell yn barod?", "en").language == "cy"
    assert understand("मेरा फ्रिज फिर से खराब है", "mr").language == "mr", "Devanagari is Marathi's too"
    assert understand("ఇది వేరే విషయం", "en").language == "te"
    assert understand("Something else", "ta").language == "ta"


@pytest.mark.parametrize(
    ("said", "intent", "chosen"),
    [
        ("STOP", Intent.STOP, None),
        ("stop.", Intent.STOP, None),
        ("Unsubscribe", Intent.STOP, None),
        ("ఆపండి", Intent.STOP, None),
        ("बंद करो", Intent.STOP, None),
        ("आपत्ति", Intent.STOP, None),
        ("நிறுத்து", Intent.STOP, None),
        ("ನಿಲ್ಲಿಸಿ", Intent.STOP, None),
        ("നിർത്തുക", Intent.STOP, None),
        ("थांबवा", Intent.STOP, None),
        ("বন্ধ করুন", Intent.STOP, None),
        ("બંધ કરો", Intent.STOP, None),
        ("ਬੰਦ ਕਰੋ", Intent.STOP, None),
        ("بند کریں", Intent.STOP, None),
        ("Stopiwch os gwelwch yn dda", None, None),
        ("stopio", Intent.STOP, None),
        ("START", Intent.START, None),
        ("शुरू करो", Intent.START, None),
        ("ప్రారంభించండి", Intent.START, None),
        ("తెలుగు", Intent.LANGUAGE, "te"),
        ("Telugu please", Intent.LANGUAGE, "te"),
        ("Hindi", Intent.LANGUAGE, "hi"),
        ("हिंदी में", Intent.LANGUAGE, "hi"),
        ("தமிழ்", Intent.LANGUAGE, "ta"),
        ("ಕನ್ನಡ", Intent.LANGUAGE, "kn"),
        ("മലയാളം", Intent.LANGUAGE, "ml"),
        ("मराठी", Intent.LANGUAGE, "mr"),
        ("বাংলা", Intent.LANGUAGE, "bn"),
        ("ગુજરાતી", Intent.LANGUAGE, "gu"),
        ("ਪੰਜਾਬੀ", Intent.LANGUAGE, "pa"),
        ("اردو", Intent.LANGUAGE, "ur"),
        ("Cymraeg", Intent.LANGUAGE, "cy"),
        ("English", Intent.LANGUAGE, "en"),
        ("Stop the water first", None, None),
        ("The technician spoke no Telugu", None, None),
        ("please start the repair", None, None),
    ],
)
def test_one_word_changes_what_is_sent(said: str, intent: Intent | None, chosen: str | None) -> None:
    found = understand(said, "te")
    assert (found.intent, found.chosen) == (intent, chosen)


def test_of_two_questions_the_more_pressing_is_answered() -> None:
    assert understand("where is my fridge, when will it come").intent is Intent.WHEN
    assert understand("thank you, when will it be ready?").intent is Intent.WHEN
    assert understand("how much is it, and please call me").intent is Intent.PERSON


def test_spelling_does_not_matter() -> None:
    for said in ("mera frij", "MERA FRIDGE KAB AYEGA", "mera fridge kab aayega???", "mera  fridge\u200b kab AAYEGA 🙏"):
        assert (understand(said, "hi").intent is Intent.WHEN) == ("kab" in said.lower()), said


@given(st.text(max_size=2 * MAX_READ))
def test_any_text_can_be_read(said: str) -> None:
    found = understand(said)
    assert found.language in LANGUAGES
    assert 0 <= found.confidence <= 1
    assert found.intent is None or found.confidence >= CERTAIN
    assert all(word == word.casefold() and word.strip() for word in words(said))
    assert script_language(said, "en") in LANGUAGES


@given(st.sampled_from(LANGUAGES), st.integers(0, 200), st.text(alphabet="bcdfgjlmnpqrtvxz", min_size=4, max_size=9))
def test_words_that_are_not_known_make_it_uncertain(language: str, place: int, odd: str) -> None:
    """Three words that mean something else turn any question into one for a person."""
    sentences = [one for group in ("progress", "cost") for one in corpus(language)[group]]
    sentence = sentences[place % len(sentences)]
    if len(words(sentence)) <= 8:
        assert understand(f"{sentence} {odd}x {odd}y {odd}q", language).intent is None
