"""What is sent, how it is signed, to which addresses, and when again. Pure.

The heads and the signature are those of Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from aftersales.i18n import N_
from aftersales.module import Posted

LABEL = b"webhook\x00"
PREFIX = "whsec_"
# Both secrets sign for a day after a new one was made.
BOTH = timedelta(days=1)
TRIES_FOR = timedelta(days=3)
PAUSES_AFTER = timedelta(days=5)
FIRST, LONGEST = timedelta(seconds=5), timedelta(hours=6)
MAX_URL = 2000
# Beyond what the library calls not global: what leads to an IPv4 address inside an IPv6 one.
_TUNNELS = tuple(ip_network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96"))
_SHARED = tuple(ip_network(one) for one in ("100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "fec0::/10"))


def secret(key: bytes, webhook_id: UUID, generation: int) -> str:
    """The subscription's secret, as its owner is shown it: 256 bits that only `key` can make."""
    raw = hmac.digest(key, LABEL + webhook_id.bytes + generation.to_bytes(4, "big"), hashlib.sha256)
    return PREFIX + base64.b64encode(raw).decode()


def signature(secrets: Sequence[str], message_id: str, at: datetime, body: str) -> str:
    """The head `webhook-signature`: one for each secret, the newest first."""
    signed = f"{message_id}.{int(at.timestamp())}.{body}".encode()
    keys = (base64.b64decode(one.removeprefix(PREFIX)) for one in secrets)
    made = (base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys)
    return " ".join(f"v1,{one}" for one in made)


def event_of(posted: Posted) -> str:
    """What happened, as subscriptions name it: `visit.confirmed` for a status, `visit.rescheduled` for an event."""
    return f"{posted.machine}.{posted.to_status if posted.kind == 'status' else posted.name}"


def wants(patterns: Collection[str], event: str) -> bool:
    """Whether one of the patterns is the event, `<machine>.*` of its machine, or `*`."""
    return not {"*", event, f"{event.partition('.')[0]}.*"}.isdisjoint(patterns)


def body_of(posted: Posted, number: str) -> str:
    """The message: ids, numbers and statuses, never a name or a word that somebody wrote."""
    said: Mapping[str, Any] = {
        "type": event_of(posted),
        "timestamp": posted.at.isoformat(),
        "data": {
            "stream_id": str(posted.stream_id),
            "stream_version": posted.version,
            "document": {
                "id": str(posted.document_id),
                "kind": posted.machine,
                "number": number,
                "version": posted.document_version,
            },
            "from_status": posted.from_status,
            "to_status": posted.to_status,
            "event": posted.name if posted.kind == "event" else None,
        },
    }
    return json.dumps(said, separators=(",", ":"))


def wrong_with(url: str, *, loopback: bool) -> str:
    """Why nothing may be sent to the address, as a sentence, or "". `loopback`: to this machine, without TLS too."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return N_("This is not an address.")
    if len(url) > MAX_URL or not url.isascii() or any(sign.isspace() or not sign.isprintable() for sign in url):
        return N_("Give an address of plain letters and signs, without spaces, of at most 2,000.")
    local = loopback and host in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        return N_("Give an address that begins with https://.")
    if not host or parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        return N_("Give an address with a host, without a name, a password or a # in it.")
    try:
        literal = ip_address(host)
    except ValueError:
        return ""
    return "" if allowed(literal, loopback=loopback) else N_("This address is inside a network. Give a public one.")


def allowed(address: IPv4Address | IPv6Address, *, loopback: bool) -> bool:
    """Whether a connection may be opened: public addresses alone, and this machine's if `loopback`."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if loopback and address.is_loopback:
        return True
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    return not any(address in one for one in (*_TUNNELS, *_SHARED) if one.version == address.version)


def again_after(attempts: int, asked: timedelta | None, chance: float) -> timedelta:
    """How long to wait after `attempts` failures: doubling up to six hours, half of it by chance from [0, 1).

    What the other side asked for is kept to, up to the same limit.
    """
    wait: timedelta = min(LONGEST, FIRST * 2 ** min(attempts - 1, 20))
    wait = wait / 2 + wait / 2 * chance
    return wait if asked is None else min(LONGEST, max(wait, asked))
