"""What customers are told by when, and that it is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from aftersales.module import Posted
    from aftersales.work import Work

NEXT_WORD = "next_update"
"""The kind of promise that every later word to the customer keeps, whatever it says."""


@dataclass(frozen=True, slots=True)
class Span:
    """By when something is promised, and from when on if it is a window. `basis` is a code of where that came from."""

    kind: str
    starts_at: datetime | None
    due_at: datetime
    basis: str


@dataclass(frozen=True, slots=True)
class Saying:
    """A message that states a time.

    `heard` is what its reader gets to see or hear, `time` how it says the time there, `before` how it says the time
    that no longer holds (empty where it does not). It leaves at `leaves_at`, else at once.
    """

    update_id: UUID
    text: str
    language: str
    span: Span
    heard: str
    time: str
    before: str = ""
    leaves_at: datetime | None = None


class Promises(Protocol):
    """Provided by the kernel's `promises`."""

    async def due(self, work: Work, posted: Posted, kind: str) -> Span | None:
        """By when to promise `kind` in the message about this change; asked again, the same. None: it is no promise of
        the kernel's own."""
        ...

    async def before(self, work: Work, posted: Posted, kind: str) -> Span | None:
        """What was promised of this kind until this change, by the same document where it is about one."""
        ...

    async def said(self, work: Work, posted: Posted, sayings: Sequence[Saying]) -> None:
        """Messages about this change have been written, in this transaction."""
        ...


class NoPromises:
    """The null answer: nothing is promised, nothing is written down."""

    async def due(self, work: Work, posted: Posted, kind: str) -> Span | None:
        """None: there is no time to name."""
        del work, posted, kind
        return None

    async def before(self, work: Work, posted: Posted, kind: str) -> Span | None:
        """None: nothing was promised."""
        del work, posted, kind
        return None

    async def said(self, work: Work, posted: Posted, sayings: Sequence[Saying]) -> None:
        """Nothing."""
        del work, posted, sayings
