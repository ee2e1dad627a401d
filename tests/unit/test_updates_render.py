"""The words of an update."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.updates.render import CODE, LINK, addressed, placeholders, render, revealed, spoken_phone
from aftersales.updates.texts import CODE_TEXTS

VALUES = {"name": "Padma garu", "link": LINK, "branch": "Kukatpally", "phone": "040 2315 0110", "number": "KKP-26-1"}


def test_a_text_without_link_and_phone_gets_them() -> None:
    made = render("About {number}", "{name}, it is ready.", VALUES, "en")
    assert made.subject == "About KKP-26-1"
    assert made.words == (
        "Padma garu, it is ready.\n\n"
        "Every step, and a place to write to us: [link]\n"
        "To speak to a person, call Kukatpally: 040 2315 0110"
    )


def test_a_text_that_names_them_is_left_alone() -> None:
    body = "{name}: {link} or {phone}"
    assert render("x", body, VALUES, "en").words == "Padma garu: [link] or 040 2315 0110"
    assert render("x", "{name}.", VALUES, "en", framed=False).words == "Padma garu."


def test_a_value_is_never_read_as_a_text() -> None:
    values = VALUES | {"name": "{phone} {0.__class__}"}
    assert render("x", "{name}", values, "en", framed=False).words == "{phone} {0.__class__}"


def test_a_value_with_nothing_to_say_leaves_no_hole() -> None:
    values = VALUES | {"conditions": ""}
    assert render("x", "{name}.\n\n{conditions}\n\nThanks.", values, "en", framed=False).words == (
        "Padma garu.\n\nThanks."
    )


def test_no_value_adds_a_line_to_the_head() -> None:
    assert render("About {number}", "x", VALUES | {"number": "1\r\nBcc: all@example.org"}, "en").subject == (
        "About 1 Bcc: all@example.org"
    )


def test_a_value_that_nobody_answers_is_an_error() -> None:
    with pytest.raises(KeyError, match="amount"):
        render("x", "{amount}", VALUES, "en")


def test_stored_words_hold_neither_link_nor_code() -> None:
    stored = f"Code {CODE}, page {LINK}"
    assert revealed(stored) == stored
    assert revealed(stored, link="http://x/t/abc") == f"Code {CODE}, page http://x/t/abc"
    assert revealed(stored, link="http://x/t/abc", code="123456") == "Code 123456, page http://x/t/abc"


@pytest.mark.parametrize(
    ("name", "local", "courtesy", "language", "spoken"),
    [
        ("Padma", "పద్మ", "garu", "te", "పద్మ గారు"),
        ("Padma", "పద్మ", "", "te", "పద్మ గారు"),
        ("Padma", None, "గారు", "te", "Padma గారు"),
        ("Padma", "पद्मा", "", "te", "Padma గారు"),
        ("Padma", "పద్మ", "Dr", "te", "పద్మ గారు"),
        ("Padma", "పద్మ", "garu", "en", "Padma garu"),
        ("Padma", "పద్మ", "గారు", "en", "Padma garu"),
        ("Padma", "పద్మ", "", "en", "Padma"),
        ("Padma", None, "Dr", "en", "Dr Padma"),
        ("Padma", "पद्मा", "గారు", "hi", "पद्मा जी"),
        ("Padma", "பத்மா", "garu", "ta", "பத்மா"),
        ("Padma", "பத்மா", "", "ta", "பத்மா"),
        ("Padma", None, "ji", "cy", "Padma ji"),
    ],
)
def test_people_are_addressed_as_their_language_expects(
    name: str, local: str | None, courtesy: str, language: str, spoken: str
) -> None:
    assert addressed(name, local, courtesy, language) == spoken


@pytest.mark.parametrize(
    ("phone", "spoken"),
    [("+914023150110", "040 2315 0110"), ("1800-121-2345", "1800-121-2345"), ("+919876543210", "098765 43210")],
)
def test_a_phone_is_written_as_it_is_dialled(phone: str, spoken: str) -> None:
    assert spoken_phone(phone) == spoken


def test_every_purpose_of_a_code_has_its_words() -> None:
    assert set(CODE_TEXTS) == {"arrival", "hand_over", "approval", "preferences", "returns"}
    for text in CODE_TEXTS.values():
        assert {"name", "code", "until", "phone"} <= placeholders(text.body)
        # A subject is seen on a locked phone by whoever sits beside it.
        assert "code" not in placeholders(text.subject)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_any_name_can_be_written(name: str) -> None:
    values = VALUES | {"name": addressed(name, None, "garu", "en")}
    shown = render("x", "{name}", values, "en", framed=False).words
    assert shown.split() == values["name"].split()
