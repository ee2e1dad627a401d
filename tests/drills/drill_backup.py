"""A whole backup and increments while everybody works, brought back elsewhere: nothing acknowledged before is missing,
nothing is other than it was, and every file is there. The controls damage what was kept."""

import asyncio
import hashlib
import shutil
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.engine import make_url

from aftersales.backup import BackupError, backup, check, restore, verify
from aftersales.config import Settings
from aftersales.db.bootstrap import DATABASE, bootstrap, connected
from aftersales.db.embedded import EmbeddedServer
from aftersales.db.migrate import upgrade_async
from aftersales.files import disk
from aftersales.files import service as files
from tests.fixtures.database import TestDatabase, own_folder
from tests.http.gate_bodies import picture
from tests.story.clerks import Size, Story, progress, story

Record = Callable[[str, object], None]
Row = tuple[str, ...]
PAGE = 8192


@dataclass(frozen=True, slots=True)
class Kept:
    """What an installation holds: each timeline row by its key, the versions of its streams, the files it names."""

    entries: Mapping[tuple[UUID, int], str]
    streams: Mapping[UUID, int]
    files: Mapping[str, str]


async def read(server: EmbeddedServer, root: Path) -> Kept:
    """Read it all. `files` has for every name the digest of what is on disk."""
    async with connected(make_url(server.url(DATABASE))) as one:
        entries = await one.fetch("SELECT stream_id, version, md5(t::text) FROM timeline_entry t")
        streams = await one.fetch("SELECT id, version FROM stream")
        names = [row[0] for row in await one.fetch("SELECT sha256 FROM file")]
    found = {name: disk.path_of(root, name) for name in names}
    hashes = {n: hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "" for n, p in found.items()}
    return Kept({(row[0], row[1]): row[2] for row in entries}, {row[0]: row[1] for row in streams}, hashes)


def problems(before: Kept, restored: Kept, after: Kept) -> list[str]:
    """What a restore must hold: all from before the backup began, nothing that was not there in the end, no gaps."""
    found = [f"lost: {key}" for key in before.entries.keys() - restored.entries.keys()]
    found += [f"other: {key}" for key, row in restored.entries.items() if after.entries.get(key) != row]
    for stream, version in restored.streams.items():
        if {v for s, v in restored.entries if s == stream} != set(range(1, version + 1)):
            found.append(f"gap: {stream} is at {version}")
    found += [f"no such file: {name}" for name in before.files.keys() - restored.files.keys()]
    found += [f"damaged file: {name}" for name, digest in restored.files.items() if name != digest]
    return found


@asynccontextmanager
async def installation_of(folder: Path, settings: Settings) -> AsyncIterator[tuple[EmbeddedServer, Settings, Story]]:
    """A company on a durable server of its own, and who works there."""
    server = EmbeddedServer(folder)
    await asyncio.to_thread(server.start)
    try:
        addresses = await bootstrap(server)
        await upgrade_async(addresses.owner_url)
        database = TestDatabase(DATABASE, addresses.owner_url, addresses.app_url, server)
        settings = settings.model_copy(update={"data_dir": folder, "files_dir": folder / "files"})
        async with story(database, settings, folder, Size(lease_seconds=60.0)) as it:
            yield server, settings, it
    finally:
        await asyncio.to_thread(server.close)


async def photograph(it: Story, count: int, enough: asyncio.Event) -> None:
    """Photos are taken in meanwhile, each in a transaction of its own."""
    [home, *_] = [clerk.home for clerk in it.team]
    case_id = await it.world.rows("SELECT stream_id FROM document WHERE customer_id = :id LIMIT 1", id=home.customer_id)
    for number in range(count):
        if enough.is_set():
            return
        async with it.world.work() as work:
            data = picture(number)
            where = {"stream_id": case_id[0][0], "document_id": None}
            await files.store(work, **where, kind="photo", filename="a.jpg", data=data)
        await asyncio.sleep(0.1)


async def test_backup_and_restore(settings: Settings, record_property: Record) -> None:
    before, took = Kept({}, {}, {}), list[float]()
    with own_folder() as place, own_folder() as elsewhere, own_folder() as kept:
        async with installation_of(place, settings) as (server, ours, it):
            own = ours.model_copy(update={"database_url": None})
            enough = asyncio.Event()
            async with it.working(), asyncio.TaskGroup() as group:
                await progress(it.team, 20)
                group.create_task(photograph(it, 200, enough))
                for _ in range(3):
                    await progress(it.team, 30)
                    before, began = await read(server, ours.files_dir), time.monotonic()
                    await asyncio.to_thread(backup, own, kept)
                    took.append(time.monotonic() - began)
                await progress(it.team, 20)
                enough.set()
            await it.end()
            after = await read(server, ours.files_dir)
        record_property("backups", f"1 whole in {took[0]:.1f} s, 2 increments in {took[1]:.1f} and {took[2]:.1f} s")
        restored = await brought_back(own, kept, elsewhere, record_property)
    assert problems(before, restored, after) == []
    assert len(after.entries) > len(restored.entries) >= len(before.entries) > 50
    assert before.files
    record_property(
        "entries", f"{len(before.entries)} before, {len(restored.entries)} restored, {len(after.entries)} after"
    )
    record_property("files", len(restored.files))
    for name, wrong in doctored(restored):
        assert any(name in said for said in problems(before, wrong, after)), name


async def brought_back(own: Settings, kept: Path, elsewhere: Path, record: Record) -> Kept:
    """Restore into another folder and read what is there; then the controls: damage, and see it refused."""
    target = own.model_copy(update={"data_dir": elsewhere / "a", "files_dir": elsewhere / "a" / "files"})
    began = time.monotonic()
    await asyncio.to_thread(restore, target, kept)
    record("restore with pg_verifybackup and pg_amcheck", f"{time.monotonic() - began:.1f} s")
    server = EmbeddedServer(target.data_dir)
    await asyncio.to_thread(server.start)
    try:
        found = await read(server, target.files_dir)
    finally:
        await asyncio.to_thread(server.close)
    for name, said in await asyncio.to_thread(damages, kept, elsewhere):
        record(f"control: {name}", said)
    await corrupted_index(target)
    record("control: an index that lost an entry", "pg_amcheck says so")
    return found


def damages(kept: Path, elsewhere: Path) -> list[tuple[str, str]]:
    """One thing wrong in a copy of the backups at a time, and what `verify` says; it must say something."""
    told = []
    for name in ("a flipped byte", "a lost page", "a missing file", "a damaged photo", "a missing photo"):
        copy = elsewhere / "copy"
        shutil.copytree(kept, copy)
        newest = max(copy.glob("0*"))
        relation = max((copy / "0001" / "pg" / "base").rglob("[0-9]*"), key=lambda one: one.stat().st_size)
        photo = disk.path_of(copy / "files", (newest / "files.txt").read_text().split()[0])
        damage(name, relation, photo)
        with pytest.raises(BackupError) as raised:
            verify(copy)
        told.append((name, "refused: " + str(raised.value).replace(str(copy), "")[:60].strip()))
        shutil.rmtree(copy)
    return told


def damage(name: str, relation: Path, photo: Path) -> None:
    """Do it."""
    if name == "a flipped byte":
        data = bytearray(relation.read_bytes())
        data[len(data) // 2] ^= 1
        relation.write_bytes(data)
    elif name == "a lost page":
        relation.write_bytes(relation.read_bytes()[:-PAGE])
    elif name == "a missing file":
        relation.unlink()
    elif name == "a damaged photo":
        photo.write_bytes(photo.read_bytes()[:-1] + b"x")
    else:
        photo.unlink()


async def corrupted_index(target: Settings) -> None:
    """Every page is whole, and yet an index lacks what its table has: only the comparison of the two finds it."""
    server = EmbeddedServer(target.data_dir)
    await asyncio.to_thread(server.start)
    try:
        async with connected(make_url(server.url(DATABASE))) as one:
            await one.execute("UPDATE pg_index SET indisready = false WHERE indexrelid = 'pk_stream'::regclass")
            await one.execute("INSERT INTO stream (id, version) VALUES (gen_random_uuid(), 0)")
            await one.execute("UPDATE pg_index SET indisready = true WHERE indexrelid = 'pk_stream'::regclass")
    finally:
        await asyncio.to_thread(server.close)
    with pytest.raises(BackupError, match="pk_stream"):
        await asyncio.to_thread(check, target)


def doctored(kept: Kept) -> Sequence[tuple[str, Kept]]:
    """The same with one thing wrong in each, and the word that the check must say."""
    first, name = next(iter(kept.entries)), next(iter(kept.files))
    fewer = {key: row for key, row in kept.entries.items() if key != first}
    return (
        ("lost", replace(kept, entries=fewer)),
        ("gap", replace(kept, entries=fewer)),
        ("other", replace(kept, entries={**kept.entries, first: "another"})),
        ("no such file", replace(kept, files={n: d for n, d in kept.files.items() if n != name})),
        ("damaged file", replace(kept, files={**kept.files, name: "another"})),
    )
