"""A disk that is full, and a database that takes no more connections, while everybody works: 503 at once and never 500,
nothing acknowledged is lost, and all goes on by itself when there is room again."""

import asyncio
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest

from aftersales.config import Settings
from aftersales.db.bootstrap import APPLICATION, DATABASE, bootstrap
from aftersales.db.embedded import EmbeddedServer
from aftersales.db.migrate import upgrade_async
from aftersales.db.session import connect
from tests.fixtures.database import TestDatabase, own_folder
from tests.story.clerks import Size, Story, progress, story
from tests.story.ledger import doctored
from tests.story.ledger import problems as losses

SECONDS = 2.0
MOUNT, UMOUNT = "/usr/bin/mount", "/usr/bin/umount"
DISK, ROOM = "600m", 4 << 20
Record = Callable[[str, object], None]


@dataclass(frozen=True, slots=True)
class Probe:
    """One question to the server: what it said, and how long it took."""

    status: int
    seconds: float
    retry_after: bool
    problem: bool


def problems(probes: Sequence[Probe]) -> list[str]:
    """What is not as promised of the answers while something was exhausted, and after."""
    found = [f"answered {count} times {status}" for status, count in Counter(p.status for p in probes).items()
             if status not in (201, 503)]  # fmt: skip
    refused = [probe for probe in probes if probe.status == 503]
    if not refused:
        found.append("nothing was refused: the limit was never met")
    if any(not (probe.retry_after and probe.problem) for probe in refused):
        found.append("a refusal that does not say when to come again")
    if (slowest := max((probe.seconds for probe in probes), default=0.0)) > SECONDS:
        found.append(f"an answer took {slowest:.1f} s")
    if not probes or probes[-1].status != 201:
        found.append("it did not recover")
    return found


@dataclass
class Prober:
    """Somebody who writes something down again and again, five times a second."""

    browser: httpx.AsyncClient
    address: str
    probes: list[Probe] = field(default_factory=list)

    async def look(self) -> Probe:
        """Once."""
        began = time.monotonic()
        body = {"name": f"Brand {uuid4().hex[:12]}", "accent": "#0b5d57"}
        answer = await self.browser.post(f"{self.address}/api/v1/brands", json=body, timeout=30.0)
        kind = answer.headers["content-type"] == "application/problem+json"
        waits = "retry-after" in answer.headers
        probe = Probe(answer.status_code, time.monotonic() - began, waits, kind)
        self.probes.append(probe)
        return probe

    async def until(self, status: int) -> None:
        """Until that is the answer, three times in a row."""
        row = 0
        while row < 3:
            row = row + 1 if (await self.look()).status == status else 0
            await asyncio.sleep(0.2)


@contextmanager
def small_disk(at: Path) -> Iterator[None]:
    """A file system of its own, small enough to fill. Needs root."""
    mount = [MOUNT, "-t", "tmpfs", "-o", f"size={DISK},mode=0711", "tmpfs", str(at)]
    done = subprocess.run(mount, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run([UMOUNT, "--lazy", str(at)], check=True)


@contextmanager
def filled(at: Path) -> Iterator[None]:
    """Not a byte is left meanwhile."""
    ballast = at / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * ROOM)
    with ballast.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 512)
    try:
        yield
    finally:
        ballast.unlink()


@asynccontextmanager
async def exhausted(server: EmbeddedServer) -> AsyncIterator[int]:
    """Every connection there may be is taken by others, those of the server and of the workers too; how many."""
    held: list[asyncpg.Connection[asyncpg.Record]] = []
    enough = asyncio.Event()

    async def grab() -> None:
        while not enough.is_set():
            try:
                held.append(
                    await connect(server.dsn(DATABASE, APPLICATION), server_settings={"application_name": "hog"})
                )
            except ConnectionError:
                await asyncio.sleep(0.01)

    grabbing = asyncio.create_task(grab())
    one = await asyncpg.connect(server.dsn(DATABASE))
    await asyncio.sleep(1.0)
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1 AND application_name <> 'hog'"
    for _ in range(20):
        await one.execute(end.replace("$1", f"'{APPLICATION}'"))
        await asyncio.sleep(0.05)
    try:
        yield len(held)
    finally:
        enough.set()
        await grabbing
        await one.close()
        for connection in held:
            await connection.close()


async def disk_full(server: EmbeddedServer, place: Path, it: Story, prober: Prober) -> None:
    """Fill it, go on until PostgreSQL has no room for its log and ends, then make room."""
    with filled(place):
        for _ in range(12):
            with suppress(OSError, ConnectionError, asyncpg.PostgresError, asyncpg.InterfaceError):
                one = await asyncpg.connect(server.dsn("postgres"))
                await one.execute("SELECT pg_switch_wal()")
                await one.close()
            await prober.look()
            await asyncio.sleep(0.3)
        await prober.until(503)
    await prober.until(201)
    await progress(it.team, 20)


async def no_connections(server: EmbeddedServer, it: Story, prober: Prober) -> int:
    """Take them all for some seconds."""
    async with exhausted(server) as count:
        await prober.until(503)
        for _ in range(15):
            await prober.look()
            await asyncio.sleep(0.2)
    await prober.until(201)
    await progress(it.team, 20)
    return count


async def test_disk_full_and_no_connections(settings: Settings, tmp_path: Path, record_property: Record) -> None:
    with own_folder() as place, small_disk(place):
        server = EmbeddedServer(place)
        await asyncio.to_thread(server.start)
        try:
            with server.revived():
                await both(server, place, settings, tmp_path, record_property)
        finally:
            await asyncio.to_thread(server.close)


async def both(server: EmbeddedServer, place: Path, settings: Settings, folder: Path, record: Record) -> None:
    """The drill itself, on a server that is watched as `aftersales run` watches its own."""
    addresses = await bootstrap(server)
    await upgrade_async(addresses.owner_url)
    database = TestDatabase(DATABASE, addresses.owner_url, addresses.app_url, server)
    async with story(database, settings, folder, Size(lease_seconds=60.0, patience_seconds=150.0)) as it:
        full, taken = (Prober(it.team[0].browser, it.at.addresses[0]) for _ in range(2))
        async with it.working():
            await progress(it.team, 20)
            await disk_full(server, place, it, full)
            held = await no_connections(server, it, taken)
        found = await it.end(crashes=3)
    assert it.at.killed == []
    for name, prober in (("disk full", full), ("no connections", taken)):
        refused = [probe for probe in prober.probes if probe.status == 503]
        slowest = max(probe.seconds for probe in prober.probes)
        record(name, f"{len(refused)} of {len(prober.probes)} refused with 503, the slowest answer {slowest:.2f} s")
        assert problems(prober.probes) == []
    ended = server.log.read_text(errors="replace").count("PANIC")
    record("PostgreSQL gave up for want of room", f"{ended} times, and came back")
    record("connections taken", held)
    record("changes acknowledged", len(found.acknowledged))
    assert ended
    for name, said, wrong in doctored(found):
        if "change" in name:
            assert any(said in problem for problem in losses(wrong)), name
            record(f"control: {name}", "noticed")
