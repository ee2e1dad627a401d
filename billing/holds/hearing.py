"""A gateway tells us that something has happened: heard once, and believed only as far as it is worth a look."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aftersales.outbox.schedule import schedule
from aftersales.work import Work
from billing.gateways.signed import Notice
from billing.holds import repository, service

FORGET = "billing.forget_notices"
KEPT = timedelta(days=30)


async def heard(work: Work, notice: Notice) -> bool:
    """Look at the security that this is about; whether it was new. What is about none of ours is let pass."""
    if notice.hold_id is None or await repository.at_gateway(work.session, work.scope, notice.hold_id) is None:
        return False
    if not await repository.new_notice(work.session, work.scope, notice.event, work.now):
        return False
    await service.tend(work, notice.hold_id)
    await _forget_later(work, work.now)
    return True


async def _forget_later(work: Work, heard_at: datetime) -> None:
    # A day more than they are kept: all that is said on one day goes by one timer, whether anything else comes or not.
    due = heard_at + KEPT + timedelta(days=1)
    await schedule(work.session, FORGET, heard_at.date().isoformat(), due_at=due)


async def forget(work: Work, _data: Mapping[str, Any]) -> None:
    """Names of what was said are kept for a month; Stripe says a thing for three days at most."""
    left = await repository.forget_notices(work.session, work.scope, work.now - KEPT)
    if left is not None:
        await _forget_later(work, left)
