"""What a message asks, where that is beyond doubt, in twelve languages and two alphabets. Pure.

Each language has its phrases as data (`phrases/<language>.toml`). A phrase is a set of words that must all be there;
`a|b` is either, `a*` whatever begins so, `THING` what may be asked about, and `^` says that the order counts. A message
is understood if a phrase fits and nearly every other word of it says nothing of its own; a single word that speaks of
another matter (`veto`), and it stays unknown. What is not understood goes to a person: no guess is made.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from aftersales.inbox.words import MAX_READ, folded, script_languages, words

CERTAIN = 0.8
"""The share of words that must be accounted for."""
MAX_WORDS = 25
LANGUAGES = ("en", "te", "hi", "ta", "kn", "ml", "mr", "bn", "gu", "pa", "ur", "cy")
THING = "THING"


class Intent(StrEnum):
    """What is asked, the most pressing first: of two in one message the first is answered."""

    STOP = "stop"
    START = "start"
    LANGUAGE = "language"
    PERSON = "person"
    WHEN = "when"
    COST = "cost"
    STATUS = "status"
    THANKS = "thanks"


COMMANDS = frozenset({Intent.STOP, Intent.START, Intent.LANGUAGE})
_ASKED = (Intent.PERSON, Intent.WHEN, Intent.COST, Intent.STATUS, Intent.THANKS)


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message asks, in which language it does, how much of it is accounted for (at most 1).

    `intent` is None where it stays unknown; `chosen` is the language that a message naming one asks for.
    """

    intent: Intent | None
    language: str
    confidence: float = 0.0
    chosen: str | None = None


class _Word:
    """One place of a phrase: any of some words, or of beginnings of words."""

    __slots__ = ("_begins", "_whole")

    def __init__(self, alternatives: Iterable[str]) -> None:
        several = list(alternatives)
        self._whole = frozenset(folded(one) for one in several if not one.endswith("*"))
        self._begins = tuple(folded(one[:-1]) for one in several if one.endswith("*"))

    def fits(self, word: str) -> bool:
        return word in self._whole or (bool(self._begins) and word.startswith(self._begins))


@dataclass(frozen=True, slots=True)
class _Phrase:
    places: tuple[_Word, ...]
    ordered: bool

    def found(self, said: Sequence[str]) -> set[int] | None:
        """Where in the message its words stand; None unless all of them do, each by a word of its own."""
        taken: list[int] = []
        for place in self.places:
            start = taken[-1] + 1 if self.ordered and taken else 0
            at = next((i for i in range(start, len(said)) if i not in taken and place.fits(said[i])), None)
            if at is None:
                return None
            taken.append(at)
        return {i for i, word in enumerate(said) if i in taken or any(place.fits(word) for place in self.places)}


@dataclass(frozen=True, slots=True)
class _Tongue:
    """The phrases of one language."""

    phrases: Mapping[Intent, tuple[_Phrase, ...]]
    empty: _Word
    veto: _Word
    commands: Mapping[tuple[str, ...], Intent]
    names: Mapping[tuple[str, ...], str]


def understand(text: str, likely: str = "en") -> Understood:
    """What the message asks. `likely` is the language its sender is written to in; it decides between equals."""
    said = words(text)
    written = script_languages(text[:MAX_READ])
    language = likely if not written or likely in written else written[0]
    if not said or len(said) > MAX_WORDS:
        return Understood(None, language)
    if (command := _command(said)) is not None:
        intent, of = command
        return Understood(intent, of, 1.0, of if intent is Intent.LANGUAGE else None)
    best = Understood(None, language)
    for code in sorted(written or LANGUAGES, key=lambda one: one != likely):
        found = _read(_tongue(code), said)
        if found is not None and found[1] > best.confidence:
            best = Understood(found[0], code, found[1])
    if best.confidence < CERTAIN:
        return Understood(None, best.language if best.intent else language, best.confidence)
    return best


def _read(tongue: _Tongue, said: Sequence[str]) -> tuple[Intent, float] | None:
    if any(tongue.veto.fits(word) for word in said):
        return None
    asked: list[Intent] = []
    known = {i for i, word in enumerate(said) if tongue.empty.fits(word) or any(c.isdigit() for c in word)}
    for intent in _ASKED:
        hits = [at for phrase in tongue.phrases[intent] if (at := phrase.found(said)) is not None]
        if hits:
            asked.append(intent)
            known |= set().union(*hits)
    return (asked[0], len(known) / len(said)) if asked else None


def _command(said: tuple[str, ...]) -> tuple[Intent, str] | None:
    """STOP, START or the name of a language: the whole message is nothing else."""
    bare = tuple(word for word in said if not _COURTESY.fits(word))
    for code in LANGUAGES:
        tongue = _tongue(code)
        if bare in tongue.names:
            return Intent.LANGUAGE, tongue.names[bare]
        if bare in tongue.commands:
            return tongue.commands[bare], code
    return None


_COURTESY = _Word(("please", "pls", "plz", "language", "sir", "madam", "dayachesi", "kripaya"))


@cache
def _common() -> Mapping[str, Any]:
    return _data("common")


@cache
def _tongue(code: str) -> _Tongue:
    data, common = _data(code), _common()
    things = _split(data["thing"]) + _split(common["thing"])
    phrases = {one: tuple(_phrase(given, things) for given in data[one.value]) for one in _ASKED}
    commands = {words(given): one for one in (Intent.STOP, Intent.START) for given in data[one.value]}
    return _Tongue(
        phrases=phrases,
        empty=_Word([*things, *_split(data["filler"]), *_split(common["filler"])]),
        veto=_Word([*_split(data["veto"]), *_split(common["veto"])]),
        commands=commands,
        names={words(given): code for given in data["names"]},
    )


def _phrase(given: str, things: Sequence[str]) -> _Phrase:
    ordered, places = given.startswith("^"), given.removeprefix("^").split()
    return _Phrase(tuple(_Word(_alternatives(place, things)) for place in places), ordered)


def _alternatives(place: str, things: Sequence[str]) -> Iterable[str]:
    for one in place.split("|"):
        if one == THING:
            yield from things
        elif one.isascii():
            yield one
        else:
            # Other scripts are compared as `words` leaves them.
            yield "".join(words(one.removesuffix("*"))) + ("*" if one.endswith("*") else "")


def _split(given: str) -> list[str]:
    return [one for word in given.split() for one in _alternatives(word, ())]


def _data(name: str) -> Mapping[str, Any]:
    return tomllib.loads(files("aftersales.inbox").joinpath("phrases", f"{name}.toml").read_text("utf-8"))
