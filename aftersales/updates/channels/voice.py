"""The voice channel: Indian numbers by Exotel, others by Twilio, each as far as its keys are set."""

from collections.abc import Sequence

from aftersales.config import Settings
from aftersales.i18n.languages import OFFERED
from aftersales.updates.channels import Answer, Letter, Reject
from aftersales.updates.channels.voice_exotel import Account as ExotelAccount
from aftersales.updates.channels.voice_exotel import ExotelGate, ExotelVoice
from aftersales.updates.channels.voice_twilio import Account as TwilioAccount
from aftersales.updates.channels.voice_twilio import TwilioVoice, TwilioVoiceGate
from aftersales.updates.channels.voices import flows
from aftersales.updates.policy import VOICE, Reason

INDIA = "+91"
Provider = ExotelVoice | TwilioVoice


class VoiceChannel:
    """Calls by whichever provider may call the number and speaks the language; Reject (`no_voice`) if none does."""

    name = VOICE
    repeatable = False

    def __init__(self, exotel: ExotelVoice | None, twilio: TwilioVoice | None) -> None:
        self._exotel, self._twilio = exotel, twilio

    def provider(self, number: str, language: str) -> Provider | None:
        """Who calls this number in this language. Exotel calls nobody outside India."""
        order = [self._exotel, self._twilio] if number.startswith(INDIA) else [self._twilio]
        return next((one for one in order if one is not None and language in one.languages), None)

    async def send(self, letter: Letter) -> Answer:
        """Ask for the call."""
        provider = self.provider(letter.to_address, letter.language)
        if provider is None:
            return Reject(Reason.NO_VOICE, f"nobody who calls this number speaks {letter.language}")
        return await provider.send(letter)


def twilio_account(settings: Settings) -> TwilioAccount | None:
    """The account that calls by Twilio; None while one of its three keys is missing."""
    if not (settings.twilio_account_sid and settings.twilio_auth_token and settings.twilio_voice_from):
        return None
    return TwilioAccount(
        sid=settings.twilio_account_sid,
        token=settings.twilio_auth_token.get_secret_value(),
        caller=settings.twilio_voice_from,
        base_url=settings.twilio_url,
        own_url=settings.base_url,
        record=settings.voice_record,
    )


def exotel_account(settings: Settings) -> ExotelAccount | None:
    """The account that calls by Exotel; None while one of its keys is missing."""
    key, token, secret, password = (
        settings.exotel_api_key,
        settings.exotel_api_token,
        settings.exotel_secret,
        settings.exotel_password,
    )
    if not (settings.exotel_sid and settings.exotel_from and key and token and secret and password):
        return None
    return ExotelAccount(
        sid=settings.exotel_sid,
        key=key.get_secret_value(),
        token=token.get_secret_value(),
        caller=settings.exotel_from,
        base_url=settings.exotel_url,
        own_url=settings.base_url,
        secret=secret.get_secret_value(),
        password=password.get_secret_value(),
        flows=flows(settings.exotel_flows),
        record=settings.voice_record,
    )


def voice_channel(settings: Settings) -> VoiceChannel | None:
    """The channel, or None while no provider has its keys."""
    exotel, twilio = exotel_account(settings), twilio_account(settings)
    if exotel is None and twilio is None:
        return None
    return VoiceChannel(ExotelVoice(exotel) if exotel else None, TwilioVoice(twilio) if twilio else None)


def twilio_gate(settings: Settings) -> TwilioVoiceGate | None:
    """Who reads what Twilio asks and posts about calls; None while it has no keys."""
    account = twilio_account(settings)
    return TwilioVoiceGate(account.token) if account else None


def exotel_gate(settings: Settings) -> ExotelGate | None:
    """Who reads what Exotel asks and posts; None while it has no keys."""
    account = exotel_account(settings)
    return ExotelGate(account.secret, account.password) if account else None


def state_of(settings: Settings) -> Sequence[str]:
    """Which providers are on, and the languages that a call to India or elsewhere could not be made in, in words."""
    exotel, twilio = exotel_account(settings), twilio_account(settings)
    lines = [
        f"calls by Exotel: {'on' if exotel else 'off, its keys are not set (AFTERSALES_EXOTEL_…)'}",
        f"calls by Twilio: {'on' if twilio else 'off, its keys are not set (AFTERSALES_TWILIO_…)'}",
    ]
    channel = voice_channel(settings)
    if channel is not None:
        for where, number in (("to India", INDIA), ("elsewhere", "+")):
            mute = [code for code in OFFERED if channel.provider(number, code) is None]
            if mute:
                lines.append(f"calls {where}: no voice for {', '.join(mute)}; their updates go by the next channel")
    return lines
