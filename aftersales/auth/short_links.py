"""The short form of a customer link, for an SMS: `/s/<12 characters>`, which leads to the full way in.

The characters are 72 bits of an HMAC over id, generation and kind of the link. Stored is their hash alone, by which the
link is found; what the link's generation ends, ends the short form too. A guess is one of 4.7 × 10²¹.
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import LargeBinary, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth import limits, links
from aftersales.auth.models import CustomerLink
from aftersales.config import Settings

PATH = "/s/"
LENGTH = 12
# A shared address of a whole town may open many; who guesses needs far more than that.
OPENED = limits.Limit("link.short", burst=60, every=timedelta(seconds=2))
_BYTES = 9
_LABEL = b"customer-link-short\x00"


def sample(settings: Settings) -> str:
    """A short address as long as every one of them."""
    return f"{settings.short_url or settings.base_url}{PATH}{'x' * LENGTH}"


async def url(session: AsyncSession, settings: Settings, link: CustomerLink) -> str:
    """The address to write into an SMS; with `short_url` set it is of that host. Remembers how to find it again."""
    code = _code(settings, link)
    found = _hash(code)
    if link.short_hash != found:
        link.short_hash = found
        await session.flush()
    return f"{settings.short_url or settings.base_url}{PATH}{code}"


async def full(session: AsyncSession, settings: Settings, given: str, now: datetime) -> str | None:
    """The full address of a short one; None for anything but a live one."""
    if len(given) != LENGTH or not given.isascii():
        return None
    query = select(CustomerLink).where(CustomerLink.short_hash == bindparam("hash", _hash(given), LargeBinary()))
    link = (await session.scalars(query)).one_or_none()
    if link is None or link.expires_at <= now or not hmac.compare_digest(_code(settings, link), given):
        return None
    return links.url(settings, link)


def _code(settings: Settings, link: CustomerLink) -> str:
    kind = b"read" if link.read_only else b"full"
    message = _LABEL + link.id.bytes + link.generation.to_bytes(4) + kind
    raw = hmac.new(settings.signing_key, message, hashlib.sha256).digest()[:_BYTES]
    return base64.urlsafe_b64encode(raw).decode()


def _hash(code: str) -> bytes:
    return hashlib.sha256(_LABEL + code.encode()).digest()
