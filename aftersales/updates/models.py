"""The tables of telling and being told. Their words are personal data and go with the person."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk
from aftersales.updates.machine import UpdateState

_STATES = ", ".join(f"'{state}'" for state in UpdateState)


class CustomerUpdate(Base):
    """One person told of one change, or the reason why not. `words` are what was sent, links and codes left out.

    A message with a one-time code belongs to no version; `code_key` names the code and the sending it is for.
    `repeats` counts attempts that were cut off, after each of which the customer may have it twice.
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


class InboundMessage(Base):
    """What somebody sent us by a channel, kept once however often the provider says it.

    `media` lists `reference` and `kind` of each. `answers` is the provider's id of the letter it replies to. `at` is
    the provider's word, `received_at` ours.
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
