"""Shaped text, QR codes and the page they stand on."""

import re
from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from reportlab.platypus import Flowable, Spacer

from aftersales.documents.bidi import levels, visual
from aftersales.documents.frame import WIDTH, build, columns, facts
from aftersales.documents.qr import Qr
from aftersales.documents.shaping import line, split, word
from aftersales.documents.text import Text
from aftersales.i18n import LANGUAGES, N_, day_time, say
from aftersales.i18n.checks import left_in_english
from field_service.labels import CAUSES, FAULTS
from field_service.repairs.documents import CHECKS, JobSheet, draw
from tests.factories.examples import examples
from tests.fixtures.papers import spoken

TELUGU = "పద్మ వెంకటేశ్వర్లు"


def pdf(*story: Flowable) -> PdfReader:
    made = list(story)
    return PdfReader(BytesIO(build(lambda: made, title="A sheet", foot="KKP-26-000001")))


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
    assert "".join(part for _, part in split(text)) == text


def test_what_both_fonts_have_stays_with_its_neighbours() -> None:
    assert [part for _, part in split("TV టీవీ-2.")] == ["TV ", "టీవీ-2."]
    assert [part for _, part in split("క్\u200cష")] == ["క్\u200cష"]


def test_an_unknown_letter_becomes_a_box_and_fails_nothing() -> None:
    assert len(pdf(Text("漢 and 🎉")).pages) == 1


@examples(20)
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


# A sentence with the clusters that each script is known for.
SENTENCES = {
    "en": "The washing machine is ready.",
    "te": "పద్మ గారు, మీ వాషింగ్ మెషిన్ సిద్ధంగా ఉంది. క్షమించండి.",
    "hi": "पद्मा जी, आपकी वॉशिंग मशीन तैयार है। क्षमा कीजिए, विद्युत मोटर।",
    "ta": "பத்மா, உங்கள் வாஷிங் மெஷின் தயாராக உள்ளது. ஸ்ரீ கொண்டு.",
    "kn": "ಪದ್ಮಾ, ನಿಮ್ಮ ವಾಷಿಂಗ್ ಮೆಷಿನ್ ಸಿದ್ಧವಾಗಿದೆ. ಕ್ಷಮಿಸಿ.",
    "ml": "പത്മ, നിങ്ങളുടെ വാഷിങ് മെഷീൻ തയ്യാറാണ്. ക്ഷമിക്കണം.",
    "mr": "पद्मा, तुमचे वॉशिंग मशीन तयार आहे. दुसऱ्याचा ज्ञान.",
    "bn": "পদ্মা, আপনার ওয়াশিং মেশিন প্রস্তুত। দুঃখিত, ক্ষমা।",
    "gu": "પદ્મા, તમારું વૉશિંગ મશીન તૈયાર છે. ક્ષમા કરશો.",
    "pa": "ਪਦਮਾ ਜੀ, ਤੁਹਾਡੀ ਵਾਸ਼ਿੰਗ ਮਸ਼ੀਨ ਤਿਆਰ ਹੈ। ਸ੍ਰੀ।",
    "ur": "پدما، آپ کی واشنگ مشین تیار ہے۔ شکریہ۔",
    "cy": "Mae’r peiriant golchi yn barod. Tŷ, dŵr.",
}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_text_of_every_script_is_in_the_file(language: str) -> None:
    sentence = SENTENCES[language]
    found = spoken(pdf(Text(sentence))).replace(" ", "")
    if LANGUAGES[language].scripts:
        assert found == sentence.replace(" ", "")
    else:
        assert found == ""
        assert sentence in pdf(Text(sentence)).pages[0].extract_text()


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_every_script_has_its_letters_and_is_shaped(language: str, weight: str) -> None:
    runs = [run for one in line(SENTENCES[language], weight) for run in one.runs]
    assert not [run.text for run in runs if any(glyph.index == 0 for glyph in run.glyphs)], "an empty box"
    script = {run.face.script for run in runs}
    assert script == {LANGUAGES[language].script if LANGUAGES[language].scripts else ""}
    if LANGUAGES[language].scripts and language != "ur":
        assert sum(len(run.glyphs) for run in runs) < sum(len(run.text) for run in runs), "clusters are one glyph"


def test_one_line_mixes_scripts_and_directions() -> None:
    mixed = f"Samsung {SENTENCES['ur']} (WF-80) ₹6,490.00 {SENTENCES['te']}"
    reader = pdf(Text(mixed))
    said = spoken(reader).replace(" ", "")
    assert SENTENCES["ur"].replace(" ", "") in said
    assert SENTENCES["te"].replace(" ", "") in said
    assert "WF-80" in reader.pages[0].extract_text()


def order(text: str, *, rtl: bool = False) -> str:
    """The letters as they stand from left to right."""
    shown, found = levels(text, rtl=rtl)
    return "".join(visual(shown, found))


def test_urdu_runs_to_the_left_and_numbers_in_it_to_the_right() -> None:
    assert order("اردو 28 نومبر") == "ربمون 28 ودرا"
    assert order("بل \u200e₹6,490.00 ہے") == "ےہ ₹6,490.00 لب"
    assert order("مشین KKP-26-000001 تیار") == "رایت KKP-26-000001 نیشم"
    assert order("Bill: اردو مشین.") == "Bill: نیشم ودرا."
    assert order("28", rtl=True) == "28"


def test_in_an_urdu_document_a_sentence_may_begin_with_a_latin_name() -> None:
    assert order("WashPro مشین.", rtl=True) == ".نیشم WashPro"
    assert order("KKP-26-000001 paid", rtl=True) == "KKP-26-000001 paid"


def test_a_name_cannot_turn_a_line_around() -> None:
    assert order("\u202e123 اردو\u202c \u2067x") == order("123 اردو x")
    assert line("a\u202eb\u2066c", "Regular")[0].text == "abc"


@given(st.text(alphabet=st.sampled_from("abاردو12 ,.()-₹\u200c\u200d\u202e\u2067"), max_size=30), st.booleans())
def test_no_letter_is_lost_by_turning(text: str, rtl: bool) -> None:
    shown, found = levels(text, rtl=rtl)
    assert len(shown) == len(found)
    assert sorted(visual(shown, found)) == sorted(shown)
    assert shown == "".join(letter for letter in text if letter not in "\u202e\u2067")


def test_a_page_from_right_to_left_is_mirrored() -> None:
    seen = columns([["first", "second"]], [10, 20], ("LINEBELOW", (0, 0), (0, 0), 1, "black"), rtl=True)
    assert seen._cellvalues == [["second", "first"]]  # type: ignore[attr-defined]
    assert seen._colWidths == [20, 10]  # type: ignore[attr-defined]
    page = build(lambda: [Text("28", rtl=True)], title="x", foot="x", language="ur")
    assert str(PdfReader(BytesIO(page)).root_object["/Lang"]) == "ur"


def sheet(language: str) -> JobSheet:
    """A sheet on which everything is said that can be, and what people wrote is in Telugu and in Latin letters."""
    at = datetime(2026, 11, 26, 12, 30, tzinfo=UTC)
    return JobSheet(
        language=language,
        branch="Kukatpally",
        branch_lines=("500072", "+914012345678"),
        case_number="KKP-26-004217",
        repair_number="R-KKP-26-000031",
        opened=day_time(at, "Asia/Kolkata", year=True),
        printed=day_time(at, "Asia/Kolkata", year=True),
        customer="Padma",
        customer_local=TELUGU,
        phone="+919849012377",
        address=("8-63/2", "Kukatpally"),
        brand="Godavari",
        product="Godavari",
        model="GW75",
        identifiers=(("serial", "GW75-88-20002"), ("imei1", "490154203237518"), ("indoor_serial", "GW75-1")),
        complaint="Godavari",
        coverage=N_("Parts: {parts}. Labour: {labour}.").format(parts=N_("covered"), labour=N_("not known")),
        condition=N_("Good, only the fault"),
        accessories=(),
        seal="S-88213",
        fault=FAULTS["22-B"],
        cause=CAUSES["RD-2"].label,
        findings=("Padma",),
        engineer="Padma",
        link="https://example.org/t/abc",
    )


@pytest.mark.parametrize("language", ["te", "ur"])
def test_the_job_sheet_is_in_its_readers_language(language: str) -> None:
    """Every word of ours is found in the file as text, and no English is: what is left in Latin letters is data."""
    reader = PdfReader(BytesIO(draw(sheet(language))))
    assert len(reader.pages) == 1
    found = spoken(reader)
    heads = ["Job sheet", "Customer", "Complaint", "Coverage", "Condition", "none recorded", "Checks", "Serial number"]
    ours = [*heads, *CHECKS, "covered", "not known", "Does not spin", "Gnawed by rodents", "Technician: name and date"]
    for message in ours:
        words = say(message, language)
        assert words != message
        # Urdu is written letter by letter, each with its own text beside it.
        missing = [one for one in re.findall(r"[^\W\d_]{3,}", words) if one not in found.replace(" ", "")]
        assert not missing, f"{message}: {missing}"
    plain = reader.pages[0].extract_text()
    assert TELUGU.split(maxsplit=1)[0] in found
    known = "Padma Kukatpally Godavari IMEI GW KKP R-KKP"
    assert left_in_english(plain, known=known) == []


def test_an_english_job_sheet_reads_as_before() -> None:
    text = PdfReader(BytesIO(draw(sheet("en")))).pages[0].extract_text()
    for words in ("Job sheet", "R-KKP-26-000031", "Parts: covered. Labour: not known.", "Thu 26 Nov 2026, 18:00"):
        assert words in text
