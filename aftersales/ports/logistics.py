"""Move a unit between the customer and us."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from aftersales.work import Work


class Logistics(Protocol):
    """Provided by field_service."""

    async def request(
        self, work: Work, stream_id: UUID, kind: str, window: tuple[datetime, datetime] | None
    ) -> UUID | None:
        """Request a `pickup`, `drop` or `inspection` on the case, optionally inside a window. Returns the pending
        visit's id; the outcome arrives as `visit` changes. None where nobody drives."""
        ...


class NoLogistics:
    """The null answer: the customer brings and fetches the unit."""

    async def request(
        self,
        work: Work,
        stream_id: UUID,
        kind: str,
        window: tuple[datetime, datetime] | None,
    ) -> UUID | None:
        """None: no visit will follow."""
        del work, stream_id, kind, window
        return None
