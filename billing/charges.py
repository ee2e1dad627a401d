"""What billing does for other modules."""

from collections.abc import Sequence
from uuid import UUID

from aftersales.money import Money
from aftersales.ports.charges import ChargeLine, PayBack
from aftersales.work import Work
from billing.credit import service as credit
from billing.estimates.service import draft
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

    async def credit(self, work: Work, document_id: UUID, key: UUID, amount: Money) -> UUID | None:
        """Add to the ledger of the customer whom the document is about."""
        return await credit.give(work, document_id, key, amount)

    async def collect(
        self, work: Work, document_id: UUID, amount: Money, method: str, reference: str | None
    ) -> UUID | None:
        """Count money for which there is no invoice of ours."""
        return await collect(work, document_id, amount, method, reference)
