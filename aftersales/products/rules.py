"""Identifiers and dates of units, decided on plain values. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from aftersales.i18n import N_
from aftersales.search.rules import normal_identifier

EARLIEST = date(1990, 1, 1)
MIN_LENGTH = 4
MAX_LENGTH = 40
IMEI_LENGTH = 15


class IdentifierKind(StrEnum):
    """What kind of number is on the unit."""

    SERIAL = "serial"
    IMEI1 = "imei1"
    IMEI2 = "imei2"
    INDOOR_SERIAL = "indoor_serial"
    OUTDOOR_SERIAL = "outdoor_serial"


_IMEIS = frozenset({IdentifierKind.IMEI1, IdentifierKind.IMEI2})


@dataclass(frozen=True, slots=True)
class Dates:
    """What is known of a unit's life until it reached its owner."""

    manufactured_on: date | None = None
    purchased_on: date | None = None
    delivered_on: date | None = None
    installed_on: date | None = None


def luhn(digits: str) -> bool:
    """Whether a string of digits ends in its right check digit (ISO/IEC 7812-1, annex B)."""
    if not (digits.isascii() and digits.isdigit()):
        return False
    total = 0
    for position, character in enumerate(reversed(digits)):
        doubled = int(character) * (1 + position % 2)
        total += doubled // 10 + doubled % 10
    return total % 10 == 0


def luhn_digit(payload: str) -> str:
    """The check digit that makes a string of digits right."""
    return next(digit for digit in "0123456789" if luhn(payload + digit))


def normal(kind: IdentifierKind, value: str) -> str:
    """The identifier as it is kept and compared. ValueError says in words what is wrong with it."""
    found = normal_identifier(value)
    if kind in _IMEIS:
        if len(found) != IMEI_LENGTH or not found.isdigit():
            raise ValueError("an IMEI has 15 digits: dial *#06# on the phone to see it")
        if not luhn(found):
            raise ValueError("a digit of this IMEI is wrong: dial *#06# on the phone and compare")
        return found
    if not found.isascii():
        raise ValueError("a serial number has letters A–Z and digits only")
    if not MIN_LENGTH <= len(found) <= MAX_LENGTH:
        raise ValueError(f"a serial number has {MIN_LENGTH} to {MAX_LENGTH} letters and digits")
    return found


def kinds_problem(allowed: Sequence[str], given: Sequence[str]) -> str | None:
    """What is wrong with the kinds of identifiers given for a product whose category bears the `allowed` ones."""
    if not given:
        return N_("give at least one of: {names}").format(names=", ".join(allowed))
    if wrong := sorted(set(given) - set(allowed)):
        return N_("this product bears no {names}; possible are: {possible}").format(
            names=", ".join(wrong), possible=", ".join(allowed)
        )
    if len(set(given)) != len(given):
        return N_("give each kind once")
    return None


def date_problems(dates: Dates, today: date) -> Mapping[str, str]:
    """Dates that cannot be, by field: in the future, or before anything we service was made."""
    problems: dict[str, str] = {}
    for name in Dates.__dataclass_fields__:
        value: date | None = getattr(dates, name)
        if value is not None and value > today:
            problems[name] = N_("is in the future")
        elif value is not None and value < EARLIEST:
            problems[name] = N_("is before {year}").format(year=EARLIEST.year)
    return problems


def date_flags(dates: Dates) -> tuple[str, ...]:
    """Dates that contradict each other: worth a look at the papers, no reason to refuse the unit."""
    pairs = (
        ("purchased_before_manufactured", dates.manufactured_on, dates.purchased_on),
        ("delivered_before_purchased", dates.purchased_on, dates.delivered_on),
        ("installed_before_delivered", dates.delivered_on, dates.installed_on),
        ("installed_before_manufactured", dates.manufactured_on, dates.installed_on),
    )
    return tuple(name for name, first, then in pairs if first is not None and then is not None and then < first)
