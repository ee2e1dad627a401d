"""What makes a translation wrong whatever it says: another placeholder, another script, words left in English. Pure."""

import re
import unicodedata
from functools import lru_cache

from aftersales.i18n.languages import LANGUAGES, Language

_VALUES = re.compile(r"%\(\w+\)[a-z]|%%|\{\w*(?::[^{}]*)?\}")
_LATIN = re.compile(r"[A-Za-z][A-Za-z’'.-]*[A-Za-z]")
# Written in Latin letters in every language: brands, and what bills, phones and forms themselves say.
_EVERYWHERE = frozenset(
    {"AC", "AMC", "API", "CSV", "DIGIPIN", "DLT", "EMI", "GST", "GSTIN", "HTTPS", "IMEI", "JSON", "LED", "MB", "OK"}
    | {"OTP", "PDF", "PIN", "QR", "RO", "SIM", "SMS", "START", "STOP", "TV", "UPI", "URL", "USB", "UTC", "Wi-Fi"}
    | {"Aftersales", "Apple", "Google", "WhatsApp"}
)
# Marks that any text may carry: the joiners, and the directions of a line.
_NEUTRAL = frozenset("\u200c\u200d\u200e\u200f")


def placeholders(text: str) -> list[str]:
    """The values that a text wants, each as often as it stands there, sorted: `%(num)s`, `{name}`."""
    return sorted(found for found in _VALUES.findall(text) if found != "%%")


def faults(source: str, translation: str, language: str) -> list[str]:
    """What is wrong with one translation, each as a sentence; nothing if it can be used."""
    return list(_faults(source, translation, language))


# The page of all texts looks at each of ten thousand translations again and again.
@lru_cache(maxsize=32_768)
def _faults(source: str, translation: str, language: str) -> tuple[str, ...]:
    if not translation.strip():
        return ("it is empty",)
    written = LANGUAGES[language]
    found = []
    wanted, given = placeholders(source), placeholders(translation)
    # A value may be said twice, or once where the source says it twice, but none may be new or missing.
    if set(wanted) != set(given):
        found.append(f"its placeholders are {given}, not {wanted}")
    said = _VALUES.sub(" ", translation)
    if any(letter.isalpha() for letter in _VALUES.sub("", source)):
        found += _script(_VALUES.sub(" ", source), said, written)
    return tuple(found)


def left_in_english(text: str, *, known: str = "") -> list[str]:
    """Latin words of two letters and more that are neither written so everywhere nor in `known` (names, numbers)."""
    allowed = _EVERYWHERE | set(_LATIN.findall(known))
    return [word for word in _LATIN.findall(text) if word not in allowed]


def _script(source: str, said: str, written: Language) -> list[str]:
    found = []
    if not written.scripts:
        foreign = sorted({letter for letter in set(said) if letter.isalpha() and not _latin(letter)})
        if said.split() == source.split() and len(said.split()) > 2:
            found.append("it is the English words")
    else:
        if any(letter.isalpha() for letter in said) and not written.written_in(said) and left_in_english(said):
            found.append(f"it has no letter of {written.script}")
        foreign = sorted({letter for letter in set(said) if _stranger(letter, written)})
        if english := left_in_english(said):
            found.append(f"left in English: {', '.join(english)}")
    return [*found, *([f"letters of another script: {' '.join(foreign)}"] if foreign else [])]


def _stranger(letter: str, written: Language) -> bool:
    if letter in _NEUTRAL or not (letter.isalpha() or unicodedata.category(letter) in {"Mn", "Mc", "Nd"}):
        return False
    # The danda and the signs of Vedic stress stand in the Devanagari block and serve all of India.
    return not (_latin(letter) or letter.isascii() or written.written_in(letter) or "\u0951" <= letter <= "\u0965")


def _latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN") or letter in "ªº"
