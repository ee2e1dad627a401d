"""What both providers of calls need: which of our updates a call is for, and how their answers are read."""

import re
from datetime import timedelta
from uuid import UUID

import httpx

from aftersales.errors import Invalid

_MESSAGE = re.compile(r"<update\.([0-9a-f]{32})@[^<>]+>")
_LONGEST = timedelta(days=1)


def reference(message_id: str) -> str:
    """The update behind a Message-ID, as a provider carries it to us and back. Raises ValueError for another's id."""
    found = _MESSAGE.fullmatch(message_id)
    if found is None:
        raise ValueError("not a Message-ID of an update")
    return found[1]


def update_of(given: str) -> UUID | None:
    """The update that `reference` wrote; None for anything else."""
    return UUID(given) if re.fullmatch("[0-9a-f]{32}", given) else None


def waiting(answer: httpx.Response) -> timedelta | None:
    """How long the other side asks us to wait, in seconds of Retry-After, a day at most."""
    given = answer.headers.get("retry-after", "")
    return min(timedelta(seconds=int(given[:9])), _LONGEST) if given.isascii() and given.isdigit() else None


def unreadable() -> Invalid:
    """A request that says nothing we understand."""
    return Invalid("channels.unreadable", "This is not what we expect of a call. Nothing was noted.")
