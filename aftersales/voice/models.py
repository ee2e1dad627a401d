"""The tables of calls and of who waits to be called back. Numbers, words and keys are personal data."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk

TWILIO, EXOTEL = "twilio", "exotel"
OUT, IN = "out", "in"
OUTCOMES = ("heard", "answered", "call_back", "busy", "no_answer", "failed", "hung_up")


class VoiceCall(Base):
    """One call as the provider knows it by `provider_id`, from the first word to the last.

    `words` are what it tells, `spoken` all that was said, `keys` what was pressed, one group for each question; of a
    one-time code none of them holds the digits. `turn` is where the call stands, `step` how many turns it has taken:
    what is asked or posted twice is known by it. `answered` names what the caller answered, `recording` the provider's
    address of a recording.
    """

    __tablename__ = "voice_call"

    id: Mapped[UuidPk]
    provider: Mapped[str]
    provider_id: Mapped[str]
    direction: Mapped[str]
    stream_id: Mapped[UUID | None] = mapped_column(ForeignKey("stream.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    update_id: Mapped[UUID | None] = mapped_column(ForeignKey("customer_update.id", ondelete="SET NULL"))
    code_id: Mapped[UUID | None]
    number: Mapped[str]
    language: Mapped[str]
    words: Mapped[str] = mapped_column(server_default=sql("''"))
    turn: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sql("'{}'"))
    step: Mapped[int] = mapped_column(server_default=sql("0"))
    spoken: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=sql("'{}'"))
    keys: Mapped[str] = mapped_column(server_default=sql("''"))
    outcome: Mapped[str | None]
    answered: Mapped[str | None]
    recording: Mapped[str | None]
    begun_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    seconds: Mapped[int | None]

    __table_args__ = (
        UniqueConstraint("provider", "provider_id"),
        CheckConstraint("provider IN ('twilio', 'exotel')", name="provider"),
        CheckConstraint("direction IN ('out', 'in')", name="direction"),
        CheckConstraint(f"outcome IN ({', '.join(repr(one) for one in OUTCOMES)})", name="outcome"),
        Index("ix_voice_call_stream_id", "stream_id"),
        Index("ix_voice_call_person_id", "person_id"),
        Index("ix_voice_call_update_id", "update_id"),
    )

    @property
    def is_test(self) -> bool:
        """Whether it reads a text to whoever tests it: ours, and of no update and no case."""
        return self.direction == OUT and self.update_id is None and self.stream_id is None


class CallBack(Base):
    """Somebody whom we have promised to call by `promised_at`; without a stream, a request that is not yet a case.

    One is open at a time for a case, and for a number without one.
    """

    __tablename__ = "call_back"

    id: Mapped[UuidPk]
    stream_id: Mapped[UUID | None] = mapped_column(ForeignKey("stream.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    call_id: Mapped[UUID | None] = mapped_column(ForeignKey("voice_call.id"))
    number: Mapped[str]
    language: Mapped[str]
    missed: Mapped[bool] = mapped_column(server_default=sql("false"))
    asked_at: Mapped[Instant]
    promised_at: Mapped[Instant]
    done_at: Mapped[Instant | None]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (
        CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done_by_somebody"),
        Index("uq_call_back_of_case", "stream_id", unique=True, postgresql_where=sql("done_at IS NULL")),
        Index(
            "uq_call_back_of_number",
            "number",
            unique=True,
            postgresql_where=sql("done_at IS NULL AND stream_id IS NULL"),
        ),
        Index("ix_call_back_waiting", "promised_at", "id", postgresql_where=sql("done_at IS NULL")),
        Index("ix_call_back_stream_id", "stream_id"),
        Index("ix_call_back_person_id", "person_id"),
        Index("ix_call_back_call_id", "call_id"),
        Index("ix_call_back_done_by", "done_by"),
    )
