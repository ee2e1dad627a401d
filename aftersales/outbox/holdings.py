"""What is still on its way. It holds ids and codes; what it would say is read when it is said."""

from collections.abc import Sequence

from sqlalchemy import exists, select

from aftersales.i18n import N_
from aftersales.module import Holding
from aftersales.outbox.models import Delivery, OutboxMessage
from aftersales.subject import Subject
from aftersales.work import Work


async def blocked(work: Work, subject: Subject) -> Sequence[str]:
    """Deliveries about their cases and units: each might write words that have just been erased."""
    streams = subject.streams | subject.shared | subject.passed
    waiting = exists().where(OutboxMessage.stream_id.in_(streams))
    moving = exists().where(Delivery.stream_id.in_(streams), Delivery.state != "dead")
    busy = (await work.session.execute(select(waiting | moving))).scalar_one()
    return [N_("Something about this customer is still on its way. Try again in a minute.")] if busy else []


HOLDINGS = (
    Holding(
        "deliveries",
        N_("Deliveries"),
        plain=frozenset({f"delivery.{name}" for name in ("subscriber", "key", "data", "error")}),
        blocked=blocked,
    ),
)
