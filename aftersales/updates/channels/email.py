"""E-mail through one SMTP server.

SMTP has no idempotency key: a worker killed between the server's "250" and our note of it leads to a second copy. Both
carry the same Message-ID, by which many mailboxes show them once. Where the server knows delivery reports (RFC 3461) it
is asked for those of failures and delays, under our own id; `bounces.py` reads them.
"""

import contextlib
import html
import re
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import aiosmtplib

from aftersales.i18n import LANGUAGES
from aftersales.updates.channels import Answer, Letter, Reject, Retry, Sent
from aftersales.updates.channels.wording import detail, line, plain, tag
from aftersales.updates.policy import EMAIL, Reason

TIMEOUT = 30.0
MAX_HEAD = 200
MAX_PAPER = 5 * 1024 * 1024
_PERMANENT = 500
# As greylisting servers word it: in 300 seconds, after 5 minutes, come back in 00:04:59.
_AFTER = re.compile(r"\b(?:in|after|wait)\s+(?:(\d{1,2}):(\d\d):(\d\d)|(\d{1,5})\s*(s|m|h)[a-z]*)\b", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_LONGEST = timedelta(days=1)
_URL = re.compile(r"https?://[^\s<>]+")


class EmailChannel:
    """Sends by `url`, `smtp://user:password@host:port` (TLS as soon as the server offers it) or `smtps://…`."""

    name = EMAIL
    repeatable = False
    max_paper = MAX_PAPER

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
        # Asked of servers that give delivery reports alone: others take the words for a mistake.
        reports = client.supports_extension("dsn")
        _, said = await client.send_message(
            message,
            # Heads alone come back: the words of a letter have no business in reports.
            mail_options=["RET=HDRS", f"ENVID={tag(str(message['Message-ID']))}"] if reports else [],
            rcpt_options=["NOTIFY=FAILURE,DELAY"] if reports else [],
        )
    except aiosmtplib.SMTPRecipientsRefused as refused:
        return _refused(refused.recipients[0])
    except aiosmtplib.SMTPResponseException as error:
        return _refused(error)
    except (aiosmtplib.SMTPException, OSError) as error:
        # Cut off somewhere between "here it comes" and "I have it".
        return Retry(_said(error), uncertain=True)
    return Sent(said)


def _refused(error: aiosmtplib.SMTPResponseException) -> Answer:
    if error.code >= _PERMANENT:
        return Reject(Reason.REJECTED, _said(error))
    return Retry(_said(error), after=wait(error.message))


def wait(said: str) -> timedelta | None:
    """How long a server asks us to wait, where it says so in its words; at most a day."""
    found = _AFTER.search(said)
    if found is None:
        return None
    hours, minutes, seconds, number, unit = found.groups()
    if number is None:
        asked = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    else:
        asked = timedelta(seconds=int(number) * _SECONDS[unit.lower()])
    return min(asked, _LONGEST)


def _said(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return detail(f"{error.code} {error.message}")
    return detail(f"{type(error).__name__}: {error}")


def composed(letter: Letter, sender: str) -> EmailMessage:
    """The letter as a mail: plain text, the same as plain HTML, its paper attached.

    Raises ValueError for an impossible address.
    """
    message = EmailMessage(policy=WIRE)
    from_name = line(letter.from_name, MAX_HEAD)
    message["From"] = Address(from_name, addr_spec=sender)
    message["Reply-To"] = Address(from_name, addr_spec=sender)
    message["To"] = Address(line(letter.to_name, MAX_HEAD), addr_spec=letter.to_address)
    message["Subject"] = line(letter.subject, MAX_HEAD)
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(plain(letter.words))
    message.add_alternative(_page(letter), subtype="html")
    if letter.paper is not None:
        paper = letter.paper
        message.add_attachment(paper.content, maintype="application", subtype="pdf", filename=paper.name)
    # Last: what speaks of content moves into the parts as they are added.
    message["Content-Language"] = letter.language
    return message


def _page(letter: Letter) -> str:
    direction = LANGUAGES[letter.language].direction
    paragraphs = "".join(f"<p>{_marked_up(part)}</p>" for part in plain(letter.words).split("\n\n"))
    return (
        f'<!doctype html><html lang="{letter.language}" dir="{direction}"><head><meta charset="utf-8">'
        f"<title>{html.escape(line(letter.subject, MAX_HEAD))}</title></head>"
        f'<body style="font:16px/1.5 sans-serif;max-width:36em">{paragraphs}</body></html>'
    )


def _marked_up(text: str) -> str:
    escaped = html.escape(text)
    linked = _URL.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', escaped)
    return linked.replace("\n", "<br>")
