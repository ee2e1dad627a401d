"""The table of files. The bytes are on disk, named by their sha256."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk


class File(Base):
    """One photo or document on a stream. Two rows may share the same bytes."""

    __tablename__ = "file"

    id: Mapped[UuidPk]
    stream_id: Mapped[UUID] = mapped_column(ForeignKey("stream.id"))
    # Deferred: a photo may be stored just before the document it belongs to is posted, in the same transaction.
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id", deferrable=True, initially="DEFERRED"))
    kind: Mapped[str]
    audience: Mapped[str]
    filename: Mapped[str]
    sha256: Mapped[str]
    mime: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int | None]
    height: Mapped[int | None]
    thumbnail_sha256: Mapped[str | None]
    uploaded_by_kind: Mapped[str]
    uploaded_by_id: Mapped[UUID | None]
    created_at: Mapped[Instant]
    erase_after: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("kind IN ('invoice', 'photo', 'check', 'signature', 'document')", name="kind"),
        CheckConstraint("audience IN ('staff', 'customer')", name="audience"),
        Index("ix_file_stream_id", "stream_id", "id"),
        Index("ix_file_document_id", "document_id", "kind", postgresql_where=text("document_id IS NOT NULL")),
        Index("ix_file_sha256", "sha256"),
        Index("ix_file_thumbnail_sha256", "thumbnail_sha256", postgresql_where=text("thumbnail_sha256 IS NOT NULL")),
    )
