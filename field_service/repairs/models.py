"""The repair order's own row. The status and the engineer are the document's; findings are notes of the timeline."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, UuidPk


class RepairOrder(Base):
    """How the unit came (`visit_id`, None at the counter), what was found, and the estimate that counts."""

    __tablename__ = "repair_order"

    id: Mapped[UuidPk] = mapped_column(ForeignKey("document.id"))
    visit_id: Mapped[UUID | None] = mapped_column(ForeignKey("visit.id"))
    fault_code: Mapped[str | None]
    cause_code: Mapped[str | None]
    estimate_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"))

    __table_args__ = (
        Index("uq_repair_order_visit_id", "visit_id", unique=True, postgresql_where=text("visit_id IS NOT NULL")),
        Index("ix_repair_order_estimate_id", "estimate_id", postgresql_where=text("estimate_id IS NOT NULL")),
    )
