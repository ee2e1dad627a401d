"""One request to a provider, and what its failure means for the letter.

Nothing is followed, nothing is believed without end: no redirects, a limit on time and on what is read.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpx
import orjson

from aftersales.updates.channels import Retry
from aftersales.updates.channels.wording import detail

# For each step, and for all of them: an answer that comes drop by drop must not hold a worker.
STEP = 10.0
PATIENCE = 30.0
MAX_BYTES = 256 * 1024
_LONGEST = timedelta(days=1)
# Never compressed: a few bytes must not become many behind the limit.
_PLAIN = {"accept-encoding": "identity"}
# Refused before anything was sent: the other side cannot have it.
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
# Somebody between us and the provider gave up waiting for it; it may have done its work.
_UNCERTAIN = frozenset({502, 504})


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, read to its end. Heads are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as one short line for staff."""
        return detail(f"{self.status} {self.body.decode(errors='replace')}")

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty where it is none."""
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}


@cache
def _trust() -> ssl.SSLContext:
    # Reading the certificates takes longer than a request.
    return ssl.create_default_context()


async def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    auth: tuple[str, str] | None = None,
    patience: float = PATIENCE,
    max_bytes: int = MAX_BYTES,
) -> Said | Retry:
    """Ask once. A Retry where no whole answer came: `uncertain` if the request may have arrived. Never raises."""
    step = httpx.Timeout(min(STEP, patience))
    try:
        async with (
            asyncio.timeout(patience),
            httpx.AsyncClient(timeout=step, follow_redirects=False, verify=_trust(), trust_env=False) as client,
            client.stream(method, url, headers={**_PLAIN, **(headers or {})}, content=content, auth=auth) as answer,
        ):
            body = bytearray()
            async for part in answer.aiter_raw():
                body += part
                if len(body) > max_bytes:
                    return Retry(f"{answer.status_code}: the answer is longer than {max_bytes} bytes", uncertain=True)
            heads = {name.lower(): value for name, value in answer.headers.items()}
            return Said(answer.status_code, heads, bytes(body))
    except (*_NEVER_LEFT, httpx.InvalidURL) as error:
        return Retry(_said(error))
    except (httpx.HTTPError, TimeoutError) as error:
        return Retry(_said(error), uncertain=True)


def put_off(said: Said, now: datetime) -> Retry | None:
    """The Retry that the status alone asks for: too many, their trouble, our keys, a moved address. None for others."""
    status = said.status
    if status == 429 or status >= 500:
        return Retry(said.text, uncertain=status in _UNCERTAIN, after=after(said, now))
    if status in (401, 403, 407):
        # Nothing is wrong with the recipient: whoever runs this puts the keys right, and all goes out.
        return Retry(said.text)
    if 300 <= status < 400:
        return Retry(f"{status}: the provider's address has moved to {detail(said.headers.get('location', ''))}")
    return None


def after(said: Said, now: datetime) -> timedelta | None:
    """How long Retry-After asks us to wait, in seconds or as a date; at most a day."""
    value = said.headers.get("retry-after", "").strip()
    if value.isdecimal() and len(value) < 10:
        return min(timedelta(seconds=int(value)), _LONGEST)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    if until.tzinfo is None:
        return None
    return min(max(until - now, timedelta()), _LONGEST)


def _said(error: Exception) -> str:
    return detail(f"{type(error).__name__}: {error}")
