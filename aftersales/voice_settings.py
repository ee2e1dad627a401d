"""The settings of calls: who calls, in which languages, and when people are called back."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class VoiceSettings(BaseSettings):
    """Keys of the providers of calls beside Twilio's own, and the manners of a call."""

    twilio_voice_from: str | None = Field(
        default=None,
        pattern=r"^\+\d{7,15}$",
        description="The number that Twilio calls from, in E.164. Unset: no calls by Twilio.",
    )
    exotel_sid: str | None = Field(default=None, description="The account at Exotel, for calls in India.")
    exotel_api_key: SecretStr | None = Field(default=None, description="Exotel's API key. Unset: no calls by Exotel.")
    exotel_api_token: SecretStr | None = Field(default=None, description="The token that goes with that key.")
    exotel_from: str | None = Field(default=None, description="The ExoPhone that Exotel calls from.")
    exotel_flows: str = Field(
        default="",
        pattern=r"^([a-z]{2}=\d+(,[a-z]{2}=\d+)*)?$",
        description="The call flows made at Exotel, one for each language it shall speak: te=12345,hi=12346.",
    )
    exotel_secret: SecretStr | None = Field(
        default=None, min_length=20, description="The key in the addresses that Exotel's flows ask us at."
    )
    exotel_password: SecretStr | None = Field(
        default=None, min_length=12, description="The password at those addresses; the user is exotel."
    )
    exotel_url: str = Field(
        default="https://api.in.exotel.com", description="Exotel's API: Mumbai, or https://api.exotel.com in Singapore."
    )
    voice_record: bool = Field(
        default=False, description="Providers record calls; the case then keeps their reference. Say so to callers."
    )
    voice_language: str = Field(
        default="en", description="The language in which callers are greeted whom we do not know."
    )
    voice_missed_calls: bool = Field(
        default=False,
        description="Calls to our number are not taken but noted and called back: a missed call costs nothing.",
    )
    call_back_minutes: int = Field(
        default=120, ge=5, le=2880, description="Minutes of open hours within which a call back is promised."
    )
    call_back_hours: str = Field(
        default="09:00-19:00",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$",
        description="When people are called back, by their branch's clock, Monday to Saturday.",
    )
