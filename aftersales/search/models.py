"""The table of search keys."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base


class SearchKey(Base):
    """One thing somebody may type to find an entity. `reversed` is kept where the end of a key is typed too."""

    __tablename__ = "search_key"

    entity: Mapped[str] = mapped_column(primary_key=True)
    entity_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    reversed: Mapped[str | None]
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))

    __table_args__ = (
        CheckConstraint("kind IN ('phone', 'number', 'identifier', 'name')", name="kind"),
        CheckConstraint("entity IN ('customer', 'unit', 'document')", name="entity"),
        Index("ix_search_key_customer_id", "customer_id"),
        # text_pattern_ops serves equality and prefixes alike, whatever the collation.
        Index(
            "ix_search_key_exact",
            "kind",
            "key",
            postgresql_ops={"key": "text_pattern_ops"},
            postgresql_where=text("kind <> 'name'"),
        ),
        Index(
            "ix_search_key_reversed",
            "kind",
            "reversed",
            postgresql_ops={"reversed": "text_pattern_ops"},
            postgresql_where=text("reversed IS NOT NULL"),
        ),
        Index(
            "ix_search_key_name",
            "key",
            postgresql_using="gin",
            postgresql_ops={"key": "gin_trgm_ops"},
            postgresql_where=text("kind = 'name'"),
        ),
    )
