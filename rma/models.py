"""Tables of returns. A row shares its document's id and holds no status; free words stand apart and can be erased."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk


class Return(Base):
    """What is to be given back, and what the rule said of it: the verdict with all it rests on, so that it can be
    replayed. Without published terms there is no verdict."""

    __tablename__ = "product_return"

    id: Mapped[UuidPk] = mapped_column(ForeignKey("document.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    reason_code: Mapped[str]
    policy_id: Mapped[UUID | None] = mapped_column(ForeignKey("policy.id"))
    evaluator_version: Mapped[int]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    verdict: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    goodwill_code: Mapped[str | None]
    asked_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("(policy_id IS NULL) = (verdict IS NULL)", name="verdict_has_policy"),
        Index("ix_product_return_unit_id", "unit_id"),
    )


class ReturnWords(Base):
    """What the customer wrote, and what we answered. Personal data: it goes with the person."""

    __tablename__ = "product_return_words"

    return_id: Mapped[UUID] = mapped_column(ForeignKey("product_return.id"), primary_key=True)
    asked: Mapped[str]
    answered: Mapped[str | None]
    goodwill: Mapped[str | None]
