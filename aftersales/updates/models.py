"""The tables of telling and being told. Their words are personal data and go with the person."""

from datetime import time
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk
from aftersales.updates.machine import UpdateState

_STATES = ", ".join(f"'{state}'" for state in UpdateState)


class CustomerUpdate(Base):
    """One person told of one change, or the reason why not. `words` are what was sent, links and codes left out.

    A message with a one-time code belongs to no version; `code_key` names the code and the sending it is for.
    The row is about the channel of its present turn: `turn` channels were tried before (`UpdateAttempt`), and those of
    `route` are left. `not_before` is when it may leave, for quiet hours (`reason`) or to be merged with what follows.
    `repeats` counts attempts that were cut off, after each of which the customer may have it twice; `doubled` counts
    turns after which they may have read it by two channels.
    """

    __tablename__ = "customer_update"

    id: Mapped[UuidPk]
    stream_id: Mapped[UUID] = mapped_column(ForeignKey("stream.id"))
    version: Mapped[int | None]
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    purpose: Mapped[str]
    text: Mapped[str]
    language: Mapped[str]
    channel: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    subject: Mapped[str | None]
    words: Mapped[str | None]
    code_id: Mapped[UUID | None]
    code_key: Mapped[str | None] = mapped_column(unique=True)
    message_id: Mapped[str | None]
    provider_id: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default=sql("0"))
    repeats: Mapped[int] = mapped_column(server_default=sql("0"))
    created_at: Mapped[Instant]
    sent_at: Mapped[Instant | None]
    delivered_at: Mapped[Instant | None]
    read_at: Mapped[Instant | None]
    urgent: Mapped[bool] = mapped_column(server_default=sql("false"))
    alone: Mapped[bool] = mapped_column(server_default=sql("false"))
    turn: Mapped[int] = mapped_column(server_default=sql("0"))
    route: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=sql("'{}'"))
    not_before: Mapped[Instant | None]
    doubled: Mapped[int] = mapped_column(server_default=sql("0"))
    merged_into: Mapped[UUID | None]
    arguments: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=sql("'{}'"))

    __table_args__ = (
        UniqueConstraint("stream_id", "version", "person_id", "purpose"),
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint("state <> 'withheld' OR reason IS NOT NULL", name="withheld_has_reason"),
        CheckConstraint("words IS NOT NULL OR state = 'withheld'", name="has_words"),
        CheckConstraint("(version IS NULL) = (code_key IS NOT NULL)", name="of_change_or_code"),
        Index("ix_customer_update_list", "state", "id"),
        Index("ix_customer_update_person_id", "person_id"),
        Index("ix_customer_update_document_id", "document_id"),
        Index("ix_customer_update_provider_id", "provider_id", postgresql_where=sql("provider_id IS NOT NULL")),
    )


class UpdateAttempt(Base):
    """A channel that an update went by before the present one, and what became of it. `ended_at`: when it was left."""

    __tablename__ = "update_attempt"

    update_id: Mapped[UUID] = mapped_column(ForeignKey("customer_update.id", ondelete="CASCADE"), primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    subject: Mapped[str | None]
    words: Mapped[str | None]
    provider_id: Mapped[str | None]
    attempts: Mapped[int]
    sent_at: Mapped[Instant | None]
    delivered_at: Mapped[Instant | None]
    read_at: Mapped[Instant | None]
    ended_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        Index("ix_update_attempt_provider_id", "provider_id", postgresql_where=sql("provider_id IS NOT NULL")),
    )


class Consent(Base):
    """One word about messages: given or withdrawn, for a channel and purpose, empty for all. The latest decides.

    Rows are only added. `source` says where it was said (`page`, `desk`, `reply`, `import`).
    """

    __tablename__ = "consent"

    id: Mapped[UuidPk]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(server_default=sql("''"))
    purpose: Mapped[str] = mapped_column(server_default=sql("''"))
    given: Mapped[bool]
    source: Mapped[str]
    at: Mapped[Instant]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]

    __table_args__ = (Index("ix_consent_person_id", "person_id", "channel", "purpose", "id"),)


class Preference(Base):
    """How a person wants to be reached: channels in their order, empty for the company's; hours of quiet of their own.

    Both hours or neither; both alike mean that they may be disturbed at any time.
    """

    __tablename__ = "contact_preference"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    channels: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=sql("'{}'"))
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    changed_at: Mapped[Instant]

    __table_args__ = (CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="both_hours"),)


class PushSubscription(Base):
    """A browser that asked to be told: where its push service listens, its public key and its secret."""

    __tablename__ = "push_subscription"

    endpoint: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    p256dh: Mapped[str]
    auth: Mapped[str]
    created_at: Mapped[Instant]

    __table_args__ = (Index("ix_push_subscription_person_id", "person_id", "created_at"),)


class InboundMessage(Base):
    """What somebody sent us by a channel, kept once however often the provider says it.

    `media` lists `reference` and `kind` of each, or why it was `refused`. `answers` is the provider's id of the letter
    it replies to. `at` is the provider's word, `received_at` ours.
    """

    __tablename__ = "inbound_message"

    id: Mapped[UuidPk]
    channel: Mapped[str]
    provider_id: Mapped[str]
    sender: Mapped[str]
    sender_name: Mapped[str] = mapped_column(server_default=sql("''"))
    text: Mapped[str] = mapped_column(server_default=sql("''"))
    media: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=sql("'[]'"))
    answers: Mapped[str | None]
    missed_call: Mapped[bool] = mapped_column(server_default=sql("false"))
    at: Mapped[Instant]
    received_at: Mapped[Instant]

    __table_args__ = (
        UniqueConstraint("channel", "provider_id"),
        Index("ix_inbound_message_sender", "sender", "received_at"),
    )


class InboundFile(Base):
    """A file as it came along with a message, not yet looked into: until it has its place, for a week at most."""

    __tablename__ = "inbound_file"

    id: Mapped[UuidPk]
    inbound_id: Mapped[UUID] = mapped_column(ForeignKey("inbound_message.id", ondelete="CASCADE"))
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)

    __table_args__ = (Index("ix_inbound_file_inbound_id", "inbound_id"),)


class ChannelRegistration(Base):
    """A template as a provider knows it: of a text, on a channel, in a language, for a brand. `wording` is what was
    handed in; `name` the template's id (DLT) or name (Meta), `entity` and `header` the sender's (DLT)."""

    __tablename__ = "channel_registration"

    id: Mapped[UuidPk]
    brand: Mapped[str]
    channel: Mapped[str]
    text: Mapped[str]
    language: Mapped[str]
    name: Mapped[str] = mapped_column(server_default="")
    header: Mapped[str] = mapped_column(server_default="")
    entity: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str]
    wording: Mapped[str] = mapped_column(server_default="")
    checked_at: Mapped[Instant]

    __table_args__ = (
        UniqueConstraint("brand", "channel", "text", "language"),
        CheckConstraint("channel IN ('sms', 'whatsapp')", name="channel"),
        CheckConstraint("state IN ('pending', 'approved', 'rejected', 'paused')", name="state"),
    )
