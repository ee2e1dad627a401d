"""What came along with a unit, in the technician's words."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update

from aftersales.db.holding import gone, told
from aftersales.i18n import N_
from aftersales.module import Holding
from aftersales.status.models import Document
from aftersales.subject import Line, Subject, counted
from aftersales.work import Work
from field_service.repairs.models import RepairOrder
from field_service.visits.models import Visit


async def export(work: Work, subject: Subject) -> Any:
    """Visits and repairs."""
    here = Document.stream_id.in_(subject.streams | subject.shared)
    visits = select(Document.number, Document.status, *Visit.__table__.c).join(Visit, Visit.id == Document.id)
    repairs = select(Document.number, Document.status, *RepairOrder.__table__.c)
    repairs = repairs.join(RepairOrder, RepairOrder.id == Document.id)
    return {
        "visits": await told(work.session, visits.where(here).order_by(Document.id)),
        "repairs": await told(work.session, repairs.where(here).order_by(Document.id)),
    }


async def erase(work: Work, subject: Subject) -> Sequence[Line]:
    """The list of what came along; times, condition and custody by code stand."""
    alone = select(Document.id).where(Document.stream_id.in_(subject.streams))
    words = update(Visit).where(Visit.id.in_(alone), func.cardinality(Visit.accessories) > 0)
    return counted([await gone(work.session, N_("What came along with units"), words.values(accessories=[]))])


HOLDINGS = (
    Holding(
        "visits",
        N_("Visits and repairs"),
        personal=frozenset({"visit.accessories"}),
        plain=frozenset({"visit.condition", "visit.seal_number", "repair_order.fault_code", "repair_order.cause_code"}),
        export=export,
        erase=erase,
    ),
)
