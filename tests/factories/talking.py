"""Somebody who writes to us by WhatsApp, SMS or e-mail, through the real hook; the provider lives in the test."""

import io
import itertools
import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import httpx
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import text

from aftersales.app import create_app
from aftersales.outbox.worker import drain
from aftersales.registry import Registry
from aftersales.updates.channels import Fetched, Inbound, Media, Receipt, Reject, Retry
from aftersales.updates.policy import Reason
from tests.factories.channels import KEY, Wire, wired
from tests.factories.world import World

_ids = itertools.count(1)
SIGNED = {"x-key": KEY, "content-type": "application/json"}


def photo(colour: str = "teal") -> bytes:
    """A small picture as a phone would send it."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG")
    return out.getvalue()


@dataclass(eq=False)
class Messenger(Wire):
    """A channel that also fetches what people sent by it."""

    files: dict[str, bytes] = field(default_factory=dict)
    busy: int = 0

    async def fetch(self, media: Media, now: datetime) -> Fetched | Retry | Reject:  # noqa: ARG002 - the protocol
        """The file, after having been busy as often as told."""
        if self.busy:
            self.busy -= 1
            return Retry("busy")
        content = self.files.get(media.reference)
        return Fetched(content, media.kind) if content is not None else Reject(Reason.GONE, "no such file")

    def _one(self, said: dict[str, str], now: datetime) -> Receipt | Inbound:
        found = super()._one(said, now)
        return replace(found, answers=said.get("answers")) if isinstance(found, Inbound) else found


@dataclass
class Talk:
    """The company with three channels, and people who write."""

    world: World
    app: FastAPI
    registry: Registry
    whatsapp: Messenger
    sms: Messenger
    email: Messenger
    hook: httpx.AsyncClient

    async def write(
        self, sender: str, words: str = "", *, by: str = "whatsapp", settle: bool = True, **more: Any
    ) -> list[str]:
        """A message comes in at the hook; answers what is written back to the sender."""
        wire: Messenger = getattr(self, by)
        before = len(wire.letters)
        if isinstance(more.get("photo"), bytes):
            reference = f"media-{next(_ids)}"
            wire.files[reference] = more["photo"]
            more["photo"] = reference
        said = {"id": f"in-{next(_ids)}", "from": sender, "text": words, **more}
        answer = await self.hook.post(f"/hooks/{by}", content=json.dumps([said]), headers=SIGNED)
        assert answer.status_code == 204, answer.text
        if settle:
            await self.settle()
        return [letter.words for letter in wire.letters[before:] if letter.to_address == sender]

    async def settle(self) -> None:
        """Let every reaction happen."""
        await drain(self.world.database, self.registry, self.world.settings)

    async def rows(self, sql: str, **values: object) -> list[Any]:
        """What the database holds."""
        async with self.world.database.sessions() as session:
            return list((await session.execute(text(sql), values)).all())

    def client(self, role: str) -> httpx.AsyncClient:
        """Whoever holds the role, at the application that knows the three channels."""
        return replace(self.world, app=self.app).by(role)


async def open_talk(world: World) -> Talk:
    """Three channels on top of the small company."""
    whatsapp, sms, email = (Messenger(name) for name in ("whatsapp", "sms", "email"))
    registry = wired(world.registry, whatsapp, sms, email)
    app = create_app(world.settings, registry=registry)
    hook = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8069")
    return Talk(world, app, registry, whatsapp, sms, email, hook)
