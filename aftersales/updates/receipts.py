"""What providers say later about letters they had taken. They say it twice, and in any order."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from aftersales import metrics
from aftersales.outbox.schedule import schedule
from aftersales.updates import attempts, service
from aftersales.updates.channels import Receipt, Received
from aftersales.updates.machine import UpdateState
from aftersales.updates.policy import Reason
from aftersales.work import Work

EARLY = "updates.receipt"
SECOND_LOOK = timedelta(seconds=20)
"""A provider may be quicker than we are with noting that it had taken the letter."""


async def receive(work: Work, gate: str, receipts: Sequence[Receipt]) -> None:
    """Note them. Again, or in another order, they come to the same; one about a letter we do not know is counted."""
    for one in receipts:
        if not await _noted(work, gate, one):
            await _look_again(work, gate, one)


async def second_look(work: Work, data: Mapping[str, Any]) -> None:
    """Once more for a receipt that came before its letter was noted; then it is nobody's."""
    said = Receipt(
        data["provider_id"],
        Received(data["became"]),
        datetime.fromisoformat(data["at"]),
        message_id=data.get("message_id"),
    )
    if not await _noted(work, data["gate"], said):
        metrics.on_commit(work.session.info, metrics.HEARD.labels(data["gate"], "unknown letter"))


async def no_receipt(work: Work, data: Mapping[str, Any]) -> None:
    """The time for a receipt is over: an urgent update that has none goes by the next channel too."""
    update = await attempts.locked(work.session, UUID(data["update_id"]))
    if update is not None and update.turn == data["turn"] and update.state == UpdateState.SENT:
        await service.go_on(work, update, Reason.NO_RECEIPT)


async def _noted(work: Work, gate: str, said: Receipt) -> bool:
    noted = await attempts.receipt(work.session, said)
    if noted is None:
        return False
    metrics.on_commit(work.session.info, metrics.HEARD.labels(gate, "noted" if noted.changed else "known already"))
    if noted.changed and noted.present and noted.state is UpdateState.BOUNCED:
        await service.go_on(work, noted.update, Reason.CAME_BACK)
    return True


async def _look_again(work: Work, gate: str, said: Receipt) -> None:
    key = sha256(f"{gate} {said.provider_id} {said.message_id} {said.became}".encode()).hexdigest()[:40]
    data = {
        "gate": gate,
        "provider_id": said.provider_id,
        "became": said.became,
        "at": said.at.isoformat(),
        "message_id": said.message_id,
    }
    await schedule(work.session, EARLY, key, due_at=work.now + SECOND_LOOK, data=data)
