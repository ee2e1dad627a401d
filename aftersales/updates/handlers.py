"""What the worker calls: a posted change, a one-time code that was asked for, an update whose turn it is."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from aftersales.module import Posted
from aftersales.outbox.leased import Leased
from aftersales.outbox.retry import NotBegun, Retry
from aftersales.updates import channels, receipts, sending, service
from aftersales.work import Work

LEASE = sending.LEASE
MAX_ATTEMPTS = 20
# However long a provider asks us to wait: by then its limits have gone, or it will say so again.
LONGEST = timedelta(hours=6)


class NotNow(Exception):
    """The other side put the update off. It is tried again with back-off."""

    code = "updates.put_off"


async def on_change(work: Work, posted: Posted) -> None:
    """Write down who is told of the change, and have it sent."""
    await service.tell(work, posted)


async def on_changes(work: Work, changes: Sequence[Posted]) -> None:
    """The same for changes of several streams."""
    await service.tell_all(work, changes)


async def on_code(work: Work, data: Mapping[str, Any]) -> None:
    """Write the message that carries the code `data["code_id"]`, and have it sent."""
    await service.tell_code(work, UUID(data["code_id"]))


async def on_turn(leased: Leased) -> None:
    """Send the update `data["update_id"]`. After the last attempt the update has failed; the delivery is over."""
    error = _raised(await sending.attempt(leased, last=leased.attempts >= MAX_ATTEMPTS))
    if error is not None:
        raise error


async def on_turns(leased: Sequence[Leased]) -> Sequence[Exception | None]:
    """The same for several."""
    return [_raised(answer) for answer in await sending.attempt_all(leased)]


def _raised(answer: channels.Retry | NotBegun | None) -> Exception | None:
    if not isinstance(answer, channels.Retry):
        return answer
    return NotNow() if answer.after is None else Retry(min(answer.after, LONGEST))


async def on_no_receipt(work: Work, data: Mapping[str, Any]) -> None:
    """The receipt of an urgent update is out for too long."""
    await receipts.no_receipt(work, data)


async def on_early_receipt(work: Work, data: Mapping[str, Any]) -> None:
    """A receipt that was quicker than our own note of the letter."""
    await receipts.second_look(work, data)
