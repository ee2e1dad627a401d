"""Lists as CSV files that spreadsheets open as they are (RFC 4180, UTF-8 with a mark at the beginning). Pure."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

BOM = b"\xef\xbb\xbf"
"""Without it spreadsheets take the file for the machine's old code page, and Telugu is gone."""

# What a spreadsheet would carry out instead of showing (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(value: object, zone: tzinfo = UTC) -> str:
    """A value as text: instants in ISO 8601 on the wall clock of `zone` with its offset, lists with semicolons.

    Words that would be a formula get an apostrophe in front; numbers stay numbers.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return cell("; ".join(str(one) for one in value), zone)
    words = str(value)
    # Also behind spaces and marks that a spreadsheet trims away first.
    return f"'{words}" if words.lstrip(" \u00a0\ufeff\u200b").startswith(_FORMULA) else words


def lines(rows: Iterable[Sequence[str]]) -> bytes:
    """These rows of the file."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()
