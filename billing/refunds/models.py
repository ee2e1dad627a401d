"""A refund's own row."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk


class Refund(Base):
    """How much goes back, for what (`key`, once and for all), and the way it goes: that by which it had been paid,
    under `source_reference`. `reference` is what the bank or provider calls the payment back."""

    __tablename__ = "refund"

    id: Mapped[UuidPk] = mapped_column(ForeignKey("document.id"))
    about_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    key: Mapped[UUID]
    currency: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[str]
    source_reference: Mapped[str]
    reference: Mapped[str | None]
    requested_at: Mapped[Instant]
    paid_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    __table_args__ = (
        CheckConstraint("amount_minor > 0 AND tax_minor BETWEEN 0 AND amount_minor", name="amount"),
        CheckConstraint("(paid_at IS NULL) = (reference IS NULL)", name="paid_has_reference"),
        Index("uq_refund_key", "key", unique=True),
        Index("ix_refund_about_id", "about_id"),
        Index(
            "uq_refund_reference", "method", "reference", unique=True, postgresql_where=text("reference IS NOT NULL")
        ),
    )
