"""Tables of webhooks: who wants to hear, what each was to hear, and how every attempt ended."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk


class Webhook(Base):
    """A subscription. Its secret is derived from id and generation, and nowhere stored.

    `events` are patterns such as `visit.*`; `branch_ids` the centres whose events it hears (null: all). While an answer
    fails, `failing_since` says since when and `quiet_until` when it is asked again.
    """

    __tablename__ = "webhook"

    id: Mapped[UuidPk]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    name: Mapped[str]
    url: Mapped[str]
    events: Mapped[list[str]] = mapped_column(ARRAY(String()))
    branch_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid()))
    state: Mapped[str] = mapped_column(server_default=text("'active'"))
    generation: Mapped[int] = mapped_column(server_default=text("0"))
    both_until: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    failing_since: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    quiet_until: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    created_at: Mapped[Instant]
    changed_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("state IN ('active', 'paused', 'failed', 'gone', 'ended')", name="state"),
        Index("ix_webhook_active", "id", postgresql_where=text("state = 'active'")),
        Index("ix_webhook_staff_id", "staff_id"),
    )


class WebhookMessage(Base):
    """One event for one subscription: the same id and the same body at every attempt, and when it is sent again."""

    __tablename__ = "webhook_message"

    id: Mapped[UuidPk]
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhook.id"))
    stream_id: Mapped[UUID]
    version: Mapped[int]
    event: Mapped[str]
    body: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'pending'"))
    turn: Mapped[int] = mapped_column(server_default=text("0"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    since: Mapped[Instant]
    created_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("state IN ('pending', 'delivered', 'dead')", name="state"),
        Index("uq_webhook_message_entry", "webhook_id", "stream_id", "version", unique=True),
        Index("ix_webhook_message_created_at", "created_at"),
        Index("ix_webhook_message_page", "webhook_id", "id"),
        Index("ix_webhook_message_pending", "webhook_id", "id", postgresql_where=text("state = 'pending'")),
    )


class WebhookAttempt(Base):
    """How one attempt ended. `status` is the answer's, null when there was none; `answer` is its beginning."""

    __tablename__ = "webhook_attempt"

    id: Mapped[UuidPk]
    message_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_message.id", ondelete="CASCADE"))
    at: Mapped[Instant]
    took_ms: Mapped[int]
    status: Mapped[int | None]
    problem: Mapped[str] = mapped_column(server_default=text("''"))
    answer: Mapped[str] = mapped_column(server_default=text("''"))

    __table_args__ = (Index("ix_webhook_attempt_message_id", "message_id", "id"),)
