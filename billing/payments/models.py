"""A payment's own row."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, UuidPk


class Payment(Base):
    """How much was paid for which invoice, by which means, under which reference of the bank or provider."""

    __tablename__ = "payment"

    id: Mapped[UuidPk] = mapped_column(ForeignKey("document.id"))
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoice.id"))
    method: Mapped[str]
    reference: Mapped[str | None]
    currency: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_payment_invoice_id", "invoice_id"),
        Index(
            "uq_payment_reference",
            "method",
            "reference",
            unique=True,
            postgresql_where=text("reference IS NOT NULL"),
        ),
    )


class DirectPayment(Base):
    """Money that reached us for a document without an invoice of ours, such as the difference of an exchange."""

    __tablename__ = "direct_payment"

    id: Mapped[UuidPk] = mapped_column(ForeignKey("document.id"))
    about_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    method: Mapped[str]
    reference: Mapped[str | None]
    currency: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_direct_payment_about_id", "about_id"),
        Index(
            "uq_direct_payment_reference",
            "method",
            "reference",
            unique=True,
            postgresql_where=text("reference IS NOT NULL"),
        ),
    )


class CountedReference(Base):
    """What a bank or provider calls money that has been counted, with an invoice or without one: once, by its key."""

    __tablename__ = "counted_reference"

    method: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))

    __table_args__ = (Index("uq_counted_reference_payment_id", "payment_id", unique=True),)
