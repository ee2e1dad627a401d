"""Is this unit's fault covered, by what, and why?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from aftersales.work import Work


class Cover(StrEnum):
    """The answer for one class of cost."""

    COVERED = "covered"
    PARTLY = "partly"
    NOT_COVERED = "not_covered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is covered, per cost class: parts, labour and the visit.

    `decided` is False while a claim is still open: the answer is then what the terms say before any finding.
    """

    parts: Cover
    labour: Cover
    decided: bool
    claim_id: UUID | None = None
    visit: Cover = Cover.UNKNOWN

    @property
    def in_full(self) -> bool:
        """Whether the customer pays for neither parts nor labour."""
        return self.parts is Cover.COVERED and self.labour is Cover.COVERED


class Coverage(Protocol):
    """Provided by warranty."""

    async def current(self, work: Work, stream_id: UUID) -> Answer:
        """The answer that holds now for the case `stream_id`."""
        ...

    async def of_unit(self, work: Work, unit_id: UUID) -> Answer:
        """What a fault of the unit would be covered by today, as the terms say it before any finding. Nothing is kept
        or opened for it."""
        ...


class NoCoverage:
    """The null answer: nobody knows of any cover, so the work is charged."""

    async def current(self, work: Work, stream_id: UUID) -> Answer:  # noqa: ARG002 - the protocol's shape
        """Unknown, and decided: there is nothing to wait for."""
        return Answer(Cover.UNKNOWN, Cover.UNKNOWN, decided=True)

    async def of_unit(self, work: Work, unit_id: UUID) -> Answer:  # noqa: ARG002 - the protocol's shape
        """The same of a unit without a case."""
        return Answer(Cover.UNKNOWN, Cover.UNKNOWN, decided=True)
