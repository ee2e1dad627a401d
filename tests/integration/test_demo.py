"""`aftersales demo` with real processes: ready, idempotent, and nothing left however it ends."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from aftersales.db.embedded import EmbeddedServer
from tests.fixtures.database import own_folder

pytestmark = pytest.mark.slow

READY_SECONDS = 90.0
GONE_SECONDS = 30.0


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with own_folder() as one:
        yield one


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Demo:
    """A running demonstration, its words so far in `words`."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        environment = {"AFTERSALES_DATA_DIR": str(folder), "AFTERSALES_PORT": str(self.port), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "aftersales.cli", "demo"],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.words = ""
        deadline = time.monotonic() + READY_SECONDS
        for line in self.process.stdout:
            self.words += line
            if "Ctrl-C" in line:
                return
            assert time.monotonic() < deadline, self.words
        raise AssertionError(self.words)

    def family(self) -> dict[int, str]:
        """The processes it started, by the folder or the address that only they know."""
        found = {}
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and int(entry.name) != os.getpid():
                    known = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                    if os.fsencode(self.folder) in known and "\nState:\tZ" not in (entry / "status").read_text():
                        found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        return found

    def await_end(self) -> dict[int, str]:
        """What is still running when everything should be gone."""
        deadline = time.monotonic() + GONE_SECONDS
        while (left := self.family()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return left


def tracking_link(words: str) -> str:
    """The customer's link without the address, which differs from start to start."""
    found = re.search(r"http://localhost:\d+(/t/\S+)", words)
    assert found is not None, words
    return found[1]


@contextlib.contextmanager
def demo(folder: Path) -> Iterator[Demo]:
    one = Demo(folder)
    try:
        yield one
    finally:
        one.process.kill()
        one.process.communicate()
        assert one.await_end() == {}


def test_is_ready_and_ctrl_c_stops_everything(folder: Path) -> None:
    with demo(folder) as one:
        assert f"http://localhost:{one.port}" in one.words
        (folder / "first.txt").write_text(one.words)
        with urllib.request.urlopen(f"http://localhost:{one.port}/", timeout=10) as answer:
            assert answer.status == 200
        assert len(one.family()) >= 5
        one.process.send_signal(signal.SIGINT)
        rest, _ = one.process.communicate(timeout=GONE_SECONDS)
        assert one.process.returncode == 0, rest
        assert one.await_end() == {}
    assert EmbeddedServer(folder).postmaster() is None


def test_a_second_start_finds_the_company_and_a_kill_leaves_nothing(folder: Path) -> None:
    with demo(folder) as one:
        assert tracking_link(one.words) == tracking_link((folder / "first.txt").read_text())
        one.process.kill()
        one.process.communicate(timeout=GONE_SECONDS)
        assert one.await_end() == {}


def test_a_port_in_use_is_said_in_words(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment = {"AFTERSALES_DATA_DIR": str(folder), "AFTERSALES_PORT": str(taken.getsockname()[1])}
        done = subprocess.run(
            [sys.executable, "-m", "aftersales.cli", "demo"],
            env={**os.environ, **environment},
            check=False,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 1
    assert "AFTERSALES_PORT" in done.stderr
