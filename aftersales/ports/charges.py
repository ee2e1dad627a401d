"""Ask for money, and have it paid back."""

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


@dataclass(frozen=True, slots=True)
class PayBack:
    """Money that goes back to where it came from: `method` and `reference` say how it had been paid. `tax` is what of
    the amount is tax. `key` names what it is for: it is paid back once, whoever asks how often."""

    key: UUID
    amount: Money
    tax: Money
    method: str
    reference: str


@dataclass(frozen=True, slots=True)
class Security:
    """An amount that is held for what the customer has first. `way` is `card` (blocked on the card under `reference`),
    `deposit` (paid by `method`) or `online` (the customer blocks it on a card; until then it is asked for). `key` names
    what it is for: it is held once, whoever asks how often. `anew`: it takes the place of what the bank soon frees."""

    key: UUID
    amount: Money
    way: str
    method: str
    reference: str | None
    anew: bool = False


class Charges(Protocol):
    """Provided by billing."""

    async def estimate(self, work: Work, document_id: UUID, lines: Sequence[ChargeLine]) -> UUID | None:
        """Draft an estimate for the work order `document_id`, on its stream. The outcome arrives as
        `estimate` changes on that stream. Returns the estimate's id, or None where nobody charges."""
        ...

    async def refund(self, work: Work, document_id: UUID, back: PayBack) -> UUID | None:
        """Ask that money be paid back, on the stream of the document. What became of it arrives as `refund` changes on
        that stream. Returns the refund's id (for a key that is known, the one there is), or None where nobody pays."""
        ...

    async def withdraw(self, work: Work, refund_id: UUID) -> bool:
        """Call a refund back that was asked for: it will not be paid. False where it has been paid already."""
        ...

    async def credit(self, work: Work, document_id: UUID, key: UUID, amount: Money) -> UUID | None:
        """Add to the credit of the customer whom the document is about, at once. Returns the entry's id (for a key that
        is known, the one there is), or None where nobody keeps credit."""
        ...

    async def collect(
        self, work: Work, document_id: UUID, amount: Money, method: str, reference: str | None
    ) -> UUID | None:
        """Record money that has reached us for the document. Returns the payment's id, or None where nobody counts
        it. Raises Conflict (`payment.counted_already`) for a reference that is known."""
        ...

    def ways(self, work: Work) -> Sequence[str]:
        """How security can be held here; empty where nobody holds any."""
        ...

    async def hold(self, work: Work, document_id: UUID, security: Security) -> UUID | None:
        """Hold an amount as security, on the stream of the document. What became of it arrives as `hold` changes on
        that stream. Returns its id (for a key that is known, the one there is), or None where nobody holds any. Raises
        Conflict (`payment.counted_already`, `hold.counted_already`) for a reference that is known, `hold.no_gateway`
        where no customer can block anything."""
        ...

    async def renewable(self, work: Work, hold_id: UUID) -> bool:
        """Whether the customer can be asked to block it anew: it is held on a card, or was until the bank freed it, and
        a gateway takes cards here."""
        ...

    async def release(self, work: Work, hold_id: UUID) -> None:
        """Decide, in this transaction and for good, that the security goes back. Done twice it is done once. Raises
        Conflict (`hold.decided`) where it was captured."""
        ...

    async def capture(self, work: Work, hold_id: UUID) -> None:
        """Decide, in this transaction and for good, that the security is kept. Done twice it is done once. Raises
        Conflict: `hold.decided` where it was released, `hold.free` where the bank no longer holds it."""
        ...


class NoCharges:
    """The null answer: work is done without anybody charging for it."""

    async def estimate(self, work: Work, document_id: UUID, lines: Sequence[ChargeLine]) -> UUID | None:  # noqa: ARG002
        """None: no estimate will follow."""
        return None

    async def refund(self, work: Work, document_id: UUID, back: PayBack) -> UUID | None:  # noqa: ARG002
        """None: nobody pays here."""
        return None

    async def withdraw(self, work: Work, refund_id: UUID) -> bool:  # noqa: ARG002
        """True: nothing was asked for."""
        return True

    async def credit(self, work: Work, document_id: UUID, key: UUID, amount: Money) -> UUID | None:  # noqa: ARG002
        """None: no credit is kept here."""
        return None

    async def collect(
        self,
        work: Work,  # noqa: ARG002
        document_id: UUID,  # noqa: ARG002
        amount: Money,  # noqa: ARG002
        method: str,  # noqa: ARG002
        reference: str | None,  # noqa: ARG002
    ) -> UUID | None:
        """None: no money is counted here."""
        return None

    def ways(self, work: Work) -> Sequence[str]:  # noqa: ARG002
        """Not at all."""
        return ()

    async def hold(self, work: Work, document_id: UUID, security: Security) -> UUID | None:  # noqa: ARG002
        """None: nobody holds security here."""
        return None

    async def renewable(self, work: Work, hold_id: UUID) -> bool:  # noqa: ARG002
        """False: nothing is held."""
        return False

    async def release(self, work: Work, hold_id: UUID) -> None:
        """Nothing: nothing is held."""
        del work, hold_id

    async def capture(self, work: Work, hold_id: UUID) -> None:
        """Nothing: nothing is held."""
        del work, hold_id
