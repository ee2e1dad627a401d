"""A message as words that can be compared, however it was typed. Pure."""

import re
import unicodedata

MAX_READ = 600
"""Characters that are looked at: a question is short, and what is longer is for a person to read."""

# Signs that some keyboards write and others leave out, and letters that stand for each other.
_DROPPED = re.compile("[\u0300-\u036f\u064b-\u0652\u0670\u093c\u09bc\u0a3c\u200b-\u200f\u202a-\u202e\u2066-\u2069'’`]")
_SAME = str.maketrans(
    {"\u064a": "\u06cc", "\u0643": "\u06a9", "\u0647": "\u06c1", "\u06be": "\u06c1", "\u0901": "\u0902"}
    | {"\u0981": "\u0982", "\u0a81": "\u0a82", "\u0a01": "\u0a02", "\u0a70": "\u0a02", "\u06ba": "\u0646"}
)
# Indian words have no one spelling in Latin letters: kab aayega, kab ayega; ekkada, ekada.
_FOLDED = (
    ("aa", "a"),
    ("ee", "i"),
    ("oo", "u"),
    ("ou", "u"),
    ("th", "t"),
    ("dh", "d"),
    ("bh", "b"),
    ("kh", "k"),
    ("gh", "g"),
    ("jh", "j"),
    ("ph", "p"),
    ("sh", "s"),
    ("ch", "c"),
    ("ck", "k"),
    ("w", "v"),
    ("z", "j"),
    ("q", "k"),
)
_DOUBLE = re.compile(r"([a-z])\1+")

# The script of its letters, and the language that it is read as: Devanagari may be Marathi too.
_SCRIPTS = (
    ("\u0900", "\u097f", "hi", "mr"),
    ("\u0980", "\u09ff", "bn"),
    ("\u0a00", "\u0a7f", "pa"),
    ("\u0a80", "\u0aff", "gu"),
    ("\u0b80", "\u0bff", "ta"),
    ("\u0c00", "\u0c7f", "te"),
    ("\u0c80", "\u0cff", "kn"),
    ("\u0d00", "\u0d7f", "ml"),
    ("\u0600", "\u06ff", "ur"),
)


def words(text: str) -> tuple[str, ...]:
    """The words of the first `MAX_READ` characters, without punctuation; Latin ones folded to how they sound."""
    plain = unicodedata.normalize("NFKD", text[:MAX_READ]).casefold()
    plain = unicodedata.normalize("NFC", _DROPPED.sub("", plain).translate(_SAME))
    kept = "".join(one if unicodedata.category(one)[0] in "LMN" else " " for one in plain)
    return tuple(folded(word) for word in kept.split())


def folded(word: str) -> str:
    """A Latin word as it sounds, roughly; one of another script as it is."""
    if not word.isascii():
        return word
    for written, heard in _FOLDED:
        word = word.replace(written, heard)
    return _DOUBLE.sub(r"\1", word)


def script_language(text: str, likely: str) -> str:
    """The language that the letters of a text are of; `likely` where they are Latin or shared with it."""
    candidates = script_languages(text)
    return likely if not candidates or likely in candidates else candidates[0]


def script_languages(text: str) -> tuple[str, ...]:
    """The languages written in the first script beyond Latin that the text has letters of; none where it is Latin."""
    for letter in text:
        for first, last, *languages in _SCRIPTS:
            if first <= letter <= last and unicodedata.category(letter)[0] == "L":
                return tuple(languages)
    return ()
