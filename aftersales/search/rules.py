"""What was typed, and what it may be: a number, a phone, an identifier, a name. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from aftersales import phones

MAX_TYPED = 100
MIN_PHONE_END = 5
MIN_NUMBER_END = 4
MIN_IDENTIFIER = 4
MIN_NAME = 2
NUMBER_DIGITS = 6

_NUMBER = re.compile(r"([A-Z]{2,5})[-/ ]*(\d{2})[-/ ]+(\d{1,6})|([A-Z]{2,5})(\d{2})(\d{6})")
_PHONE_SIGNS = re.compile(r"[\d\s+().\-/]+")
# Written as they are heard before or after a name; a person is not found by them.
_HONORIFICS = frozenset({
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "madam", "sri", "shri", "sree", "smt", "kum", "kumari",
    "garu", "gaaru", "ji", "sahib", "saheb", "శ్రీ", "శ్రీమతి", "కుమారి", "గారు", "గారి", "డా", "డాక్టర్",
    "श्री", "श्रीमती", "कुमारी", "जी", "திரு", "திருமதி", "صاحب", "جناب",
})  # fmt: skip


class Kind(StrEnum):
    """What a key is."""

    PHONE = "phone"
    NUMBER = "number"
    IDENTIFIER = "identifier"
    NAME = "name"


class Match(StrEnum):
    """How a key is compared with what was typed."""

    EXACT = "exact"
    PREFIX = "prefix"
    END = "end"
    ALIKE = "alike"


@dataclass(frozen=True, slots=True)
class Lookup:
    """One way to look: keys of `kind` that `match` the normalised `text`."""

    kind: Kind
    match: Match
    text: str


def normal_identifier(value: str) -> str:
    """A serial number or IMEI as it is compared: letters and digits only, in capitals. Empty if it has none."""
    folded = unicodedata.normalize("NFKC", value).upper()
    return "".join(_western_digit(c) for c in folded if c.isalnum())


def normal_name(value: str) -> str:
    """A name as it is compared: folded, without honorifics and signs, words apart by one space."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", value).casefold())
    # Joiners (Cf) only choose between glyphs: with and without them it is the same name.
    kept = "".join(_word_sign(c) for c in folded if unicodedata.category(c) != "Cf")
    words = kept.split()
    return " ".join(word for word in words if word not in _HONORIFICS) or " ".join(words)


def normal_key(kind: str, value: str) -> str:
    """What is kept for a key of the kind. Phones come in E.164 already."""
    if kind == Kind.NAME:
        return normal_name(value)
    if kind == Kind.PHONE:
        return value
    return normal_identifier(value)


def classify(typed: str, region: str = phones.DEFAULT_REGION) -> list[Lookup]:
    """Every way to look up what was typed; empty if it is too short to mean anything."""
    text = unicodedata.normalize("NFKC", typed[:MAX_TYPED]).strip()
    if not any(c.isalnum() for c in text):
        return []
    if not any(c.isdigit() for c in text):
        name = normal_name(text)
        return [Lookup(Kind.NAME, Match.ALIKE, name)] if len(name) >= MIN_NAME else []
    if _PHONE_SIGNS.fullmatch(text):
        return _of_digits(text, region)
    return _of_code(text)


def _of_digits(text: str, region: str) -> list[Lookup]:
    """Digits alone may be a phone, its end, the end of a number, or an identifier."""
    digits = normal_identifier(text)
    found: list[Lookup] = []
    if (phone := phones.guess(text, region)) is not None:
        found.append(Lookup(Kind.PHONE, Match.EXACT, phone))
    # The zero that is dialled before a number at home is no part of it.
    end = digits.lstrip("0")
    if len(end) >= MIN_PHONE_END:
        found.append(Lookup(Kind.PHONE, Match.END, end[-15:]))
    if MIN_NUMBER_END <= len(digits) <= NUMBER_DIGITS:
        found.append(Lookup(Kind.NUMBER, Match.END, digits))
    if len(digits) >= MIN_IDENTIFIER:
        found.append(Lookup(Kind.IDENTIFIER, Match.PREFIX, digits))
    return found


def _of_code(text: str) -> list[Lookup]:
    """Letters and digits together are a number such as KKP-26-004217, or an identifier."""
    found: list[Lookup] = []
    if (number := _NUMBER.fullmatch(text.upper())) is not None:
        prefix, year, last = number.group(1, 2, 3) if number.group(1) else number.group(4, 5, 6)
        found.append(Lookup(Kind.NUMBER, Match.EXACT, normal_identifier(f"{prefix}{year}{last.zfill(NUMBER_DIGITS)}")))
    normal = normal_identifier(text)
    if len(normal) >= MIN_IDENTIFIER:
        found += [Lookup(Kind.NUMBER, Match.PREFIX, normal), Lookup(Kind.IDENTIFIER, Match.PREFIX, normal)]
    return found


def _western_digit(character: str) -> str:
    # A Telugu ౪ on a keyboard is the 4 on the type plate. `decimal` leaves superscripts alone; NFKC has folded them.
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def _word_sign(character: str) -> str:
    """Letters, their marks and digits as they are; anything else parts words."""
    return character if unicodedata.category(character)[0] in "LMN" else " "
