"""Lists as CSV: what a spreadsheet makes of them."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales import csvfile

HYDERABAD = ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize("words", ["=1+1", "+919849012312", "-2", "@SUM(A1)", "\tx", "\rx", "\n=x", "  =x", "\u00a0=x"])
def test_words_that_would_be_a_formula_are_words(words: str) -> None:
    assert csvfile.cell(words) == f"'{words}"
    assert csvfile.cell([words]) == f"'{words}"


def test_values_keep_their_meaning() -> None:
    at = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    assert csvfile.cell(at, HYDERABAD) == "2026-11-24 17:30:00+05:30"
    assert csvfile.cell(at) == "2026-11-24 12:00:00+00:00"
    assert csvfile.cell(date(2026, 11, 24)) == "2026-11-24"
    assert csvfile.cell(Decimal("-6490.00")) == "-6490.00"
    assert csvfile.cell(-3) == "-3"
    assert csvfile.cell(None) == ""
    assert csvfile.cell(True) == "yes"
    assert csvfile.cell(["హోస్", "కవర్"]) == "హోస్; కవర్"
    assert csvfile.cell(UUID(int=5)) == str(UUID(int=5))


@given(st.lists(st.lists(st.text(), min_size=2, max_size=4), min_size=1, max_size=5))
def test_whatever_is_written_is_read_again(rows: list[list[str]]) -> None:
    cells = [[csvfile.cell(one.replace("\0", "").encode(errors="ignore").decode()) for one in row] for row in rows]
    read = list(csv.reader(io.StringIO(csvfile.lines(cells).decode(), newline="")))
    assert read == cells
    assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for row in read for cell in row)
