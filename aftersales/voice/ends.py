"""How a call ended: onto the call, and as a receipt onto the update that it spoke."""

from collections.abc import Sequence

from aftersales.updates.channels import Inbound, Receipt
from aftersales.voice import service
from aftersales.work import Work


async def noted(
    work: Work,
    provider: str,
    provider_id: str,
    status: str,
    receipts: Sequence[Receipt | Inbound],
    *,
    number: str = "",
    seconds: int | None = None,
    recording: str | None = None,
) -> None:
    """Note the end and hand its receipts on. What comes twice, or before we knew of the call, does no harm."""
    await service.ended(work, provider, provider_id, status, number=number, seconds=seconds, recording=recording)
