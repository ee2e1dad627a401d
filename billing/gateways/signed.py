"""Whether a webhook is Stripe's: its signature over the bytes as they came, not older than five minutes. Pure."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from aftersales.errors import Forbidden, Invalid

TOLERANCE = timedelta(minutes=5)
_LONGEST = 4096
_SCHEME = "v1"


@dataclass(frozen=True, slots=True)
class Notice:
    """That something has happened: Stripe's name of it, and the security it is about, if it is about one of ours."""

    event: str
    hold_id: UUID | None


def notice(body: bytes, header: str, secret: str, now: datetime) -> Notice:
    """What Stripe says. Raises Forbidden (`gateway.signature`), Invalid (`gateway.unreadable`)."""
    _verify(body, header, secret, now)
    try:
        said = orjson.loads(body)
        about = said["data"]["object"]
        event, known = str(said["id"])[:255], about.get("metadata")
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise Invalid("gateway.unreadable", "This is no event of Stripe's version 1 webhooks.") from error
    return Notice(event, _hold(known))


def _hold(known: Any) -> UUID | None:
    try:
        return UUID(known["hold"]) if isinstance(known, Mapping) else None
    except (KeyError, ValueError, AttributeError, TypeError):
        return None


def _verify(body: bytes, header: str, secret: str, now: datetime) -> None:
    parts = [part.strip().partition("=") for part in header[:_LONGEST].split(",")]
    stamp = next((value for name, _, value in parts if name == "t"), "")
    given = [value for name, _, value in parts if name == _SCHEME]
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
        raise _forbidden()
    right = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not any(hmac.compare_digest(one.encode(errors="replace"), right.encode()) for one in given):
        raise _forbidden()
    if abs(now - datetime.fromtimestamp(int(stamp), UTC)) > TOLERANCE:
        raise _forbidden()


def _forbidden() -> Forbidden:
    return Forbidden("gateway.signature", "The signature is missing, wrong or old. Check the secret of the webhook.")
