"""Web push (RFC 8030): encrypted for one browser (RFC 8291), signed with our key (RFC 8292).

A person's browsers are told one after another; that one of them has taken it is enough. A repeat carries the same
`Topic`, so that a push service that still holds the first replaces it, and the same tag, so that a browser shows one.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import orjson

from aftersales.config import Settings
from aftersales.updates.channels import Answer, Letter, Reject, Retry, Sent
from aftersales.updates.channels.exchange import Said, ask, put_off
from aftersales.updates.channels.sealing import decoded, encoded, point, private, public_key, sealed, signed
from aftersales.updates.channels.wording import line, plain, shortened
from aftersales.updates.policy import Reason

MAX_BROWSERS = 5
MAX_TITLE = 120
# The services take 4,096 bytes, head and padding included; a letter of Telugu has three, and JSON its own.
MAX_WORDS = 900
_KEEP = timedelta(days=2)
_KEEP_URGENT = timedelta(hours=4)
_GONE = (404, 410)


@dataclass(frozen=True, slots=True)
class Subscription:
    """One browser: where its push service listens, its public key (65 bytes) and its secret (16 bytes)."""

    endpoint: str
    p256dh: bytes
    auth: bytes


def address(subscriptions: Iterable[Subscription]) -> str:
    """What a letter's `to_address` is: a person's browsers, the newest first."""
    return orjson.dumps([[one.endpoint, encoded(one.p256dh), encoded(one.auth)] for one in subscriptions]).decode()


def browsers(to_address: str) -> list[Subscription]:
    """The browsers of an address; at most five of them are told. Raises ValueError for what is no address."""
    found = orjson.loads(to_address)
    if not isinstance(found, list) or not found:
        raise ValueError("no browser")
    return [subscription(*one) for one in found[:MAX_BROWSERS]]


def subscription(endpoint: str, p256dh: str, auth: str) -> Subscription:
    """A browser's own words for where and how it is reached. Raises ValueError where they cannot be."""
    key, secret = decoded(p256dh), decoded(auth)
    if len(secret) != 16:
        raise ValueError("auth has 16 bytes")
    point(key)
    return Subscription(endpoint, key, secret)


def served(endpoint: str, services: str) -> bool:
    """Whether the endpoint is at one of the push services: `services` as in the setting `push_services`. Pure."""
    try:
        parts = urlsplit(endpoint)
        origin, host, port = f"{parts.scheme}://{parts.netloc}", (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return False
    for one in (name.strip() for name in services.split(",")):
        if "://" in one:
            if origin == one.rstrip("/"):
                return True
        elif parts.scheme == "https" and port in (None, 443) and parts.username is None:
            inside = host.endswith(one[1:]) if one.startswith("*.") else host == one
            if one and inside:
                return True
    return False


class PushChannel:
    """Hands over one notification. Raises ValueError for a key that is none."""

    name = "push"
    repeatable = True

    def __init__(self, private_key: str, contact: str, services: str) -> None:
        self._key = private(private_key)
        self._contact, self._services = contact, services

    @property
    def public_key(self) -> str:
        """What a browser must know to subscribe: base64url of the uncompressed point."""
        return public_key(self._key)

    async def send(self, letter: Letter) -> Answer:
        """Sent once one browser's service has taken it; `gone` names those that have forgotten us."""
        try:
            known = browsers(letter.to_address)
        except (ValueError, TypeError) as error:
            return Reject(Reason.BAD_ADDRESS, str(error))
        answers = [(one.endpoint, await self._one(one, letter)) for one in known]
        gone = tuple(where for where, said in answers if isinstance(said, Reject) and said.reason is Reason.GONE)
        for _, said in answers:
            if isinstance(said, Sent):
                return Sent(said.provider_id, gone)
        return next((said for _, said in answers if isinstance(said, Retry)), answers[0][1])

    async def _one(self, browser: Subscription, letter: Letter) -> Answer:
        if not served(browser.endpoint, self._services):
            return Reject(Reason.BAD_ADDRESS, "its push service is not among AFTERSALES_PUSH_SERVICES")
        kept = _KEEP_URGENT if letter.urgent else _KEEP
        said = await ask(
            "POST",
            browser.endpoint,
            headers={
                "authorization": signed(self._key, browser.endpoint, self._contact, letter.at),
                "content-encoding": "aes128gcm",
                "content-type": "application/octet-stream",
                "ttl": str(int(kept.total_seconds())),
                "urgency": "high" if letter.urgent else "normal",
                "topic": topic(letter.message_id),
            },
            content=sealed(_notification(letter), browser.p256dh, browser.auth),
        )
        return said if isinstance(said, Retry) else _answer(said, letter.at)


def topic(message_id: str) -> str:
    """32 letters that are the same for every attempt at one letter."""
    return encoded(hashlib.sha256(message_id.encode()).digest())[:32]


def _notification(letter: Letter) -> bytes:
    title = line(letter.subject, MAX_TITLE) or line(letter.from_name, MAX_TITLE)
    return orjson.dumps(
        {
            "title": title,
            "body": shortened(plain(letter.words), MAX_WORDS),
            "lang": letter.language,
            "tag": topic(letter.message_id),
            "url": letter.link,
            "urgent": letter.urgent,
        }
    )


def _answer(said: Said, now: datetime) -> Answer:
    if 200 <= said.status < 300:
        return Sent(said.headers.get("location"))
    if said.status in _GONE:
        return Reject(Reason.GONE, said.text)
    return put_off(said, now) or Reject(Reason.REJECTED, said.text)


def opens(settings: Settings) -> PushChannel | None:
    """The channel, where key and contact are set."""
    key, contact = settings.push_private_key, settings.push_contact
    if key is None or contact is None:
        return None
    return PushChannel(key.get_secret_value(), contact, settings.push_services)
