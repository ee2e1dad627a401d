"""What somebody who checks a registration is to look at twice. Pure: nothing here refuses anybody."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from aftersales.products.rules import IMEI_LENGTH, MAX_LENGTH, MIN_LENGTH, luhn
from aftersales.search.rules import normal_identifier

MANY = 3
"""So many registrations from one phone within `MANY_DAYS` before are worth a question."""
MANY_DAYS = 30


class Flag(StrEnum):
    """Why a registration deserves a second look."""

    UNKNOWN_NUMBER = "unknown_number"
    IMEI_WRONG = "imei_wrong"
    NUMBER_ODD = "number_odd"
    DUPLICATE = "duplicate"
    OTHER_PHONE = "other_phone"
    BEFORE_MADE = "before_made"
    MANY = "many"
    NO_PROOF = "no_proof"


@dataclass(frozen=True, slots=True)
class Told:
    """What came with a registration, and what is known already. `recent` are those from the same phone before it."""

    number: str
    purchased_on: date
    known: bool
    phone_known: bool
    registered: bool
    manufactured_on: date | None
    recent: int
    proof: bool


def flags(told: Told) -> tuple[Flag, ...]:
    """What to look at, in the order of the declaration."""
    number = normal_identifier(told.number)
    imei = number.isdigit() and len(number) == IMEI_LENGTH
    found = {
        Flag.UNKNOWN_NUMBER: not told.known,
        Flag.IMEI_WRONG: imei and not luhn(number),
        Flag.NUMBER_ODD: not (number.isascii() and MIN_LENGTH <= len(number) <= MAX_LENGTH),
        Flag.DUPLICATE: told.registered,
        Flag.OTHER_PHONE: told.known and not told.phone_known,
        Flag.BEFORE_MADE: told.manufactured_on is not None and told.purchased_on < told.manufactured_on,
        Flag.MANY: told.recent >= MANY,
        Flag.NO_PROOF: not told.proof,
    }
    return tuple(flag for flag, raised in found.items() if raised)
