"""Tables of the status engine. Only `engine.py` writes them (and `numbers.py` its own)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk


class Stream(Base):
    """A case, or a unit for what happens outside any case. `version` numbers its timeline without gaps."""

    __tablename__ = "stream"

    id: Mapped[UuidPk]
    version: Mapped[int] = mapped_column(server_default=text("0"))


class Document(Base):
    """Anything with a status that a person would ask about. Module rows share its id and hold no status."""

    __tablename__ = "document"

    id: Mapped[UuidPk]
    machine: Mapped[str]
    stream_id: Mapped[UUID] = mapped_column(ForeignKey("stream.id"))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customer.id"))
    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branch.id"))
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    number: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    category: Mapped[str]
    version: Mapped[int]
    open_key: Mapped[str | None]
    opened_at: Mapped[Instant]
    changed_at: Mapped[Instant]

    __table_args__ = (
        Index("ix_document_stream_id", "stream_id"),
        Index("ix_document_unit_id", "unit_id", postgresql_where=text("unit_id IS NOT NULL")),
        Index("ix_document_customer_id", "customer_id", "machine", postgresql_where=text("customer_id IS NOT NULL")),
        Index("ix_document_list", "machine", "id"),
        Index("ix_document_open", "machine", "branch_id", "status", "id", postgresql_where=text("category <> 'done'")),
        # What runs in all branches, the newest first, without reading all that runs.
        Index("ix_document_running", "machine", "id", postgresql_where=text("category <> 'done'")),
        # Closed ones too: a technician still sees the case whose visit is done.
        Index("ix_document_assignee", "assignee_id", "stream_id", postgresql_where=text("assignee_id IS NOT NULL")),
        # By category, so that reopening one while another like it is open is refused as well.
        Index(
            "uq_document_open_key",
            "open_key",
            unique=True,
            postgresql_where=text("open_key IS NOT NULL AND category <> 'done'"),
        ),
    )


class TimelineEntry(Base):
    """One posted change. Append-only: the application role may INSERT and SELECT, nothing else."""

    __tablename__ = "timeline_entry"

    # No foreign key: the one statement that writes here holds the stream's lock, and checking it again for each of 500
    # entries was a sixth of its time.
    stream_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[UUID]
    document_version: Mapped[int]
    machine: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    from_status: Mapped[str | None]
    to_status: Mapped[str | None]
    at: Mapped[Instant]
    posted_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("now()"))
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    origin: Mapped[str]
    audience: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))

    __table_args__ = (
        CheckConstraint("kind IN ('status', 'event')", name="kind"),
        CheckConstraint("audience IN ('staff', 'customer')", name="audience"),
        CheckConstraint("(kind = 'status') = (to_status IS NOT NULL)", name="status_has_target"),
    )


class StatusNote(Base):
    """Free words that belong to an entry. Apart from the timeline, so that they can be erased with the person."""

    __tablename__ = "status_note"

    stream_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


class NumberBlock(Base):
    """The last number given to any process, for each series."""

    __tablename__ = "number_block"

    series: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]
