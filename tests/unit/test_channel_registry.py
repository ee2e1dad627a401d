"""Which channels are on, what is missing, and that half a configuration is an error that says what it lacks."""

import pytest
from pydantic import ValidationError

from aftersales.config import Settings
from aftersales.provider_settings import NEEDS
from aftersales.updates.channels.registry import PROVIDERS, channels_on, gates_on, standing
from tests.factories.settings import KEYS, settings_with


def test_without_keys_there_is_the_mailbox() -> None:
    settings = Settings()
    assert set(channels_on(settings)) == {"mailbox"}
    assert gates_on(settings) == {}
    lines = [line.partition(";")[0] for line in standing(settings)]
    assert lines[: len(PROVIDERS)] == [f"{one.name}: off" for one in PROVIDERS]
    assert all(line.startswith("calls by ") and ": off" in line for line in lines[len(PROVIDERS) :])


def test_with_all_keys_all_are_on() -> None:
    settings = settings_with(*KEYS, smtp_url="smtp://127.0.0.1:1")
    assert set(channels_on(settings)) == {"mailbox", "email", "sms", "whatsapp", "push", "telegram"}
    assert {name: gate.name for name, gate in gates_on(settings).items()} == {
        name: name for name in ("msg91", "twilio", "whatsapp")
    }
    assert list(standing(settings))[: len(PROVIDERS)] == [f"{one.name}: on" for one in PROVIDERS]
    assert all(name == channel.name for name, channel in channels_on(settings).items())


@pytest.mark.parametrize(
    ("provider", "left_out"), [(name, one) for name, needs in NEEDS.items() if len(needs) > 1 for one in needs]
)
def test_half_a_configuration_names_what_it_lacks(provider: str, left_out: str) -> None:
    keys = {name: value for name, value in KEYS[provider].items() if name != left_out}
    with pytest.raises(ValidationError, match=f"{provider} is half configured: set AFTERSALES_{left_out.upper()} too"):
        Settings(**keys)  # type: ignore[arg-type]


def test_twilio_for_calls_alone_is_whole() -> None:
    keys = {name: value for name, value in KEYS["twilio"].items() if name != "twilio_sms_from"}
    settings = Settings(**keys)  # type: ignore[arg-type]
    assert "sms" not in channels_on(settings)
    assert "twilio" not in gates_on(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("msg91_header", "TOO LONG A NAME"),
        ("msg91_entity_id", "12"),
        ("twilio_account_sid", "SK0"),
        ("whatsapp_url", "graph.facebook.com"),
        ("apprise_url", "tgram://secret-token/1234"),
        ("push_contact", "care@example.org"),
        ("msg91_hook_secret", "guessable"),
    ],
)
def test_a_wrong_value_is_named_and_not_shown(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=name) as caught:
        Settings(**{name: value})  # type: ignore[arg-type]
    assert value not in str(caught.value)


def test_a_wrong_push_key_stops_the_start() -> None:
    with pytest.raises(ValueError, match="push-key"):
        channels_on(settings_with("push", push_private_key="dG9vIHNob3J0"))
