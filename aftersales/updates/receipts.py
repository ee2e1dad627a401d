"""What providers say later about letters they had taken. They say it twice, and in any order."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from aftersales import metrics
from aftersales.outbox.leased import lease_of
from aftersales.outbox.schedule import schedule
from aftersales.updates import attempts, service
from aftersales.updates.attempts import Noted, NotYet
from aftersales.updates.channels import Receipt, Received
from aftersales.updates.machine import UpdateState
from aftersales.updates.policy import Reason
from aftersales.updates.sending import LEASE
from aftersales.work import Work

EARLY = "updates.receipt"
SECOND_LOOK = timedelta(seconds=20)
"""A provider may be quicker than we are with noting that it had taken the letter."""
LOOKS = 10
"""A letter whose worker was killed is sent again when its lease has ended, or later: looked at after 2, 4, 8 … minutes
until it has been taken, in all for seventeen hours."""


async def receive(work: Work, gate: str, receipts: Sequence[Receipt]) -> None:
    """Note them. Again, or in another order, they come to the same; one about a letter we do not know is counted."""
    # What one request says again and again is looked at once.
    for one in dict.fromkeys(receipts):
        if not isinstance(await _noted(work, gate, one), Noted):
            await _look_again(work, gate, one, 1)


async def second_look(work: Work, data: Mapping[str, Any]) -> None:
    """Once more for a receipt that came before its letter was noted.

    One about a letter still under way is kept; one that no letter has claimed a lease later is nobody's.
    """
    said = Receipt(
        data["provider_id"],
        Received(data["became"]),
        datetime.fromisoformat(data["at"]),
        message_id=data.get("message_id"),
    )
    look = int(data.get("look", 1))
    noted = await _noted(work, data["gate"], said)
    if isinstance(noted, Noted):
        return
    if look < (LOOKS if noted is NotYet.UNDER_WAY else 2):
        await _look_again(work, data["gate"], said, look + 1)
    else:
        metrics.on_commit(work.session.info, metrics.HEARD.labels(data["gate"], "unknown letter"))


async def no_receipt(work: Work, data: Mapping[str, Any]) -> None:
    """The time for a receipt is over: an urgent update that has none goes by the next channel too."""
    update = await attempts.locked(work.session, UUID(data["update_id"]))
    if update is not None and update.turn == data["turn"] and update.state == UpdateState.SENT:
        await service.go_on(work, update, Reason.NO_RECEIPT)


async def _noted(work: Work, gate: str, said: Receipt) -> Noted | NotYet:
    noted = await attempts.receipt(work.session, said)
    if isinstance(noted, NotYet):
        return noted
    metrics.on_commit(work.session.info, metrics.HEARD.labels(gate, "noted" if noted.changed else "known already"))
    if noted.changed and noted.present and noted.state is UpdateState.BOUNCED:
        await service.go_on(work, noted.update, Reason.CAME_BACK)
    return noted


async def _look_again(work: Work, gate: str, said: Receipt, look: int) -> None:
    key = sha256(f"{gate} {said.provider_id} {said.message_id} {said.became} {look}".encode()).hexdigest()[:40]
    data = {
        "gate": gate,
        "provider_id": said.provider_id,
        "became": said.became,
        "at": said.at.isoformat(),
        "message_id": said.message_id,
        "look": look,
    }
    wait = SECOND_LOOK if look == 1 else lease_of(LEASE, work.settings) * 2 ** (look - 2)
    await schedule(work.session, EARLY, key, due_at=work.now + wait, data=data)
