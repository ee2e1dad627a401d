"""What a file is, by its bytes alone."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.files.rules import Type, pdf_problem, safe_name, sniff

HEAD = b"%PDF-1.7\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n"
TAIL = b"trailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"


def packed(content: bytes, dictionary: bytes = b"/Type /ObjStm /Filter /FlateDecode") -> bytes:
    body = zlib.compress(content) if b"Flate" in dictionary else content
    return HEAD + b"5 0 obj << " + dictionary + b" >> stream\n" + body + b"\nendstream endobj\n" + TAIL


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"\xff\xd8\xff\xe0...", Type.JPEG),
        (b"\x89PNG\r\n\x1a\n...", Type.PNG),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", Type.WEBP),
        (b"\x00\x00\x00\x18ftypheic....", Type.HEIC),
        (b"%PDF-1.4\n", Type.PDF),
        (b"\n%PDF-1.4\n", Type.UNKNOWN),
        (b"GIF89a", Type.UNKNOWN),
        (b"<svg onload=alert(1)>", Type.UNKNOWN),
        (b"<html>", Type.UNKNOWN),
        (b"RIFF\x10\x00\x00\x00WAVE", Type.UNKNOWN),
        (b"\x00\x00\x00\x18ftypmp42", Type.UNKNOWN),
        (b"", Type.UNKNOWN),
    ],
)
def test_first_bytes(data: bytes, found: Type) -> None:
    assert sniff(data) is found


def test_a_plain_pdf_is_taken() -> None:
    assert pdf_problem(HEAD + TAIL) is None
    assert pdf_problem(packed(b"1 0 << /Type /Page >>")) is None
    assert pdf_problem(packed(b"/Type /Page", b"/Type /ObjStm")) is None
    # Two letters and a slash among a picture's bytes mean nothing.
    assert pdf_problem(packed(b"\x01/JS \x02", b"/Subtype /Image")) is None


@pytest.mark.parametrize("data", [b"", HEAD, b"x" + HEAD + TAIL, HEAD + TAIL + b"PK\x03\x04 and a program"])
def test_an_incomplete_pdf_is_not(data: bytes) -> None:
    assert pdf_problem(data) == "incomplete"


@pytest.mark.parametrize(
    "name",
    [
        b"/JavaScript", b"/JS", b"/Launch", b"/AA", b"/EmbeddedFile", b"/RichMedia", b"/XFA", b"/SubmitForm",
        b"/J#61vaScript", b"/#4a#53", b"/L#61unch",
    ],
)  # fmt: skip
def test_an_active_pdf_is_not(name: bytes) -> None:
    action = b"3 0 obj << /S " + name + b" (app.alert(1)) >> endobj\n"
    assert pdf_problem(HEAD + action + TAIL) == "active"
    assert pdf_problem(packed(action)) == "active"
    assert pdf_problem(packed(action, b"/Type /Obj#53tm")) == "active"


def test_names_that_only_begin_like_it_are_harmless() -> None:
    assert pdf_problem(HEAD + b"<< /JSomething 1 /Launches 2 >>\n" + TAIL) is None


def test_a_locked_pdf_is_not() -> None:
    assert pdf_problem(HEAD + b"<< /Encrypt 4 0 R >>\n" + TAIL) == "encrypted"


def test_a_pdf_that_cannot_be_read_is_not() -> None:
    assert pdf_problem(packed(b"x", b"/Type /ObjStm /Filter /ASCIIHexDecode")) == "unreadable"
    broken = packed(b"x").replace(zlib.compress(b"x"), b"not deflated")
    assert pdf_problem(broken) == "unreadable"


def test_a_pdf_that_unpacks_to_too_much_is_not() -> None:
    assert pdf_problem(packed(bytes(40 * 1024 * 1024))) == "unreadable"


@given(st.binary(max_size=300))
def test_no_bytes_break_it(data: bytes) -> None:
    sniff(data)
    pdf_problem(b"%PDF-" + data + b"%%EOF")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("bill.PDF", "bill.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\photos\\drum.heic", "drum.jpg"),
        ("బిల్లు.png", "బిల్లు.jpg"),
        ('a"b\r\nX: y.png', "a_bX_ y.jpg"),
        ("", "file.jpg"),
        ("....", "file.jpg"),
        ("\x00.png", "file.jpg"),
    ],
)
def test_names_that_no_system_minds(typed: str, kept: str) -> None:
    assert safe_name(typed, "jpg") == kept


@given(st.text(max_size=300))
def test_any_name_is_safe(typed: str) -> None:
    kept = safe_name(typed, "pdf")
    assert kept.endswith(".pdf")
    assert len(kept) <= 84
    assert not set(kept) & set('/\\"<>|:*?\r\n\x00')
