"""What providers say later about letters they had taken. They say it twice, and in any order."""

from collections.abc import Sequence

from aftersales import metrics
from aftersales.updates import repository
from aftersales.updates.channels import Receipt
from aftersales.work import Work


async def receive(work: Work, gate: str, receipts: Sequence[Receipt]) -> None:
    """Note them. Again, or in another order, they come to the same; one about a letter we do not know is counted."""
    for one in receipts:
        known = await repository.receipt(work.session, one)
        outcome = {None: "unknown letter", False: "known already", True: "noted"}[known]
        metrics.on_commit(work.session.info, metrics.HEARD.labels(gate, outcome))
