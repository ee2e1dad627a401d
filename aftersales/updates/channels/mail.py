"""What people write to our address by e-mail, and the files that come along. Pure.

Whom a mail is from anybody may claim: the mail server checks that (DMARC) before it hands one over. What we answer goes
to the address on the mail alone, so that who claims another's learns nothing.
"""

import email
import email.policy
import html
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from hashlib import sha256

from aftersales.files.rules import IMAGES, Type, sniff
from aftersales.updates.channels import MAX_FILES, Fetched, Inbound, Refusal

MAX_BYTES = 40 * 1024 * 1024
"""As much of a mail is read. Mail servers take 25 to 35 MB."""
MAX_PARTS = 100
_PART = re.compile(rb"(?i)(?:\A|[\r\n])content-type:")
# Under many a letter stands a firm's sign, which nobody sent us to look at.
_SIGN = 10_000
_SEALS = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature", "text/calendar"}
)
_TAG = re.compile(r"(?is)<(script|style)\b.*?</\1>|<[^>]*>")
_BREAK = re.compile(r"(?i)<(br|/p|/div)\b[^>]*>")
_BY_MACHINES = ("bulk", "junk", "list", "auto_reply")


def opened(message: bytes) -> tuple[EmailMessage, bool]:
    """The mail as its parts, as far as the hundredth of them, and whether there were more.

    Parts inside parts cost as much for each of them again, and without an end to it the reader runs out of stack.
    """
    parts = [found.start() for _, found in zip(range(MAX_PARTS + 1), _PART.finditer(message), strict=False)]
    more = len(parts) > MAX_PARTS
    return email.message_from_bytes(message[: parts[-1]] if more else message, policy=email.policy.default), more


def written(message: bytes, now: datetime, limit: int) -> Inbound | None:
    """What a person wrote; None for reports, automatic answers and mail of lists, which nobody waits to see answered.

    Photos and PDFs come with it, each of at most `limit` bytes and by their first bytes alone; names are left out.
    What is longer than MAX_BYTES is read as far as that: the words come first in a mail.
    """
    parsed, more = opened(message[:MAX_BYTES])
    sender = _sender(parsed)
    if sender is None or _automatic(parsed):
        return None
    own = str(parsed.get("Message-ID", "")).strip() or sha256(message).hexdigest()
    answers = str(parsed.get("In-Reply-To", "")).strip() or None
    files, refused = _files(parsed, limit, cut=len(message) > MAX_BYTES)
    return Inbound(
        "email",
        own,
        sender.addr_spec,
        _at(parsed, now),
        _text(parsed),
        sender.display_name,
        answers=answers,
        files=tuple(files),
        refused=tuple(sorted(refused | {Refusal.MANY} if more else refused)),
    )


def _files(parsed: EmailMessage, limit: int, *, cut: bool) -> tuple[Sequence[Fetched], set[Refusal]]:
    """The first six, and why others are not taken. Where the mail was cut its last part is no longer whole."""
    body = parsed.get_body(("plain", "html"))
    leaves = [part for part in parsed.walk() if part is not body and not part.is_multipart()]
    last = leaves[-1] if cut and leaves else None
    files: list[Fetched] = []
    refused: set[Refusal] = set()
    for part in leaves:
        found = Refusal.LARGE if part is last else _file(part, limit)
        if isinstance(found, Fetched) and len(files) < MAX_FILES:
            files.append(found)
        elif found is not None:
            refused.add(Refusal.MANY if isinstance(found, Fetched) else found)
    return files, refused


def _file(part: EmailMessage, limit: int) -> Fetched | Refusal | None:
    """None for what is no file somebody meant to send: other forms of the words, seals, signs under a letter."""
    attached = part.get_content_disposition() == "attachment"
    if part.get_content_type() in _SEALS or (part.get_content_maintype() == "text" and not attached):
        return None
    content: object = None
    # Older Pythons raise on torn uuencode.
    with suppress(LookupError, ValueError):
        content = part.get_payload(decode=True)
    if not isinstance(content, bytes) or not content:
        return None if content == b"" else Refusal.BROKEN
    kind = sniff(content)
    if "Content-ID" in part and not attached and (len(content) < _SIGN or kind is Type.UNKNOWN):
        return None
    if len(content) > limit:
        return Refusal.LARGE
    return Fetched(content, kind.value) if kind in IMAGES or kind is Type.PDF else Refusal.KIND


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
