"""The ledger of credit."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant


class CreditEntry(Base):
    """One line of a customer's credit in one currency, never changed. Each begins with the balance of the one before
    it, and no two follow the same one: the balance is right whatever is tried at once. `key` names what it is for."""

    __tablename__ = "credit_entry"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    prior_step: Mapped[int | None]
    before_minor: Mapped[int | None] = mapped_column(BigInteger)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    balance_minor: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[UUID]
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    made_at: Mapped[Instant]

    __table_args__ = (
        UniqueConstraint("customer_id", "currency", "step", "balance_minor", name="uq_credit_entry_balance"),
        ForeignKeyConstraint(
            ["customer_id", "currency", "prior_step", "before_minor"],
            ["credit_entry.customer_id", "credit_entry.currency", "credit_entry.step", "credit_entry.balance_minor"],
            name="fk_credit_entry_prior",
        ),
        CheckConstraint(
            "(step = 1 AND prior_step IS NULL AND before_minor IS NULL)"
            " OR (step > 1 AND prior_step IS NOT NULL AND before_minor IS NOT NULL AND step = prior_step + 1)",
            name="chain",
        ),
        CheckConstraint(
            "amount_minor <> 0 AND balance_minor >= 0 AND balance_minor = coalesce(before_minor, 0) + amount_minor",
            name="balance",
        ),
        Index("uq_credit_entry_key", "key", unique=True),
        Index("ix_credit_entry_document_id", "document_id"),
    )
