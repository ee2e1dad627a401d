"""Tell whoever claims back from suppliers that goods have gone back to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from aftersales.money import Money

if TYPE_CHECKING:
    from aftersales.work import Work


@dataclass(frozen=True, slots=True)
class SentBack:
    """So many pieces of a product that went back to their vendor. `key` names them: they are claimed back once, whoever
    tells it how often. `value` is what they are worth altogether, None where nobody knows."""

    key: str
    branch_id: UUID
    product_id: UUID
    unit_id: UUID | None
    quantity: int
    value: Money | None


class Vendors(Protocol):
    """Provided by warranty."""

    async def sent_back(self, work: Work, goods: SentBack) -> UUID | None:
        """Claim the goods back, in this transaction. Returns the claim's id (for a key that is known, the one there
        is), or None where nobody claims anything back."""
        ...


class NoVendors:
    """The null answer: nothing is claimed back from anybody."""

    async def sent_back(self, work: Work, goods: SentBack) -> UUID | None:
        """None: nobody claims it back."""
        del work, goods
        return None
