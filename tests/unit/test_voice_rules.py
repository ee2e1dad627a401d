"""Whom a caller may be, what is read aloud, and by when we promise to call."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from aftersales.config import Settings
from aftersales.updates.attempts import message_id
from aftersales.updates.channels.voice import state_of, voice_channel
from aftersales.updates.channels.voice_calls import reference, update_of
from aftersales.updates.render import LINK
from aftersales.voice.rules import Candidate, named, promised, settled, speakable, without_link
from tests.factories.settings import settings_with

ZONE = ZoneInfo("Asia/Kolkata")


def matter(number: str, household: int = 1, case: int = 1) -> Candidate:
    return Candidate(UUID(int=case), number, UUID(int=7), UUID(int=household), "te")


def test_one_household_with_few_matters_is_told_at_once() -> None:
    assert settled([matter("KKP-26-004217")])
    assert settled([matter("KKP-26-004217"), matter("KKP-26-004218"), matter("KKP-26-004219")])
    assert not settled([])
    assert not settled([matter("KKP-26-004217"), matter("KKP-26-004218", household=2)])
    assert not settled([matter(f"KKP-26-00421{n}") for n in range(4)])


def test_a_number_names_one_matter_or_none() -> None:
    here, there = matter("KKP-26-004217", 1, 1), matter("SEC-26-004217", 2, 2)
    assert named([here], "004217") == here
    assert named([here], "26004217") == here
    assert named([here, there], "004217") is None
    assert named([here], "004218") is None


def test_what_leads_to_a_page_is_not_read() -> None:
    words = f"Padma, it is ready. See it here: {LINK} Or call us: 040 2315 0110.\n\nEvery step: {LINK}"
    assert without_link(words) == "Padma, it is ready."
    assert without_link("Padma, it is ready.\nWe come at four.") == "Padma, it is ready. We come at four."


@given(st.text())
def test_nothing_unspeakable_is_read(words: str) -> None:
    said = speakable(words)
    assert all(sign.isprintable() or ord(sign) > 127 for sign in said)
    assert not set(said) & set("\u202a\u202e\u2066\u2069")


@given(st.integers(0, 2 * 366 * 24 * 60), st.integers(5, 600))
def test_a_call_is_promised_for_open_hours_and_never_too_soon(after: int, minutes: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=after)
    by = promised(now, ZONE.key, minutes, "09:00-19:00")
    assert by >= now + timedelta(minutes=minutes)
    there = by.astimezone(ZONE)
    assert there.weekday() < 6
    assert (9, 0) < (there.hour, there.minute) <= (19, 0)


@given(st.uuids())
def test_an_update_is_known_by_what_the_provider_carries(update_id: UUID) -> None:
    for turn in (0, 1, 17):
        assert update_of(reference(message_id(update_id, turn, "care@example.org"))) == update_id


def test_only_updates_and_tests_are_read_aloud() -> None:
    assert reference("<test.0197a1b2c3d47e5f8a9b0c1d2e3f4a5b@example.org>") == "0197a1b2c3d47e5f8a9b0c1d2e3f4a5b"
    for other in ("<code.0197a1b2c3d47e5f8a9b0c1d2e3f4a5b@example.org>", "<update.1@example.org>", ""):
        with pytest.raises(ValueError, match="not a Message-ID"):
            reference(other)


@given(st.text(max_size=40))
def test_anything_else_is_no_update(given_by_somebody: str) -> None:
    found = update_of(given_by_somebody)
    assert found is None or found.hex == given_by_somebody


def test_without_keys_calls_are_off_and_say_so(settings: Settings) -> None:
    assert voice_channel(settings) is None
    assert [line.split(": ")[1][:3] for line in state_of(settings)] == ["off", "off"]


def test_with_keys_it_says_for_whom_there_is_no_voice() -> None:
    by_twilio = settings_with("twilio", twilio_voice_from="+15005550006")
    assert state_of(by_twilio)[1:] == [
        "calls by Twilio: on",
        "calls to India: no voice for ur; their updates go by the next channel",
        "calls elsewhere: no voice for ur; their updates go by the next channel",
    ]
    both = by_twilio.model_copy(
        update={
            "exotel_sid": "godavari1",
            "exotel_from": "04047112233",
            "exotel_flows": "ur=1003",
            **{f"exotel_{key}": SecretStr("x" * 24) for key in ("api_key", "api_token", "secret", "password")},
        }
    )
    assert [*state_of(both)] == [
        "calls by Exotel: on",
        "calls by Twilio: on",
        "calls elsewhere: no voice for ur; their updates go by the next channel",
    ]
