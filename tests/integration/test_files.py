"""Files from their bytes to the disk and back, on a real database."""

import asyncio
import io
import os
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.errors import Invalid, NotFound, TooLarge
from aftersales.files import disk, repository, service
from aftersales.files.models import File
from aftersales.ids import new_id
from aftersales.outbox.models import Delivery
from aftersales.scope import SYSTEM, Actor, ActorKind, Scope
from aftersales.status.changes import NewDocument, open_document
from aftersales.status.machine import Audience
from aftersales.work import Work
from tests.factories.auth import add_branch, add_staff, add_stream
from tests.factories.customers import staff_scope, work_for
from tests.factories.posting import JOB
from tests.fixtures.database import TestDatabase

PDF = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def photo(colour: str = "red", size: tuple[int, int] = (800, 600)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


@pytest.fixture
def work(session: AsyncSession, settings: Settings) -> Work:
    return work_for(session, settings)


async def stored(work: Work, stream_id: UUID, data: bytes, **fields: object) -> repository.FileView:
    values: dict[str, object] = {"document_id": None, "kind": "photo", "filename": "drum.png", **fields}
    return await service.store(work, stream_id=stream_id, data=data, **values)  # type: ignore[arg-type]


async def test_a_photo_is_drawn_anew_and_durable(work: Work) -> None:
    view = await stored(work, await add_stream(work.session), photo())
    assert (view.mime, view.width, view.height, view.filename) == ("image/jpeg", 800, 600, "drum.jpg")
    kept = disk.path_of(work.settings.files_dir, view.sha256).read_bytes()
    assert disk.digest(kept) == view.sha256
    assert len(kept) == view.size
    assert view.is_picture
    full = await service.download(work, view.id)
    small = await service.download(work, view.id, thumbnail=True)
    assert size_of(full.path) == (800, 600)
    assert size_of(small.path) == (320, 240)
    assert full.headers["Content-Disposition"] == "attachment; filename*=UTF-8''drum.jpg"
    assert full.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in full.headers["Content-Security-Policy"]
    armed = await work.session.scalar(select(func.count()).where(Delivery.subscriber == service.SWEEP))
    assert armed == 1


async def test_a_pdf_stays_as_it_is_and_has_no_small_form(work: Work) -> None:
    stream = await add_stream(work.session)
    view = await stored(work, stream, PDF, kind="invoice", filename="బిల్లు.pdf")
    found = await service.download(work, view.id)
    assert found.path.read_bytes() == PDF
    assert (found.mime, view.width, view.thumbnail_sha256) == ("application/pdf", None, None)
    assert "%E0%B0" in found.headers["Content-Disposition"]
    with pytest.raises(NotFound) as refused:
        await service.download(work, view.id, thumbnail=True)
    assert refused.value.code == "files.no_thumbnail"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"GIF89a", "files.unknown_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "files.unknown_type"),
        (b"", "files.unknown_type"),
        (b"\x00\x00\x00\x18ftypheic", "files.heic"),
        (photo()[:200], "files.broken_image"),
        (b"%PDF-1.7", "files.pdf_incomplete"),
        (PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /S /JavaScript >>"), "files.pdf_active"),
        (PDF.replace(b"/Root", b"/Encrypt 2 0 R /Root"), "files.pdf_encrypted"),
    ],
)
async def test_what_is_refused_leaves_nothing(work: Work, data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        await stored(work, await add_stream(work.session), data)
    assert refused.value.code == code
    assert not work.settings.files_dir.exists()
    assert await work.session.scalar(select(func.count()).select_from(File)) == 0


async def test_the_kind_is_one_of_ours(work: Work) -> None:
    with pytest.raises(Invalid) as refused:
        await stored(work, await add_stream(work.session), PDF, kind="virus")
    assert refused.value.code == "files.kind"


async def test_twenty_megabytes_are_refused_while_they_stream(work: Work) -> None:
    taken = 0

    async def sender() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(20):
            taken += 1
            yield bytes(1024 * 1024)

    limit = work.settings.upload_max_bytes
    with pytest.raises(TooLarge) as refused:
        await service.read_capped(sender(), limit)
    assert refused.value.code == "files.too_large"
    assert taken == 16
    assert len(await service.read_capped(sender(), 20 * 1024 * 1024)) == 20 * 1024 * 1024
    with pytest.raises(TooLarge):
        await stored(work, await add_stream(work.session), bytes(limit + 1))


@pytest.mark.slow
async def test_the_loop_stays_free_while_a_picture_is_drawn(work: Work) -> None:
    stream = await add_stream(work.session)
    large = photo(size=(6000, 5000))
    began = time.perf_counter()
    longest, last = 0.0, began
    drawing = asyncio.create_task(stored(work, stream, large))
    while not drawing.done():
        await asyncio.sleep(0.005)
        longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
    assert (await drawing).width == 2560
    # Beside the whole, which a busy machine stretches as well; in the loop's own thread the two would be the same.
    assert longest < (time.perf_counter() - began) / 2


async def test_who_may_see_a_file(work: Work) -> None:
    branch = await add_branch(work.session)
    technician = await add_staff(work.session, branch)
    document = new_id()
    new = NewDocument(document, branch.id, "T-26-000003", new_stream=True)
    await work.post(open_document(JOB, document, "receive", new, assignee_id=technician.id))
    inside = await stored(work, document, photo("red"), document_id=document)
    shown = await stored(work, document, photo("blue"), document_id=document, audience=Audience.CUSTOMER)
    person = new_id()
    link = Scope(Actor(ActorKind.CUSTOMER, person), stream_id=document, person_id=person)
    theirs = await stored(replace(work, scope=link), document, photo("green"), document_id=document)
    assigned = staff_scope(technician.id, "job.work", branch=branch.id, assigned_only=True)
    colleague = staff_scope(new_id(), "job.work", branch=branch.id)
    elsewhere = staff_scope(new_id(), "job.work", branch=new_id())
    other_link = Scope(Actor(ActorKind.CUSTOMER, person), stream_id=new_id(), person_id=person)
    everything = {inside.id, shown.id, theirs.id}
    for scope, seen in (
        (SYSTEM, everything),
        (assigned, everything),
        (colleague, everything),
        (elsewhere, set()),
        (link, {shown.id, theirs.id}),
        (other_link, set()),
    ):
        assert {f.id for f in await repository.for_stream(work.session, scope, document)} == seen
        assert {f.id for f in await repository.for_document(work.session, scope, document)} == seen
        assert await repository.count(work.session, scope, document, "photo") == len(seen)
        for file_id in everything - seen:
            with pytest.raises(NotFound) as refused:
                await service.download(replace(work, scope=scope), file_id)
            assert refused.value.code == "files.unknown"
    assert await repository.for_stream(work.session, SYSTEM, document, kind="invoice") == []
    first = min(everything)
    assert len(await repository.for_stream(work.session, SYSTEM, document, after=first)) == 2


async def test_a_missing_file_is_told_apart(work: Work) -> None:
    view = await stored(work, await add_stream(work.session), PDF)
    disk.path_of(work.settings.files_dir, view.sha256).unlink()
    with pytest.raises(NotFound) as refused:
        await service.download(work, view.id)
    assert refused.value.code == "files.missing"


async def test_a_file_may_come_just_before_its_document(fresh_database: TestDatabase, settings: Settings) -> None:
    database = Database(fresh_database.app_url)
    try:
        async with database.unit_of_work() as session:
            work, document = work_for(session, settings), new_id()
            stream = await add_stream(session)
            await stored(work, stream, PDF, document_id=document)
            branch = await add_branch(session)
            await work.post(open_document(JOB, document, "receive", NewDocument(stream, branch.id, "T-26-000004")))
        with pytest.raises(IntegrityError):
            async with database.unit_of_work() as session:
                await stored(work_for(session, settings), await add_stream(session), PDF, document_id=new_id())
    finally:
        await database.dispose()


def aged(root: Path) -> None:
    """As if everything had been written two hours ago."""
    past = time.time() - 7200
    for mark in (root / disk.PENDING).iterdir():
        os.utime(mark, (past, past))


async def test_the_sweep_takes_what_was_rolled_back_and_nothing_else(
    fresh_database: TestDatabase, settings: Settings
) -> None:
    database = Database(fresh_database.app_url)
    root = settings.files_dir
    try:
        async with database.unit_of_work() as session:
            kept = await stored(work_for(session, settings), await add_stream(session), photo("red"))
        async with database.sessions() as session:
            lost = await stored(work_for(session, settings), await add_stream(session), photo("blue"))
            await session.rollback()
        async with database.unit_of_work() as session:
            await service.sweep(work_for(session, settings), {})
        assert disk.path_of(root, lost.sha256).exists(), "too young to judge"
        aged(root)
        # Somebody stores the same bytes at this very moment: they are not taken from under them.
        async with database.sessions() as storing:
            again = await stored(work_for(storing, settings), await add_stream(storing), photo("blue"))
            assert again.sha256 == lost.sha256
            aged(root)
            async with database.unit_of_work() as session:
                await service.sweep(work_for(session, settings), {})
            assert disk.path_of(root, lost.sha256).exists()
        async with database.unit_of_work() as session:
            await service.sweep(work_for(session, settings), {})
        assert not disk.path_of(root, lost.sha256).exists()
        assert lost.thumbnail_sha256 is not None
        assert not disk.path_of(root, lost.thumbnail_sha256).exists()
        for name in (kept.sha256, kept.thumbnail_sha256):
            assert name is not None
            assert disk.path_of(root, name).exists()
        assert list((root / disk.PENDING).iterdir()) == []
        # A shared file goes with its last row only: two rows, one of them removed.
        async with database.unit_of_work() as session:
            twin = await stored(work_for(session, settings), await add_stream(session), photo("red"))
            await session.execute(delete(File).where(File.id == twin.id))
        aged(root)
        async with database.unit_of_work() as session:
            await service.sweep(work_for(session, settings), {})
        assert disk.path_of(root, kept.sha256).exists()
    finally:
        await database.dispose()


async def test_a_sweep_with_more_to_do_comes_again(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "SWEEP_BATCH", 1)
    await stored(work, await add_stream(work.session), photo())
    aged(work.settings.files_dir)
    await service.sweep(work, {})
    due = (await work.session.scalars(select(Delivery.due_at).where(Delivery.subscriber == service.SWEEP))).all()
    assert len(due) == 2
    assert min(due) < max(due)
