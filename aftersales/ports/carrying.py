"""Hand the warranty of a unit on to the one that takes its place."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from aftersales.work import Work


class Carrying(Protocol):
    """Provided by warranty."""

    async def over(self, work: Work, stream_id: UUID, unit_id: UUID, new_unit_id: UUID, on: date) -> None:
        """On the case `stream_id` the unit was replaced by another that is on record. The new one's cover ends no
        earlier than the old one's would have; its active registration goes over to it. Done twice it is done once."""
        ...


class NoCarrying:
    """The null answer: nobody keeps warranties, so there is nothing to hand on."""

    async def over(self, work: Work, stream_id: UUID, unit_id: UUID, new_unit_id: UUID, on: date) -> None:
        """Nothing."""
        del work, stream_id, unit_id, new_unit_id, on
