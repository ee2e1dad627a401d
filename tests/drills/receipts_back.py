"""What providers tell us afterwards: lost, twice, in the wrong order, too early, and in bundles."""

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import httpx
import orjson

from aftersales.updates.channels.signatures import sha256_of

APP_SECRET, HOOK_SECRET, NUMBER_ID = "an app secret of Meta's", "a secret of our own choice", "1234567890"
GATES: Mapping[str, str] = {"whatsapp": "whatsapp", "sms": "msg91"}
DELIVERED, READ, BOUNCED = "delivered", "read", "bounced"
MSG91_WORDS: Mapping[str, str] = {DELIVERED: "DELIVERED", BOUNCED: "FAILED"}
META_WORDS: Mapping[str, str] = {DELIVERED: "delivered", READ: "read", BOUNCED: "failed"}
BUNDLE = 40
LOST, TWICE, TURNED, AT_ONCE, CAME_BACK = 0.15, 0.15, 0.2, 0.1, 0.01


class Word(NamedTuple):
    """One receipt. `key` is ours, `theirs` the provider's id of the letter."""

    due: float
    key: str
    theirs: str
    became: str


@dataclass
class Receipts:
    """What is to be said, and what has been: `said` are the receipts of a key that we have answered for."""

    well: bool = False
    said: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    counted: Counter[str] = field(default_factory=Counter)
    _waiting: dict[str, list[Word]] = field(default_factory=lambda: defaultdict(list))
    _under_way: int = 0

    def about(self, channel: str, key: str, theirs: str, chance: random.Random) -> None:
        """A letter has been taken: decide what will be said of it, and when."""
        if channel not in GATES:
            return
        if not self.well and chance.random() < LOST:
            self.counted["lost"] += 1
            return
        story = [DELIVERED, READ] if channel == "whatsapp" and chance.random() < 0.5 else [DELIVERED]
        if not self.well and chance.random() < CAME_BACK:
            story = [BOUNCED]
            self.counted["came back"] += 1
        delay = 0.0 if chance.random() < AT_ONCE else chance.uniform(0.2, 2.0)
        times = [time.monotonic() + delay + place * 0.5 for place in range(len(story))]
        if not self.well and len(story) > 1 and chance.random() < TURNED:
            story.reverse()
            self.counted["in the wrong order"] += 1
        words = [Word(due, key, theirs, became) for due, became in zip(times, story, strict=True)]
        if not self.well and chance.random() < TWICE:
            words += [word._replace(due=word.due + chance.uniform(0.0, 3.0)) for word in words]
            self.counted["twice"] += len(story)
        self._waiting[channel] += words

    @property
    def outstanding(self) -> int:
        """How many are still to be told."""
        return self._under_way + sum(map(len, self._waiting.values()))

    @asynccontextmanager
    async def posted(self, address: str) -> AsyncIterator[None]:
        """Meanwhile they are posted, by two of each provider's machines at once."""
        async with httpx.AsyncClient(timeout=30.0) as client, asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._posting(client, address, channel)) for channel in GATES for _ in range(2)]
            yield
            for task in tasks:
                task.cancel()

    async def _posting(self, client: httpx.AsyncClient, address: str, channel: str) -> None:
        while True:
            bundle = self._due(channel)
            if not bundle:
                await asyncio.sleep(0.1)
                continue
            self._under_way += len(bundle)
            try:
                taken = await _post(client, f"{address}/hooks/{GATES[channel]}", channel, bundle)
            finally:
                self._under_way -= len(bundle)
            if taken:
                self.counted["posted"] += len(bundle)
                for word in bundle:
                    self.said[word.key].add(word.became)
            else:
                # As providers do with what was not answered well.
                self.counted["posted again"] += len(bundle)
                self._waiting[channel] += [word._replace(due=time.monotonic() + 1.0) for word in bundle]

    def _due(self, channel: str) -> list[Word]:
        now = time.monotonic()
        ready = [word for word in self._waiting[channel] if word.due <= now][:BUNDLE]
        chosen = set(map(id, ready))
        self._waiting[channel] = [word for word in self._waiting[channel] if id(word) not in chosen]
        return ready


async def _post(client: httpx.AsyncClient, url: str, channel: str, bundle: Sequence[Word]) -> bool:
    body, heads = (_meta if channel == "whatsapp" else _msg91)(bundle)
    try:
        answer = await client.post(url, content=body, headers={"content-type": "application/json", **heads})
    except httpx.TransportError:
        return False
    assert answer.status_code in (204, 409, 429, 500, 503), f"{answer.status_code} {answer.text}"
    return answer.status_code == 204


def _meta(bundle: Sequence[Word]) -> tuple[bytes, Mapping[str, str]]:
    statuses = [
        {
            "id": word.theirs,
            "status": META_WORDS[word.became],
            "timestamp": str(int(time.time())),
            "biz_opaque_callback_data": word.key,
        }
        for word in bundle
    ]
    value = {"metadata": {"phone_number_id": NUMBER_ID}, "statuses": statuses}
    body = orjson.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]})
    return body, {"x-hub-signature-256": f"sha256={sha256_of(body, APP_SECRET)}"}


def _msg91(bundle: Sequence[Word]) -> tuple[bytes, Mapping[str, str]]:
    reports = [{"requestId": w.theirs, "CRQID": w.key, "status": MSG91_WORDS[w.became]} for w in bundle]
    return orjson.dumps(reports), {"x-aftersales-secret": HOOK_SECRET}
