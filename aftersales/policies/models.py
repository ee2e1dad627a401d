"""The table of published policy versions. It only grows.

The migration that makes it takes the application's right to rewrite what was published:
``REVOKE UPDATE, DELETE, TRUNCATE ON policy FROM aftersales_app``.
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk


class Policy(Base):
    """One version of one policy.

    `kind` is who reads it (warranty, returns), `code` what it is about (`default`, `category:<code>`,
    `product:<id>`). `terms` are for rules; `words` map a clause number to the English message id that the customer
    reads in translation.
    """

    __tablename__ = "policy"

    id: Mapped[UuidPk]
    kind: Mapped[str]
    code: Mapped[str]
    version: Mapped[int]
    effective_from: Mapped[date]
    published_at: Mapped[Instant]
    published_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    words: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (
        CheckConstraint("version > 0", name="version"),
        Index("uq_policy_version", "kind", "code", "version", unique=True),
        Index("ix_policy_in_force", "kind", "code", "effective_from", "version"),
    )
