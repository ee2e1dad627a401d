"""Working hours, what the clocks of each case said when they were last read, and the ledger of promises."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy import text as sql
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


class PromiseStep(Base):
    """One step in the life of a promise: that it was made, or how it ended. Rows are only added, never rewritten.

    A row that says `made` begins a promise and has its id; every other repeats what was promised, so that each row can
    be read alone. `version` is the entry of the timeline that it follows from: of the change that the message was
    about, or of the fact that ended it, at `fact_at`; neither where the time passed and nothing came. `update_id` is
    the message that carries it (no foreign key: messages go with their person, the ledger stays), `basis` a code of
    where the time came from, `replaced_by` the promise that took its place.
    """

    __tablename__ = "promise_step"

    id: Mapped[UuidPk]
    promise_id: Mapped[UUID]
    step: Mapped[str]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("stream.id"))
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    kind: Mapped[str]
    starts_at: Mapped[Instant | None]
    due_at: Mapped[Instant]
    at: Mapped[Instant]
    version: Mapped[int | None]
    fact_at: Mapped[Instant | None]
    text: Mapped[str]
    language: Mapped[str]
    basis: Mapped[str]
    update_id: Mapped[UUID]
    replaced_by: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("step IN ('made', 'kept', 'broken', 'replaced', 'withdrawn')", name="step"),
        CheckConstraint("(step = 'made') = (id = promise_id)", name="made_begins"),
        CheckConstraint("(step = 'replaced') = (replaced_by IS NOT NULL)", name="replaced_by"),
        CheckConstraint("starts_at <= due_at", name="window"),
        # One beginning and one end each.
        Index("uq_promise_step_end", "promise_id", unique=True, postgresql_where=sql("step <> 'made'")),
        Index(
            "uq_promise_step_made_by_time",
            *("case_id", "version", "kind", "due_at"),
            unique=True,
            postgresql_where=sql("step = 'made'"),
        ),
        Index("ix_promise_step_case_id", "case_id", "at"),
    )


class OpenPromise(Base):
    """A promise that has not ended: what is watched. It goes with its end, so that the watch costs by what is open."""

    __tablename__ = "open_promise"

    promise_id: Mapped[UUID] = mapped_column(ForeignKey("promise_step.id"), primary_key=True)
    case_id: Mapped[UUID]
    due_at: Mapped[Instant]

    __table_args__ = (
        Index("ix_open_promise_due", "due_at", "promise_id"),
        Index("ix_open_promise_case_id", "case_id"),
    )


class CaseForecast(Base):
    """What was foreseen of a case when it was last looked at, and what may get in its way.

    Half of such cases are done by `p50_at`, nine in ten by `p90_at`, of `cases` that were counted (`basis` `history`);
    or `p90_at` is the policy's target and the rest is empty (`targets`). `signs` are whole percentages of `counted`
    cases of the same model, and the same fault where there were enough.
    """

    __tablename__ = "case_forecast"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    at: Mapped[Instant]
    basis: Mapped[str]
    p50_at: Mapped[Instant | None]
    p90_at: Mapped[Instant | None]
    cases: Mapped[int]
    counted: Mapped[int]
    signs: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (CheckConstraint("basis IN ('history', 'targets')", name="basis"),)
