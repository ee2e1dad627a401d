"""Settings with the keys of some providers."""

from aftersales.config import Settings
from aftersales.updates.channels.sealing import new_key

KEYS: dict[str, dict[str, str]] = {
    "msg91": {
        "msg91_key": "key91",
        "msg91_header": "AFTSAL",
        "msg91_entity_id": "1201159000000000001",
        "msg91_hook_secret": "sesame-sesame-sesame",
    },
    "twilio": {
        "twilio_account_sid": f"AC{'0' * 32}",
        "twilio_auth_token": "a twilio token",
        "twilio_sms_from": "+15005550006",
    },
    "whatsapp": {
        "whatsapp_token": "EAAG",
        "whatsapp_number_id": "1234567890",
        "whatsapp_app_secret": "an app secret",
        "whatsapp_verify_token": "verify-me",
    },
    "push": {"push_private_key": new_key(), "push_contact": "mailto:care@example.org"},
    "generic": {"apprise_url": "tgram://123456789:ABCDEFGHIJKLMNOPQRSTUVWXYZ012345678/{to}"},
}


def settings_with(*providers: str, **others: object) -> Settings:
    """The defaults with these providers' keys."""
    keys = {name: value for provider in providers for name, value in KEYS[provider].items()}
    return Settings(**{**keys, **others})  # type: ignore[arg-type]
