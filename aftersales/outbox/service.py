"""What people may do about deliveries."""

from uuid import UUID

from aftersales.db.session import POSTED
from aftersales.errors import NotFound
from aftersales.outbox import repository
from aftersales.work import Work


async def retry_dead(work: Work, delivery_id: UUID) -> None:
    """Deliver a dead letter again, with all its attempts before it.

    It comes late: what followed it on its stream has been delivered meanwhile; what still waits, waits for it again.
    Raises Forbidden, and NotFound (`outbox.not_dead`).
    """
    if not await repository.revive(work.session, work.scope, delivery_id):
        raise NotFound("outbox.not_dead", "There is no such dead letter. Somebody may have retried it already.")
    work.session.info[POSTED] = True
