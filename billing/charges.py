"""What billing does for other modules."""

from collections.abc import Sequence
from uuid import UUID

from aftersales.money import Money
from aftersales.ports.charges import ChargeLine, PayBack, Security
from aftersales.work import Work
from billing.credit import service as credit
from billing.estimates.service import draft
from billing.holds import service as holds
from billing.payments.service import collect
from billing.refunds import service as refunds


class BillingCharges:
    """The Charges port."""

    async def estimate(self, work: Work, document_id: UUID, lines: Sequence[ChargeLine]) -> UUID | None:
        """Draft an estimate for the work order; one that was being written or has been sent before is replaced."""
        return await draft(work, document_id, lines)

    async def refund(self, work: Work, document_id: UUID, back: PayBack) -> UUID | None:
        """Open a refund on the document's stream, for finance to pay."""
        return await refunds.request(work, document_id, back)

    async def withdraw(self, work: Work, refund_id: UUID) -> bool:
        """It will not be paid, unless it has been."""
        return await refunds.withdraw(work, refund_id)

    async def credit(self, work: Work, document_id: UUID, key: UUID, amount: Money) -> UUID | None:
        """Add to the ledger of the customer whom the document is about."""
        return await credit.give(work, document_id, key, amount)

    async def collect(
        self, work: Work, document_id: UUID, amount: Money, method: str, reference: str | None
    ) -> UUID | None:
        """Count money for which there is no invoice of ours."""
        return await collect(work, document_id, amount, method, reference)

    def ways(self, work: Work) -> Sequence[str]:
        """By a card at the terminal, by a deposit, and online where a gateway takes cards."""
        return holds.ways(work)

    async def hold(self, work: Work, document_id: UUID, security: Security) -> UUID | None:
        """Hold an amount as security, on the document's stream."""
        return await holds.place(work, document_id, security)

    async def renewable(self, work: Work, hold_id: UUID) -> bool:
        """A deposit is good for as long as it is needed."""
        return await holds.renewable(work, hold_id)

    async def release(self, work: Work, hold_id: UUID) -> None:
        """It is the customer's again."""
        await holds.release(work, hold_id)

    async def capture(self, work: Work, hold_id: UUID) -> None:
        """It is ours."""
        await holds.capture(work, hold_id)
