"""An estimate's own row and its lines."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import TIMESTAMP, BigInteger, CheckConstraint, ForeignKey, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, UuidPk


class Estimate(Base):
    """What was offered, in minor units. `work_id` is the work order it is for."""

    __tablename__ = "estimate"

    id: Mapped[UuidPk] = mapped_column(ForeignKey("document.id"))
    work_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"))
    currency: Mapped[str]
    net_minor: Mapped[int] = mapped_column(BigInteger)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    valid_until: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    __table_args__ = (
        Index("ix_estimate_work_id", "work_id"),
        CheckConstraint("net_minor >= 0 AND total_minor >= net_minor", name="amounts"),
    )


class EstimateLine(Base):
    """One line before tax. Its description is ours and names no person."""

    __tablename__ = "estimate_line"

    estimate_id: Mapped[UUID] = mapped_column(ForeignKey("estimate.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    description: Mapped[str]
    quantity: Mapped[int]
    unit_price_minor: Mapped[int] = mapped_column(BigInteger)
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    tax_code: Mapped[str]

    __table_args__ = (
        CheckConstraint("kind IN ('parts', 'labour', 'visit')", name="kind"),
        CheckConstraint("quantity > 0 AND unit_price_minor >= 0", name="amounts"),
    )
