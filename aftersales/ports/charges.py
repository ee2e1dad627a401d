"""Ask for money: an estimate now; charges, holds and refunds come with billing's further path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from aftersales.money import Money

if TYPE_CHECKING:
    from aftersales.work import Work


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """One line before tax. `kind` is parts, labour or visit; `tax_code` is the HSN or SAC in India."""

    kind: str
    description: str
    quantity: int
    unit_price: Money
    tax_rate: Decimal
    tax_code: str


class Charges(Protocol):
    """Provided by billing."""

    async def estimate(self, work: Work, document_id: UUID, lines: Sequence[ChargeLine]) -> UUID | None:
        """Draft an estimate for the work order `document_id`, on its stream. The outcome arrives as
        `estimate` changes on that stream. Returns the estimate's id, or None where nobody charges."""
        ...


class NoCharges:
    """The null answer: work is done without anybody charging for it."""

    async def estimate(self, work: Work, document_id: UUID, lines: Sequence[ChargeLine]) -> UUID | None:  # noqa: ARG002
        """None: no estimate will follow."""
        return None
