"""The visit's own row. The status and the technician are the document's."""

from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk


class Visit(Base):
    """Where, when and what for. `custody` is who has the unit since this visit last changed it.

    `follows_id` is the failed visit in whose place this one was booked.
    """

    __tablename__ = "visit"

    id: Mapped[UuidPk] = mapped_column(ForeignKey("document.id"))
    kind: Mapped[str]
    address_id: Mapped[UUID] = mapped_column(ForeignKey("address.id"))
    window_start: Mapped[Instant | None]
    window_end: Mapped[Instant | None]
    condition: Mapped[str | None]
    accessories: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    seal_number: Mapped[str | None]
    custody: Mapped[str | None]
    follows_id: Mapped[UUID | None] = mapped_column(ForeignKey("visit.id"))

    __table_args__ = (
        CheckConstraint("kind IN ('pickup', 'drop', 'repair', 'inspection', 'installation')", name="kind"),
        CheckConstraint("custody IN ('customer', 'technician', 'centre')", name="custody"),
        CheckConstraint("(window_start IS NULL) = (window_end IS NULL)", name="whole_window"),
        CheckConstraint("window_start < window_end", name="window_order"),
        Index("ix_visit_address_id", "address_id"),
        Index("ix_visit_window_start", "window_start"),
        Index("ix_visit_follows_id", "follows_id", postgresql_where=text("follows_id IS NOT NULL")),
    )
