"""Tables of imports: files on their way in, and which version of a record an import left behind."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, LargeBinary, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk


class ImportRun(Base):
    """A file that somebody sent on the page. All of it is personal data, and goes after a week.

    `branch_ids` are the centres for which they may do so (null: all).
    """

    __tablename__ = "import_run"

    id: Mapped[UuidPk]
    what: Mapped[str]
    filename: Mapped[str]
    dates: Mapped[str | None]
    region: Mapped[str]
    good_rows: Mapped[bool] = mapped_column(server_default=text("false"))
    state: Mapped[str]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    branch_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid()))
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    rejects: Mapped[bytes | None] = mapped_column(LargeBinary)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    done: Mapped[int] = mapped_column(server_default=text("0"))
    total: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[Instant]
    changed_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("state IN ('checking', 'checked', 'writing', 'written', 'failed')", name="state"),
        Index("ix_import_run_created_at", "created_at"),
        Index("ix_import_run_staff_id", "staff_id"),
    )


class Imported(Base):
    """The version in which an import left a record: while it is still that, nobody here has changed it since."""

    __tablename__ = "imported"

    entity_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
