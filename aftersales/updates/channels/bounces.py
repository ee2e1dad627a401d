"""What mail servers send back (RFC 3464): which letter came back, and why. Pure.

The letter is known by the envelope id that we gave along or by the Message-ID in what is returned of it. Both hold a
random id, which nobody can name who has not seen the letter.
"""

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage, Message
from typing import cast

from aftersales.updates.channels import Receipt, Received
from aftersales.updates.channels.mail import opened
from aftersales.updates.channels.wording import detail

MAX_BYTES = 4 * 1024 * 1024
_OURS = re.compile(r"\bupdate\.[0-9a-f]{32}(?:\.\d{1,6})?(?![\w.])")
_BECAME = {"failed": Received.BOUNCED, "delivered": Received.DELIVERED}


def read(message: bytes, now: datetime) -> Receipt | None:
    """The receipt in a delivery report; None for other mail, for a delay, and for letters that are not ours."""
    parsed, _ = opened(message[:MAX_BYTES])
    if parsed.get_content_type() != "multipart/report":
        return None
    for fields in _recipients(parsed):
        became = _BECAME.get(str(fields.get("Action", "")).strip().lower())
        if became is not None and (ours := _ours(parsed)) is not None:
            # A letter of ours has one recipient: the first that says anything final says it all.
            return Receipt("", became, now, _why(fields) if became is Received.BOUNCED else "", ours)
    return None


def _status(parsed: Message) -> Iterator[Message]:
    """The blocks of all delivery-status parts: what holds for the letter, then one for each recipient."""
    for part in parsed.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            yield from (block for block in part.get_payload() if isinstance(block, Message))


def _recipients(parsed: Message) -> Iterator[Message]:
    return (block for block in _status(parsed) if "Action" in block)


def _ours(parsed: EmailMessage) -> str | None:
    for block in _status(parsed):
        if (found := _OURS.search(str(block.get("Original-Envelope-Id", "")))) is not None:
            return found[0]
    for part in parsed.walk():
        kind = part.get_content_type()
        if kind == "text/rfc822-headers":
            returned: Message = email.message_from_string(str(part.get_payload()))
        elif kind == "message/rfc822" and part.is_multipart():
            returned = cast(Message, part.get_payload(0))
        else:
            continue
        if (found := _OURS.search(str(returned.get("Message-ID", "")))) is not None:
            return found[0]
    return None


def _why(fields: Message) -> str:
    diagnosis = str(fields.get("Diagnostic-Code", "")).partition(";")[2].strip()
    return detail(f"{fields.get('Status', '')} {diagnosis}")
