"""Providers in trouble: WhatsApp, SMS and mail that refuse, put off, stay silent and hang up, by seeded dice.

What each is asked is checked as strictly as ever (tests/factories/provider_peers.py). Each start of a worker has ports
of its own, so that what was handed over is known by who brought it. WhatsApp plays a provider that honours our key:
what it has it does not take again. SMS and mail take whatever comes.
"""

import asyncio
import email
import email.policy
import random
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import NamedTuple

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.drills.receipts_back import Receipts
from tests.factories.provider_peers import WAMID, msg91, whatsapp
from tests.factories.providers import TAG, Asked, Peer, Reply
from tests.fixtures.mail import MailServer, listen

WHATSAPP, SMS, EMAIL = "whatsapp", "sms", "email"
HONOURS = frozenset({WHATSAPP})
_KEY = re.compile(rb"update\.[0-9a-f]{32}(?:\.\d+)?")


class Taken(NamedTuple):
    """A letter that a provider has taken: under which key, and who brought it."""

    channel: str
    key: str
    to: str
    carrier: str


@dataclass(frozen=True, slots=True)
class Chances:
    """How often what happens to a request, of one; what is left over goes well."""

    too_many: float = 0.04
    broken: float = 0.04
    cut: float = 0.015
    silent: float = 0.002


WELL = Chances(0.0, 0.0, 0.0, 0.0)


@dataclass
class Providers:
    """All three. `taken` is what they have, in the order in which it came; `unanswered` counts those of a key that
    were taken without a word. An address that `is_bad` is refused for good, always."""

    chances: Chances
    seed: int
    receipts: Receipts
    taken: list[Taken] = field(default_factory=list)
    unanswered: Counter[str] = field(default_factory=Counter)
    trouble: Counter[str] = field(default_factory=Counter)
    again: int = 0
    wrong: list[AssertionError] = field(default_factory=list)
    _asked: Counter[str] = field(default_factory=Counter)
    _known: dict[str, str] = field(default_factory=dict)
    _open: list[asyncio.Server] = field(default_factory=list)
    _peers: list[Peer] = field(default_factory=list)

    async def around(self, carrier: str) -> Mapping[str, str]:
        """Ports for one start of a process, as the settings that name them."""
        http: dict[str, str] = {}
        for channel in (WHATSAPP, SMS):
            peer = Peer(lambda asked, channel=channel: self._http(channel, carrier, asked))  # type: ignore[misc]
            server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
            peer.port = server.sockets[0].getsockname()[1]
            self._open.append(server)
            self._peers.append(peer)
            http[channel] = peer.url
        box = Troubled(providers=self, carrier=carrier)
        self._open.append(await listen(box))
        return {
            "SMTP_URL": box.url,
            "WHATSAPP_URL": f"{http[WHATSAPP]}/v23.0",
            "MSG91_URL": http[SMS],
        }

    def close(self) -> None:
        """Listen no more; whatever was asked wrongly is raised now."""
        for server in self._open:
            server.close()
        for error in [error for peer in self._peers for error in peer.wrong]:
            raise error

    def is_bad(self, channel: str, to: str) -> bool:
        """Whether the address does not exist there: one in twenty numbers, one in forty mailboxes."""
        return _share(f"{self.seed} {channel} {to}") < (0.025 if channel == EMAIL else 0.05)

    def throw(self, channel: str, to: str) -> tuple[str, random.Random]:
        """What becomes of the next request about this address. By address and count: the same in every run."""
        place = f"{channel} {to}"
        self._asked[place] += 1
        chance = random.Random(f"{self.seed} {place} {self._asked[place]}")  # noqa: S311 - not for secrets
        left = chance.random()
        for name in ("too_many", "broken", "cut", "silent"):
            left -= getattr(self.chances, name)
            if left < 0:
                self.trouble[f"{channel} {name}"] += 1
                return name, chance
        return "well", chance

    def take(self, taken: Taken, chance: random.Random, *, answered: bool) -> str:
        """It is theirs now: the provider's own id for it."""
        if taken.channel in HONOURS and taken.key in self._known:
            self.again += 1
            self.unanswered[taken.key] += not answered
            return self._known[taken.key]
        theirs = f"{taken.channel}.{len(self.taken)}"
        self._known[taken.key] = theirs
        self.taken.append(taken)
        self.unanswered[taken.key] += not answered
        self.receipts.about(taken.channel, taken.key, theirs, chance)
        return theirs

    def _http(self, channel: str, carrier: str, asked: Asked) -> Reply:
        found = _KEY.search(asked.body)
        assert found is not None, "there is no key of ours in it"
        key = found[0].decode()
        strict = whatsapp if channel == WHATSAPP else msg91
        right = strict(replace(asked, body=asked.body.replace(found[0], TAG.encode())))
        to = str(asked.json["to"]) if channel == WHATSAPP else str(asked.json["sms"][0]["to"][0])  # type: ignore[index]
        fate, chance = self.throw(channel, to)
        if fate == "too_many":
            return Reply(429, b"slow down", headers={"retry-after": str(chance.randint(1, 3))})
        if fate == "broken":
            return Reply(500, b"<html>oops</html>")
        if self.is_bad(channel, to):
            return _refusal(channel)
        if fate in ("cut", "silent"):
            # The line goes dead before the letter has been taken, or after.
            if chance.random() < 0.5:
                self.take(Taken(channel, key, to, carrier), chance, answered=False)
            return Reply(cut=fate == "cut", silent=fate == "silent")
        theirs = self.take(Taken(channel, key, to, carrier), chance, answered=True)
        body = right.body
        assert isinstance(body, dict)
        return Reply(200, {**body, "messages": [{"id": theirs}]} if WAMID in str(body) else {**body, "message": theirs})


def _refusal(channel: str) -> Reply:
    if channel == WHATSAPP:
        return Reply(400, {"error": {"code": 131026, "message": "Message undeliverable"}})
    return Reply(200, {"type": "error", "code": "202", "message": "Invalid mobile number"})


def _share(words: str) -> float:
    return int.from_bytes(sha256(words.encode()).digest()[:4]) / 2**32


@dataclass
class Troubled(MailServer):
    """The mail server, as one start of a worker sees it."""

    providers: Providers | None = None
    carrier: str = ""

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuse those who do not live here."""
        assert self.providers is not None
        if self.providers.is_bad(EMAIL, address):
            return "550 5.1.1 there is nobody of that name"
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the letter, or not, or say nothing of it."""
        del session
        assert self.providers is not None
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        [to] = envelope.rcpt_tos
        fate, chance = self.providers.throw(EMAIL, to)
        if fate == "too_many":
            return f"451 4.7.1 greylisted, come back in {chance.randint(1, 3)} seconds"
        if fate == "broken":
            return "451 4.3.0 local error in processing"
        quiet = fate in ("cut", "silent")
        if not quiet or chance.random() < 0.5:
            key = str(message["Message-ID"]).strip("<>").partition("@")[0]
            self.providers.take(Taken(EMAIL, key, to, self.carrier), chance, answered=not quiet)
        if fate == "silent":
            await asyncio.sleep(3600)
        if fate == "cut":
            assert server.transport is not None
            server.transport.close()
        return "250 taken"
