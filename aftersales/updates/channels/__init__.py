"""Ways to reach a person. An adapter hands over one letter and answers what became of it; it knows no table.

What providers tell us afterwards comes back through a gate: an adapter's pure reading of one request of theirs, its
signature checked over the raw body, into receipts and what people said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from aftersales.updates.policy import Reason


@dataclass(frozen=True, slots=True)
class Registered:
    """What a provider must know of a text before it takes it: an SMS template in India, a WhatsApp template.

    `name` is the registered name or id, `language` as the provider writes it, `values` what stands in its variables,
    in order. `document`: its head is a document, without which it is not taken.
    """

    name: str
    language: str
    values: tuple[str, ...] = ()
    document: bool = False


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A PDF that goes with a letter: a plain name in ASCII, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """What is handed over: the words as they are read, with the real link. Every attempt has the same `message_id`.

    `to_address` is an e-mail address, a number in E.164, or what the channel calls an address. `words` are the
    channel's own form of the text. `link` is the customer's page, where a channel carries it apart from the words.
    `paper` is there on a `Carrying` channel alone.
    """

    message_id: str
    at: datetime
    to_name: str
    to_address: str
    from_name: str
    language: str
    subject: str
    words: str
    link: str = ""
    urgent: bool = False
    registered: Registered | None = None
    paper: Enclosure | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """It has been taken; `provider_id` is how the other side calls it.

    `gone` are addresses of the recipient that no longer exist (a browser that was told to forget us): let them go.
    """

    provider_id: str | None = None
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now. `detail` is for staff; `uncertain` where the other side may have taken it all the same.

    `after` is how long the other side asked us to wait; None leaves it to the back-off.
    """

    detail: str
    uncertain: bool = False
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """Never: trying again would not help."""

    reason: Reason
    detail: str


Answer = Sent | Retry | Reject


class Channel(Protocol):
    """What is handed to a `repeatable` one twice is shown once: its letters may be under way in any number, since a
    worker that is killed meanwhile does no harm."""

    name: str
    repeatable: bool

    async def send(self, letter: Letter) -> Answer:
        """Hand the letter over. Never raises for what the other side does."""
        ...


@runtime_checkable
class Carrying(Protocol):
    """A channel that carries a paper with the words. What it cannot carry it leaves out: the words go all the same,
    unless the other side takes them only with it (then it is a Reject, and the next channel says it)."""

    max_paper: int
    """Bytes; a longer one is not handed to it."""


class Received(StrEnum):
    """What a receipt says became of a letter that had been taken."""

    DELIVERED = "delivered"
    READ = "read"
    BOUNCED = "bounced"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says later about a letter it had taken. They come twice, and in any order.

    `message_id` is ours as far as its @, where the provider gives it back; then it is the better key, known even where
    the answer to our sending was lost, and `provider_id` may be empty.
    """

    provider_id: str
    became: Received
    at: datetime
    detail: str = ""
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """A photo or document somebody sent: fetched from `reference` (the provider's id or address) by the adapter."""

    reference: str
    kind: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a photo or document is made of, not yet looked at: `kind` is the provider's word for it."""

    content: bytes
    kind: str


MAX_FILES = 6
"""As many files of one message are taken."""


class Refusal(StrEnum):
    """Why a file that somebody sent is not taken; they are told."""

    LARGE = "large"
    KIND = "kind"
    MANY = "many"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Inbound:
    """What somebody sent us. `provider_id` is unique with the channel; `sender` is E.164 or an e-mail address.

    `answers` is the provider's id of the letter it replies to, where that is told. A missed call has no text. `media`
    are fetched later; `files` came along with the words, and `refused` says why others that did are not among them.
    """

    channel: str
    provider_id: str
    sender: str
    at: datetime
    text: str = ""
    sender_name: str = ""
    answers: str | None = None
    media: tuple[Media, ...] = ()
    files: tuple[Fetched, ...] = ()
    refused: tuple[Refusal, ...] = ()
    missed_call: bool = False


@runtime_checkable
class Fetching(Protocol):
    """A channel that fetches what people sent by it."""

    async def fetch(self, media: Media, now: datetime) -> Fetched | Retry | Reject:
        """The file, at most as long as an upload may be. Never raises for what the other side does."""
        ...


@dataclass(frozen=True, slots=True)
class Heard:
    """One request of a provider: the address as it was called, the heads in lower case, and the body to the byte."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)


class Gate(Protocol):
    """Reads what one provider posts to us at `/hooks/<name>`."""

    name: str

    def read(self, heard: Heard, now: datetime) -> Sequence[Receipt | Inbound]:
        """What it says. Raises Forbidden (`channels.bad_signature`) and Invalid (`channels.unreadable`)."""
        ...


@runtime_checkable
class Greeting(Protocol):
    """A gate whose provider tries the address before it posts there, by GET."""

    def greet(self, heard: Heard) -> str:
        """What it wants to read. Raises Forbidden (`channels.bad_signature`)."""
        ...
