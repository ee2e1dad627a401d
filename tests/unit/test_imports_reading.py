"""Files are read as they are: every encoding, delimiter and line end; dates in the order asked for, and no other."""

import contextlib
import csv
import io
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales import csvfile
from aftersales.errors import Invalid
from aftersales.imports.fields import Field, Kind, Order, Reading, Unreadable, needs_order, value
from aftersales.imports.findings import examine
from aftersales.imports.reading import DELIMITERS, plain, read

KNOWN = ("number", "name", "notes")
# Whatever a cell may hold: both scripts, quotation marks, every delimiter, line ends, formulas.
CELLS = st.text(
    st.one_of(
        st.sampled_from("పద్మవెంకటేశ్వర్లు గారు,;\t\"'=+-@|\n "),
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff"),
    ),
    max_size=12,
)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=8)


def written(rows: list[tuple[str, ...]], delimiter: str, end: str, header: tuple[str, ...] = KNOWN) -> str:
    out = io.StringIO()
    # The writer takes only its own line end for one.
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_MINIMAL)
    if end == "\r":
        writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([header, *rows])
    return out.getvalue()


def said(row: tuple[str, ...]) -> bool:
    return any(cell.strip() for cell in row)


@given(
    ROWS,
    st.sampled_from(list(DELIMITERS)),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
)
def test_what_was_written_is_read(rows: list[tuple[str, ...]], delimiter: str, end: str, codec: str) -> None:
    sheet = read(written(rows, delimiter, end).encode(codec), KNOWN)
    expected = [tuple(plain(cell) for cell in row) for row in rows if said(row)]
    assert [cells for _, cells in sheet.rows] == expected
    assert sheet.delimiter == DELIMITERS[delimiter]
    assert sheet.encoding == ("UTF-16" if codec.startswith("utf-16") else "UTF-8")
    assert sheet.sure == (codec not in ("utf-16-le", "utf-16-be"))
    # Numbered as a spreadsheet numbers them, empty rows counted.
    assert [number for number, _ in sheet.rows] == [n for n, row in enumerate(rows, start=2) if said(row)]


@given(ROWS)
def test_rejects_are_read_as_the_rows_they_came_from(rows: list[tuple[str, ...]]) -> None:
    fields = [Field(name, "", "", Kind.WORDS) for name in KNOWN]
    first = examine(read(written(rows, ",", "\n").encode(), KNOWN), fields, Reading())
    for row in first.rows:
        first.refuse(row, "name", "test.refused", "=because")
    second = examine(read(first.rejects(), KNOWN), fields, Reading())
    assert [row.cells[:3] for row in second.rows] == [row.cells for row in first.rows]
    for row in second.rows:
        second.refuse(row, "name", "test.refused", "still")
    assert second.rejects().splitlines()[0].count(b"reason") == 1
    third = read(second.rejects(), KNOWN)
    assert [cells[:3] for _, cells in third.rows] == [row.cells for row in first.rows]
    harmful = ("=", "+", "-", "@", "\t", "\r")
    text = second.rejects().decode("utf-8-sig")
    assert not any(cell.startswith(harmful) for line in csv.reader(io.StringIO(text, newline="")) for cell in line)


@given(CELLS)
def test_the_apostrophe_before_a_formula_is_no_part_of_it(cell: str) -> None:
    assert plain(csvfile.cell(plain(cell))) == plain(cell)


@given(st.binary(max_size=400))
def test_whatever_is_sent_is_read_or_refused_in_words(data: bytes) -> None:
    with contextlib.suppress(Invalid):
        read(data, KNOWN)


def test_what_is_not_utf8_is_taken_on_trust_and_says_so() -> None:
    sheet = read("name;notes\r\nJosé;£10\r\n".encode("cp1252"), KNOWN)
    assert (sheet.rows[0][1], sheet.encoding, sheet.sure) == (("José", "£10"), "Windows-1252", False)
    with pytest.raises(Invalid) as refusal:
        read(b"name\n\x81\x8d\n", KNOWN)
    assert refusal.value.code == "import.encoding"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "import.empty"),
        (b"\n\n ,\n", "import.empty"),
        (b"name,name\n1,2\n", "import.column_twice"),
        (b"nmae\n1\n", "import.column_alike"),
        (b"colour\n1\n", "import.column_missing"),
        (b'name\n"open\n', "import.broken_row"),
        (b'name\n"a"b\n', "import.broken_row"),
        (b"name\n" + b"x" * 10_001, "import.broken_row"),
        (b"name\n" + b"," * 201 + b"\n", "import.broken_row"),
    ],
)
def test_what_is_no_list_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read(data, KNOWN, required=["name"])
    assert refusal.value.code == code


def test_headings_as_people_write_them() -> None:
    sheet = read(b"sep=;\r\n Name *;NUMBER;colour;reason;\r\nSita;1;red;none;;\r\n", KNOWN)
    assert sheet.columns == ("name", "number", None, None)
    assert sheet.ignored == ("colour",)
    assert sheet.rows == ((2, ("Sita", "1", "red", "none")),)


DATE, AT = Field("on", "", "", Kind.DATE), Field("at", "", "", Kind.INSTANT)
ORDERS = {Order.DMY: "%d{0}%m{0}%Y", Order.MDY: "%m{0}%d{0}%Y", Order.YMD: "%Y{0}%m{0}%d"}


@given(st.dates(), st.sampled_from(list(Order)), st.sampled_from("-/."), st.booleans())
def test_a_date_is_read_in_the_order_asked_for(day: date, order: Order, sign: str, zeros: bool) -> None:
    text = day.strftime(ORDERS[order].format(sign)).rjust(10, "0")
    if order is Order.YMD:
        text = f"{day.year:04d}{sign}{day.month:02d}{sign}{day.day:02d}"
    else:
        parts = [day.day, day.month] if order is Order.DMY else [day.month, day.day]
        text = sign.join([*(f"{part:02d}" if zeros else str(part) for part in parts), f"{day.year:04d}"])
    assert value(DATE, text, Reading(order)) == day
    at = value(AT, f"{text} 4:05 pm", Reading(order))
    assert at == datetime(day.year, day.month, day.day, 16, 5)  # noqa: DTZ001 - as the clock on the wall showed
    if order is not Order.YMD:
        assert needs_order(DATE, text)
        with pytest.raises(Unreadable) as wrong:
            value(DATE, text, Reading())
        assert wrong.value.code == "import.date_order"


@pytest.mark.parametrize(
    "text", ["31-02-2024", "14-13-2024", "2024-13-01", "14-03-24", "14 March", "x", "1-2", "45000"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        value(DATE, text, Reading(Order.DMY))


def test_a_file_with_dates_of_unknown_order_is_refused_whole() -> None:
    sheet = read(b"number,on\n1,2024-03-14\n2,14/03/2024\n", ["number", "on"])
    with pytest.raises(Invalid) as refusal:
        examine(sheet, [Field("number", "", ""), DATE], Reading())
    assert refusal.value.code == "import.date_order"
    assert refusal.value.extra == {"row": 3, "column": "on"}
    findings = examine(sheet, [Field("number", "", ""), DATE], Reading(Order.DMY))
    assert [row.get("on") for row in findings.rows] == [date(2024, 3, 14)] * 2


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (Kind.PHONE, "98490 12312", "+919849012312"),
        (Kind.PHONE, "0 98490-12312", "+919849012312"),
        (Kind.PHONE, "+44 20 7946 0018", "+442079460018"),
        (Kind.AMOUNT, "₹ 31,990.50", Decimal("31990.50")),
        (Kind.AMOUNT, "1,23,456", Decimal(123456)),
        (Kind.YES_NO, "Yes", True),
        (Kind.YES_NO, "0", False),
        (Kind.LINE, " ప\u0c26్మ ", "పద్మ"),
        (Kind.LINE, "e\u0301", "é"),
        (Kind.WORDS, "a\r\nb", "a\nb"),
        (Kind.INSTANT, "2024-03-14T10:20:00+05:30", datetime.fromisoformat("2024-03-14T10:20:00+05:30")),
        (Kind.INSTANT, "2024-03-14 10:20", datetime.fromisoformat("2024-03-14T10:20:00")),
        (Kind.LINE, "   ", None),
    ],
)
def test_what_cells_mean(kind: Kind, text: str, expected: object) -> None:
    assert value(Field("x", "", "", kind), text, Reading()) == expected


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        (Kind.PHONE, "12", "import.phone"),
        (Kind.PHONE, "9.18E+11", "import.phone"),
        (Kind.AMOUNT, "31990,50", "import.amount"),
        (Kind.AMOUNT, "31.990,00", "import.amount"),
        (Kind.AMOUNT, "1e9", "import.amount"),
        (Kind.YES_NO, "perhaps", "import.yes_or_no"),
        (Kind.LINE, "a\nb", "import.text"),
        (Kind.LINE, "a\x07b", "import.text"),
        (Kind.INSTANT, "2024-03-14", "import.time"),
        (Kind.INSTANT, "2024-03-14 13:05 pm", "import.time"),
        (Kind.INSTANT, "2024-03-14 24:00", "import.time"),
    ],
)
def test_what_cells_cannot_mean(kind: Kind, text: str, code: str) -> None:
    with pytest.raises(Unreadable) as wrong:
        value(Field("x", "", "", kind), text, Reading())
    assert wrong.value.code == code
