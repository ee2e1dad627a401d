"""Which ways there are under these settings: a channel whose keys are not set is off and is not in the mapping."""

from collections.abc import Mapping

from aftersales.config import Settings
from aftersales.updates.channels import Channel, Gate
from aftersales.updates.channels.email import EmailChannel
from aftersales.updates.channels.mailbox import MailboxChannel


def channels_on(settings: Settings) -> Mapping[str, Channel]:
    """Every channel that can be used, by its name. The built-in mailbox is always there."""
    found: list[Channel] = [MailboxChannel()]
    if settings.smtp_url is not None:
        found.append(EmailChannel(settings.smtp_url.get_secret_value(), settings.mail_from))
    return {channel.name: channel for channel in found}


def gates_on(settings: Settings) -> Mapping[str, Gate]:  # noqa: ARG001 - none of the channels so far posts to us
    """Who may post to us, by the name in `/hooks/<name>`."""
    return {}
