"""Which ways there are under these settings: a channel whose keys are not set is off and is not in the mapping.

Two providers may carry one channel. Of those that are on the first that serves the address takes the letter: MSG91 for
Indian mobile numbers, Twilio for all others, and for Indian ones too where MSG91 is off.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aftersales.config import Settings
from aftersales.provider_settings import NEEDS
from aftersales.updates.channels import Answer, Channel, Gate, Letter, Reject, generic, push, sms_msg91, sms_twilio
from aftersales.updates.channels import whatsapp as whatsapp_
from aftersales.updates.channels.email import EmailChannel
from aftersales.updates.channels.mailbox import MailboxChannel
from aftersales.updates.channels.voice import state_of
from aftersales.updates.policy import Reason


def _everywhere(address: str) -> bool:  # noqa: ARG001 - the shape of `serves`
    return True


@dataclass(frozen=True, slots=True)
class Provider:
    """One who carries a channel: how it is opened, who reads what it posts to us, which addresses it serves."""

    name: str
    opens: Callable[[Settings], Channel | None]
    gate: Callable[[Settings], Gate | None] | None = None
    serves: Callable[[str], bool] = _everywhere


def _email(settings: Settings) -> EmailChannel | None:
    if settings.smtp_url is None:
        return None
    return EmailChannel(settings.smtp_url.get_secret_value(), settings.mail_from)


PROVIDERS: tuple[Provider, ...] = (
    Provider("email", _email),
    Provider("msg91", sms_msg91.opens, sms_msg91.gate, sms_msg91.indian),
    Provider("twilio", sms_twilio.opens, sms_twilio.gate),
    Provider("whatsapp", whatsapp_.opens, whatsapp_.gate),
    Provider("push", push.opens),
    Provider("generic", generic.opens),
)
"""In the order in which they are asked for one channel."""


class Shared:
    """One channel that several providers carry, each where it serves."""

    repeatable = False

    def __init__(self, name: str, providers: Sequence[tuple[Callable[[str], bool], Channel]]) -> None:
        self.name, self._providers = name, providers

    async def send(self, letter: Letter) -> Answer:
        """By the first that serves the address; Reject where none does."""
        for serves, channel in self._providers:
            if serves(letter.to_address):
                return await channel.send(letter)
        return Reject(Reason.BAD_ADDRESS, "no provider that is set up serves this number")


def channels_on(settings: Settings) -> Mapping[str, Channel]:
    """Every channel that can be used, by its name. The built-in mailbox is always there."""
    mailbox = MailboxChannel()
    found: dict[str, list[tuple[Callable[[str], bool], Channel]]] = {mailbox.name: [(_everywhere, mailbox)]}
    for provider in PROVIDERS:
        if (channel := provider.opens(settings)) is not None:
            found.setdefault(channel.name, []).append((provider.serves, channel))
    return {name: _one(name, carried) for name, carried in found.items()}


def _one(name: str, carried: Sequence[tuple[Callable[[str], bool], Channel]]) -> Channel:
    serves, channel = carried[0]
    return channel if len(carried) == 1 and serves is _everywhere else Shared(name, carried)


def gates_on(settings: Settings) -> Mapping[str, Gate]:
    """Who may post to us, by the name in `/hooks/<name>`."""
    opened = (provider.gate(settings) for provider in PROVIDERS if provider.gate is not None)
    return {gate.name: gate for gate in opened if gate is not None}


def standing(settings: Settings) -> Iterator[str]:
    """One line for each provider: that it is on, or what to set to have it on."""
    for provider in PROVIDERS:
        if provider.opens(settings) is not None:
            yield f"{provider.name}: on"
        else:
            needs = {"email": ("smtp_url",), "twilio": (*NEEDS["twilio"], "twilio_sms_from")}
            names = needs.get(provider.name) or NEEDS[provider.name]
            yield f"{provider.name}: off; set {', '.join(f'AFTERSALES_{name.upper()}' for name in names)}"
    yield from state_of(settings)
