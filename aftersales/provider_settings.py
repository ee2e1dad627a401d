"""The settings of the providers that carry messages. A channel none of whose settings are given is off."""

from collections.abc import Mapping
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

RECIPIENT = "{to}"

NEEDS: Mapping[str, tuple[str, ...]] = {
    "msg91": ("msg91_key", "msg91_header", "msg91_entity_id", "msg91_hook_secret"),
    "twilio": ("twilio_account_sid", "twilio_auth_token"),
    "whatsapp": (
        "whatsapp_token",
        "whatsapp_number_id",
        "whatsapp_app_secret",
        "whatsapp_verify_token",
    ),
    "push": ("push_private_key", "push_contact"),
    "generic": ("apprise_url",),
}
"""What each provider cannot do without. Given in part, nothing starts, and what is missing is named."""


class ProviderSettings(BaseSettings):
    """Keys and addresses of SMS, WhatsApp, push and what Apprise reaches."""

    # A wrong value is named, never shown: it may be a key.
    model_config = SettingsConfigDict(env_prefix="AFTERSALES_", frozen=True, hide_input_in_errors=True)

    msg91_key: SecretStr | None = Field(
        default=None, description="MSG91's auth key: SMS to Indian numbers. Unset: SMS to India go another way or none."
    )
    msg91_header: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9]{3,11}$",
        description="The registered header (sender) of those SMS, such as AFTSAL.",
    )
    msg91_entity_id: str | None = Field(
        default=None, pattern=r"^\d{10,25}$", description="Your DLT entity id (principal entity, PE ID)."
    )
    msg91_hook_secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="A secret of your choice that MSG91 sends with its delivery reports; it signs nothing.",
    )
    msg91_url: str = Field(default="https://api.msg91.com", description="Where MSG91's API is.")
    short_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s]+$",
        description="A short address of this site for links in SMS, such as https://gdv.in: at most 15 characters, "
        "since an Indian SMS gives a link thirty. It must lead here. Unset: the usual address.",
    )
    sms_links: str | None = Field(
        default=None,
        description="The hosts whose links the operators let through in your SMS (whitelisted at DLT), with commas "
        "between them. Unset: none is known to be.",
    )
    twilio_account_sid: str | None = Field(
        default=None, pattern=r"^AC[0-9a-fA-F]{32}$", description="Twilio's account: SMS outside India."
    )
    twilio_auth_token: SecretStr | None = Field(
        default=None, description="That account's auth token; it also signs what Twilio posts to us."
    )
    twilio_sms_from: str | None = Field(
        default=None,
        pattern=r"^(\+\d{7,15}|MG[0-9a-fA-F]{32}|[A-Za-z0-9 ]{3,11})$",
        description="The number, sender name or messaging service (MG…) of Twilio's SMS. Unset: no SMS by Twilio.",
    )
    twilio_url: str = Field(default="https://api.twilio.com", description="Where Twilio's API is.")
    whatsapp_token: SecretStr | None = Field(
        default=None, description="A permanent access token of a system user at Meta. Unset: no WhatsApp."
    )
    whatsapp_number_id: str | None = Field(
        default=None, pattern=r"^\d{5,25}$", description="The phone number id (not the number) at Meta."
    )
    whatsapp_app_secret: SecretStr | None = Field(
        default=None, description="The Meta app's secret: it signs what Meta posts to us."
    )
    whatsapp_verify_token: SecretStr | None = Field(
        default=None, min_length=8, description="A secret of your choice that Meta repeats when the webhook is entered."
    )
    whatsapp_url: str = Field(
        default="https://graph.facebook.com/v23.0", description="Where Meta's Graph API is, with its version."
    )
    push_private_key: SecretStr | None = Field(
        default=None,
        description="The VAPID key of web push, as `aftersales push-key` prints it. Unset: no web push.",
    )
    push_contact: str | None = Field(
        default=None,
        pattern=r"^(mailto:[^\s@]+@[^\s@]+|https://\S+)$",
        description="Whom a push service may write to: mailto:… or https://….",
    )
    push_services: str = Field(
        default="fcm.googleapis.com, *.push.services.mozilla.com, *.push.apple.com, *.notify.windows.com",
        description="Whose push services are written to, with commas between them: hosts, *.domains, or a whole "
        "origin. A browser's subscription elsewhere is refused, so that nobody can point us at an address inside.",
    )
    apprise_url: SecretStr | None = Field(
        default=None,
        description="One more way, by an Apprise address with {to} where the recipient stands, such as "
        "tgram://bot-token/{to}. Unset: none.",
    )
    apprise_channel: str = Field(
        default="telegram", pattern=r"^[a-z][a-z0-9_]{1,20}$", description="What that way is called."
    )

    @field_validator("msg91_url", "twilio_url", "whatsapp_url")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("give an address that begins with https://")
        return url.rstrip("/")

    @field_validator("apprise_url")
    @classmethod
    def _with_a_place_for_the_recipient(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and RECIPIENT not in url.get_secret_value():
            raise ValueError("write {to} where the recipient stands")
        return url

    @model_validator(mode="after")
    def _whole(self) -> Self:
        problems = [
            f"{name} is half configured: set {', '.join(f'AFTERSALES_{one.upper()}' for one in missing)} too"
            for name in NEEDS
            if (missing := self.missing(name)) and len(missing) < len(NEEDS[name])
        ]
        if self.twilio_sms_from is not None and self.twilio_account_sid is None:
            problems.append("twilio is half configured: set AFTERSALES_TWILIO_ACCOUNT_SID too")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def missing(self, provider: str) -> tuple[str, ...]:
        """The settings that this provider still needs; empty: it can be used."""
        return tuple(name for name in NEEDS[provider] if getattr(self, name) is None)

    @property
    def sms_hosts(self) -> tuple[str, ...]:
        """The names in `sms_links`."""
        return tuple(name for name in (part.strip().lower() for part in (self.sms_links or "").split(",")) if name)
