"""Photos and documents of a customer's cases and units."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from aftersales.db.holding import told
from aftersales.files import service
from aftersales.files.models import File
from aftersales.i18n import N_
from aftersales.module import Holding
from aftersales.status.models import Document
from aftersales.subject import Line, Subject, counted
from aftersales.work import Work


async def export(work: Work, subject: Subject) -> Any:
    """What is known of each file; the bytes lie in `files/` under the id."""
    columns = [column for column in File.__table__.c if column.name not in ("thumbnail_sha256", "uploaded_by_id")]
    return await told(work.session, select(*columns).where(_theirs(subject)).order_by(File.id))


def _theirs(subject: Subject) -> ColumnElement[bool]:
    alone = File.stream_id.in_(subject.streams)
    if not subject.everybody:
        return alone
    documents = select(Document.id).where(Document.customer_id == subject.customer_id)
    return or_(alone, File.stream_id.in_(subject.passed) & File.document_id.in_(documents))


async def erase(work: Work, subject: Subject) -> Sequence[Line]:
    """Those of their cases and units; of a unit that was somebody else's too, those on documents of theirs."""
    return counted([Line(N_("Photos and files"), await service.forget(work, _theirs(subject)))])


HOLDINGS = (
    Holding(
        "files",
        N_("Photos and files"),
        personal=frozenset({"file.filename", "file.sha256", "file.thumbnail_sha256"}),
        plain=frozenset({"file.mime", "file.uploaded_by_kind"}),
        export=export,
        erase=erase,
    ),
)
