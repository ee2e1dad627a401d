"""Storing and handing out files."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import ColumnElement, delete

from aftersales.errors import Invalid, NotFound, TooLarge
from aftersales.files import disk, images, repository, rules
from aftersales.files.models import File
from aftersales.files.repository import FileView
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.outbox.schedule import schedule
from aftersales.status.machine import Audience
from aftersales.work import Work

SWEEP = "files.sweep"
# A delivery's data is read whole: so many names each.
_BATCH = 200
REMOVE = "files.remove"
SWEEP_HOUR = time(20, 30, tzinfo=UTC)
SWEEP_BATCH = 500
# A transaction cannot live this long, so nobody is about to commit a row for what is older.
SWEEP_AGE = 3600.0
KINDS = frozenset({"invoice", "photo", "check", "signature", "document"})
# Decoding takes up to 200 MB each: no more than two at a time, whoever asks.
_drawing = ThreadPoolExecutor(max_workers=2, thread_name_prefix="pictures")

_PDF_WORDS = {
    "incomplete": N_("The PDF is incomplete. Save it again and send the whole file."),
    "encrypted": N_("The PDF asks for a password. Save a copy without one and send that."),
    "active": N_("The PDF contains scripts, forms or attachments. Print it into a new PDF and send that."),
    "unreadable": N_("The PDF cannot be read. Print it into a new PDF and send that."),
}


@dataclass(frozen=True, slots=True)
class Download:
    """Where the bytes are and what to send with them."""

    path: Path
    mime: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Prepared:
    data: bytes
    mime: str
    extension: str
    width: int | None = None
    height: int | None = None
    thumbnail: bytes | None = None


async def read_capped(chunks: AsyncIterator[bytes], limit: int) -> bytes:
    """The whole of a stream. Raises TooLarge (`files.too_large`) as soon as it is over the limit."""
    held = bytearray()
    async for chunk in chunks:
        if len(held) + len(chunk) > limit:
            raise _too_large(limit)
        held += chunk
    return bytes(held)


async def store(
    work: Work,
    *,
    stream_id: UUID,
    document_id: UUID | None,
    kind: str,
    filename: str,
    data: bytes,
    audience: Audience = Audience.STAFF,
    erase_after: date | None = None,
) -> FileView:
    """Check, redraw and keep a photo or PDF; it is durable on disk before the caller's transaction can commit.

    Whoever calls has authorised it and posts the event. Raises TooLarge, or Invalid with a code that begins `files.`.
    """
    if kind not in KINDS:
        raise Invalid("files.kind", N_("A file is one of: {names}.").format(names=", ".join(sorted(KINDS))))
    if len(data) > work.settings.upload_max_bytes:
        raise _too_large(work.settings.upload_max_bytes)
    prepared = await _prepare(data)
    contents = [part for part in (prepared.data, prepared.thumbnail) if part is not None]
    names = [disk.digest(part) for part in contents]
    await repository.hold_names(work.session, work.scope, names)
    await asyncio.to_thread(disk.write, work.settings.files_dir, contents)
    row = File(
        id=new_id(),
        stream_id=stream_id,
        document_id=document_id,
        kind=kind,
        audience=str(audience),
        filename=rules.safe_name(filename, prepared.extension),
        sha256=names[0],
        mime=prepared.mime,
        size=len(prepared.data),
        width=prepared.width,
        height=prepared.height,
        thumbnail_sha256=names[1] if prepared.thumbnail is not None else None,
        uploaded_by_kind=str(work.actor.kind),
        uploaded_by_id=work.actor.id,
        created_at=work.now,
        erase_after=erase_after,
    )
    work.session.add(row)
    await work.session.flush()
    await _arm(work)
    return FileView(*(getattr(row, name) for name in FileView.__dataclass_fields__))


async def redrawn(data: bytes) -> images.Picture:
    """A picture drawn anew, for what has no stream yet to be stored on. Raises Invalid with a code `files.…`."""
    if rules.sniff(data) not in rules.IMAGES:
        raise Invalid("files.unknown_type", "Only pictures (JPEG, PNG, WebP) are taken here.")
    return await asyncio.get_running_loop().run_in_executor(_drawing, images.redraw, data)


async def download(work: Work, file_id: UUID, *, thumbnail: bool = False) -> Download:
    """Where to find a file that the caller may see, and the headers that keep a browser from running it.

    Raises NotFound: `files.unknown`, `files.no_thumbnail`, `files.missing` (the row is there, the bytes are not).
    """
    view = await repository.get(work.session, work.scope, file_id)
    name = view.thumbnail_sha256 if thumbnail else view.sha256
    if name is None:
        raise NotFound("files.no_thumbnail", "Only pictures have a small form. Download the file itself.")
    path = disk.path_of(work.settings.files_dir, name)
    if not await asyncio.to_thread(path.is_file):
        raise NotFound("files.missing", "The file is not where it should be. Tell whoever runs this installation.")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(view.filename, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=600",
        "ETag": f'"{name}"',
    }
    return Download(path, view.mime, headers)


async def sweep(work: Work, _data: Mapping[str, Any]) -> None:
    """Remove what transactions that were rolled back have left on disk. Idempotent; arms itself while there is more."""
    root = work.settings.files_dir
    names = await asyncio.to_thread(disk.marked, root, older_than=SWEEP_AGE, limit=SWEEP_BATCH)
    if names:
        kept, orphans = await repository.unused(work.session, work.scope, names)
        await asyncio.to_thread(disk.settle, root, kept=kept, orphans=orphans)
    await asyncio.to_thread(disk.clear_incoming, root, older_than=SWEEP_AGE)
    if len(names) == SWEEP_BATCH:
        at = work.now + timedelta(minutes=1)
        await schedule(work.session, SWEEP, at.isoformat(timespec="minutes"), due_at=at)


async def remove(work: Work, data: Mapping[str, Any]) -> None:
    """Remove these bytes, whose rows are gone, from disk; those that another row needs stay. Idempotent."""
    kept, orphans = await repository.unused(work.session, work.scope, data["names"])
    await asyncio.to_thread(disk.settle, work.settings.files_dir, kept=kept, orphans=orphans)


async def forget(work: Work, *where: ColumnElement[bool]) -> int:
    """Let go of the rows now, and of the bytes by a job of the worker, once this is committed and if no other row needs
    them; how many files that were."""
    statement = delete(File).where(*where).returning(File.sha256, File.thumbnail_sha256)
    rows = (await work.session.execute(statement)).all()
    names = sorted({name for row in rows for name in row if name is not None})
    for start in range(0, len(names), _BATCH):
        due_at, batch = work.now - timedelta(seconds=1), names[start : start + _BATCH]
        await schedule(work.session, REMOVE, batch[0], due_at=due_at, data={"names": batch})
    return len(rows)


async def _arm(work: Work) -> None:
    """A sweep on the night after next: nothing stored today can still be in doubt then."""
    day = work.now.astimezone(UTC).date() + timedelta(days=1)
    await schedule(work.session, SWEEP, day.isoformat(), due_at=datetime.combine(day, SWEEP_HOUR))


async def _prepare(data: bytes) -> _Prepared:
    found = rules.sniff(data)
    if found in rules.IMAGES:
        picture = await asyncio.get_running_loop().run_in_executor(_drawing, images.redraw, data)
        return _Prepared(picture.data, images.MIME, "jpg", picture.width, picture.height, picture.thumbnail)
    if found is rules.Type.PDF:
        if (problem := await asyncio.to_thread(rules.pdf_problem, data)) is not None:
            raise Invalid(f"files.pdf_{problem}", _PDF_WORDS[problem])
        return _Prepared(data, found.value, "pdf")
    if found is rules.Type.HEIC:
        raise Invalid(
            "files.heic",
            "This picture is in the phone's own format. Set the camera to “most compatible” (JPEG) and take it again.",
        )
    raise Invalid("files.unknown_type", "Only pictures (JPEG, PNG, WebP) and PDFs are taken.")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        "files.too_large",
        N_("The file is larger than {count} MB. Send a smaller picture or fewer pages.").format(
            count=limit // (1024 * 1024)
        ),
        limit=limit,
    )
