"""The table of erasures. It holds no personal data: who was erased is nobody any more."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk


class Erasure(Base):
    """That somebody's data was let go: when, by whom (null: from the command line), and what is gone and kept.

    `person_id` is set where others of the household remain. `report` has the lines of `aftersales.subject.Line`.
    """

    __tablename__ = "erasure"

    id: Mapped[UuidPk]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[Instant]
    report: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)

    __table_args__ = (
        Index("ix_erasure_customer_id", "customer_id"),
        Index("ix_erasure_person_id", "person_id"),
        Index("ix_erasure_staff_id", "staff_id"),
    )
