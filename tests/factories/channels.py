"""Channels that live in the test: what they are handed can be read, and what they answer is chosen."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aftersales.errors import Forbidden, Invalid
from aftersales.module import Module, Ways
from aftersales.registry import Registry
from aftersales.updates.channels import Answer, Heard, Inbound, Letter, Media, Receipt, Received, Sent

KEY = "opensesame"


@dataclass(eq=False)
class Wire:
    """Takes every letter, unless `answer` says otherwise. What it hears at its gate is JSON, under one key."""

    name: str
    answer: Callable[[Letter], Answer] | None = None
    repeatable: bool = False
    letters: list[Letter] = field(default_factory=list)

    async def send(self, letter: Letter) -> Answer:
        """Keep it, and say what became of it."""
        self.letters.append(letter)
        return self.answer(letter) if self.answer else Sent(f"{self.name}-{letter.message_id}-{len(self.letters)}")

    def read(self, heard: Heard, now: datetime) -> Sequence[Receipt | Inbound]:
        """A list of `{"id", "became"}` and `{"id", "from", "text"}`."""
        if heard.headers.get("x-key") != KEY:
            raise Forbidden("channels.bad_signature", "Sign it.")
        try:
            return [self._one(one, now) for one in json.loads(heard.body)]
        except (ValueError, KeyError) as error:
            raise Invalid("channels.unreadable", "This cannot be read.") from error

    def greet(self, heard: Heard) -> str:
        """What it was asked to repeat."""
        if heard.query.get("key") != KEY:
            raise Forbidden("channels.bad_signature", "Sign it.")
        return heard.query["say"]

    def _one(self, said: dict[str, str], now: datetime) -> Receipt | Inbound:
        if "became" in said:
            return Receipt(said["id"], Received(said["became"]), now, said.get("detail", ""))
        media = (Media(said["photo"], "image/jpeg"),) if "photo" in said else ()
        return Inbound(
            self.name, said["id"], said["from"], now, said.get("text", ""), said.get("name", ""), None, media
        )


@dataclass(eq=False)
class Carrier(Wire):
    """One that carries a paper with the words."""

    max_paper: int = 1000_000


def wired(registry: Registry, *wires: Wire) -> Registry:
    """The registry with these channels and their gates as well."""
    named = {wire.name: wire for wire in wires}
    ways = Ways(lambda _: named, lambda _: named)
    return Registry([*registry.modules, Module(name="wires", title="Wires", package="aftersales", ways=ways)])
