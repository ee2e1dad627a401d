"""Tables of the outbox. A message says that an entry was posted; a delivery is one subscriber's work on it."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk


class OutboxMessage(Base):
    """Written in the posting statement; the worker turns it into deliveries and deletes it."""

    __tablename__ = "outbox_message"

    stream_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index("ix_outbox_message_created_at", "created_at"),)


class Delivery(Base):
    """Work for one subscriber: an entry (stream and version), a timer (key), or both. Done rows are deleted.

    `lease` names who works on it, if anybody; `state` is what became of it before. `attempts` is how often it was begun
    and `died` how often it was after somebody who held it was never heard of again, which is no attempt.
    Rows with a stream are done in the order of versions within (subscriber, stream); rows without one in any order.
    """

    __tablename__ = "delivery"

    id: Mapped[UuidPk] = mapped_column(server_default=text("uuidv7()"))
    subscriber: Mapped[str]
    stream_id: Mapped[UUID | None]
    version: Mapped[int | None]
    key: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    state: Mapped[str] = mapped_column(server_default=text("'pending'"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    died: Mapped[int] = mapped_column(server_default=text("0"))
    due_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    lease: Mapped[UUID | None]
    leased_until: Mapped[Instant | None]
    error: Mapped[str | None]
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("state IN ('pending', 'leased', 'retrying', 'dead')", name="state"),
        CheckConstraint("stream_id IS NOT NULL OR key IS NOT NULL", name="has_identity"),
        Index(
            "uq_delivery_identity",
            "subscriber",
            "stream_id",
            "version",
            "key",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_delivery_due", "subscriber", "due_at", "id", postgresql_where=text("state <> 'dead'")),
        Index("ix_delivery_key", "subscriber", "key", postgresql_where=text("key IS NOT NULL")),
        Index("ix_delivery_dead", "id", postgresql_where=text("state = 'dead'")),
    )
