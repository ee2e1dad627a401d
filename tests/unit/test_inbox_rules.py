"""Numbers, PIN codes, choices and quotations in what people write."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.inbox.rules import (
    Centre,
    case_numbers,
    choice,
    due,
    nearest,
    pin_code,
    without_quote,
)

NOW = datetime(2026, 11, 27, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed", ["KKP-26-004217", "kkp-26-4217", "about KKP 26 004217, please", "KKP/26/004217", "KKP26004217"]
)
def test_a_case_number_is_known_however_it_is_typed(typed: str) -> None:
    assert case_numbers(typed) == ["KKP-26-004217"]


def test_what_is_no_case_number_is_none() -> None:
    assert case_numbers("Mixer 110001") == []
    assert case_numbers("TV dead 500072, call 9848012345") == []


@pytest.mark.parametrize(
    ("typed", "pin"),
    [
        ("500072", "500072"),
        ("TV dead 500 072", "500072"),
        ("Mixer 110001", "110001"),
        ("పిన్ ౫౦౦౦౭౨", "500072"),
        ("9848012345", None),
        ("+91 98480 12345", None),
        ("500072 or 500085", None),
        ("KKP-26-500072", None),
        ("000001", None),
    ],
)
def test_a_pin_code_is_found_where_there_is_one(typed: str, pin: str | None) -> None:
    assert pin_code(typed) == pin


def test_the_nearest_centre_shares_most_of_the_pin_code() -> None:
    here, there, far = (Centre(UUID(int=i), pin) for i, pin in ((1, "500072"), (2, "500085"), (3, "506002")))
    assert nearest("500070", [there, here, far]) == here.id
    assert nearest("506001", [here, there, far]) == far.id
    assert nearest("110001", [here, there, far]) is None
    assert nearest("500072", [Centre(UUID(int=4), "CF10 1AA")]) is None


def test_a_choice_is_one_number_of_those_listed() -> None:
    assert [choice(one, 3) for one in ("1", " 2. ", "3)", "౨", "4", "0", "two", "2 please", "")] == [
        *(0, 1, 2, 1),
        *(None,) * 5,
    ]


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        ("When?\n\nOn Mon, 23 Nov 2026 at 10:00, Us <s@x.in> wrote:\n> Dear\n> x", "When?"),
        ("When?\n\nOn Mon, 23 Nov 2026 at 10:00,\nUs <s@x.in> wrote:\n\n> Dear", "When?"),
        ("ఎప్పుడు?\r\n\r\n23 నవం, 2026న Us <s@x.in> ఇలా రాశారు:\r\n> Dear", "ఎప్పుడు?"),
        ("ok\n-----Original Message-----\nFrom: a@b.c\nDear", "ok"),
        ("> Dear\n> x\nMy answer below", "My answer below"),
        ("Price: 100\nFine with me", "Price: 100\nFine with me"),
    ],
)
def test_only_what_is_new_in_a_letter_is_read(mail: str, said: str) -> None:
    assert without_quote(mail) == said


@given(st.text(max_size=300))
def test_any_text_can_be_looked_at(text: str) -> None:
    assert all(number.count("-") == 2 for number in case_numbers(text))
    assert pin_code(text) is None or len(pin_code(text) or "") == 6
    assert choice(text, 9) in {None, *range(9)}
    assert len(without_quote(text)) <= len(text)


def test_an_answer_is_promised_in_open_hours() -> None:
    assert due(NOW, "Asia/Kolkata", 120, "09:30-18:30") == datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
    saturday_evening = datetime(2026, 11, 28, 12, 30, tzinfo=UTC)
    monday = due(saturday_evening, "Asia/Kolkata", 120, "09:30-18:30")
    assert monday == datetime(2026, 11, 30, 5, 30, tzinfo=UTC), "half an hour is left on Saturday, Sunday is closed"
