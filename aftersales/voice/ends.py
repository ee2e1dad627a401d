"""How a call ended: onto the call, and as a receipt onto the update that it spoke."""

from collections.abc import Sequence

from aftersales.updates import receipts
from aftersales.updates.channels import Inbound, Receipt
from aftersales.voice import service
from aftersales.work import Work


async def noted(
    work: Work,
    provider: str,
    provider_id: str,
    status: str,
    said: Sequence[Receipt | Inbound],
    *,
    number: str = "",
    seconds: int | None = None,
    recording: str | None = None,
) -> None:
    """Note the end and hand its receipts on. What comes twice, or before we knew of the call, does no harm."""
    await service.ended(work, provider, provider_id, status, number=number, seconds=seconds, recording=recording)
    await receipts.receive(work, f"{provider}_voice", [one for one in said if isinstance(one, Receipt)])
