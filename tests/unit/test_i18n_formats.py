"""Money, dates and times as people read them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.documents.bidi import levels, visual
from aftersales.i18n import (
    DEFAULT,
    LANGUAGES,
    N_,
    format_calendar,
    format_date,
    format_day_time,
    format_instant,
    format_money,
    language_name,
    language_or_default,
)
from aftersales.i18n.brief import brief_day
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
        # Where text runs from right to left, marks keep its sign on its left, and what is beside it in its place.
        before, after = ("\u200f\u200e", "\u200f") if language == "ur" else ("", "")
        assert format_money(Money("INR", minor), language) == before + shown + after


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
    assert brief_day(at(18), HYDERABAD, "en", home=HYDERABAD) == "Sat 28 Nov"
    assert brief_day(at(18), "Asia/Dubai", "en", home=HYDERABAD) == "Sat 28 Nov UTC+04"


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
    assert " ".join(language.name for language in LANGUAGES.values()) == (
        "English తెలుగు हिन्दी தமிழ் ಕನ್ನಡ മലയാളം मराठी বাংলা ગુજરાતી ਪੰਜਾਬੀ اردو Cymraeg"
    )
    for language in LANGUAGES.values():
        assert language.written_in(language.name)
        assert all(language.written_in(words) for _, words in language.parts)
        assert not language.courtesy or language.written_in(language.courtesy)
    assert LANGUAGES["te"].written_in("వాషింగ్ మెషిన్")
    assert not LANGUAGES["te"].written_in("washing machine")
    assert LANGUAGES["en"].written_in("washing machine")


def test_a_language_is_called_what_its_reader_calls_it() -> None:
    assert language_name("te", "en") == "Telugu"
    assert language_name("en", "te") == "ఇంగ్లీష్"
    assert language_name("ur-PK", "hi") == "उर्दू"
    assert language_name("qqq", "en") == "qqq"


@pytest.mark.parametrize(
    ("language", "evening", "half_past_five"),
    [
        ("hi", "शनिवार, 28 नवंबर, शाम 6 बजे", "शनिवार, 28 नवंबर, शाम 5:30 बजे"),
        ("ta", "28 நவம்பர், சனி, மாலை 6 மணி", "28 நவம்பர், சனி, மாலை 5:30 மணி"),
        ("kn", "ಶನಿವಾರ, ನವೆಂಬರ್ 28, ಸಂಜೆ 6 ಗಂಟೆ", "ಶನಿವಾರ, ನವೆಂಬರ್ 28, ಸಂಜೆ 5:30 ಗಂಟೆ"),
        ("ml", "നവംബർ 28, ശനിയാഴ്\u200cച, വൈകിട്ട് 6 മണി", "നവംബർ 28, ശനിയാഴ്\u200cച, വൈകിട്ട് 5:30 മണി"),
        ("mr", "शनिवार, 28 नोव्हेंबर, सायंकाळी 6 वा.", "शनिवार, 28 नोव्हेंबर, सायंकाळी 5:30 वा."),
        ("bn", "শনিবার, 28 নভেম্বর, সন্ধ্যা 6টা", "শনিবার, 28 নভেম্বর, বিকেল 5:30"),
        ("gu", "શનિવાર, 28 નવેમ્બર, સાંજે 6:00", "શનિવાર, 28 નવેમ્બર, સાંજે 5:30"),
        ("pa", "ਸ਼ਨਿੱਚਰਵਾਰ, 28 ਨਵੰਬਰ, ਸ਼ਾਮ 6 ਵਜੇ", "ਸ਼ਨਿੱਚਰਵਾਰ, 28 ਨਵੰਬਰ, ਸ਼ਾਮ 5:30 ਵਜੇ"),
        ("ur", "ہفتہ، 28 نومبر، شام 6 بجے", "ہفتہ، 28 نومبر، شام 5:30 بجے"),
        ("cy", "Dydd Sadwrn 28 Tachwedd, 6 o'r gloch yr hwyr", "Dydd Sadwrn 28 Tachwedd, 5:30 yr hwyr"),
    ],
)
def test_an_instant_reads_as_people_write_it(language: str, evening: str, half_past_five: str) -> None:
    assert format_instant(at(18), HYDERABAD, language) == evening
    assert format_instant(at(17, 30), HYDERABAD, language) == half_past_five


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_dates_and_times_have_our_digits_and_no_english(language: str) -> None:
    for month in range(1, 13):
        day = datetime(2026, month, 14, 13, 5, tzinfo=UTC)
        said = format_instant(day, HYDERABAD, language, year=True) + format_calendar(day.date(), language)
        assert {sign for sign in said if sign.isdigit()} <= set("0123456789")
        assert said.count("2026") == 2
        if LANGUAGES[language].scripts:
            assert not [sign for sign in said if sign.isascii() and sign.isalpha()]
    assert LANGUAGES[language].parts[0][0] == 0
    assert [hour for hour, _ in LANGUAGES[language].parts] == sorted({hour for hour, _ in LANGUAGES[language].parts})


def test_the_mark_changes_nothing() -> None:
    assert N_("Received") == "Received"


def test_a_sum_in_urdu_changes_places_with_nothing_beside_it() -> None:
    rate, base = "GST 18%", format_money(Money("INR", 166_000), "ur")
    shown, found = levels(f"\u200f{rate}، {base} پر", rtl=True)
    assert "".join(visual(shown, found)) == "رپ ₹1,660.00 ،GST 18%"
