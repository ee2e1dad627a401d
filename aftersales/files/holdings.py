"""Photos and documents of a customer's cases and units."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from aftersales.db.holding import told
from aftersales.files.models import File
from aftersales.files.service import REMOVE
from aftersales.i18n import N_
from aftersales.module import Holding
from aftersales.outbox.schedule import schedule
from aftersales.subject import Line, Subject, counted
from aftersales.work import Work

# A delivery's data is read whole: so many names each.
_BATCH = 200


async def export(work: Work, subject: Subject) -> Any:
    """What is known of each file; the bytes lie in `files/` under the id."""
    columns = [column for column in File.__table__.c if column.name not in ("thumbnail_sha256", "uploaded_by_id")]
    return await told(work.session, select(*columns).where(File.stream_id.in_(subject.streams)).order_by(File.id))


async def erase(work: Work, subject: Subject) -> Sequence[Line]:
    """The rows now; the bytes by a job of the worker, once this is committed and if no other row needs them."""
    statement = delete(File).where(File.stream_id.in_(subject.streams)).returning(File.sha256, File.thumbnail_sha256)
    rows = (await work.session.execute(statement)).all()
    names = sorted({name for row in rows for name in row if name is not None})
    for start in range(0, len(names), _BATCH):
        await schedule(
            work.session,
            REMOVE,
            names[start],
            due_at=work.now - timedelta(seconds=1),
            data={"names": names[start : start + _BATCH]},
        )
    return counted([Line(N_("Photos and files"), len(rows))])


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
