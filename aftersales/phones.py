"""Phone numbers in E.164, however they were typed. Pure."""

import phonenumbers

DEFAULT_REGION = "IN"
MAX_TYPED = 40
REGIONS = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""The countries (ISO 3166-1, two letters) whose numbers can be read without their code."""


def normalise(typed: str, region: str = DEFAULT_REGION) -> str:
    """The number in E.164, read as somebody in `region` would dial it. ValueError if no such number can exist."""
    number = _parsed(typed, region)
    if number is None or not phonenumbers.is_valid_number(number):
        raise ValueError("not a phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def guess(typed: str, region: str = DEFAULT_REGION) -> str | None:
    """The number in E.164 if what was typed could be a whole one; None otherwise. For looking up, not for keeping."""
    number = _parsed(typed, region)
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def spoken(e164: str) -> str:
    """The number in groups with its country code, as people read it aloud: ``+91 98480 12345``."""
    number = _parsed(e164, DEFAULT_REGION)
    if number is None:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _parsed(typed: str, region: str) -> phonenumbers.PhoneNumber | None:
    # An extension or a vanity word is no number that could be called or written to.
    if len(typed) > MAX_TYPED or any(character.isalpha() for character in typed):
        return None
    try:
        return phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException:
        return None
