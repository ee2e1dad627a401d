"""Issue another unit in place of one that is given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from aftersales.work import Work


class Replacements(Protocol):
    """Provided by whoever keeps sellable stock."""

    async def request(self, work: Work, stream_id: UUID, product_id: UUID) -> UUID | None:
        """Ask for a unit of the product. Returns a pending id, or None where none can be issued."""
        ...


class NoReplacements:
    """The null answer: no stock of replacements is kept."""

    async def request(self, work: Work, stream_id: UUID, product_id: UUID) -> UUID | None:  # noqa: ARG002
        """None: no unit will follow."""
        return None
