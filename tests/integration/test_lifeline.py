"""Nothing outlives a killed owner; nothing is ended for one that leaves in order."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aftersales.lifeline import Lifeline, end

OWNER = """
import subprocess, sys, time
from pathlib import Path
from aftersales.lifeline import Lifeline
with Lifeline(Path(sys.argv[1])) as lifeline:
    child = subprocess.Popen([sys.executable, "-c", sys.argv[2]], start_new_session=True, stdout=subprocess.PIPE)
    child.stdout.readline()
    lifeline.watch(child)
    print(child.pid, flush=True)
    sys.stdin.readline()
"""
CHILD = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {CHILD}"


def started(tmp_path: Path, child: str = CHILD) -> tuple[subprocess.Popen[str], int]:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path), child], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    return owner, int(owner.stdout.readline())


def alive(pid: int) -> bool:
    """Whether it runs; one that has ended but was never asked for by its parent does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pid: int, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(pid)


def test_a_killed_owners_child_is_ended(tmp_path: Path) -> None:
    owner, child = started(tmp_path)
    with owner:
        owner.kill()
    assert gone(child)


def test_an_orderly_end_leaves_the_rest_to_the_owner(tmp_path: Path) -> None:
    owner, child = started(tmp_path)
    with owner:
        owner.communicate("done\n", timeout=15)
    try:
        assert alive(child)
    finally:
        os.kill(child, signal.SIGKILL)


def test_where_nothing_is_watched_there_is_no_guard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    with Lifeline(tmp_path):
        pass


def test_insists_after_the_grace() -> None:
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, start_new_session=True) as stubborn:
        assert stubborn.stdout is not None
        stubborn.stdout.readline()
        end([stubborn.pid], grace=0.2)
        assert stubborn.wait(5) == -signal.SIGKILL


def test_what_has_ended_already_is_no_error() -> None:
    with subprocess.Popen([sys.executable, "-c", ""], start_new_session=True) as quick:
        quick.wait(15)
    end([quick.pid], grace=0)
