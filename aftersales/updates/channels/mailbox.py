"""The built-in mailbox: a page of the desk that shows the records themselves, where no mail server is set."""

from aftersales.updates.channels import Letter, Sent
from aftersales.updates.policy import MAILBOX


class MailboxChannel:
    """Takes everything: the record is the letter."""

    name = MAILBOX
    repeatable = True

    async def send(self, letter: Letter) -> Sent:  # noqa: ARG002 - nothing leaves the house
        """It is in the mailbox."""
        return Sent()
