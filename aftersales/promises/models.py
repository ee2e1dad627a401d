"""Working hours, and what the clocks of each case said when they were last read."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk


class WorkHours(Base):
    """One version of the working hours of a service centre, as `WorkCalendar.from_dict` reads them. It only grows."""

    __tablename__ = "work_hours"

    id: Mapped[UuidPk]
    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branch.id"))
    version: Mapped[int]
    hours: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[Instant]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (
        CheckConstraint("version > 0", name="version"),
        UniqueConstraint("branch_id", "version"),
    )


class CaseTargets(Base):
    """The policy a case is held to, the facts that chose its targets, and the rule that did.

    `facts` are codes as they were at the opening. `version` is how far the timeline had come when it was last read.
    """

    __tablename__ = "case_targets"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    policy_id: Mapped[UUID] = mapped_column(ForeignKey("policy.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    rule: Mapped[str]
    urgency: Mapped[int]
    version: Mapped[int] = mapped_column(server_default=text("0"))


class CaseClock(Base):
    """What one clock of a case said at the last reading. `spent` is seconds of working time by whose turn it was, kept
    once the clock has ended; `former` are deadlines that a change of priority replaced."""

    __tablename__ = "case_clock"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_targets.case_id"), primary_key=True)
    clock: Mapped[str] = mapped_column(primary_key=True)
    shape: Mapped[str]
    amount: Mapped[int]
    started_at: Mapped[Instant]
    due_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    state: Mapped[str]
    level: Mapped[int]
    tier: Mapped[int]
    visits: Mapped[int]
    pauses: Mapped[list[Any]] = mapped_column(JSONB)
    spent: Mapped[dict[str, Any]] = mapped_column(JSONB)
    former: Mapped[list[Any]] = mapped_column(JSONB)

    __table_args__ = (
        CheckConstraint("state IN ('running', 'paused', 'late', 'kept', 'broken', 'withdrawn')", name="state"),
        # What is about to break, and what is broken: a list of few among many.
        Index("ix_case_clock_due", "due_at", postgresql_where=text("ended_at IS NULL AND due_at IS NOT NULL")),
        Index("ix_case_clock_ended", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
    )


class ClockNotice(Base):
    """A warning, breach or escalation that was raised, once; withdrawn when it was no longer true.

    `step` is the percentage of a warning, 100 for the breach, and the number of the tier for an escalation. `to` says
    whom it goes to: `owner`, or a role.
    """

    __tablename__ = "clock_notice"

    id: Mapped[UuidPk]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_targets.case_id"))
    clock: Mapped[str]
    kind: Mapped[str]
    step: Mapped[int]
    to: Mapped[str]
    raised_at: Mapped[Instant]
    withdrawn_at: Mapped[Instant | None]

    __table_args__ = (
        CheckConstraint("kind IN ('warning', 'breach', 'escalation')", name="kind"),
        Index(
            "uq_clock_notice_once",
            "case_id",
            "clock",
            "kind",
            "step",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )
