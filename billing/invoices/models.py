"""An invoice's own row. Its lines are those of the estimate it was made from."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, BigInteger, CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, UuidPk


class Invoice(Base):
    """What is owed, in minor units. `serial` is the gap-free number of the tax invoice, given when it is issued."""

    __tablename__ = "invoice"

    id: Mapped[UuidPk] = mapped_column(ForeignKey("document.id"))
    estimate_id: Mapped[UUID] = mapped_column(ForeignKey("estimate.id"), unique=True)
    serial: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str]
    total_minor: Mapped[int] = mapped_column(BigInteger)
    paid_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    issued_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))

    __table_args__ = (CheckConstraint("paid_minor BETWEEN 0 AND total_minor", name="paid"),)


class InvoiceSeries(Base):
    """The last serial of a series, counted inside the transaction that issues: no gaps."""

    __tablename__ = "invoice_series"

    series: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]
