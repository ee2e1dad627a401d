"""Tables of the conversation: who waits for an answer, what was answered, requests that are not cases yet.

The words of a matter stand on its timeline; what is here of strangers goes when their request is a case
or is declined.
"""

from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, LargeBinary, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk


class InboxTask(Base):
    """A person waits for an answer about a case by `due_at`; one at a time for each case, however much they write.

    `asked` is what was understood (`person`, `unknown`), `version` the timeline entry it began with.
    """

    __tablename__ = "inbox_task"

    id: Mapped[UuidPk]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    version: Mapped[int]
    channel: Mapped[str]
    asked: Mapped[str]
    language: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[Instant]
    due_at: Mapped[Instant]
    done_at: Mapped[Instant | None]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (
        CheckConstraint("state IN ('open', 'done')", name="state"),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_has_time"),
        Index("uq_inbox_task_open", "case_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_inbox_task_due", "due_at", postgresql_where=text("state = 'open'")),
        Index("ix_inbox_task_case_id", "case_id"),
        Index("ix_inbox_task_person_id", "person_id"),
    )


class InboxDraft(Base):
    """A draft work order: what somebody without an open case sent us, until a coordinator makes it one.

    `person_id` is set where the sender is a customer already. `photo_asked` and `place_asked` are set once each.
    """

    __tablename__ = "inbox_draft"

    id: Mapped[UuidPk]
    channel: Mapped[str]
    sender: Mapped[str]
    sender_name: Mapped[str]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    language: Mapped[str]
    words: Mapped[str]
    postcode: Mapped[str | None]
    branch_id: Mapped[UUID | None] = mapped_column(ForeignKey("branch.id"))
    photo_asked: Mapped[bool] = mapped_column(server_default=text("false"))
    place_asked: Mapped[bool] = mapped_column(server_default=text("false"))
    state: Mapped[str]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[Instant]
    changed_at: Mapped[Instant]
    due_at: Mapped[Instant]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (
        CheckConstraint("state IN ('asking', 'waiting', 'confirmed', 'declined')", name="state"),
        CheckConstraint("(state = 'confirmed') = (case_id IS NOT NULL)", name="confirmed_has_case"),
        Index(
            "uq_inbox_draft_open",
            "channel",
            "sender",
            unique=True,
            postgresql_where=text("state IN ('asking', 'waiting')"),
        ),
        Index("ix_inbox_draft_due", "due_at", postgresql_where=text("state IN ('asking', 'waiting')")),
        Index("ix_inbox_draft_person_id", "person_id"),
        Index("ix_inbox_draft_branch_id", "branch_id"),
        Index("ix_inbox_draft_case_id", "case_id"),
    )


class InboxPhoto(Base):
    """A photo of a draft, drawn anew. It has no stream yet: once there is a case it becomes a file of it."""

    __tablename__ = "inbox_photo"

    id: Mapped[UuidPk]
    draft_id: Mapped[UUID] = mapped_column(ForeignKey("inbox_draft.id", ondelete="CASCADE"))
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    thumbnail: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)

    __table_args__ = (Index("ix_inbox_photo_draft_id", "draft_id", "id"),)


class InboxQuestion(Base):
    """We asked a sender which case their message is about: `cases` in the order listed, none where the number is asked.

    `messages` are those that wait for the answer.
    """

    __tablename__ = "inbox_question"

    channel: Mapped[str] = mapped_column(primary_key=True)
    sender: Mapped[str] = mapped_column(primary_key=True)
    cases: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    messages: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    asked_at: Mapped[Instant]


class InboxReply(Base):
    """An answer to a message by the channel and to the address that it came from. One to each message at most by rule.

    Answers to messages need no template and wait for no quiet hours: the person has just asked.
    """

    __tablename__ = "inbox_reply"

    id: Mapped[UuidPk]
    inbound_id: Mapped[UUID | None]
    stream_id: Mapped[UUID | None] = mapped_column(ForeignKey("stream.id"))
    version: Mapped[int | None]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    channel: Mapped[str]
    address: Mapped[str]
    language: Mapped[str]
    words: Mapped[str]
    state: Mapped[str]
    detail: Mapped[str | None]
    provider_id: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[Instant]
    sent_at: Mapped[Instant | None]

    __table_args__ = (
        CheckConstraint("state IN ('queued', 'sent', 'failed')", name="state"),
        Index("ix_inbox_reply_stream_id", "stream_id", "version"),
        Index("ix_inbox_reply_person_id", "person_id"),
        Index("ix_inbox_reply_provider_id", "channel", "provider_id", postgresql_where=text("provider_id IS NOT NULL")),
    )
