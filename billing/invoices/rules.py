"""Which series an invoice's number belongs to. Pure."""

from datetime import date


def series(branch_code: str, day: date) -> str:
    """A series per branch and Indian financial year (April to March), such as ``KKP/26-27``.

    Rule 46 of the CGST Rules, 2017: consecutive, unique within a financial year, at most sixteen characters.
    """
    first = day.year if day.month >= 4 else day.year - 1
    return f"{branch_code}/{first % 100:02d}-{(first + 1) % 100:02d}"
