"""The embedded PostgreSQL: starts from nothing, is shared, is adopted, stops with its last user, keeps what it has."""

import gc
import os
import signal
import stat
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from aftersales.db.embedded import DURABLE, EmbeddedError, EmbeddedServer

pytestmark = pytest.mark.slow

HOLD = """
import sys, time
from pathlib import Path
from aftersales.db.embedded import EmbeddedServer
from aftersales.lifeline import Lifeline
server = EmbeddedServer(Path(sys.argv[1]))
with Lifeline(Path(sys.argv[1])) as lifeline:
    lifeline.watch_database()
    server.start()
    print("ready", flush=True)
    time.sleep(60)
"""


def await_end(server: EmbeddedServer, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while (server.data / "postmaster.pid").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return server.postmaster() is None


@pytest.fixture
def server(server_folder: Path) -> Iterator[EmbeddedServer]:
    one = EmbeddedServer(server_folder)
    yield one
    one.close()
    one.stop()


async def scalar(server: EmbeddedServer, sql: str) -> object:
    connection = await asyncpg.connect(server.dsn("postgres"))
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_starts_from_nothing_and_keeps_what_it_has(server: EmbeddedServer) -> None:
    server.start()
    await scalar(server, "CREATE TABLE kept AS SELECT 42 AS answer")
    server.close()
    assert server.postmaster() is None
    server.start()
    assert await scalar(server, "SELECT answer FROM kept") == 42


async def test_is_durable_and_knows_telugu(server: EmbeddedServer) -> None:
    server.start()
    for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert await scalar(server, f"SHOW {name}") == "on"
    await scalar(server, "CREATE EXTENSION pg_trgm")
    assert await scalar(server, "SELECT similarity('లక్ష్మి', 'లక్ష్మీ')") > 0.3  # type: ignore[operator]
    assert await scalar(server, "SELECT lower('ÉCOLE')") == "école"


async def test_nothing_on_the_network_and_nobody_else_on_the_machine(server: EmbeddedServer) -> None:
    server.start()
    assert await scalar(server, "SHOW listen_addresses") == ""
    assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    rules = (server.data / "pg_hba.conf").read_text().splitlines()
    assert not [rule for rule in rules if rule.startswith("host") and "reject" not in rule]


async def test_a_second_user_adopts_it_and_the_last_one_stops_it(server_folder: Path, server: EmbeddedServer) -> None:
    server.start()
    pid = server.postmaster().pid  # type: ignore[union-attr]
    other = EmbeddedServer(server_folder)
    other.start()
    assert other.postmaster().pid == pid  # type: ignore[union-attr]
    server.close()
    assert await scalar(other, "SELECT 1") == 1
    other.close()
    assert other.postmaster() is None


def test_one_that_runs_on_for_others_is_no_forgotten_child(server_folder: Path, server: EmbeddedServer) -> None:
    first = EmbeddedServer(server_folder)
    first.start()
    server.start()
    first.close()
    first.disown()
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        del first
        gc.collect()
    assert [str(one.message) for one in complaints if "subprocess" in str(one.message)] == []
    assert server.postmaster() is not None


async def test_kept_until_told_to_stop(server: EmbeddedServer) -> None:
    server.start()
    server.keep()
    server.close()
    assert server.postmaster() is not None
    server.stop()
    assert server.postmaster() is None


async def test_second_start_takes_less_than_a_second(server: EmbeddedServer) -> None:
    server.start()
    taken = []
    for _ in range(3):
        server.close()
        began = time.monotonic()
        server.start()
        taken.append(time.monotonic() - began)
    assert min(taken) < 1


async def test_recovers_after_being_killed(server: EmbeddedServer) -> None:
    server.start()
    await scalar(server, "CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(server.postmaster().pid, signal.SIGKILL)  # type: ignore[union-attr]
    server.start()
    assert await scalar(server, "SELECT answer FROM kept") == 42


def test_waits_for_one_that_was_killed_and_is_not_quite_gone(server_folder: Path, server: EmbeddedServer) -> None:
    server.start()
    killed = server.postmaster()
    assert killed is not None
    assert server._process is not None
    os.kill(killed.pid, signal.SIGKILL)
    # Until its parent asks, the killed process is still in the system's list.
    asking = threading.Timer(0.5, server._process.poll)
    asking.start()
    heir = EmbeddedServer(server_folder)
    heir.start()
    asking.join()
    assert (found := heir.postmaster()) is not None
    assert found.pid != killed.pid
    server.close()
    heir.close()


def test_stops_when_its_only_user_is_killed(server_folder: Path, server: EmbeddedServer) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(server_folder)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        assert server.postmaster() is not None
        holder.kill()
    assert await_end(server)


def test_a_deep_folder_gets_its_socket_elsewhere(server_folder: Path) -> None:
    deep = EmbeddedServer(server_folder / ("d" * 100))
    deep.start()
    try:
        assert not deep.socket_dir.is_relative_to(deep.root)
        assert deep.postmaster() is not None
    finally:
        deep.close()
        deep.socket_dir.rmdir()


def test_another_versions_data_is_refused(server_folder: Path, server: EmbeddedServer) -> None:
    server.data.mkdir()
    (server.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedError, match="made by PostgreSQL 17"):
        server.start()


def test_says_why_it_did_not_start(server_folder: Path) -> None:
    broken = EmbeddedServer(server_folder, {**DURABLE, "shared_buffers": "lots"})
    with pytest.raises(EmbeddedError, match="shared_buffers"):
        broken.start()


def test_one_that_ended_by_itself_runs_again_and_one_that_was_stopped_does_not(server: EmbeddedServer) -> None:
    server.start()
    with server.revived():
        first = server.postmaster()
        assert first is not None
        os.kill(first.pid, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while ((now := server.postmaster()) is None or now.pid == first.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert now is not None
        assert now.pid != first.pid
        server.stop()
        time.sleep(2.5)
        assert server.postmaster() is None
