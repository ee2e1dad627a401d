"""What people write to our address by e-mail. Pure.

Whom a mail is from anybody may claim: the mail server checks that (DMARC) before it hands one over. What we answer goes
to the address on the mail alone, so that who claims another's learns nothing.
"""

import email
import email.policy
import html
import re
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from hashlib import sha256

from aftersales.updates.channels import Inbound

_TAG = re.compile(r"(?is)<(script|style)\b.*?</\1>|<[^>]*>")
_BREAK = re.compile(r"(?i)<(br|/p|/div)\b[^>]*>")
_BY_MACHINES = ("bulk", "junk", "list", "auto_reply")


def written(message: bytes, now: datetime) -> Inbound | None:
    """What a person wrote; None for reports, automatic answers and mail of lists, which nobody waits to see answered.

    Files that came along are left out.
    """
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    sender = _sender(parsed)
    if sender is None or _automatic(parsed):
        return None
    own = str(parsed.get("Message-ID", "")).strip() or sha256(message).hexdigest()
    answers = str(parsed.get("In-Reply-To", "")).strip() or None
    return Inbound(
        "email", own, sender.addr_spec, _at(parsed, now), _text(parsed), sender.display_name, answers=answers
    )


def _sender(parsed: EmailMessage) -> Address | None:
    found = getattr(parsed["From"], "addresses", ())
    return found[0] if found and found[0].username and found[0].domain else None


def _automatic(parsed: EmailMessage) -> bool:
    submitted = str(parsed.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    return (
        parsed.get_content_type() == "multipart/report"
        or submitted != "no"
        or "List-Id" in parsed
        or str(parsed.get("Precedence", "")).strip().lower() in _BY_MACHINES
        or str(parsed.get("Return-Path", "")).strip() == "<>"
    )


def _at(parsed: EmailMessage, now: datetime) -> datetime:
    """When it was written, as far as that can be: a clock of theirs that is ahead does not count."""
    try:
        at = parsedate_to_datetime(str(parsed["Date"]))
        return min(at if at.tzinfo is not None else at.replace(tzinfo=UTC), now)
    except (TypeError, ValueError, OverflowError):
        return now


def _text(parsed: EmailMessage) -> str:
    body = parsed.get_body(("plain", "html"))
    if body is None:
        return ""
    try:
        words = str(body.get_content())
    except (LookupError, KeyError, ValueError):
        # In letters that nobody knows, or cut short.
        payload = body.get_payload(decode=True)
        words = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    if body.get_content_subtype() == "html":
        words = html.unescape(_TAG.sub("", _BREAK.sub("\n", words)))
    return words.strip()
