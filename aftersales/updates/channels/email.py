"""E-mail through one SMTP server.

SMTP has no idempotency key: a worker killed between the server's "250" and our note of it leads to a second copy. Both
carry the same Message-ID, by which many mailboxes show them once.
"""

import contextlib
import html
import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import aiosmtplib

from aftersales.i18n import LANGUAGES
from aftersales.updates.channels import Answer, Letter, Reject, Retry, Sent
from aftersales.updates.policy import EMAIL, Reason

TIMEOUT = 30.0
_PERMANENT = 500
_URL = re.compile(r"https?://[^\s<>]+")


class EmailChannel:
    """Sends by `url`, `smtp://user:password@host:port` (TLS as soon as the server offers it) or `smtps://…`."""

    name = EMAIL
    local = False

    def __init__(self, url: str, sender: str, *, timeout: float = TIMEOUT) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "smtps"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (465 if self._secure else 587)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._sender = sender
        self._timeout = timeout

    async def send(self, letter: Letter) -> Answer:
        """One connection, one letter. What the server says for good is a Reject, everything else is a Retry."""
        try:
            message = composed(letter, self._sender)
        except (ValueError, IndexError) as error:
            return Reject(Reason.BAD_ADDRESS, str(error))
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            use_tls=self._secure,
            username=self._user,
            password=self._password,
            timeout=self._timeout,
        )
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            # Nothing is wrong with the recipient: whoever runs this puts server or password right, and all goes out.
            return Retry(_said(error))
        try:
            answer = await _handed_over(client, message)
            # The answer stands, however the goodbye ends.
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()
            return answer
        finally:
            client.close()


async def _handed_over(client: aiosmtplib.SMTP, message: EmailMessage) -> Answer:
    try:
        _, said = await client.send_message(message)
    except aiosmtplib.SMTPRecipientsRefused as refused:
        return _refused(refused.recipients[0])
    except aiosmtplib.SMTPResponseException as error:
        return _refused(error)
    except (aiosmtplib.SMTPException, OSError) as error:
        # Cut off somewhere between "here it comes" and "I have it".
        return Retry(_said(error), uncertain=True)
    return Sent(said)


def _refused(error: aiosmtplib.SMTPResponseException) -> Answer:
    return Reject(Reason.REJECTED, _said(error)) if error.code >= _PERMANENT else Retry(_said(error))


def _said(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}"
    return f"{type(error).__name__}: {error}"


def composed(letter: Letter, sender: str) -> EmailMessage:
    """The letter as a mail: plain text, and the same as plain HTML. Raises ValueError for an impossible address."""
    message = EmailMessage(policy=WIRE)
    message["From"] = Address(letter.from_name, addr_spec=sender)
    message["Reply-To"] = Address(letter.from_name, addr_spec=sender)
    message["To"] = Address(letter.to_name, addr_spec=letter.to_address)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(letter.words)
    message.add_alternative(_page(letter), subtype="html")
    # Last: what speaks of content moves into the parts as they are added.
    message["Content-Language"] = letter.language
    return message


def _page(letter: Letter) -> str:
    direction = LANGUAGES[letter.language].direction
    paragraphs = "".join(f"<p>{_marked_up(part)}</p>" for part in letter.words.split("\n\n"))
    return (
        f'<!doctype html><html lang="{letter.language}" dir="{direction}"><head><meta charset="utf-8">'
        f"<title>{html.escape(letter.subject)}</title></head>"
        f'<body style="font:16px/1.5 sans-serif;max-width:36em">{paragraphs}</body></html>'
    )


def _marked_up(text: str) -> str:
    escaped = html.escape(text)
    linked = _URL.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', escaped)
    return linked.replace("\n", "<br>")
