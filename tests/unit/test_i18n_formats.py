"""Money, dates and times as people read them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.i18n import (
    DEFAULT,
    LANGUAGES,
    N_,
    format_date,
    format_day_time,
    format_instant,
    format_money,
    language_or_default,
)
from aftersales.money import Money

HYDERABAD = "Asia/Kolkata"


def at(hour: int, minute: int = 0) -> datetime:
    """That time on the wall in Hyderabad, on Saturday 28 November 2026."""
    return datetime(2026, 11, 28, hour, minute, tzinfo=ZoneInfo(HYDERABAD)).astimezone(UTC)


@pytest.mark.parametrize(
    ("minor", "shown"),
    [
        (649000, "₹6,490.00"),
        (12500000, "₹1,25,000.00"),
        (1234567890, "₹1,23,45,678.90"),
        (-5, "-₹0.05"),
        (0, "₹0.00"),
    ],
)
def test_rupees_are_grouped_as_in_india_in_every_language(minor: int, shown: str) -> None:
    for language in LANGUAGES:
        assert format_money(Money("INR", minor), language) == shown


def test_other_currencies_keep_their_own_digits() -> None:
    assert format_money(Money("KWD", 1500), "en") == "KWD1.500"
    assert format_money(Money("JPY", 1500), "en") == "¥1,500"


@given(st.integers(-(10**15), 10**15), st.sampled_from(sorted(LANGUAGES)))
def test_no_digit_of_money_is_lost(minor: int, language: str) -> None:
    digits = "".join(sign for sign in format_money(Money("INR", minor), language) if sign.isdigit())
    assert int(digits) == abs(minor)


@pytest.mark.parametrize(
    ("hour", "minute", "english", "telugu"),
    [
        (0, 15, "12:15 at night", "రాత్రి 12:15"),
        (5, 0, "5 in the morning", "తెల్లవారుజామున 5:00"),
        (9, 30, "9:30 in the morning", "ఉదయం 9:30"),
        (12, 0, "12 in the afternoon", "మధ్యాహ్నం 12:00"),
        (16, 0, "4 in the afternoon", "సాయంత్రం 4:00"),
        (18, 0, "6 in the evening", "సాయంత్రం 6:00"),
        (21, 45, "9:45 at night", "రాత్రి 9:45"),
    ],
)
def test_a_time_has_its_part_of_day(hour: int, minute: int, english: str, telugu: str) -> None:
    assert format_instant(at(hour, minute), HYDERABAD, "en") == f"Saturday 28 November, {english}"
    assert format_instant(at(hour, minute), HYDERABAD, "te") == f"నవంబర్ 28, శనివారం {telugu}"


def test_a_reader_elsewhere_is_told_which_clock() -> None:
    assert format_instant(at(18), HYDERABAD, "en", home=HYDERABAD) == "Saturday 28 November, 6 in the evening"
    assert format_instant(at(18), HYDERABAD, "en", home="Europe/London").endswith("6 in the evening IST")
    assert format_instant(at(18), "Asia/Dubai", "en", home=HYDERABAD).endswith("4:30 in the afternoon UTC+04")


def test_the_year_is_said_where_it_is_wanted() -> None:
    assert format_date(date(2026, 3, 2), "en") == "Monday 2 March 2026"
    assert format_date(date(2026, 3, 2), "te") == "మార్చి 2 2026, సోమవారం"
    assert format_date(date(2026, 3, 2), "en", year=False) == "Monday 2 March"
    assert format_instant(at(18), HYDERABAD, "en", year=True) == "Saturday 28 November 2026, 6 in the evening"


def test_staff_read_24_hours() -> None:
    assert format_day_time(at(18), HYDERABAD, "en") == "Sat 28 Nov, 18:00"
    assert format_day_time(at(6, 5), HYDERABAD, "te", year=True) == "శని 28 నవం 2026, 06:05"


@given(st.integers(0, 23), st.sampled_from(sorted(LANGUAGES)))
def test_every_hour_has_a_part_of_day(hour: int, language: str) -> None:
    assert LANGUAGES[language].part_of_day(hour)


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("te", "te"), ("te-IN", "te"), ("TE_IN", "te"), ("en-GB", "en"), ("xx", DEFAULT), ("", DEFAULT), (None, DEFAULT)],
)
def test_an_unknown_language_becomes_the_default(asked: str | None, spoken: str) -> None:
    assert language_or_default(asked) == spoken


def test_languages_are_named_in_themselves() -> None:
    assert [language.name for language in LANGUAGES.values()] == ["English", "తెలుగు"]
    assert LANGUAGES["te"].written_in("వాషింగ్ మెషిన్")
    assert not LANGUAGES["te"].written_in("washing machine")
    assert LANGUAGES["en"].written_in("washing machine")


def test_the_mark_changes_nothing() -> None:
    assert N_("Received") == "Received"
