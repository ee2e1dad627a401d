"""One caller's unit of work: what every service function receives first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import tracing
from aftersales.scope import SYSTEM, Actor, Scope
from aftersales.status import engine
from aftersales.status.changes import Change
from aftersales.status.numbers import Numbers

if TYPE_CHECKING:
    from aftersales.config import Settings
    from aftersales.registry import Ports, Registry


@dataclass(frozen=True, slots=True)
class Work:
    """A session inside a transaction that its owner will commit, who is asking, and what may be asked of others.

    `if_version` is the version the caller has read (If-Match), to be handed to the change that decides. `origin` is
    `live`, `import` or `demo`. `zone` is that of the person to whom something is being written, None for the place's
    own. Services never commit.
    """

    session: AsyncSession
    scope: Scope
    registry: Registry
    numbers: Numbers
    settings: Settings
    now: datetime
    if_version: int | None = None
    origin: str = engine.LIVE
    zone: str | None = None

    @property
    def actor(self) -> Actor:
        """Who did it, for the timeline."""
        return self.scope.actor

    @property
    def ports(self) -> Ports:
        """What the loaded modules provide; null answers for the rest."""
        return self.registry.ports

    async def post(self, *changes: Change) -> list[engine.Entry]:
        """Post these changes as this caller, now. See `aftersales.status.engine.post`."""
        with tracing.span("post", {"changes": len(changes)}) as span:
            entries = await engine.post(self.session, changes, actor=self.scope.actor, origin=self.origin, at=self.now)
            span.made((entry.stream_id, entry.version) for entry in entries)
        return entries

    def as_system(self) -> Work:
        """The same transaction with the system's scope, for what the caller may cause but not read."""
        return replace(self, scope=SYSTEM, if_version=None)
