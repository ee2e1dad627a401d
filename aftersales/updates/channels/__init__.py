"""Ways to reach a person. An adapter hands over one letter and answers what became of it; it knows no table."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aftersales.updates.policy import Reason


@dataclass(frozen=True, slots=True)
class Letter:
    """What is handed over: the words as they are read, with the real link. Every attempt has the same `message_id`."""

    message_id: str
    at: datetime
    to_name: str
    to_address: str
    from_name: str
    language: str
    subject: str
    words: str


@dataclass(frozen=True, slots=True)
class Sent:
    """It has been taken; `provider_id` is how the other side calls it."""

    provider_id: str | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now. `detail` is for staff; `uncertain` where the other side may have taken it all the same."""

    detail: str
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Reject:
    """Never: trying again would not help."""

    reason: Reason
    detail: str


Answer = Sent | Retry | Reject


class Channel(Protocol):
    """`local` channels need no network: what is written to the record has arrived."""

    name: str
    local: bool

    async def send(self, letter: Letter) -> Answer:
        """Hand the letter over. Never raises for what the other side does."""
        ...
