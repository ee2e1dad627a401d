"""Shaped text, QR codes and the page they stand on."""

import re
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from reportlab.platypus import Flowable, Spacer

from aftersales.documents.fonts import faces
from aftersales.documents.frame import WIDTH, build, facts
from aftersales.documents.qr import Qr
from aftersales.documents.shaping import split, word
from aftersales.documents.text import Text

TELUGU = "పద్మ వెంకటేశ్వర్లు"


def pdf(*story: Flowable) -> PdfReader:
    made = list(story)
    return PdfReader(BytesIO(build(lambda: made, title="A sheet", foot="KKP-26-000001")))


def spoken(reader: PdfReader) -> str:
    """What a screen reader or a search finds in the words that are written beside glyphs."""
    found = []
    for page in reader.pages:
        contents = page.get_contents()
        assert contents is not None
        hexed = re.findall(rb"/ActualText <FEFF([0-9A-F]*)>", contents.get_data())
        found += [bytes.fromhex(one.decode()).decode("utf-16-be") for one in hexed]
    return " ".join(found)


def test_plain_text_is_found_as_it_is() -> None:
    reader = pdf(Text("The fine office waffle costs ₹6,490.00 · “so”"))
    assert "The fine office waffle costs ₹6,490.00 · “so”" in reader.pages[0].extract_text()
    assert spoken(reader) == ""


def test_telugu_is_shaped_and_its_letters_are_kept() -> None:
    assert spoken(pdf(Text(f"Name {TELUGU} ₹500"))) == TELUGU
    shaped = word("వెంకటేశ్వర్లు", "Regular")
    assert [run.face.name for run in shaped.runs] == ["NotoSansTelugu-Regular"]
    assert len(shaped.runs[0].glyphs) < len("వెంకటేశ్వర్లు")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_no_letter_is_lost_between_fonts(text: str) -> None:
    assert "".join(part for _, part in split(text, faces())) == text


def test_what_both_fonts_have_stays_with_its_neighbours() -> None:
    assert [part for _, part in split("TV టీవీ-2.", faces())] == ["TV ", "టీవీ-2."]
    assert [part for _, part in split("క్\u200cష", faces())] == ["క్\u200cష"]


def test_an_unknown_letter_becomes_a_box_and_fails_nothing() -> None:
    assert len(pdf(Text("漢 and 🎉")).pages) == 1


@settings(deadline=None, max_examples=20)
@given(st.text(max_size=200), st.sampled_from(["left", "right", "centre"]))
def test_any_words_make_a_page(text: str, align: str) -> None:
    assert len(pdf(Text(text, align=align)).pages) >= 1


def test_long_text_breaks_at_spaces_and_between_pages() -> None:
    long = Text("Harness replaced and tested under load. " * 400)
    width, height = long.wrap(WIDTH, 1000)
    assert width == WIDTH
    assert height > 1000
    reader = pdf(Text("Harness replaced and tested under load. " * 400))
    assert len(reader.pages) > 1
    last = len(reader.pages)
    assert f"Page {last} of {last}" in reader.pages[-1].extract_text()
    assert f"Page 1 of {last}" in reader.pages[0].extract_text()
    assert sum(page.extract_text().count("Harness") for page in reader.pages) == 400


def test_a_line_knows_its_own_width() -> None:
    text = Text("Job sheet")
    assert text.wrap(text.natural_width() + 0.01, 100)[1] == Text("x").wrap(100, 100)[1]
    assert text.wrap(text.natural_width() - 1, 100)[1] == 2 * Text("x").wrap(100, 100)[1]


def test_values_that_are_empty_leave_their_line_out() -> None:
    text = pdf(facts([("Seal", ""), ("Fault", "22-B")], WIDTH), facts([("Seal", "")], WIDTH)).pages[0].extract_text()
    assert "Seal" not in text
    assert "22-B" in text


@pytest.mark.parametrize("words", ["https://example.org/t/" + "A" * 64, "x"])
def test_a_code_is_one_path_with_all_its_dark_modules(words: str) -> None:
    reader = pdf(Qr(words, 96), Spacer(1, 1))
    contents = reader.pages[0].get_contents()
    assert contents is not None
    data = contents.get_data()
    area = sum(float(w) * float(h) for w, h in re.findall(rb"(?<= )(\S+) (\S+) re", data))
    code = Qr(words, 96)
    rows = [bytes(row) for row in code._code.matrix]
    module = 96 / (len(rows) + 8)
    assert area == pytest.approx(sum(sum(row) for row in rows) * module**2, rel=0.01)
    assert len(re.findall(rb"\bf\*?\s", data)) == 1
