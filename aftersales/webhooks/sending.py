"""One request to somebody else's server, from which nothing is believed and to which nothing is given away.

The host's addresses are looked up once, all of them must be public, and the connection goes to one of those that were
looked at: a name that answers differently a moment later changes nothing. The certificate is still that of the name.
No redirect is followed, no proxy is asked, time and size of the answer are limited.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit, urlunsplit

import httpx

from aftersales.webhooks.rules import allowed, wrong_with

PATIENCE = 15.0
STEP = 10.0
MAX_BYTES = 64 * 1024
KEPT = 500


@dataclass(frozen=True, slots=True)
class Heard:
    """How an attempt ended. `status` None: no answer, and `problem` says why, as a code."""

    status: int | None
    problem: str
    answer: str
    took_ms: int
    asked: timedelta | None = None

    @property
    def delivered(self) -> bool:
        """Whether the other side took it."""
        return self.status is not None and 200 <= self.status < 300


class _Refused(Exception):
    """The address is one that nothing is sent to."""


async def send(
    url: str,
    headers: Mapping[str, str],
    body: str,
    *,
    loopback: bool,
    patience: float = PATIENCE,
    trust: ssl.SSLContext | None = None,
) -> Heard:
    """Post the body once. Never raises. `trust` is who may vouch for the other side; None: whom the machine trusts."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(patience):
            status, words, asked = await _post(url, headers, body, loopback=loopback, trust=trust)
        return Heard(status, "", words, _since(began), asked)
    except _Refused as refused:
        return Heard(None, str(refused), "", _since(began))
    except TimeoutError:
        return Heard(None, "timeout", "", _since(began))
    except socket.gaierror:
        return Heard(None, "unknown_host", "", _since(began))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        kind = "timeout" if isinstance(error, httpx.TimeoutException) else _kind(error)
        return Heard(None, kind, "", _since(began))


async def _post(
    url: str, headers: Mapping[str, str], body: str, *, loopback: bool, trust: ssl.SSLContext | None
) -> tuple[int, str, timedelta | None]:
    if wrong_with(url, loopback=loopback):
        raise _Refused("refused_address")
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = await _resolved(host, port, loopback=loopback)
    shown = f"[{address}]" if address.version == 6 else str(address)
    pinned = urlunsplit((parts.scheme, f"{shown}:{port}", parts.path or "/", parts.query, ""))
    verify = trust or ssl.create_default_context()
    async with (
        httpx.AsyncClient(
            timeout=STEP,
            follow_redirects=False,
            verify=verify,
            trust_env=False,
            headers={"Accept-Encoding": "identity"},
        ) as client,
        client.stream(
            "POST",
            pinned,
            content=body.encode(),
            headers={**headers, "Host": parts.netloc},
            # What the certificate has to name, although the connection goes to an address.
            extensions={"sni_hostname": host},
        ) as answer,
    ):
        read = bytearray()
        async for part in answer.aiter_raw():
            read += part
            if len(read) > MAX_BYTES:
                break
        words = bytes(read[: 4 * KEPT]).decode("utf-8", "replace").replace("\x00", "\ufffd")[:KEPT]
        return answer.status_code, words, _asked(answer.headers.get("retry-after", ""))


async def _resolved(host: str, port: int, *, loopback: bool) -> IPv4Address | IPv6Address:
    """The address that the connection goes to. All that the name has must be allowed: else one of them is a trap."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    if not addresses or not all(allowed(address, loopback=loopback) for address in addresses):
        raise _Refused("refused_address")
    return addresses[0]


def _asked(value: str) -> timedelta | None:
    value = value.strip()
    return timedelta(seconds=int(value)) if value.isascii() and value.isdecimal() and len(value) < 8 else None


def _kind(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "certificate" if isinstance(cause, ssl.SSLCertVerificationError) else "tls"
        cause = cause.__cause__ or cause.__context__
    return "no_connection" if isinstance(error, httpx.ConnectError | OSError) else "broken_answer"


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
