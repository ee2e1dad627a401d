"""The case's own row, and the people on the matter. The status is the document's."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, UuidPk


class Case(Base):
    """What the customer asked for, in their words. Its id is its document's and its stream's."""

    __tablename__ = "support_case"

    id: Mapped[UuidPk] = mapped_column(ForeignKey("document.id"))
    complaint: Mapped[str]
    fault_code: Mapped[str | None]
    channel: Mapped[str]


class MatterPerson(Base):
    """One person's part in one case. A person may have several parts; a part may have several people."""

    __tablename__ = "matter_person"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("support_case.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    may_approve: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        CheckConstraint("role IN ('owner', 'caller', 'payer', 'at_home')", name="role"),
        Index("ix_matter_person_person_id", "person_id"),
    )
